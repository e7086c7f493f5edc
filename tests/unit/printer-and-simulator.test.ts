import { openReceiptPrinter, PARTLY_PRINTED } from '@hanpyo/devices/printer/open-printer.ts'
import { renderReceipt } from '@hanpyo/devices/printer/raster/render-receipt.ts'
import { TypeSetter } from '@hanpyo/devices/printer/raster/type-setter.ts'
import type { Receipt } from '@hanpyo/devices/printer/receipt.ts'
import type { PrinterStatus } from '@hanpyo/devices/printer/receipt-printer.ts'
import { createTransport, type TransportEnd } from '@hanpyo/devices/stream-transport.ts'
import { settle } from '@hanpyo/devices/testing/settle.ts'
import { SimulatedPrinter } from '@hanpyo/firmware-sim/devices/printer/simulated-printer.ts'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { type OutlineFont, openKoreanOutlines } from '@hanpyo/platform/font.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { beforeAll, expect, onTestFinished, test } from 'vitest'

let font: OutlineFont

beforeAll(async () => {
  font = await openKoreanOutlines()
})

const RECEIPT: Receipt = {
  title: '투표 확인표',
  parts: [
    { kind: 'big', text: 'A7K2-9QWX' },
    { kind: 'qr', text: 'TRACKER', encoding: 'alphanumeric' },
  ],
}

/** A driver and a simulated printer on one wire, on one virtual clock. */
async function bench(uri = 'tcp:printer') {
  const clock = createVirtualClock()
  const simulator = new SimulatedPrinter({ clock })
  const plug = { isIn: true }
  let end: TransportEnd | undefined
  const unplug = () => {
    simulator.detach()
    end?.ended('unplugged')
  }
  const printer = expectOk(
    await openReceiptPrinter(uri, {
      clock,
      font,
      random: (length) => new Uint8Array(length),
      async open(name) {
        if (!plug.isIn) throw new Error('not there')
        const opened: TransportEnd = createTransport(name, {
          // As on a real line, the answer comes after the call. On the virtual clock that must not take a turn of the event loop.
          write: async (bytes) => queueMicrotask(() => opened === end && simulator.receive(bytes)),
          close: async () => simulator.detach(),
        })
        end = opened
        simulator.attach({ send: (bytes) => opened.received(bytes), drop: unplug })
        return opened.transport
      },
    }),
  )
  const states: PrinterStatus[] = []
  printer.onStatus((status) => states.push(status))
  onTestFinished(async () => {
    simulator.powerCycle()
    await settle(clock, printer.close())
    expect(clock.pendingCount).toBe(0)
  })
  await clock.advance(1_000)
  states.length = 0
  return {
    clock,
    simulator,
    printer,
    plug,
    unplug,
    states,
    print: () => settle(clock, printer.print(RECEIPT)),
  }
}

function picture() {
  return expectOk(renderReceipt(RECEIPT, 80, new TypeSetter(font)))
}

/** Rows that are not blank, so that feeds before and after do not matter. */
function inkOf({ width, height, data }: { width: number; height: number; data: Uint8Array }): string[] {
  const rowBytes = width / 8
  return Array.from({ length: height }, (_, y) =>
    Buffer.from(data.subarray(y * rowBytes, (y + 1) * rowBytes)).toString('hex'),
  ).filter((row) => /[^0]/.test(row))
}

test('a receipt comes out of the printer dot for dot as it was drawn', async () => {
  const { simulator, print, printer } = await bench()
  expect(printer.lastStatus).toEqual({ paper: 'ok', problem: undefined })
  expect(await print()).toEqual({ ok: true, value: undefined })
  const [printed, ...more] = simulator.receipts
  expect(more).toEqual([])
  expect(inkOf(printed!.image)).toEqual(inkOf(picture()))
  expect(printed!.image.height).toBe(picture().height)
  expect(simulator.strayLetters).toBe(0)
})

test.each([
  [{ paper: 'out' }, 'paper-out'],
  [{ isCoverOpen: true }, 'cover-open'],
  [{ isCutterJammed: true }, 'cutter-jammed'],
  [{ isOnline: false }, 'printer-offline'],
  [{ isSilent: true }, 'printer-silent'],
] as const)(
  'with %j nothing is printed and the reason is said, then it prints again',
  async (patch, error) => {
    const { simulator, print } = await bench()
    simulator.change(patch)
    expect(await print()).toEqual({ ok: false, error })
    simulator.change({
      paper: 'ok',
      isCoverOpen: false,
      isCutterJammed: false,
      isOnline: true,
      isSilent: false,
    })
    expect(await print()).toMatchObject({ ok: true })
    expect(simulator.receipts).toHaveLength(1)
  },
)

test('paper that runs out half way is reported, and the rest does not come out in front of the next person', async () => {
  const { clock, simulator, print } = await bench()
  simulator.change({ rowsOfPaperLeft: 100, millimetresPerSecond: 100 })
  expect(await print()).toEqual({ ok: false, error: 'paper-out', detail: PARTLY_PRINTED })
  simulator.change({ paper: 'ok' })
  await clock.advance(60_000)
  expect(simulator.isBusy).toBe(false)
  expect(simulator.receipts).toEqual([])
})

test('a slow printer is waited for, because only its own word counts', async () => {
  const { clock, simulator, print } = await bench()
  simulator.change({ millimetresPerSecond: 20 })
  const startMs = clock.now()
  expect(await print()).toMatchObject({ ok: true })
  expect(clock.now() - startMs).toBeGreaterThan((1_000 * picture().height) / 8 / 20)
  expect(simulator.receipts).toHaveLength(1)
})

test('a printer that does not know the marker is asked for its status instead', async () => {
  const { simulator, print } = await bench()
  simulator.change({ knowsMarker: false })
  expect(await print()).toMatchObject({ ok: true })
  expect(simulator.receipts).toHaveLength(1)
})

test.each([100, 2_400, 2_600, 5_000, 9_000])(
  'a connection that breaks after %i bytes is made again, and a whole receipt comes out',
  async (bytesUntilDrop) => {
    const { simulator, print, states } = await bench()
    simulator.change({ bytesUntilDrop })
    expect(await print()).toMatchObject({ ok: true })
    expect(inkOf(simulator.receipts.at(-1)!.image)).toEqual(inkOf(picture()))
    expect(simulator.strayLetters).toBe(0)
    expect(states.map(({ problem }) => problem)).toEqual(['printer-not-connected', undefined])
  },
)

test('a printer that stays away after a break is reported as interrupted within a minute', async () => {
  const { clock, simulator, plug, print } = await bench()
  simulator.change({ bytesUntilDrop: 5_000 })
  plug.isIn = false
  const startMs = clock.now()
  expect(await print()).toEqual({ ok: false, error: 'print-interrupted', detail: PARTLY_PRINTED })
  expect(clock.now() - startMs).toBeLessThan(60_000)
})

test('unplugging and plugging in again is told without anybody asking', async () => {
  const { clock, plug, unplug, states, print, printer } = await bench()
  plug.isIn = false
  unplug()
  await clock.advance(120_000)
  expect(await print()).toEqual({ ok: false, error: 'printer-not-connected' })
  plug.isIn = true
  await clock.advance(60_000)
  expect(states.map(({ problem }) => problem)).toEqual(['printer-not-connected', undefined])
  expect(printer.lastStatus.problem).toBeUndefined()
})

test('a cover that is opened between two receipts is noticed within ten seconds', async () => {
  const { clock, simulator, states } = await bench()
  simulator.change({ isCoverOpen: true, paper: 'low' })
  await clock.advance(11_000)
  expect(states.at(-1)).toEqual({ paper: 'low', problem: 'cover-open' })
})

test('a printer without a way back prints when all bytes were taken', async () => {
  const { simulator, print, printer } = await bench('file:/dev/usb/lp0?status=no')
  simulator.change({ isSilent: true })
  expect(await print()).toMatchObject({ ok: true })
  expect(printer.lastStatus).toEqual({ paper: 'unknown', problem: undefined })
  await new Promise((resolve) => setImmediate(resolve))
  expect(simulator.receipts).toHaveLength(1)
})

test('receipts asked for at once come out one after another, and too many are refused', async () => {
  const { clock, simulator, printer } = await bench()
  simulator.change({ millimetresPerSecond: 100 })
  const all = Promise.all(Array.from({ length: 10 }, () => printer.print(RECEIPT)))
  const results = await settle(clock, all)
  expect(results.filter(({ ok }) => ok)).toHaveLength(8)
  expect(results.filter((result) => !result.ok && result.error === 'printer-busy')).toHaveLength(2)
  expect(simulator.receipts).toHaveLength(8)
})

test('closing ends a print under way', async () => {
  const { clock, simulator, printer } = await bench()
  simulator.change({ millimetresPerSecond: 1 })
  const printing = printer.print(RECEIPT)
  await clock.advance(2_000)
  await settle(clock, printer.close())
  expect(await printing).toEqual({ ok: false, error: 'printer-closed' })
})

test('a printer that babbles between its answers is understood all the same', async () => {
  const { simulator, print } = await bench()
  const attach = simulator.attach.bind(simulator)
  simulator.attach = (port) =>
    attach({ ...port, send: (bytes) => port.send(Uint8Array.of(0x13, 0xff, 0x10, ...bytes, 0x11, 0x94)) })
  simulator.change({ bytesUntilDrop: 0 })
  expect(await print()).toMatchObject({ ok: true })
  expect(simulator.receipts.at(-1)).toBeDefined()
})
