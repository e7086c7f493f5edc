import { createVirtualClock, type VirtualClock } from '@hanpyo/platform/clock.ts'
import { expect, test } from 'vitest'
import type { FakeModem } from '../testing/fake-modem.ts'
import { fakeModem } from '../testing/fake-scripts.ts'
import { settle } from '../testing/settle.ts'
import { joinRequestAirtimeMs, uplinkAirtimeMs } from './airtime.ts'
import { detectDialect } from './detect.ts'
import { joinPersistently } from './join-loop.ts'
import type { JoinError } from './modem.ts'
import { explainOpenError, openModem } from './open-modem.ts'

test('a serial port without a rate is tried at 115,200 and then at 9,600 baud', async () => {
  const clock = createVirtualClock()
  const tried: unknown[] = []
  const opened = await settle(
    clock,
    openModem('serial:/dev/ttyUSB0', {
      clock,
      async open(_uri, address) {
        const fake = fakeModem(clock)
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

/** Opens `tcp:` with a fake behind it. */
function openFake(clock: VirtualClock, fake: FakeModem, purpose: 'use' | 'inspect' = 'use') {
  return settle(clock, openModem('tcp:modem:1', { clock, purpose, open: async () => fake.transport }))
}

test.each(['rui3', 'wio-e5', 'st'] as const)('a modem of dialect %s is recognised', async (dialect) => {
  const clock = createVirtualClock()
  const opened = await openFake(clock, fakeModem(clock, dialect))
  expect(opened.ok && opened.value.info).toMatchObject({ dialect, region: 'KR920' })
})

test.each([
  ['rui3', ['+EVT:RX_1:-80:9:UNICAST:1:0102', 'AT_BUSY_ERROR', '+EVT:TX_DONE', 'AT+DR=5', 'OK', '']],
  ['wio-e5', ['+MSGHEX: Wait ACK', '+MSGHEX: Done', 'OX', '']],
  ['st', ['+EVT:1:01:00', '+EVT:RX_1, PORT 1, DR 5, RSSI -72, SNR 6', 'AT_ERROR', '']],
] as const)('a %s in the middle of something is recognised all the same', async (dialect, chatter) => {
  for (const line of chatter) {
    const clock = createVirtualClock()
    const fake = fakeModem(clock, dialect)
    // What it said before anybody listened, and what it goes on to say before the first answers.
    fake.raw(`garbage${line}\r\n`)
    let left = 2
    fake.tamper = (text) => (left-- > 0 ? `${line}\r\n${text}\r\n` : `${text}\r\n`)
    const opened = await openFake(clock, fake)
    expect([line, opened.ok && opened.value.info.dialect]).toEqual([line, dialect])
  }
})

test('a modem that is asleep at first, or busy with half a command, is found in the second round', async () => {
  const clock = createVirtualClock()
  const fake = fakeModem(clock, 'wio-e5')
  let isFirst = true
  fake.on(/^AT$/, (modem) => {
    if (isFirst) modem.print('+INFO: Input timeout')
    else modem.print('+AT: OK')
    isFirst = false
  })
  expect(await openFake(clock, fake)).toMatchObject({ ok: true })
})

test('recognising a modem changes nothing in it', async () => {
  for (const dialect of ['rui3', 'wio-e5', 'st'] as const) {
    const clock = createVirtualClock()
    const fake = fakeModem(clock, dialect)
    expect(await settle(clock, detectDialect({ transport: fake.transport, clock }))).toMatchObject({
      value: { name: dialect },
    })
    expect(fake.received.filter((line) => !['AT', 'AT+VER=?'].includes(line))).toEqual([])
  }
})

test.each([
  [['AT+VER=V1.0.4', 'OK'], 'wrong-firmware', 'V1.0.4'],
  [['sensor 7', 'OK'], 'unknown-modem', 'sensor 7'],
  [['ERROR'], 'unknown-modem', ''],
])('what answers its version with %j is refused as %s', async (lines, error, detail) => {
  const clock = createVirtualClock()
  const fake = fakeModem(clock)
  fake.on(/^AT\+VER=\?$/, (modem) => modem.print(...lines))
  const opened = await openFake(clock, fake)
  expect(opened).toMatchObject({ ok: false, error, detail: expect.stringContaining(detail) })
  // Nobody but us may hold on to the port.
  await expect(fake.transport.write(new Uint8Array(1))).rejects.toThrow('closed')
})

test('a key in the text of a strange modem is not repeated', async () => {
  const clock = createVirtualClock()
  const fake = fakeModem(clock)
  fake.on(/^AT\+VER=\?$/, (modem) =>
    modem.print('AppKey: 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF', 'OK'),
  )
  expect(await openFake(clock, fake)).toMatchObject({ error: 'unknown-modem', detail: 'AppKey: <redacted>' })
})

test('a modem for another country is refused in plain words, and opened unchanged to be inspected', async () => {
  const clock = createVirtualClock()
  const fake = fakeModem(clock)
  fake.on(/^AT\+BAND=\?$/, (modem) => modem.print('AT+BAND=4', 'OK'))
  const refused = await openFake(clock, fake)
  expect(refused).toMatchObject({ ok: false, error: 'wrong-region' })
  if (!refused.ok) {
    expect(explainOpenError('tcp:modem:1', refused.error, refused.detail)).toMatch(
      /wrong region \(EU868, not KR920\)/,
    )
  }
  const other = fakeModem(clock)
  other.on(/^AT\+BAND=\?$/, (modem) => modem.print('AT+BAND=4', 'OK'))
  expect(await openFake(clock, other, 'inspect')).toMatchObject({ ok: true })
  expect(other.received.filter((line) => /=[^?]/.test(line))).toEqual([])
})

test('a port that is unplugged while the modem is looked for is "closed"', async () => {
  const clock = createVirtualClock()
  const fake = fakeModem(clock)
  fake.on(/.*/, () => {})
  fake.later(2_000, () => fake.unplug())
  expect(await openFake(clock, fake)).toMatchObject({ ok: false, error: 'closed' })
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
    dataRate: async () => 5,
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

/** Time on air of join-requests between two hours of waiting, never letting the dice help. */
async function joinAirtimeMs(dataRate: number, fromHour: number, toHour: number): Promise<number> {
  const clock = createVirtualClock()
  const stop = new AbortController()
  const startMs = clock.now()
  let airtimeMs = 0
  const modem = {
    join: async () => {
      const hour = (clock.now() - startMs) / 3_600_000
      if (hour >= fromHour && hour < toHour) airtimeMs += joinRequestAirtimeMs(dataRate)
      return { ok: false as const, error: 'join-failed' as JoinError }
    },
    dataRate: async () => dataRate,
  }
  const random = (length: number) => new Uint8Array(length)
  const joining = joinPersistently(modem, { clock, random, signal: stop.signal })
  await clock.advance(toHour * 3_600_000)
  stop.abort()
  await settle(clock, joining)
  return airtimeMs
}

test.each([0, 3, 5])(
  'join attempts at DR%i keep to the join duty cycle of the LoRa Alliance',
  async (dataRate) => {
    expect(await joinAirtimeMs(dataRate, 0, 1)).toBeLessThan(36_000)
    expect(await joinAirtimeMs(dataRate, 1, 11)).toBeLessThan(36_000)
    expect(await joinAirtimeMs(dataRate, 35, 59)).toBeLessThan(8_700)
  },
)

test('waiting for the network can be cancelled', async () => {
  const clock = createVirtualClock()
  const stop = new AbortController()
  const modem = {
    join: async () => ({ ok: false as const, error: 'join-failed' as JoinError }),
    dataRate: async () => 5,
  }
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
