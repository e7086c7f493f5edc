import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { expect, test } from 'vitest'
import { FakeRui3 } from '../testing/fake-rui3.ts'
import { settle } from '../testing/settle.ts'
import { uplinkAirtimeMs } from './airtime.ts'
import { joinPersistently } from './join-loop.ts'
import type { JoinError } from './modem.ts'
import { openModem } from './open-modem.ts'

test('a serial port without a rate is tried at 115,200 and then at 9,600 baud', async () => {
  const clock = createVirtualClock()
  const tried: unknown[] = []
  const opened = await settle(
    clock,
    openModem('serial:/dev/ttyUSB0', {
      clock,
      async open(_uri, address) {
        const fake = new FakeRui3(clock)
        const baudRate = address.kind === 'serial' ? address.baudRate : undefined
        tried.push(baudRate)
        if (baudRate !== 9_600) fake.on(/.*/, (modem) => modem.raw(Uint8Array.of(0xff, 0x13, 0x80)))
        return fake.transport
      },
    }),
  )
  expect(opened.ok).toBe(true)
  expect(tried).toEqual([115_200, 9_600])
})

test('a port that cannot be opened is reported with the reason', async () => {
  const clock = createVirtualClock()
  const open = async () => {
    throw new Error('EACCES /dev/ttyUSB0')
  }
  expect(await openModem('serial:/dev/ttyUSB0', { clock, open })).toEqual({
    ok: false,
    error: 'device-unavailable',
    detail: 'EACCES /dev/ttyUSB0',
  })
  expect(await openModem('lpt:1', { clock })).toMatchObject({ error: 'device-uri' })
})

test('join attempts get rarer until one works', async () => {
  const clock = createVirtualClock()
  const delays: number[] = []
  let attempts = 0
  const modem = {
    join: async () =>
      ++attempts <= 12
        ? { ok: false as const, error: 'join-failed' as JoinError }
        : { ok: true as const, value: undefined },
  }
  const joined = await settle(
    clock,
    joinPersistently(modem, {
      clock,
      random: (length) => new Uint8Array(length).fill(0xff),
      signal: new AbortController().signal,
      onFailure: (_error, _attempt, delayMs) => delays.push(Math.round(delayMs)),
    }),
  )
  expect(joined.ok).toBe(true)
  expect(delays.slice(0, 4)).toEqual([5_000, 10_000, 20_000, 40_000])
  expect(delays.at(-1)).toBe(3_600_000)
})

test('waiting for the network can be cancelled', async () => {
  const clock = createVirtualClock()
  const stop = new AbortController()
  const modem = { join: async () => ({ ok: false as const, error: 'join-failed' as JoinError }) }
  const random = (length: number) => new Uint8Array(length)
  const joined = joinPersistently(modem, { clock, random, signal: stop.signal })
  await clock.advance(1_000)
  stop.abort()
  expect(await settle(clock, joined)).toEqual({ ok: false, error: 'cancelled' })
})

// Time on air of the reference table for KR920, milliseconds.
test.each([
  [0, 51, 2793.5],
  [1, 51, 1560.6],
  [2, 51, 698.4],
  [3, 115, 676.9],
  [4, 222, 655.9],
  [5, 242, 399.6],
  [5, 0, 46.3],
])('an uplink at DR%i with %i bytes takes %f ms', (dataRate, bytes, airtimeMs) => {
  expect(uplinkAirtimeMs(dataRate, bytes)).toBeCloseTo(airtimeMs, 0)
})
