import { defineConfig } from '@playwright/test'

/** Debian's browser, so that nothing has to be downloaded; `HANPYO_CHROMIUM` names another one. */
const executablePath = process.env.HANPYO_CHROMIUM ?? '/usr/bin/chromium'
const isRoot = process.getuid?.() === 0

export default defineConfig({
  testDir: 'tests/e2e',
  testMatch: '**/*.spec.ts',
  globalSetup: './tests/e2e/support/global-setup.ts',
  outputDir: 'test-results/playwright',
  reporter: [['list'], ['json', { outputFile: 'test-results/playwright.json' }]],
  fullyParallel: true,
  workers: 2,
  timeout: 45_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  use: {
    // A 21.5-inch screen, upright.
    viewport: { width: 1080, height: 1920 },
    // Layout is the same; software paints a quarter of the pixels. Pictures for documents set their own.
    deviceScaleFactor: 0.5,
    hasTouch: true,
    contextOptions: { reducedMotion: 'reduce' },
    launchOptions: {
      executablePath,
      args: [
        // Chromium refuses to start as root without it; a kiosk never runs its browser as root.
        ...(isRoot ? ['--no-sandbox'] : []),
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
    screenshot: 'only-on-failure',
    trace: 'off',
  },
})
