import { createRealClock, createVirtualClock } from '@hanpyo/platform/clock.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { explainPrinterError } from './explain.ts'
import { openReceiptPrinter } from './open-printer.ts'
import type { PrinterError } from './receipt-printer.ts'

const RECEIPT = { title: '확인표', parts: [] }

async function open(uri: string) {
  const options = { clock: createRealClock(), random: nodeRandom }
  const printer = expectOk(await openReceiptPrinter(uri, options))
  onTestFinished(() => printer.close())
  return printer
}

test('a device file that takes everything prints when it need not answer', async () => {
  const printer = await open('file:/dev/null?status=no')
  expect(await printer.print(RECEIPT)).toEqual({ ok: true, value: undefined })
})

test('a device file that takes nothing is an interrupted print, not an endless one', async () => {
  const printer = await open('file:/dev/full?status=no')
  expect(await printer.print(RECEIPT)).toMatchObject({ ok: false, error: 'print-interrupted' })
})

test('a printer that is not there is said to be, at once and when asked', async () => {
  const printer = await open('file:/dev/hanpyo-no-such-printer')
  expect(printer.lastStatus.problem).toBe('printer-not-connected')
  expect(await printer.print(RECEIPT)).toEqual({ ok: false, error: 'printer-not-connected' })
  expect(await printer.status()).toEqual({ ok: false, error: 'printer-not-connected' })
})

test('a receipt that cannot be printed is refused before the printer is asked for', async () => {
  const printer = await open('file:/dev/hanpyo-no-such-printer')
  expect(await printer.print({ title: '漢字', parts: [] })).toMatchObject({ error: 'receipt-unprintable' })
})

test('after closing nothing is printed and no timer is left', async () => {
  const clock = createVirtualClock()
  const printer = expectOk(
    await openReceiptPrinter('tcp:nowhere', {
      clock,
      random: nodeRandom,
      open: () => Promise.reject(new Error('not there')),
    }),
  )
  await clock.advance(60_000)
  await printer.close()
  expect(await printer.print(RECEIPT)).toEqual({ ok: false, error: 'printer-closed' })
  expect(clock.pendingCount).toBe(0)
})

test('every error tells voters that the vote is not lost, and staff what to do, in both languages', () => {
  const errors: PrinterError[] = ['printer-not-connected', 'printer-silent', 'paper-out', 'cover-open']
  errors.push('cutter-jammed', 'printer-fault', 'printer-offline', 'print-interrupted', 'receipt-unprintable')
  errors.push('printer-busy', 'printer-closed')
  for (const { voter, staff } of errors.map(explainPrinterError)) {
    expect(voter.ko).toContain('표는 사라지지 않았습니다')
    expect(voter.en).toContain('Your vote is not lost')
    expect(staff.ko).not.toBe(voter.ko)
    expect(staff.en).not.toBe(voter.en)
  }
})
