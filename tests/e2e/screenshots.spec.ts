import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { GALLERY, openState } from './support/gallery.ts'
import { expect, test } from './support/gallery-test.ts'
import { SCREENS } from './support/kiosk.ts'
import { ROOT } from './support/paths.ts'

const FOLDER = join(ROOT, 'test-results', 'screens')
/** Pictures of the README and the guides; written only with HANPYO_SCREENSHOTS=1, so that a test run changes no file. */
const IN_DOCS: Readonly<Record<string, string>> = {
  attract: 'kiosk-attract.png',
  'contest-approve': 'kiosk-contest.png',
  tracker: 'kiosk-tracker.png',
  stored: 'kiosk-stored.png',
}
const isForDocs = process.env.HANPYO_SCREENSHOTS === '1'

// Half the pixels of the 21.5-inch screen: the same layout in a quarter of the bytes.
test.use({ viewport: { width: 540, height: 960 } })

/** `npm run test:full` takes both languages. */
const LANGUAGES = process.env.HANPYO_FULL === '1' ? (['ko', 'en'] as const) : (['ko'] as const)

for (const language of LANGUAGES) {
  test(`every screen leaves a picture (${language})`, async ({ page, gallery }) => {
    test.slow()
    mkdirSync(FOLDER, { recursive: true })
    for (const state of GALLERY) {
      await openState(page, gallery, state, { language, pxPerMm: SCREENS['21.5 inch'] / 2 })
      const path = join(FOLDER, `${state.name}.${language}.png`)
      const picture = await page.screenshot({ path })
      expect(picture.length, `${state.name} is painted`).toBeGreaterThan(5_000)
      expect(picture.length, `${state.name} fits a README`).toBeLessThan(200_000)
      const name = IN_DOCS[state.name]
      if (isForDocs && language === 'ko' && name !== undefined)
        copyFileSync(path, join(ROOT, 'docs', 'images', name))
    }
  })
}
