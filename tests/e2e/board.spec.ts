import { readFileSync } from 'node:fs'
import { encodeCrockford } from '@hanpyo/protocol/ballot/crockford.ts'
import { trackerText } from '@hanpyo/protocol/ballot/identifiers.ts'
import { slipText } from '@hanpyo/protocol/ballot/slip.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import { parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { verifyTlogProof } from '@hanpyo/protocol/log/proof.ts'
import { decodeBundle } from '@hanpyo/protocol/log/tiles.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { test as base, expect, type Page } from '@playwright/test'
import encodeQR from 'qr'
import { expectNoViolations } from './support/board/axe.ts'
import { type BoardHost, bridgeOf, serveBoard } from './support/board/host.ts'
import { type BoardLedger, buildBoardLedger } from './support/board/ledger.ts'

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

// One after another, so that the ledger is made once.
test.describe.configure({ mode: 'default' })
test.use({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 1, hasTouch: true })

/** Left to `npm run test:full`: the board has few seconds in the quick run. */
const testFull: (title: string, body: Parameters<typeof test>[2]) => void = isFull ? test : () => undefined

const open = (page: Page, host: BoardHost, hash = ''): Promise<unknown> => page.goto(host.url + hash)
const alarm = (page: Page, title: string) => page.getByRole('heading', { name: title })

test('a finished election is checked to its last line, and its screens pass axe', async ({
  page,
  host,
  ledger,
}) => {
  test.setTimeout(180_000)
  host.override = bridgeOf(ledger)
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  await open(page, host, `#manifest=${ledger.manifestHash}`)
  await expect(page.getByText('결과가 발표되었어요')).toBeVisible()
  await expect(page.locator('.big-number')).toHaveText('34')
  await expect(page.getByText('공고문이 주소에 적힌 값과 같아요.')).toBeVisible()
  // One witness stopped: it is shown, and what the host says about it.
  await expect(page.locator('.watchers > li')).toHaveCount(5)
  await expect(page.locator('.watchers > li', { hasText: 'press' })).toContainText('대답 없음')
  await expectAccessible(page, 'always')

  await page.goto(`${host.url}#/checks`)
  await expect(page.getByRole('status')).toHaveText('맞음 23 · 틀림 0 · 남음 0', { timeout: 30_000 })
  await expectAccessible(page)

  await page.goto(`${host.url}#/turnout`)
  await expect(page.getByText('5표보다 적은 곳이나 시간은')).toBeVisible()
  const [places, hours] = [page.locator('.bars').nth(0), page.locator('.bars').nth(1)]
  await expect(places.locator('> ul > li')).toHaveCount(2)
  await expect(places).toContainText('2곳을 합침')
  await hours.locator('summary').click()
  await expect(hours.locator('tbody tr')).not.toHaveCount(0)
  await expectAccessible(page)

  await page.goto(`${host.url}#/results`)
  await expect(page.getByText('처음부터 다시 계산했고 모두 맞아요')).toBeVisible()
  await expect(page.locator('.bars').first()).toContainText('반포천 산책길 넓히기')
  await expectAccessible(page)

  await page.goto(`${host.url}#/proposals`)
  await page.getByRole('button', { name: '글 읽기' }).first().click()
  await expect(page.getByText(ledger.texts[0]?.text ?? '')).toBeVisible()
  await expect(page.getByText('이유: 개인 이름이 들어 있음')).toBeVisible()
  await expectAccessible(page)

  await page.goto(`${host.url}#/ledger/batch/4`)
  await expect(page.locator('.records > li')).toHaveCount(7)
  await page.locator('.records a').first().click()
  await expect(page.locator('.fields')).toContainText('확인 코드')
  await expectAccessible(page, 'always')
  for (const place of isFull ? PLACES : []) {
    await page.goto(`${host.url}#/${place}`)
    await expect(page.locator('main h1')).toBeVisible()
    await expectAccessible(page)
  }
  expect(problems).toEqual([])
  // The proofs were checked by a thread of their own.
  expect(page.workers().filter((worker) => worker.url().includes('/worker-')).length).toBe(1)
  expect(host.asked.filter((path) => /board\/assets\/ballot-worker-/.test(path)).length).toBeGreaterThan(0)
})

test('a receipt is found on the device alone, and its proof holds elsewhere', async ({
  page,
  host,
  ledger,
}) => {
  const [ballot] = ledger.ballots
  const answer = page.locator('.answer')
  const find = async (slip: string, code: string): Promise<void> => {
    await page.getByLabel('투표 용지 번호').fill(slip)
    await page.getByLabel('확인 코드').fill(code)
    await page.getByRole('button', { name: '내 표 찾기' }).click()
  }
  // A link as a QR code holds it: the code leaves the address at once.
  await open(page, host, `#${encodeCrockford(ballot?.qr as Uint8Array, 52)}`)
  await expect(answer).toContainText('원장에 있어요')
  await expect(answer).toContainText(ballot?.code as string)
  expect(page.url()).toBe(`${host.url}#/receipt`)

  const download = page.waitForEvent('download')
  await answer.getByRole('button', { name: '증명 파일 저장하기' }).click()
  const saved = await download
  const proof = readFileSync(await saved.path(), 'utf8')
  const index = Number(/record-([0-9]+)/.exec(saved.suggestedFilename())?.[1])
  const bundle = [...ledger.files]
    .filter(([path]) => path.startsWith('tile/entries/'))
    .at(-1)?.[1] as Uint8Array
  const leaf = expectOk(decodeBundle(bundle, 97))[index] as Uint8Array
  const policy = expectOk(parsePolicy(ledger.manifest.policies.official))
  expect(verifyTlogProof({ ed25519: nobleBackend.ed25519, policy, proof, leaf })).toMatchObject({ ok: true })

  await find(String(ledger.ballots[5]?.slip), '')
  await expect(answer).toContainText(ledger.ballots[5]?.code as string)
  await find('5', ledger.ballots[6]?.code as string)
  await expect(answer).toContainText('코드가 달라요')
  await find('', ledger.challenged.code)
  await expect(answer).toContainText('확인하려고 연 표예요')
  await find(String(ledger.unusedSlip), '')
  await expect(answer).toContainText('봉인되었는데도 없어요')
  await find('', slipText(new Uint8Array(16).fill(3)))
  await expect(answer).toContainText('비밀 QR')
  await expect(page.getByLabel('확인 코드')).toHaveValue('')
  await page.getByRole('button', { name: '카메라로 QR 읽기' }).click()
  const photo = Buffer.from(
    encodeQR(encodeCrockford(ledger.ballots[9]?.qr as Uint8Array, 52), 'gif', { scale: 8 }),
  )
  await page
    .getByLabel('사진에서 QR 읽기')
    .setInputFiles({ name: 'receipt.gif', mimeType: 'image/gif', buffer: photo })
  await expect(answer).toContainText(ledger.ballots[9]?.code as string)
  await expectAccessible(page)

  const asked = host.asked.join('\n')
  for (const secret of [
    ballot?.code,
    encodeCrockford(ballot?.qr as Uint8Array, 52),
    trackerText(ballot?.qr as Uint8Array),
  ])
    expect(asked).not.toContain(secret as string)
  expect(asked.replaceAll(/history\?after=[0-9]+/g, '')).not.toMatch(/\?|slip|receipt/)
})

test('a host that lies, is half-written, or shows two pasts is named plainly', async ({
  page,
  host,
  ledger,
}) => {
  const changed = new Map(ledger.files)
  const [path, bundle] = [...changed].filter(([name]) => name.startsWith('tile/entries/')).at(-1) as [
    string,
    Uint8Array,
  ]
  const flipped = bundle.slice()
  flipped[9_000] = (flipped[9_000] as number) ^ 1
  changed.set(path, flipped)
  host.files = changed
  await open(page, host)
  await expect(alarm(page, '기록이 서명된 것과 달라요')).toBeVisible()
  await page.goto(`${host.url}#/checks`)
  await expect(page.locator('.line.FAIL').first()).toContainText('5. 틀림')

  host.files = ledger.earlier(9)
  await page.getByRole('button', { name: '다시 시도하기' }).click()
  await expect(alarm(page, '기록이 서명된 것과 달라요')).toHaveCount(0)
  await page.goto(`${host.url}#/`)
  await expect(page.locator('.big-number')).toHaveText('34')

  const missing = new Map(ledger.files)
  missing.delete(path)
  host.files = missing
  await page.reload()
  await expect(alarm(page, '기록이 모자라요')).toBeVisible()
  await expectAccessible(page)

  host.files = new Map([...ledger.files, ['checkpoint', new TextEncoder().encode(ledger.forkedCheckpoint)]])
  await page.reload()
  await expect(alarm(page, '기록이 서명된 것과 달라요')).toBeVisible()
  host.files = ledger.files
  await page.reload()
  await expect(page.getByText('결과가 발표되었어요')).toBeVisible()
  host.files = new Map([...ledger.files, ['checkpoint', new TextEncoder().encode(ledger.forkedCheckpoint)]])
  await page.reload()
  await expect(alarm(page, '경보: 원장이 두 갈래예요')).toBeVisible()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: '지금 본 체크포인트 저장하기' }).click()
  expect(readFileSync(await (await download).path(), 'utf8')).toBe(ledger.forkedCheckpoint)
})

testFull('another election than the announced one is an alarm on every screen', async ({ page, host }) => {
  await open(page, host, `#manifest=${'0'.repeat(64)}`)
  await expect(page.getByRole('alert')).toContainText('공고문이 주소에 적힌 값과 달라요')
  await page.goto(`${host.url}#/results`)
  await expect(page.getByRole('alert')).toContainText('공고문이 주소에 적힌 값과 달라요')
})

testFull(
  'the page is in English, dark and large when asked, fits 320 points, and goes by keyboard',
  async ({ page, host }) => {
    await page.setViewportSize({ width: 320, height: 640 })
    await open(page, host, '#lang=en')
    await expect(page.getByText('The result is announced')).toBeVisible()
    await page.keyboard.press('Tab')
    await expect(page.getByRole('button', { name: 'Go to the content' })).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(page.locator('main')).toBeFocused()
    await page.getByRole('button', { name: 'Menu' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'Text and colours' }).focus()
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { level: 1, name: 'Text and colours' })).toBeVisible()
    await page.getByLabel('Very large').check()
    await page.getByLabel('Dark').check()
    for (const place of PLACES) {
      await page.goto(`${host.url}#/${place}`)
      await expect(page.locator('main h1')).toBeVisible()
      expect(await page.evaluate(() => document.documentElement.scrollWidth), place).toBeLessThanOrEqual(320)
      await expectAccessible(page)
    }
    await page.reload()
    await expect(page.locator('html')).toHaveAttribute('data-size', 'largest')
  },
)

const PLACES = [
  '',
  'turnout',
  'receipt',
  'results',
  'checks',
  'ledger',
  'ledger/record/0',
  'proposals',
  'downloads',
  'paper',
  'settings',
  'nowhere',
]

testFull('the first words are there within a second, before any record is', async ({ page, host }) => {
  host.override = (path) => (path === 'checkpoint' ? 'hang' : undefined)
  await open(page, host)
  await expect(page.locator('main')).toContainText('원장')
  const paintMs = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
  )
  console.log(`first contentful paint after ${Math.round(paintMs)} ms`)
  expect(paintMs).toBeLessThan(1_000)
})

/** axe takes a second a screen: the quick run looks at two of them. */
async function expectAccessible(page: Page, when: 'always' | 'full' = 'full'): Promise<void> {
  if (when === 'always' || isFull) await expectNoViolations(page)
}
