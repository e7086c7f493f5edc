import { test as base, expect, type Page } from '@playwright/test'
import { expectNoViolations } from './support/board/axe.ts'
import { type BoardHost, bridgeOf, serveBoard } from './support/board/host.ts'
import { buildKindsLedger, type KindsLedger } from './support/board/kinds-ledger.ts'

/** Charts of every kind of contest, and what is printed. Phones with large letters are left to HANPYO_FULL=1. */
const isFull = process.env.HANPYO_FULL === '1'

const test = base.extend<{ host: BoardHost }, { ledger: KindsLedger }>({
  ledger: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright asks for the pattern
    async ({}, use) =>
      use(
        await buildKindsLedger({
          ballots: 12,
          candidates: 20,
          centres: 4,
          proposals: 22,
          inBatch: 6,
          isCounted: true,
        }),
      ),
    { scope: 'worker' },
  ],
  host: async ({ ledger }, use) => {
    const host = await serveBoard(ledger)
    host.override = bridgeOf(ledger)
    await use(host)
    await host.stop()
  },
})

test.describe.configure({ mode: 'default' })
test.use({ deviceScaleFactor: 1 })
const testFull: (title: string, body: Parameters<typeof test>[2]) => void = isFull ? test : () => undefined

/** What is left of A4 between the margins, at 96 points an inch. */
const SHEET = { width: 680, height: 980 }

const go = (page: Page, host: BoardHost, place: string): Promise<unknown> =>
  page.goto(`${host.url}#/${place}`)

test('ranks, budgets and long lists are charts with words and tables, and go on A4 without a cut', async ({
  page,
  host,
}) => {
  await page.setViewportSize({ width: 360, height: 740 })
  await page.goto(`${host.url}#lang=en`)
  await go(page, host, 'results')
  const card = (title: string) => page.locator('.card', { hasText: title })
  const chair = card('Chair of the residents’ council')
  await expect(chair).toContainText('Kim Seo-yeon (no. 1 on the ballot)')
  await expect(chair.locator('.bars > ul > li')).toHaveCount(12 + 2)
  await chair.getByRole('button', { name: 'Show all (20)' }).click()
  await expect(chair.locator('.bars > ul > li')).toHaveCount(20 + 2)
  const ranked = card('Rank all of them')
  await expect(ranked.locator('.bars > ul > li').first()).toContainText(/place 1: [0-9]/)
  await ranked.locator('summary').click()
  await expect(ranked.locator('thead th').nth(3)).toHaveText('Place 1')
  await expect(card('Where shall 500 million won')).toContainText('Costs 480,000,000 won')
  await expectNoViolations(page)

  await go(page, host, 'proposals')
  await expect(page.locator('.bars').first()).toContainText('Safe ways to school')
  await expect(page.locator('li.card')).toHaveCount(20)
  await page.getByRole('button', { name: 'Show more (2 left)' }).click()
  await expect(page.locator('li.card')).toHaveCount(22)

  await go(page, host, 'paper')
  await page.emulateMedia({ media: 'print' })
  await page.setViewportSize(SHEET)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('participatory budget')
  await expect(page.locator('.paper')).toContainText('More ferries to the island')
  await expect(page.locator('button:visible, summary:visible, nav:visible')).toHaveCount(0)
  expect(await pastTheEdge(page)).toEqual([])
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
  expect(pdf).toMatch(/\/MediaBox \[0 0 59[45][.0-9]* 84[12][.0-9]*\]/)
})

testFull(
  'nothing is wider than a phone of 360 points at 200 % text, in both languages',
  async ({ page, host }) => {
    test.setTimeout(300_000)
    await page.setViewportSize({ width: 360, height: 740 })
    await page.addInitScript(() =>
      addEventListener('DOMContentLoaded', () => {
        document.documentElement.style.fontSize = '200%'
      }),
    )
    for (const language of ['ko', 'en']) {
      await page.goto(`${host.url}#lang=${language}`)
      for (const place of [
        '',
        'turnout',
        'results',
        'proposals',
        'paper',
        'checks',
        'ledger',
        'ledger/batch/3',
      ]) {
        await go(page, host, place)
        await expect(page.locator('main h1')).toBeVisible()
        expect(await page.evaluate(() => document.documentElement.scrollWidth), place).toBeLessThanOrEqual(
          360,
        )
        await expectNoViolations(page)
      }
    }
  },
)

/** What would be cut at the right edge of the sheet. */
function pastTheEdge(page: Page): Promise<string[]> {
  return page
    .locator('main *:visible')
    .evaluateAll((elements) =>
      elements
        .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
        .map((element) => element.outerHTML.slice(0, 120)),
    )
}
