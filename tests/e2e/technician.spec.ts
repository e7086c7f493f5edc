import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { KEYPAD_KEYS } from '@hanpyo/devices/keypad/keypad.ts'
import { fakeKeys, fakePrinter } from '@hanpyo/devices/self-test/fixtures.ts'
import { SELF_TEST_PROBLEMS } from '@hanpyo/devices/self-test/problems.ts'
import { SELF_TEST_TITLES } from '@hanpyo/devices/self-test/texts.ts'
import { noTechnicianPorts } from '@hanpyo/kiosk/core/technician/ports.ts'
import { TEST_PIN, TEST_TECHNICIAN_PIN } from '@hanpyo/kiosk/testing/test-kiosk.ts'
import type { Page } from '@playwright/test'
import { ko } from '../../kiosk/ui/i18n/ko.ts'
import { technicianEn } from '../../kiosk/ui/i18n/technician-en.ts'
import { technicianKo as t } from '../../kiosk/ui/i18n/technician-ko.ts'
import { expect, test } from './support/fixtures.ts'
import { ROOT } from './support/paths.ts'

const FOLDER = join(ROOT, 'test-results', 'screens')
const keypad = fakeKeys()
const press = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' }).tap()
const title = (page: Page) => page.getByRole('heading', { level: 1 })
const shoot = (page: Page, name: string) => page.screenshot({ path: join(FOLDER, `technician-${name}.png`) })

async function unlock(page: Page, pin: string): Promise<void> {
  await press(page, ko.footer.help)
  await press(page, ko.help.staffScreen)
  for (const digit of pin) await press(page, ko.pin.digit(digit))
  await press(page, ko.pin.open)
}

/** Neither rules broken nor anything wider than the screen. */
async function looksRight(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([])
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
}

test.use({
  setUp: {
    technician: {
      ...noTechnicianPorts(),
      selfTest: {
        keypad,
        printer: fakePrinter([]),
        storage: () => ({ freeBytes: 9_000_000_000, isLow: false }),
        clockFacts: () => ({ aheadSeconds: 400, source: 'ledger' }),
      },
      scannerState: () => 'online',
      software: { version: '0.1.0', hash: () => '5e'.repeat(32) },
      writeReport: { folder: '/var/lib/hanpyo/readiness', toDisk: async () => true, toStick: null },
    },
  },
})

test('a technician measures the screen, tries the keypad, and gets the report and the software’s code', async ({
  page,
  voter,
  kiosk,
}) => {
  mkdirSync(FOLDER, { recursive: true })
  await unlock(page, TEST_TECHNICIAN_PIN)
  await expect(title(page)).toHaveText(t.counts(0, 0, 16))
  await looksRight(page)
  await shoot(page, 'home')

  await press(page, t.start)
  await expect(title(page)).toHaveText(t.calibrate.title)
  const card = page.locator('.calibration-card')
  const widthOf = async () => (await card.boundingBox())?.width ?? 0
  const before = await widthOf()
  await press(page, t.calibrate.muchLarger)
  await expect.poll(widthOf).toBeGreaterThan(before * 1.02)
  await looksRight(page)
  await shoot(page, 'calibrate')
  await press(page, t.calibrate.save)
  await expect(page.getByText(t.calibrate.saved)).toBeVisible()
  const mm = await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--mm'))
  expect(Number.parseFloat(mm) * 85.6).toBeCloseTo(await widthOf(), 0)

  await press(page, t.next)
  await expect(title(page)).toHaveText(SELF_TEST_TITLES.keypad.ko)
  for (const key of KEYPAD_KEYS.slice(0, 5)) {
    // The same press also reaches the core as a key of the machine, which must not walk the page now.
    keypad.press(key)
    kiosk.press(key)
  }
  await expect(page.getByText(t.missing(4))).toBeVisible()
  await looksRight(page)
  await shoot(page, 'keypad')
  for (const key of KEYPAD_KEYS.slice(5)) keypad.press(key)
  await expect(page.locator('.verdict')).toHaveAttribute('data-verdict', 'passed')

  // With the test over, the keys walk the page again: right is "next".
  kiosk.press('right')
  await expect(title(page)).toHaveText(SELF_TEST_TITLES.switches.ko)
  await expect(page.getByText(SELF_TEST_PROBLEMS.absent.ko)).toBeVisible()
  kiosk.press('left')
  await expect(title(page)).toHaveText(t.counts(2, 0, 13))

  await press(page, new RegExp(`^${SELF_TEST_TITLES.printer.ko}`))
  await expect(page.getByText(/한글이 뚜렷/)).toBeVisible()
  await shoot(page, 'question')
  await press(page, /^네$/)
  await expect(page.locator('.verdict')).toHaveAttribute('data-verdict', 'passed')
  await press(page, t.list)
  await press(page, new RegExp(`^${SELF_TEST_TITLES.clock.ko}`))
  await expect(page.getByText(SELF_TEST_PROBLEMS['clock-wrong'].ko)).toBeVisible()
  await shoot(page, 'failed')
  await press(page, t.list)

  await press(page, t.report)
  await expect(page.getByText(t.notReady.what)).toBeVisible()
  await shoot(page, 'report')
  await press(page, t.software)
  await expect(page.getByRole('img', { name: t.attest.qr })).toBeVisible()
  await looksRight(page)
  await shoot(page, 'software')
  await press(page, t.list)
  await press(page, t.language)
  await expect(title(page)).toHaveText(technicianEn.counts(3, 1, 11))
  await looksRight(page)
  await shoot(page, 'home-en')
  await press(page, technicianEn.lock)
  await expect(page.locator('.technician')).toHaveCount(0)
  await expect(voter.title).toBeVisible()
})

test('the staff PIN opens no technician’s screen, and during a vote the technician’s PIN opens nothing', async ({
  page,
  voter,
  kiosk,
}) => {
  await unlock(page, TEST_PIN)
  await expect(page.getByText('직원 화면')).toBeVisible()
  await expect(page.locator('.technician')).toHaveCount(0)
  await press(page, '잠그기')
  await voter.beginsWith(kiosk.nextSlip())
  await unlock(page, TEST_TECHNICIAN_PIN)
  await expect(page.locator('.technician')).toHaveCount(0)
  expect(kiosk.lock.isUnlocked).toBe(false)
})

test('keys of the machine itself walk and press the page, each once', async ({ page, voter, kiosk }) => {
  await voter.beginsWith(kiosk.nextSlip())
  await page.locator('h1').focus()
  kiosk.press('down')
  await expect(page.locator('[role="checkbox"]:focus, [role="radio"]:focus').first()).toBeVisible()
  const name = await page.evaluate(() => document.activeElement?.textContent)
  kiosk.press('select')
  await expect(page.locator('[aria-checked="true"]')).toHaveCount(1)
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(name)
  // Pressing again takes the choice back, so a press that acted twice would show.
  kiosk.press('select')
  await expect(page.locator('[aria-checked="true"]')).toHaveCount(0)
})
