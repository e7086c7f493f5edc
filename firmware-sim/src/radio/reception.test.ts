import fc from 'fast-check'
import { expect, test } from 'vitest'
import { airtimeMs, symbolMs } from './airtime.ts'
import { NOISE_FLOOR_DBM, snrFloorDb } from './propagation.ts'
import { airLoss, type GatewayLoss, GatewayReceiver, type Interval, type Signal } from './reception.ts'

const FREQUENCY = 922_100_000

function signal(extra: Partial<Signal> & { startMs?: number; spreadingFactor?: number } = {}): Signal {
  const { startMs = 0, spreadingFactor = 7 } = extra
  const durationMs = airtimeMs({ spreadingFactor, phyPayloadBytes: 60, hasCrc: true })
  return {
    direction: 'up',
    frequencyHz: FREQUENCY,
    spreadingFactor,
    startMs,
    endMs: startMs + durationMs,
    rssiDbm: -90,
    ...extra,
  }
}

function judgeAll(
  signals: readonly Signal[],
  sending: readonly Interval[] = [],
): (GatewayLoss | undefined)[] {
  const receiver = new GatewayReceiver()
  const air = signals.toSorted((a, b) => a.startMs - b.startMs)
  return signals.map((one) => receiver.judge(one, air, sending))
}

test.each([7, 8, 9, 10, 11, 12])('SF%i is heard down to its SNR floor and no further', (spreadingFactor) => {
  const limitDbm = NOISE_FLOOR_DBM + snrFloorDb(spreadingFactor)
  expect(airLoss(signal({ spreadingFactor, rssiDbm: limitDbm + 0.01 }), [])).toBeUndefined()
  expect(airLoss(signal({ spreadingFactor, rssiDbm: limitDbm - 0.01 }), [])).toBe('weak')
})

test('another frame of the same spreading factor spoils one unless it is 6 dB weaker or hits only the first three symbols', () => {
  const wanted = signal({ startMs: 1000 })
  const clash = (startMs: number, rssiDbm: number) => airLoss(wanted, [signal({ startMs, rssiDbm }), wanted])
  expect(clash(1010, -95.9)).toBe('collision')
  expect(clash(1010, -96)).toBeUndefined()
  const length = wanted.endMs - wanted.startMs
  const threeSymbols = 3 * symbolMs(7)
  expect(clash(1000 - length + threeSymbols - 0.1, -60)).toBeUndefined()
  expect(clash(1000 - length + threeSymbols + 0.1, -60)).toBe('collision')
  expect(clash(wanted.endMs, -60)).toBeUndefined()
})

test('another spreading factor does harm only when it is stronger by more than measured, on the same channel and direction', () => {
  const wanted = signal({ rssiDbm: -100 })
  const beside = (extra: Partial<Signal>) => airLoss(wanted, [signal({ spreadingFactor: 8, ...extra })])
  expect(beside({ rssiDbm: -84.1 })).toBeUndefined()
  expect(beside({ rssiDbm: -83.9 })).toBe('inter-factor')
  expect(beside({ rssiDbm: -40, frequencyHz: FREQUENCY + 200_000 })).toBeUndefined()
  expect(beside({ rssiDbm: -40, direction: 'down' })).toBeUndefined()
  const slow = signal({ spreadingFactor: 12, rssiDbm: -120 })
  expect(airLoss(slow, [signal({ startMs: 300, rssiDbm: -84.1 })])).toBeUndefined()
  expect(airLoss(slow, [signal({ startMs: 300, rssiDbm: -83.9 })])).toBe('inter-factor')
})

test('the ninth of nine frames that overlap finds no demodulator, the tenth after the first has ended does', () => {
  const eight = Array.from({ length: 8 }, (_, i) =>
    signal({ startMs: i, frequencyHz: FREQUENCY + i * 200_000 }),
  )
  const ninth = signal({ startMs: 20, spreadingFactor: 9 })
  const firstEndMs = eight[0]!.endMs
  const tenth = signal({ startMs: firstEndMs - 8 * symbolMs(8) + 0.01, spreadingFactor: 8 })
  expect(judgeAll([...eight, ninth, tenth])).toEqual([
    ...Array(8).fill(undefined),
    'no-demodulator',
    undefined,
  ])
})

test('a frame too weak to be detected takes no demodulator', () => {
  const weak = signal({ rssiDbm: -140 })
  const eight = Array.from({ length: 8 }, (_, i) =>
    signal({ startMs: 1 + i, frequencyHz: FREQUENCY + i * 200_000 }),
  )
  expect(judgeAll([weak, ...eight])).toEqual(['weak', ...Array(8).fill(undefined)])
})

test('a gateway that starts to send ends what it was receiving, and has all its demodulators afterwards', () => {
  const running = Array.from({ length: 8 }, (_, i) =>
    signal({ startMs: i, spreadingFactor: 12, frequencyHz: FREQUENCY + i * 200_000 }),
  )
  const sending = [{ startMs: 1000, endMs: 1100 }]
  const during = signal({ startMs: 1050, frequencyHz: FREQUENCY + 400_000 })
  const after = signal({ startMs: 1100 })
  const lastSymbols = signal({ startMs: 1100 - 3 * symbolMs(7), frequencyHz: FREQUENCY + 200_000 })
  expect(judgeAll([...running, during, after, lastSymbols], sending)).toEqual([
    ...Array(8).fill('deaf'),
    'deaf',
    undefined,
    undefined,
  ])
})

const anySignal = fc
  .record({
    startMs: fc.integer({ min: 0, max: 3000 }),
    spreadingFactor: fc.integer({ min: 7, max: 12 }),
    rssiDbm: fc.integer({ min: -140, max: -60 }),
    frequencyHz: fc.constantFrom(FREQUENCY, FREQUENCY + 200_000, FREQUENCY + 400_000, FREQUENCY + 600_000),
  })
  .map(signal)
const anySending = fc
  .array(fc.integer({ min: 0, max: 3000 }), { maxLength: 3 })
  .map((starts) => starts.map((startMs) => ({ startMs, endMs: startMs + 100 })))

test('what a gateway receives does not depend on the order in which frames are judged, and never exceeds its demodulators', () => {
  fc.assert(
    fc.property(fc.array(anySignal, { maxLength: 40 }), anySending, (signals, sending) => {
      const forwards = judgeAll(signals, sending)
      const backwards = judgeAll(signals.toReversed(), sending).toReversed()
      // Frames that start together are told apart by their place in the list alone.
      const starts = signals.map(({ startMs, spreadingFactor }) => startMs + 8 * symbolMs(spreadingFactor))
      if (new Set(starts).size === starts.length) expect(backwards).toEqual(forwards)
      const received = signals.filter((_, i) => forwards[i] === undefined)
      for (const { startMs, spreadingFactor } of received) {
        const atMs = startMs + 8 * symbolMs(spreadingFactor)
        const open = received.filter(
          (one) => one.startMs + 8 * symbolMs(one.spreadingFactor) <= atMs && one.endMs > atMs,
        )
        expect(open.length).toBeLessThanOrEqual(8)
      }
    }),
    { numRuns: 200 },
  )
})
