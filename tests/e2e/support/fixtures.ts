import { test as base, expect } from '@playwright/test'
import { type ServedKiosk, type ServeOptions, serveKiosk } from './kiosk.ts'
import { Voter } from './voter.ts'

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
  voter: async ({ kiosk, page }, use) => {
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && !isCutLine(message.text())) problems.push(message.text())
    })
    await page.goto(kiosk.entryUrl)
    await use(new Voter(page, kiosk))
    // Also catches every breach of the content security policy, which Chromium reports on the console.
    expect(problems).toEqual([])
  },
})

/** A test that cuts the page off from its core makes the browser say so; that is no breach of anything. */
function isCutLine(message: string): boolean {
  return message.startsWith('Failed to load resource: net::ERR_')
}

export { expect }
