import { FIXTURES } from '@hanpyo/kiosk/host/fixtures.ts'
import { test as base, expect } from '@playwright/test'
import { type FixtureKiosk, startFixtureKiosk } from './fixture-kiosk.ts'

/** A worker-wide kiosk that only shows fixtures. */
export const test = base.extend<object, { readonly gallery: FixtureKiosk }>({
  gallery: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures it needs from this pattern
    async ({}, use) => {
      const first = FIXTURES.attract
      if (first === undefined) throw new Error('no fixture attract')
      const kiosk = await startFixtureKiosk(first)
      await use(kiosk)
      await kiosk.close(0)
    },
    { scope: 'worker' },
  ],
})

export { expect }
