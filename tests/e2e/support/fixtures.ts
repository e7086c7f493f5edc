import { test as base, expect } from '@playwright/test'
import { type ServedKiosk, type ServeOptions, serveKiosk } from './kiosk.ts'
import { isFull } from './looks.ts'
import { Voter } from './voter.ts'

/**
 * Tag of the whole votes, one for each way of input and language. With `HANPYO_FULL=1` each leaves `film.zip` beside its
 * results: pictures and pages of every step, for `playwright show-trace`.
 */
export const FILMED = '@whole-vote'

interface Fixtures {
  /** How the kiosk of this test is set up: `test.use({ setUp: { … } })`. */
  readonly setUp: ServeOptions
  readonly kiosk: ServedKiosk
  /** A person at the kiosk's page, which is open and shows the first screen. */
  readonly voter: Voter
}

export const test = base.extend<Fixtures>({
  setUp: [{}, { option: true }],
  kiosk: async ({ setUp }, use) => {
    const kiosk = await serveKiosk(setUp)
    await use(kiosk)
    await kiosk.stop()
  },
  voter: async ({ kiosk, page }, use, testInfo) => {
    const film = isFull && testInfo.tags.includes(FILMED) ? page.context().tracing : null
    await film?.start({ screenshots: true, snapshots: true })
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && !isCutLine(message.text())) problems.push(message.text())
    })
    await page.goto(kiosk.entryUrl)
    await use(new Voter(page, kiosk))
    await film?.stop({ path: testInfo.outputPath('film.zip') })
    // Also catches every breach of the content security policy, which Chromium reports on the console.
    expect(problems).toEqual([])
  },
})

/** A test that cuts the page off from its core makes the browser say so; that is no breach of anything. */
function isCutLine(message: string): boolean {
  return message.startsWith('Failed to load resource: net::ERR_')
}

export { expect }
