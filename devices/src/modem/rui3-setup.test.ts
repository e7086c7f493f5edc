import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { createLogger } from '@hanpyo/platform/logger.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import type { FakeModem } from '../testing/fake-modem.ts'
import { fakeModem } from '../testing/fake-scripts.ts'
import { openFake, openJoinedFake } from '../testing/open-fake.ts'
import { settle } from '../testing/settle.ts'
import { openAtModem } from './at-modem.ts'
import { rui3Dialect } from './rui3.ts'

const BALLOT = new Uint8Array(213).fill(7)

const open = (prepare?: (fake: FakeModem) => void) => openFake('rui3', prepare)
const openJoined = (prepare?: (fake: FakeModem) => void) => openJoinedFake('rui3', prepare)

test('opening finds the modem, its firmware and its DevEUI', async () => {
  const { modem } = await open()
  expect(modem.info).toEqual({
    dialect: 'rui3',
    firmware: 'RUI_4.2.1_RAK3172-E',
    region: 'KR920',
    devEui: 'ac1f09fffe000001',
    isJoined: false,
  })
})

test('nobody at the other end is "no-response", the wrong mode is "wrong-mode"', async () => {
  const clock = createVirtualClock()
  const mute = fakeModem(clock)
  mute.on(/.*/, () => {})
  expect(await settle(clock, openAtModem(rui3Dialect, { transport: mute.transport, clock }))).toMatchObject({
    error: 'no-response',
  })
  const peerToPeer = fakeModem(clock)
  peerToPeer.on(/^AT\+NWM=\?$/, (modem) => modem.print('AT+NWM=0', 'OK'))
  expect(
    await settle(clock, openAtModem(rui3Dialect, { transport: peerToPeer.transport, clock })),
  ).toMatchObject({
    error: 'wrong-mode',
  })
})

test.each([
  [/^AT\+VER=\?$/, 'AT+VER=V1.0.4', 'wrong-firmware', 'V1.0.4, not RUI_4.x'],
  [/^AT\+BAND=\?$/, 'AT+BAND=4', 'wrong-region', 'EU868, not KR920'],
])('a modem that answers %s with %s is refused as %s', async (pattern, answer, error, detail) => {
  const clock = createVirtualClock()
  const fake = fakeModem(clock)
  fake.on(pattern, (modem) => modem.print(answer, 'OK'))
  const opened = await settle(clock, openAtModem(rui3Dialect, { transport: fake.transport, clock }))
  expect(opened).toEqual({ ok: false, error, detail })
})

test('listen-before-talk is read, put right when it is wrong, and checked', async () => {
  const values: Record<string, string> = { LBT: '0', LBTRSSI: '-80', LBTSCANTIME: '5' }
  const { fake } = await open((fake) => {
    fake.on(/^AT\+(LBT[A-Z]*)=\?$/, (modem, [, name]) => modem.print(`AT+${name}=${values[name!]}`, 'OK'))
    fake.on(/^AT\+(LBT[A-Z]*)=([^?]+)$/, (modem, [, name, value]) => {
      values[name!] = value!
      modem.print('OK')
    })
  })
  expect(values).toEqual({ LBT: '1', LBTRSSI: '-65', LBTSCANTIME: '5' })
  expect(fake.received.filter((line) => /^AT\+LBT.*=[^?]/.test(line))).toEqual(['AT+LBT=1', 'AT+LBTRSSI=-65'])
})

test.each([
  ['AT_COMMAND_NOT_FOUND', 'LBT is AT_COMMAND_NOT_FOUND, not 1'],
  ['AT+LBT=0', 'LBT is 0, not 1'],
])('a modem that answers %s about listen-before-talk may not send in Korea', async (answer, detail) => {
  const clock = createVirtualClock()
  const fake = fakeModem(clock)
  fake.on(/^AT\+LBT=/, (modem) => modem.print(answer, ...(answer.startsWith('AT+') ? ['OK'] : [])))
  const opened = await settle(clock, openAtModem(rui3Dialect, { transport: fake.transport, clock }))
  expect(opened).toEqual({ ok: false, error: 'wrong-firmware', detail })
})

test('a confirmed send tells whether it was acknowledged, and the next one is unconfirmed again', async () => {
  const { fake, modem, run } = await openJoined()
  for (const [event, isAcknowledged] of [
    ['+EVT:SEND_CONFIRMED_OK', true],
    ['+EVT:SEND_CONFIRMED_FAILED(4)', false],
  ] as const) {
    fake.received.length = 0
    fake.on(/^AT\+SEND/, (modem) => modem.print('OK', event))
    expect(expectOk(await run(modem.send(1, BALLOT, { isConfirmed: true }))).isAcknowledged).toBe(
      isAcknowledged,
    )
    expect(fake.received.filter((line) => line.startsWith('AT+CFM'))).toEqual(['AT+CFM=1', 'AT+CFM=0'])
  }
})

test.each([
  ['+EVT:LINKCHECK:0:21:2:-60:11', { ok: true, value: { marginDb: 21, gatewayCount: 2 } }],
  ['+EVT:LINKCHECK:0,21,2,-60,11', { ok: true, value: { marginDb: 21, gatewayCount: 2 } }],
  ['+EVT:LINKCHECK:1:0:0:0:0', { ok: false, error: 'no-answer' }],
  ['+EVT:LINKCHECK:1', { ok: false, error: 'no-answer' }],
  ['', { ok: false, error: 'no-answer' }],
])('a link check that reports "%s" is %j', async (event, expected) => {
  const { fake, modem, run } = await openJoined((fake) => {
    fake.on(/^AT\+SEND/, (modem) => {
      modem.print('OK', '+EVT:TX_DONE')
      modem.later(500, () => modem.print(event))
    })
  })
  expect(await run(modem.linkCheck())).toEqual(expected)
  expect(fake.received.slice(0, 1)).toEqual(['AT+LINKCHECK=1'])
})

test('network time is read at the turn of a second, because the modem shows whole ones', async () => {
  const { clock, fake, modem, run } = await openJoined()
  fake.on(/^AT\+LTIME=\?$/, (modem) => {
    const [, y, mo, d, h, mi, s] = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/.exec(
      new Date(clock.now() + 12_345).toISOString(),
    )!
    modem.print(`AT+LTIME=${h}h${mi}m${s}s on ${mo}/${d}/${y}`, 'OK')
  })
  const { offsetMs, accuracyMs } = expectOk(await run(modem.networkTime()))
  expect(accuracyMs).toBeLessThanOrEqual(100)
  expect(Math.abs(offsetMs - 12_345)).toBeLessThanOrEqual(accuracyMs)
})

test('a network that does not answer the question for the time is "no-answer"', async () => {
  const { modem, run } = await openJoined((fake) => {
    fake.on(/^AT\+SEND/, (modem) => modem.print('OK', '+EVT:TX_DONE', '+EVT:TIMEREQ_FAILED'))
  })
  expect(await run(modem.networkTime())).toMatchObject({ error: 'no-answer' })
})

test('programming writes region, class and identity, and names the setting that was refused', async () => {
  const identity = {
    devEui: 'ac1f09fffe000002',
    joinEui: '0000000000000001',
    appKey: '00112233445566778899aabbccddeeff',
  }
  const { fake, modem, run } = await openJoined()
  expectOk(await run(modem.program(identity)))
  expect(fake.received).toEqual([
    'AT+BAND=7',
    'AT+NJM=1',
    'AT+CLASS=A',
    'AT+CFM=0',
    'AT+RETY=0',
    'AT+ADR=1',
    'AT+DEVEUI=AC1F09FFFE000002',
    'AT+APPEUI=0000000000000001',
    'AT+APPKEY=00112233445566778899AABBCCDDEEFF',
    // The new region may have brought its own.
    'AT+CFM=?',
    'AT+LBT=?',
    'AT+LBTRSSI=?',
    'AT+LBTSCANTIME=?',
  ])
  expect([modem.isJoined, modem.info.devEui]).toEqual([false, 'ac1f09fffe000002'])
  fake.on(/^AT\+BAND/, (modem) => modem.print('AT_UNSUPPORTED_BAND'))
  expect(await run(modem.program(identity))).toEqual({
    ok: false,
    error: 'rejected',
    detail: 'BAND: AT_UNSUPPORTED_BAND',
  })
})

test('neither the key nor a payload gets into the log', async () => {
  const clock = createVirtualClock()
  const fake = fakeModem(clock)
  const lines: string[] = []
  const log = createLogger({
    name: 'test',
    level: 'debug',
    destination: { write: (line) => lines.push(line) },
  })
  // With echo on, the modem repeats everything, once garbled.
  fake.on(/^(AT\+APPKEY=)(.*)$/, (modem, [, name, key]) => modem.print(`${name}${key}`, `#${key}`, 'OK'))
  const modem = expectOk(
    await settle(clock, openAtModem(rui3Dialect, { transport: fake.transport, clock, log })),
  )
  const appKey = '00112233445566778899aabbccddeeff'
  await settle(clock, modem.program({ devEui: 'ac1f09fffe000002', joinEui: '0000000000000001', appKey }))
  await settle(clock, modem.join())
  await settle(clock, modem.send(1, BALLOT))
  const written = lines.join('')
  expect(written).toContain('AT+SEND=1:<213 bytes>')
  expect(written).toContain('AT+APPKEY=')
  expect(written.toLowerCase()).not.toContain('00112233')
  expect(written).not.toContain('07070707')
})
