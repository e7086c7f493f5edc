import type { Receipt } from '@hanpyo/devices/printer/receipt.ts'
import type { PrinterError, ReceiptPrinter } from '@hanpyo/devices/printer/receipt-printer.ts'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { err, expectOk, ok, type Result } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { createTestElection } from '../../testing/test-election.ts'
import { createTestKiosk } from '../../testing/test-kiosk.ts'

const never = new AbortController().signal
const election = createTestElection()

/** A printer whose answers come when the test says so. */
function fakePrinter() {
  const printed: Receipt[] = []
  const answers: ((result: Result<void, PrinterError>) => void)[] = []
  const printer: ReceiptPrinter = {
    print: (receipt) => {
      printed.push(receipt)
      return new Promise((resolve) => answers.push(resolve))
    },
    status: async () => ok({ paper: 'ok', problem: undefined }),
    lastStatus: { paper: 'ok', problem: undefined },
    onStatus: () => () => {},
    close: async () => {},
  }
  return { printer, printed, answers }
}

async function setUp() {
  const clock = createVirtualClock()
  const paper = fakePrinter()
  const made = createTestKiosk({ election, clock, printer: paper.printer })
  onTestFinished(() => made.close())
  await made.openPolls()
  await clock.advance(0)
  const { handlers } = made
  const receiptState = async () => expectOk(await handlers['session.state']({}, never)).receipt
  const prepare = async (slip = 0): Promise<void> => {
    expectOk(await handlers['session.scan']({ text: election.slips[slip] as string }, never))
    const selection = { kind: 'approve' as const, options: [4, 2] }
    expectOk(await handlers['session.select']({ contest: 1, selection }, never))
    expectOk(await handlers['session.review']({}, never))
    expectOk(await handlers['session.prepare']({}, never))
    await clock.advance(0)
  }
  return { ...paper, made, handlers, clock, receiptState, prepare }
}

const textOf = (receipt: Receipt | undefined): string => JSON.stringify(receipt)

test('the tracker is printed before the voter decides, "cast" only after the vote is stored', async () => {
  const { printed, answers, handlers, clock, receiptState, prepare, made } = await setUp()
  expect(printed).toHaveLength(1)
  expect(await receiptState()).toBe('none')
  await prepare()
  expect(printed).toHaveLength(2)
  expect(await receiptState()).toBe('printing')
  const { screen } = made.session
  if (screen.screen !== 'tracker') throw new Error(screen.screen)
  expect(textOf(printed[1])).toContain(screen.tracker.text)
  expect(textOf(printed[1])).toContain('아직 투표한 것이 아니에요')
  answers[1]?.(ok(undefined))
  await clock.advance(0)
  expect(await receiptState()).toBe('printed')
  expectOk(await handlers['session.cast']({}, never))
  await clock.advance(0)
  expect(textOf(printed[2])).toContain('투표했어요')
  expect(textOf(printed[2])).toContain(String(screen.slipNumber).padStart(6, '0'))
})

test('no receipt bears a time or a choice, and what belongs to an opened ballot no slip number', async () => {
  const { printed, handlers, clock, prepare } = await setUp()
  await prepare()
  expectOk(await handlers['session.check']({}, never))
  await clock.advance(0)
  const [, tracker, opened] = printed.map(textOf)
  expect(tracker).not.toMatch(/\d{1,2}:\d{2}|20\d\d-/)
  expect(opened).not.toMatch(/\d{1,2}:\d{2}[^0-9]|20\d\d-/)
  for (const { title } of election.election.manifest.contests[0]?.options ?? [])
    expect(tracker).not.toContain(title.ko)
  expect(tracker).not.toContain('종이 번호')
  expect(opened).not.toContain('종이 번호')
  expect(opened).toContain('choices')
})

test.each(['paper-out', 'printer-not-connected', 'print-interrupted'] as const)(
  'with %s the vote is cast all the same, and the screen says that there is no paper',
  async (problem) => {
    const { answers, handlers, clock, receiptState, prepare, made } = await setUp()
    await prepare()
    answers[1]?.(err(problem))
    await clock.advance(0)
    expect(await receiptState()).toBe('failed')
    expectOk(await handlers['session.cast']({}, never))
    expect(made.box.counts().cast).toBe(1)
    expect(made.audited).toContainEqual({ event: 'receipt-not-printed', problem })
  },
)

test('a printer that never answers holds up nothing, and its late answer says nothing to the next voter', async () => {
  const { answers, handlers, clock, receiptState, prepare, made } = await setUp()
  await prepare()
  expectOk(await handlers['session.cast']({}, never))
  await clock.advance(0)
  made.session.end()
  expect(await receiptState()).toBe('none')
  answers[2]?.(err('paper-out'))
  await clock.advance(0)
  expect(await receiptState()).toBe('none')
})
