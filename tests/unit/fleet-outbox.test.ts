import { cellScenario } from '@hanpyo/firmware-sim/fleet/cell.ts'
import { framesFor } from '@hanpyo/firmware-sim/fleet/fragments.ts'
import { type Entry, FleetOutbox } from '@hanpyo/firmware-sim/fleet/outbox.ts'
import type { SeededRandom } from '@hanpyo/firmware-sim/random.ts'
import {
  add,
  EMPTY_SCHEDULE,
  notSent,
  SCHEDULE_OPTIONS,
  sending,
  sent,
} from '@hanpyo/kiosk/core/outbox/schedule.ts'
import { KR920_MAX_PAYLOAD_BYTES } from '@hanpyo/protocol/link/constants.ts'
import { FragmentSender } from '@hanpyo/protocol/link/schc/sender.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const KEY = 'ballot'
const LORA = { key: KEY, route: 'lora' } as const

/** Dice that both sides throw: the same numbers in the same order. */
function twoDice(throws: readonly number[]): [() => number, SeededRandom] {
  const dice = () => {
    let at = 0
    return () => throws[at++ % throws.length] as number
  }
  const next = dice()
  const seeded: SeededRandom = {
    next,
    integer: () => 0,
    bytes: () => new Uint8Array(0),
    gaussian: () => 0,
    fork: () => seeded,
  }
  return [dice(), seeded]
}

test('kiosks of the fleet simulation hold and resend ballots exactly as the real outbox does on LoRaWAN', () => {
  const chance = fc.double({ min: 0, max: 0.999, noNaN: true })
  fc.assert(
    fc.property(
      fc.array(chance, { minLength: 1, maxLength: 9 }),
      fc.array(fc.boolean(), { maxLength: 14 }),
      (throws, wasSent) => {
        const [dice, seeded] = twoDice(throws)
        const { kiosk } = cellScenario({ ballotsPerHour: 1, hours: 1 })
        const fleet = new FleetOutbox(kiosk, seeded)
        let real = add(
          EMPTY_SCHEDULE,
          { key: KEY, byteLength: 213, after: null },
          1000,
          SCHEDULE_OPTIONS,
          dice,
        )
        fleet.add(1, 213, 1000)
        let nowMs = 0
        const dueMs = () => real.entries.get(KEY)?.dueMs as number
        const fleetEntry = () => fleet.due(Number.POSITIVE_INFINITY)[0] as Entry
        expect(fleetEntry().dueMs).toBeCloseTo(dueMs(), 6)
        for (const isOut of wasSent) {
          nowMs = dueMs() + 10
          real = sending(real, LORA, nowMs)
          if (isOut) {
            real = sent(real, LORA, nowMs, SCHEDULE_OPTIONS, dice)
            fleet.sent(fleetEntry(), nowMs)
          } else {
            real = notSent(real, LORA, nowMs, SCHEDULE_OPTIONS, dice)
            fleet.notSent(fleetEntry(), nowMs)
          }
          expect(fleetEntry().dueMs).toBeCloseTo(dueMs(), 6)
        }
      },
    ),
  )
})

test('it cuts datagrams into as many frames as the real sender does, of the same lengths', () => {
  fc.assert(
    fc.property(fc.integer({ min: 243, max: 2520 }), fc.integer({ min: 0, max: 5 }), (bytes, dataRate) => {
      const sender = new FragmentSender(new Uint8Array(bytes))
      const room = KR920_MAX_PAYLOAD_BYTES[dataRate] as number
      const lengths: number[] = []
      for (;;) {
        const step = sender.next(room, 0)
        if (step.do !== 'send') break
        lengths.push(step.payload.length + 13)
      }
      expect(framesFor(bytes, dataRate as 0 | 1 | 2 | 3 | 4 | 5, 15)).toEqual(lengths)
    }),
  )
})
