import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isAnswered, kioskSlot, nextTurn, planSlots, type SlotPlan, useOfTurn } from './slots.ts'

const DR5 = { uplinkAirtimeMs: 358.656, ackAirtimeMs: 107.776 }
const START = Date.UTC(2026, 5, 3, 9)

test('a DR5 cell has 62 slots in ten seconds, for 22,320 ballots an hour, with clocks that are 100 ms off', () => {
  const plan = planSlots(DR5)
  expect(plan).toEqual({
    superframeMs: 10_000,
    channelCount: 8,
    slotCount: 62,
    firstMs: 100,
    stepMs: 70,
    ackEvery: 5,
  })
})

const anyOptions = fc.record({
  uplinkAirtimeMs: fc.double({ min: 40, max: 700, noNaN: true }),
  ackAirtimeMs: fc.double({ min: 40, max: 260, noNaN: true }),
  rx1DelayMs: fc.constantFrom(2000, 3000, 5000, 8000),
  channelCount: fc.integer({ min: 1, max: 16 }),
  clockErrorMs: fc.integer({ min: 0, max: 150 }),
})

interface OnAir {
  readonly channel: number | 'down'
  readonly startMs: number
  readonly endMs: number
}

/** All uplinks and answers of some superframes, each kiosk's clock as wrong as `errors` say. */
function traffic(
  plan: SlotPlan,
  airtimes: { uplinkAirtimeMs: number; ackAirtimeMs: number },
  kioskCount: number,
  errors: (kiosk: number) => number,
): OnAir[] {
  const ids = Array.from({ length: kioskCount }, (_, id) => id)
  return ids.flatMap((id) => {
    const own = kioskSlot(plan, ids, id)
    const out: OnAir[] = []
    let fromMs = START
    for (let turns = 0; turns < 2 * plan.ackEvery; turns++) {
      const turn = nextTurn(plan, own, fromMs)
      fromMs = turn.startMs + 1
      const startMs = turn.startMs + errors(id)
      const endMs = startMs + airtimes.uplinkAirtimeMs
      out.push({ channel: turn.channel, startMs, endMs })
      if (isAnswered(plan, own, startMs) !== turn.isAckTurn) throw new Error('kiosk and network disagree')
      const answerMs = endMs + plan.superframeMs / 2
      if (turn.isAckTurn) {
        out.push({ channel: 'down', startMs: answerMs, endMs: answerMs + airtimes.ackAirtimeMs })
      }
    }
    return out
  })
}

test('as long as clocks are right within the bound, nothing ever meets on air', () => {
  fc.assert(
    fc.property(
      anyOptions,
      fc.integer({ min: -2, max: 3 }),
      fc.array(fc.constantFrom(-1, -0.5, 0, 1), { minLength: 7, maxLength: 7 }),
      (options, beyondFull, shares) => {
        const plan = planSlots(options)
        const errors = (kiosk: number) => shares[kiosk % 7]! * options.clockErrorMs
        const kioskCount = Math.max(1, Math.min(120, plan.slotCount + beyondFull))
        const onAir = traffic(plan, options, kioskCount, errors).sort((a, b) => a.startMs - b.startMs)
        const openUntil = new Map<number | 'down', number>()
        for (const one of onAir) {
          const [mine, downlink] = [openUntil.get(one.channel) ?? 0, openUntil.get('down') ?? 0]
          const freeMs =
            one.channel === 'down' ? Math.max(0, ...openUntil.values()) : Math.max(mine, downlink)
          if (one.startMs < freeMs - 1e-6) expect(one.startMs).toBeGreaterThanOrEqual(freeMs)
          openUntil.set(one.channel, Math.max(mine, one.endMs))
        }
      },
    ),
    { numRuns: 40 },
  )
})

test('an ack names at most five ballots, so every kiosk has an ack turn at least every fifth time', () => {
  fc.assert(
    fc.property(anyOptions, (options) => {
      const plan = planSlots(options)
      expect(plan.ackEvery).toBeGreaterThanOrEqual(1)
      expect(plan.ackEvery).toBeLessThanOrEqual(5)
    }),
  )
})

test('every kiosk has its own slot, whatever order the list is in, and groups take turns when slots run out', () => {
  const plan = planSlots({ ...DR5, clockErrorMs: 400 })
  const ids = Array.from({ length: 100 }, (_, i) => 1000 - 7 * i)
  const slots = ids.map((id) => kioskSlot(plan, ids, id))
  expect(new Set(slots.map(({ slot, group }) => `${slot}/${group}`)).size).toBe(100)
  expect(kioskSlot(plan, ids.toReversed(), 1000)).toEqual(kioskSlot(plan, ids, 1000))
  const { groupCount } = slots[0]!
  expect(groupCount).toBe(Math.ceil(100 / plan.slotCount))
  const first = nextTurn(plan, slots[0]!, START)
  const second = nextTurn(plan, slots[0]!, first.startMs + 1)
  expect(second.startMs - first.startMs).toBe(groupCount * plan.superframeMs)
  expect(() => kioskSlot(plan, ids, 1)).toThrow('"kioskId"')
})

test('a turn is never in the past and is the same one until it has begun', () => {
  const plan = planSlots(DR5)
  const ids = Array.from({ length: 200 }, (_, id) => id)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 199 }), fc.integer({ min: 0, max: 10_000_000 }), (id, laterMs) => {
      const own = kioskSlot(plan, ids, id)
      const turn = nextTurn(plan, own, START + laterMs)
      expect(turn.startMs).toBeGreaterThanOrEqual(START + laterMs)
      expect(nextTurn(plan, own, turn.startMs)).toEqual(turn)
      expect(turn.channel).toBeLessThan(8)
    }),
  )
})

test('a kiosk moves to another channel each time, so that a jammed one silences nobody', () => {
  const plan = planSlots(DR5)
  const own = kioskSlot(plan, [1, 2, 3], 2)
  const channels = new Set<number>()
  let fromMs = START
  for (let i = 0; i < 8; i++) {
    const turn = nextTurn(plan, own, fromMs)
    channels.add(turn.channel)
    fromMs = turn.startMs + 1
  }
  expect(channels.size).toBe(8)
})

test('one ballot waits for the ack turn; more go out before it, and its answer names them all', () => {
  const ack = { isAckTurn: true }
  const other = { isAckTurn: false }
  expect(useOfTurn(other, 1, 0)).toBe('nothing')
  expect(useOfTurn(other, 2, 0)).toBe('send')
  expect(useOfTurn(other, 9, 4)).toBe('nothing')
  expect(useOfTurn(ack, 1, 4)).toBe('send')
  expect(useOfTurn(ack, 0, 2)).toBe('repeat')
  expect(useOfTurn(ack, 3, 5)).toBe('repeat')
  expect(useOfTurn(ack, 0, 0)).toBe('nothing')
})

test('a plan without room for a slot is refused', () => {
  expect(() => planSlots({ ...DR5, rx1DelayMs: 500 })).toThrow('no room')
  expect(() => planSlots({ ...DR5, uplinkAirtimeMs: 0 })).toThrow('"uplinkAirtimeMs"')
})
