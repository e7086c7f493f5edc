import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openPolls as openCorePolls } from '@hanpyo/kiosk/testing/kiosk-client.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { type Browser, chromium, _electron as electron, expect, type Page, test } from '@playwright/test'
import { ko } from '../../kiosk/ui/i18n/ko.ts'
import { type CoreProcess, freePort, startCoreProcess, startHanpyo } from './support/core-process.ts'
import { electronBinary } from './support/electron-binary.ts'
import { isFull } from './support/looks.ts'
import { ROOT } from './support/paths.ts'

/** Votes with the core process behind any shell: the same page, the same presses. */
async function vote(page: Page, slip: string): Promise<void> {
  const press = (name: string | RegExp) => page.getByRole('button', { name }).click()
  await press(ko.attract.start)
  await press(new RegExp(`^${ko.mode.normal.name}`))
  await expect(page.getByRole('heading', { name: ko.slip.title })).toBeVisible()
  await page.keyboard.type(slip)
  await page.keyboard.press('Enter')
  await press(ko.number.same)
  await page.getByRole('checkbox', { name: /경로당/ }).click()
  await press(ko.footer.next)
  await expect(page.getByText(ko.contest.place(2, 3))).toBeVisible()
  await press(ko.footer.next)
  await press(ko.contest.toReview)
  await press(ko.review.next)
  await press(new RegExp(`^${ko.tracker.cast}`))
  await press(ko.confirm.yes)
  await expect(page.getByRole('heading', { name: ko.stored.title })).toBeVisible()
}

async function openPolls(core: CoreProcess): Promise<void> {
  await openCorePolls(core.client())
}

async function castCount(core: CoreProcess): Promise<number> {
  return expectOk(await core.client()['health.get']({})).box.cast
}

test.describe('with the core as its own process', () => {
  let core: CoreProcess

  test.beforeEach(async () => {
    core = await startCoreProcess()
  })
  test.afterEach(() => core.stop())

  test('hanpyo kiosk core serves the page, and a vote is on its disk after a power cut', async ({ page }) => {
    await openPolls(core)
    await page.goto(core.entryUrl())
    await vote(page, core.folder.election.slips[0] ?? '')
    // The page looks for a core that is away, and would load itself anew in between.
    await page.goto('about:blank')
    await core.killAndRestart()
    expect(await castCount(core)).toBe(1)
    await page.goto(core.entryUrl())
    await page.getByRole('button', { name: ko.attract.start }).click()
    await page.getByRole('heading', { name: ko.mode.title }).waitFor()
    await page.keyboard.type(core.folder.election.slips[0] ?? '')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('alert')).toContainText(ko.slip.problems['slip-used'].what)
  })

  // Two starts and a vote: the core's side of it is in bad-input.test.ts, the page's in hardening.spec.ts.
  if (isFull) {
    test('a core that starts anew in the middle of a vote is said plainly, and the slip votes afterwards', async ({
      page,
    }) => {
      const slip = core.folder.election.slips[0] ?? ''
      await openPolls(core)
      await page.goto(core.entryUrl())
      await page.getByRole('button', { name: ko.attract.start }).click()
      await page.getByRole('heading', { name: ko.mode.title }).waitFor()
      await page.keyboard.type(slip)
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: ko.number.same }).click()
      await core.killAndRestart()
      await expect(page.getByText(ko.problem.unreachable.next)).toBeVisible()
      await page.goto(core.entryUrl())
      await expect(page.getByRole('button', { name: ko.attract.start })).toBeVisible()
      expect(await castCount(core)).toBe(0)
      await vote(page, slip)
      expect(await castCount(core)).toBe(1)
    })
  }

  test('hanpyo kiosk chromium shows the page and replaces its browser when the core restarts', async () => {
    test.slow()
    await openPolls(core)
    const debugPort = await freePort()
    const browserCommand = headlessBrowser(core.folder.root, debugPort)
    const args = ['kiosk', 'chromium', '--url', core.url, '--token-file', core.tokenFile]
    const starting = startHanpyo([...args, '--browser', browserCommand], /browser-ended/)
    // The host says nothing while all is well; its first line is the end of the first browser.
    const first = await connect(debugPort)
    await vote(pageOf(first), core.folder.election.slips[0] ?? '')

    await core.killAndRestart()
    const host = await starting
    const second = await connect(debugPort)
    await expect(pageOf(second).getByRole('button', { name: ko.attract.start })).toBeVisible()
    expect(await castCount(core)).toBe(1)
    await second.close()
    expect((await host.stop()).code).toBe(0)
  })
})

/** The browser a kiosk has, but without a screen and with an ear for this test. */
function headlessBrowser(folder: string, debugPort: number): string {
  const path = join(folder, 'browser')
  const chromiumPath = process.env.HANPYO_CHROMIUM ?? '/usr/bin/chromium'
  writeFileSync(
    path,
    `#!/bin/sh\nexec ${chromiumPath} --headless=new '--screen-info={1080x1920}' --remote-debugging-port=${debugPort} "$@"\n`,
  )
  chmodSync(path, 0o755)
  return path
}

async function connect(debugPort: number): Promise<Browser> {
  let browser: Browser | undefined
  await expect(async () => {
    browser = await chromium.connectOverCDP(`http://127.0.0.1:${debugPort}`, { timeout: 2_000 })
    expect(pageOf(browser).url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
  }).toPass({ timeout: 30_000 })
  if (browser === undefined) throw new Error('no browser')
  return browser
}

function pageOf(browser: Browser): Page {
  const page = browser.contexts()[0]?.pages()[0]
  if (page === undefined) throw new Error('the browser shows no page yet')
  return page
}

test.describe('in the Electron shell', () => {
  const binary = electronBinary()
  test.skip(binary === null, 'the Electron binary is not installed here (node_modules/electron/dist)')

  test('a vote through kiosk://app reaches the core, and nothing else can be opened', async () => {
    const core = await startCoreProcess()
    await openPolls(core)
    const isRoot = process.getuid?.() === 0
    const app = await electron.launch({
      executablePath: binary ?? '',
      args: [...(isRoot ? ['--no-sandbox'] : []), join(ROOT, 'kiosk/dist/shell/index.js')],
      env: {
        ...process.env,
        HANPYO_CORE_URL: core.url,
        HANPYO_SHELL_TOKEN_FILE: core.tokenFile,
        HANPYO_WINDOWED: '1',
      },
    })
    const page = await app.firstWindow()
    await expect(page).toHaveURL('kiosk://app/')
    await vote(page, core.folder.election.slips[0] ?? '')
    expect(await castCount(core)).toBe(1)
    await page.evaluate(() => location.assign('https://example.org/'))
    await expect(page).toHaveURL('kiosk://app/')
    expect(await page.evaluate(() => window.open('kiosk://app/') === null)).toBe(true)
    expect(await page.evaluate(() => 'require' in window || 'process' in window)).toBe(false)
    await app.close()
    await core.stop()
  })
})
