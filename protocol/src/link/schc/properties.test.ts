import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHex } from '../../bytes.ts'
import { type Air, SchcChannel, seededDice } from '../../testing/schc-channel.ts'
import { MAX_TILES, TILE_BYTES } from './profile.ts'
import { encodeReassembly, MAX_REASSEMBLY_BYTES } from './reassembly-bytes.ts'

const IS_FULL = process.env.HANPYO_FULL === '1'

const share = (most: number) => fc.integer({ min: 0, max: Math.round(most * 100) }).map((n) => n / 100)
const badAir = fc.record({
  upLoss: share(0.6),
  downLoss: share(0.6),
  upCopies: share(0.4),
  upDelays: share(0.4),
  downDelays: share(0.4),
})
const packet = fc.uint8Array({ minLength: 1, maxLength: 600 })
const seed = fc.nat()

/** The data rate jumps about while a packet is on its way. */
function changing(dice: () => number): Air['maxFrameBytes'] {
  return () => [51, 51, 115, 242, 36, 15][Math.floor(dice() * 6)] as number
}

test('over any loss, copies and reordering both ways a packet arrives once or is reported as undelivered', () => {
  fc.assert(
    fc.property(badAir, packet, seed, (air, bytes, start) => {
      const dice = seededDice(start)
      const channel = new SchcChannel({ ...air, maxFrameBytes: changing(dice) }, dice)
      const { outcome } = channel.transfer(bytes)
      const arrived = channel.delivered.map(toHex)
      expect(arrived.length).toBeLessThanOrEqual(1)
      expect(arrived.every((hex) => hex === toHex(bytes))).toBe(true)
      if (outcome === 'complete') expect(arrived).toHaveLength(1)
      expect(channel.mostTiles).toBeLessThanOrEqual(MAX_TILES)
    }),
    { numRuns: IS_FULL ? 5_000 : 300 },
  )
})

test('of many packets one after the other, some cut off in the middle, none is spoilt and none arrives twice', () => {
  // Two messages each at least: of single ones five may be over before a late copy of the first, which is then forgotten.
  const long = fc.uint8Array({ minLength: TILE_BYTES, maxLength: 600 })
  const jobs = fc.array(fc.record({ bytes: long, limit: fc.option(fc.nat(12), { nil: undefined }) }), {
    minLength: 2,
    maxLength: 6,
  })
  fc.assert(
    fc.property(badAir, jobs, seed, (air, list, start) => {
      const dice = seededDice(start)
      const channel = new SchcChannel({ ...air, hasNamedAcks: true, maxFrameBytes: changing(dice) }, dice)
      const known = new Set<string>()
      for (const { bytes, limit } of list) {
        // A first tile of its own, as every ballot has.
        const own = Uint8Array.from([known.size, ...bytes])
        known.add(toHex(own))
        const { outcome } = channel.transfer(own, limit === undefined ? {} : { limit })
        expect(outcome).not.toBe('complete')
        if (outcome === 'answered') expect(channel.delivered.map(toHex)).toContain(toHex(own))
      }
      const arrived = channel.delivered.map(toHex)
      expect(new Set(arrived).size).toBe(arrived.length)
      for (const hex of arrived) expect(known).toContain(hex)
    }),
    { numRuns: IS_FULL ? 3_000 : 150 },
  )
})

test('after any rubbish from its device, a packet over clean air arrives in one transfer', () => {
  const rubbish = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 40 })
  const tiles = fc.array(
    fc.tuple(fc.nat(255), fc.uint8Array({ minLength: 10, maxLength: 50 })).map(([first, rest]) => {
      return Uint8Array.from([first, ...rest])
    }),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(fc.oneof(rubbish, tiles), packet, seed, (junk, bytes, start) => {
      const dice = seededDice(start)
      const channel = new SchcChannel({ upLoss: 0, downLoss: 0, maxFrameBytes: () => 51 }, dice)
      for (const one of junk) channel.inject(one)
      channel.delivered.length = 0
      const { outcome } = channel.transfer(bytes)
      expect([outcome, channel.delivered]).toEqual(['complete', [bytes]])
    }),
    { numRuns: IS_FULL ? 5_000 : 300 },
  )
})

test('a flood of hostile fragments leaves a state below its limit, however long it lasts', () => {
  const dice = seededDice(5)
  const channel = new SchcChannel({ upLoss: 0, downLoss: 0, maxFrameBytes: () => 51 }, dice)
  for (let i = 0; i < (IS_FULL ? 200_000 : 4_000); i++) {
    channel.inject(Uint8Array.from({ length: Math.floor(dice() * 243) }, () => dice() * 256))
  }
  expect(channel.mostTiles).toBeLessThanOrEqual(MAX_TILES)
  expect(encodeReassembly(channel.receiver).length).toBeLessThanOrEqual(MAX_REASSEMBLY_BYTES)
})

test('2 kB at DR0 with one message in five lost both ways arrive in at least 99 of 100 transfers', () => {
  const runs = IS_FULL ? 10_000 : 500
  let complete = 0
  for (let run = 0; run < runs; run++) {
    const dice = seededDice(run)
    const channel = new SchcChannel({ upLoss: 0.2, downLoss: 0.2, maxFrameBytes: () => 51 }, dice)
    const bytes = Uint8Array.from({ length: 2_048 }, () => dice() * 256)
    const { outcome } = channel.transfer(bytes)
    if (outcome === 'complete' && toHex(channel.delivered[0] as Uint8Array) === toHex(bytes)) complete++
  }
  expect(complete / runs).toBeGreaterThanOrEqual(0.99)
})
