import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { formatNote, parseNote } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { test as base, expect } from '@playwright/test'
import { en } from '../../board/ui/i18n/en.ts'
import { ko } from '../../board/ui/i18n/ko.ts'
import { expectNoViolations } from './support/board/axe.ts'
import { type BoardHost, bridgeOf, type Override, serveBoard } from './support/board/host.ts'
import { buildKindsLedger } from './support/board/kinds-ledger.ts'
import { type BoardLedger, buildBoardLedger } from './support/board/ledger.ts'

/** Hosts that are late, half-written, silent or talk nonsense, and an election that is large. All under HANPYO_FULL=1. */
const isFull = process.env.HANPYO_FULL === '1'

const test = base.extend<{ host: BoardHost }, { ledger: BoardLedger }>({
  ledger: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright asks for the pattern
    async ({}, use) => use(await buildBoardLedger()),
    { scope: 'worker' },
  ],
  host: async ({ ledger }, use) => {
    const host = await serveBoard(ledger)
    await use(host)
    await host.stop()
  },
})
const testFull: (title: string, body: Parameters<typeof test>[2]) => void = isFull ? test : () => undefined

test.describe.configure({ mode: 'default' })
test.use({ viewport: { width: 360, height: 740 }, deviceScaleFactor: 1 })

const PAGE = '<!doctype html><title>Wi-Fi</title><h1>Sign in</h1>'
const below =
  (prefix: string, answer: ReturnType<Override>): Override =>
  (path) =>
    path.startsWith(prefix) ? answer : undefined

interface HostCase {
  readonly name: string
  readonly files?: (ledger: BoardLedger) => ReadonlyMap<string, Uint8Array>
  readonly override?: Override
  /** The newest head, as the mirror hands it out itself. */
  readonly mirror?: (ledger: BoardLedger) => string
  /** What has to stand on the first screen. */
  readonly says: (t: typeof ko | typeof en) => string
}

const CASES: readonly HostCase[] = [
  { name: 'hangs', override: () => 'hang', says: (t) => t.loading.slow(5) },
  { name: 'hangs at the records', override: below('tile/', 'hang'), says: (t) => t.loading.slow(5) },
  { name: 'hangs at the lists', override: below('blob/', 'hang'), says: (t) => t.loading.slow(5) },
  {
    name: 'answers with a web page',
    override: () => PAGE,
    says: (t) => t.problems['checkpoint-garbage'].title,
  },
  {
    name: 'has web pages for records',
    override: below('tile/entries', PAGE),
    says: (t) => t.problems['records-garbage'].title,
  },
  {
    name: 'has web pages for lists',
    override: below('blob/', PAGE),
    says: (t) => t.problems['lists-missing'].title,
  },
  { name: 'fails', override: () => 500, says: (t) => t.problems['host-status'].title },
  { name: 'fails at the lists', override: below('blob/', 500), says: (t) => t.problems['host-status'].title },
  { name: 'hangs up', override: () => 'drop', says: (t) => t.problems['host-unreachable'].title },
  { name: 'has nothing', override: () => null, says: (t) => t.problems['no-checkpoint'].title },
  {
    name: 'has no record yet',
    override: below('tile/entries', null),
    says: (t) => t.problems['records-missing'].title,
  },
  {
    name: 'lacks the proofs of the count',
    files: (ledger) => {
      const before = ledger.earlier(9)
      return new Map([...ledger.files].filter(([path]) => !path.startsWith('blob/') || before.has(path)))
    },
    says: (t) => t.problems['proofs-missing'].title,
  },
  {
    name: 'is late',
    files: (ledger) => ledger.earlier(9),
    mirror: ({ mirrorNote }) => mirrorNote,
    says: (t) => t.behind.title,
  },
  {
    name: 'lost its witnesses',
    files: (ledger) => new Map([...ledger.files, ['checkpoint', withoutWitnesses(ledger)]]),
    says: (t) => t.overview.freshNone,
  },
]

testFull(
  'whatever a host does is named in both languages, and stays accessible',
  async ({ browser, host, ledger }) => {
    test.setTimeout(600_000)
    for (const { name, files, override, mirror, says } of CASES) {
      host.files = files?.(ledger) ?? ledger.files
      host.override = override ?? (() => undefined)
      for (const [language, t] of [
        ['ko', ko],
        ['en', en],
      ] as const) {
        const context = await browser.newContext({ viewport: { width: 360, height: 740 } })
        await context.route(/^https:/, (route) => {
          const note = route.request().url().includes('library') ? mirror?.(ledger) : undefined
          const headers = { 'access-control-allow-origin': '*' }
          return note === undefined ? route.abort() : route.fulfill({ body: note, headers })
        })
        const page = await context.newPage()
        await page.goto(`${host.url}#lang=${language}`)
        await expect(page.locator('main'), `${name} (${language})`).toContainText(says(t), {
          timeout: 30_000,
        })
        expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(360)
        if (language === 'ko') await expectNoViolations(page)
        await page.goto(`${host.url}#/results`)
        await expect(page.locator('main'), name).not.toContainText(t.results.checkedBad)
        await context.close()
      }
    }
  },
)

testFull(
  'thousands of ballots and hundreds of names are counted at once, and the proofs can wait',
  async ({ page }) => {
    test.setTimeout(600_000)
    const large = await buildKindsLedger({
      ballots: 3_000,
      candidates: 240,
      centres: 40,
      proposals: 100,
      inBatch: 300,
      isCounted: false,
    })
    const host = await serveBoard(large)
    host.override = bridgeOf(large)
    await page.goto(`${host.url}#lang=en`)
    await expect(page.locator('.big-number')).toHaveText('3,000', { timeout: 60_000 })
    for (const place of ['turnout', 'proposals', 'ledger', 'ledger/batch/5', 'ledger/batch/5/1']) {
      await page.goto(`${host.url}#/${place}`)
      await expect(page.locator('main h1')).toBeVisible()
      await expect(page.locator('main li, main .records').first()).toBeVisible()
      expect(await page.evaluate(() => document.querySelectorAll('*').length), place).toBeLessThan(2_000)
    }
    await expect(page.locator('.records > li')).toHaveCount(101)
    await page.goto(`${host.url}#/checks`)
    await page.getByRole('button', { name: en.checks.pause }).click()
    await expect(page.getByRole('status')).toContainText(en.checks.paused)
    const progress = page.locator('.meter p').first()
    // Words that were on their way when the pause began may still come; then it stands still.
    let said = ''
    await expect
      .poll(
        async () => {
          const before = said
          said = await progress.innerText()
          return said === before
        },
        { intervals: [1_000] },
      )
      .toBe(true)
    await page.getByRole('button', { name: en.checks.resume }).click()
    await expect(progress).not.toHaveText(said)
    await host.stop()
  },
)

function withoutWitnesses({ files }: BoardLedger): Uint8Array {
  const { text, signatures } = expectOk(parseNote(files.get('checkpoint') as Uint8Array))
  return utf8(
    formatNote(
      text,
      signatures.filter(({ name }) => !name.endsWith('.example/w')),
    ),
  )
}
