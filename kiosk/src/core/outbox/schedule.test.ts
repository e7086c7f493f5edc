import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSuspect } from './failover.ts'
import {
  add,
  EMPTY_SCHEDULE,
  notSent,
  plan,
  type RouteStatus,
  SCHEDULE_OPTIONS,
  type Schedule,
  type Send,
  sending,
  sent,
  settle,
  wifiOnline,
} from './schedule.ts'

const options = { ...SCHEDULE_OPTIONS, holdMaxMs: 0 }
const half = () => 0.5
const wifi: RouteStatus = {
  id: 'wifi',
  name: 'wifi',
  bridges: ['b1'],
  isOnline: true,
  maxBytes: 65_535,
  frameBytes: 65_535,
  isTransferring: false,
  freeSlots: 8,
}
const lora: RouteStatus = {
  id: 'lora',
  name: 'lora',
  bridges: ['b1'],
  isOnline: true,
  maxBytes: 2_520,
  frameBytes: 227,
  isTransferring: false,
  freeSlots: 1,
}
const off = (route: RouteStatus): RouteStatus => ({ ...route, isOnline: false, maxBytes: 0 })

function scheduleOf(...sizes: readonly number[]): Schedule {
  return sizes.reduce(
    (schedule, byteLength, i) => add(schedule, { key: `${i}`, byteLength, after: null }, 0, options, half),
    EMPTY_SCHEDULE,
  )
}

const routesOf = (sends: readonly Send[]) => sends.map(({ route }) => route)

test('Wi-Fi is preferred, LoRaWAN takes over when it is down, and one frame goes at a time', () => {
  const schedule = scheduleOf(213, 213, 213)
  expect(routesOf(plan(schedule, [wifi, lora], 0, options, half).sends)).toEqual(['wifi', 'wifi', 'wifi'])
  expect(routesOf(plan(schedule, [off(wifi), lora], 0, options, half).sends)).toEqual(['lora'])
  expect(plan(schedule, [off(wifi), off(lora)], 0, options, half).sends).toEqual([])
})

test('what is too long for LoRaWAN waits for Wi-Fi and does not keep the rest from going', () => {
  const schedule = scheduleOf(3_000, 213)
  expect(plan(schedule, [off(wifi), lora], 0, options, half).sends).toEqual([{ key: '1', route: 'lora' }])
  expect(plan(schedule, [off(wifi), { ...lora, maxBytes: 100 }], 0, options, half).sends).toEqual([])
})

test('of what needs fragments one goes at a time, and single frames go beside it', () => {
  const two = { ...lora, freeSlots: 2 }
  const plans = (sizes: number[], route: RouteStatus) =>
    plan(scheduleOf(...sizes), [off(wifi), route], 0, options, half).sends.map(({ key }) => key)
  expect(plans([700, 900], two)).toHaveLength(1)
  expect(plans([700, 900, 213], two)).toContain('2')
  expect(plans([700, 213], { ...two, isTransferring: true })).toEqual(['1'])
})

test('while a transfer is under way, what would need another takes a Wi-Fi that is silent rather than wait', () => {
  const silent = {
    ...scheduleOf(700),
    silence: new Map([['wifi', { attempts: options.wifiSuspectAfter, sinceMs: 0 }]]),
  }
  const busy = { ...lora, freeSlots: 1, isTransferring: true }
  expect(routesOf(plan(silent, [wifi, lora], 0, options, half).sends)).toEqual(['lora'])
  expect(routesOf(plan(silent, [wifi, busy], 0, options, half).sends)).toEqual(['wifi'])
})

test('an item is held for a random time first, and the clock is asked for exactly when it ends', () => {
  const held = add(EMPTY_SCHEDULE, { key: 'a', byteLength: 213, after: null }, 1000, SCHEDULE_OPTIONS, half)
  expect(plan(held, [wifi], 1000, SCHEDULE_OPTIONS, half)).toEqual({ sends: [], nextMs: 301_000 })
  expect(plan(held, [wifi], 301_000, SCHEDULE_OPTIONS, half).sends).toHaveLength(1)
})

test('the order of sending is not the order of voting', () => {
  let seed = 1
  const dice = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const schedule = scheduleOf(...Array.from({ length: 12 }, () => 213))
  const orders = Array.from(
    { length: 40 },
    () => plan(schedule, [{ ...wifi, freeSlots: 1 }], 0, options, dice).sends[0]!.key,
  )
  expect(new Set(orders).size).toBeGreaterThan(6)
})

test('resending never stops, and its pauses grow up to their limit', () => {
  let schedule = scheduleOf(213)
  let nowMs = 0
  const pauses: number[] = []
  for (let i = 0; i < 14; i++) {
    const [send] = plan(schedule, [off(wifi), lora], nowMs, options, half).sends
    schedule = sent(sending(schedule, send!, nowMs), send!, nowMs, options, half)
    const { nextMs } = plan(schedule, [off(wifi), lora], nowMs, options, half)
    pauses.push(nextMs! - nowMs)
    nowMs = nextMs!
  }
  expect(pauses.slice(0, 3)).toEqual([30_000, 60_000, 120_000])
  expect(pauses.at(-1)).toBe(SCHEDULE_OPTIONS.loraRetryMs[1])
})

test('Wi-Fi that stays silent though it says it is online takes turns with LoRaWAN, until it answers', () => {
  let schedule = scheduleOf(213, 213)
  const used: string[] = []
  let nowMs = 0
  for (let i = 0; i < 12; i++) {
    const { sends } = plan(schedule, [wifi, lora], nowMs, options, half)
    for (const send of sends) {
      used.push(send.route)
      schedule = sent(sending(schedule, send, nowMs), send, nowMs, options, half)
    }
    nowMs += 1_200_000
  }
  expect(isSuspect(schedule, 'wifi', options)).toBe(true)
  expect(used).toContain('lora')
  expect(used.slice(6)).toContain('wifi')
  expect(isSuspect(settle(schedule, '0', 'wifi'), 'wifi', options)).toBe(false)
  expect(isSuspect(wifiOnline(schedule, 'wifi', nowMs, options, half), 'wifi', options)).toBe(false)
})

test('when Wi-Fi is back, what waits in a long pause goes soon, and what is still held stays held', () => {
  let schedule = scheduleOf(213)
  const send: Send = { key: '0', route: 'lora' }
  schedule = sent(sending(schedule, send, 0), send, 0, options, half)
  schedule = add(schedule, { key: 'held', byteLength: 213, after: null }, 0, SCHEDULE_OPTIONS, half)
  const back = wifiOnline(schedule, 'wifi', 10, options, half)
  expect(back.entries.get('0')!.dueMs).toBe(510)
  expect(back.entries.get('held')!.dueMs).toBe(300_000)
})

test('a kiosk manifest goes only after the one before it was acknowledged', () => {
  let schedule = add(EMPTY_SCHEDULE, { key: 'm1', byteLength: 700, after: null }, 0, options, half)
  schedule = add(schedule, { key: 'm2', byteLength: 700, after: 'm1' }, 0, options, half)
  expect(plan(schedule, [wifi], 0, options, half).sends).toEqual([{ key: 'm1', route: 'wifi' }])
  expect(plan(settle(schedule, 'm1', 'wifi'), [wifi], 0, options, half).sends).toEqual([
    { key: 'm2', route: 'wifi' },
  ])
})

test('under any mix of failures nothing is lost: every item is delivered once the network lets it', () => {
  const world = fc.record({
    sizes: fc.array(fc.constantFrom(213, 309, 700), { minLength: 1, maxLength: 12 }),
    fates: fc.infiniteStream(fc.constantFrom('acked', 'lost', 'failed')),
    outage: fc.infiniteStream(fc.tuple(fc.boolean(), fc.boolean())),
    dice: fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
  })
  fc.assert(
    fc.property(world, ({ sizes, fates, outage, dice }) => {
      const roll = () => dice.next().value as number
      let schedule = sizes.reduce(
        (s, byteLength, i) => add(s, { key: `${i}`, byteLength, after: null }, 0, SCHEDULE_OPTIONS, roll),
        EMPTY_SCHEDULE,
      )
      let nowMs = 0
      for (let round = 0; round < 400 && schedule.entries.size > 0; round++) {
        const isCalm = round > 100
        const [hasWifi, hasLora] = isCalm ? [true, true] : (outage.next().value as [boolean, boolean])
        const routes = [hasWifi ? wifi : off(wifi), hasLora ? lora : off(lora)]
        for (const send of plan(schedule, routes, nowMs, SCHEDULE_OPTIONS, roll).sends) {
          expect(schedule.entries.has(send.key)).toBe(true)
          schedule = sending(schedule, send, nowMs)
          const fate = isCalm ? 'acked' : fates.next().value
          if (fate === 'failed') schedule = notSent(schedule, send, nowMs, SCHEDULE_OPTIONS, roll)
          else schedule = sent(schedule, send, nowMs, SCHEDULE_OPTIONS, roll)
          if (fate === 'acked') schedule = settle(schedule, send.key, send.route)
        }
        nowMs += 60_000
      }
      expect([...schedule.entries.keys()]).toEqual([])
    }),
    { numRuns: 60 },
  )
})
