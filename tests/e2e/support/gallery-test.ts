import { serveFetch } from '@hanpyo/platform/http-server.ts'
import { folderFiles } from '@hanpyo/platform/static-files.ts'
import { test as base, expect, type Page } from '@playwright/test'
import type { Look } from '../../../kiosk/gallery/look.ts'
import { GALLERY_FOLDER } from './paths.ts'

/** The gallery's stage in a browser: any state in any look, without a kiosk and without loading a page anew. */
export interface Stage {
  readonly page: Page
  show(state: string, look: Look): Promise<void>
  /** Goes on with a new page, in a new process of the browser: one that was examined thousands of times has grown. */
  renew(): Promise<void>
}

/** One page for all tests of a worker: the stage remembers nothing from one state to the next. */
export const test = base.extend<object, { readonly stage: Stage }>({
  stage: [
    async ({ browser }, use) => {
      const files = folderFiles(GALLERY_FOLDER)
      const server = await serveFetch(async (request) => {
        const file = await files(new URL(request.url).pathname)
        if (file === null) return new Response(null, { status: 404 })
        return new Response(file.bytes as BodyInit, { headers: { 'content-type': file.type } })
      })
      const open = async (): Promise<Page> => {
        const page = await browser.newPage({
          viewport: { width: 1080, height: 1920 },
          // Pixel for pixel: screenshots are taken of it.
          deviceScaleFactor: 1,
          hasTouch: true,
          reducedMotion: 'reduce',
        })
        await page.goto(`${server.url}/stage.html`)
        await page.waitForFunction(() => 'stage' in window)
        return page
      }
      let page = await open()
      await use({
        get page() {
          return page
        },
        show: (state, look) =>
          page.evaluate(([name, seen]) => window.stage.show(name, seen), [state, look] as const),
        async renew() {
          await page.close()
          page = await open()
        },
      })
      await page.close()
      await server.close(0)
    },
    { scope: 'worker' },
  ],
})

export { expect }
