import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { createLogger } from '@hanpyo/platform/logger.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import type { FakeModem } from '../testing/fake-modem.ts'
import { fakeModem } from '../testing/fake-scripts.ts'
import { openJoinedFake } from '../testing/open-fake.ts'
import { settle } from '../testing/settle.ts'
import { openAtModem } from './at-modem.ts'
import { stDialect } from './st.ts'

const BALLOT = new Uint8Array(213).fill(7)

const openJoined = (prepare?: (fake: FakeModem) => void) => openJoinedFake('st', prepare)

test('opening reads firmware, region and DevEUI', async () => {
  const { modem } = await openJoined()
  expect(modem.info).toEqual({
    dialect: 'st',
    firmware: 'V1.3.0',
    region: 'KR920',
    devEui: '0080e11500000001',
    isJoined: undefined,
  })
})

test('another region is refused, and opened only to be inspected', async () => {
  for (const purpose of ['use', 'inspect'] as const) {
    const clock = createVirtualClock()
    const fake = fakeModem(clock, 'st')
    fake.on(/^AT\+BAND=\?$/, (modem) => modem.print('5:EU868', '', 'OK'))
    const opened = await settle(clock, openAtModem(stDialect, { transport: fake.transport, clock, purpose }))
    expect(opened.ok).toBe(purpose === 'inspect')
    if (!opened.ok) expect(opened).toMatchObject({ error: 'wrong-region', detail: 'EU868, not KR920' })
    else expect(opened.value.info.region).toBe('EU868')
  }
})

test('a send without any event is over when the receive windows are', async () => {
  const { clock, fake, modem, run } = await openJoined()
  const startMs = clock.now()
  const report = expectOk(await run(modem.send(1, BALLOT)))
  expect(report).toMatchObject({ dataRate: 5 })
  expect(report.isAcknowledged).toBeUndefined()
  const tookMs = clock.now() - startMs
  expect(tookMs).toBeGreaterThan(8_000)
  expect(tookMs).toBeLessThan(15_000)
  expect(fake.received).toEqual(['AT+DR=?', `AT+SEND=1:0:${'07'.repeat(213)}`])
})

test('a downlink ends a send early, for only one can come', async () => {
  const { clock, modem, run, downlinks, events } = await openJoined((fake) => {
    fake.on(/^AT\+SEND/, (modem) => {
      modem.print('', 'OK')
      modem.later(5_400, () => modem.print('+EVT:1:02:01aB', '+EVT:RX_1, PORT 1, DR 5, RSSI -90, SNR -3'))
    })
  })
  const startMs = clock.now()
  expectOk(await run(modem.send(1, BALLOT)))
  expect(clock.now() - startMs).toBeLessThan(6_000)
  expect(downlinks).toEqual([[1, '01ab']])
  expect(events).toContainEqual({ type: 'downlink', slot: 'RX_1', rssiDbm: -90, snrDb: -3 })
})

test('silence after a confirmed send means that nobody acknowledged it', async () => {
  const { fake, modem, run } = await openJoined()
  expect(expectOk(await run(modem.send(1, BALLOT, { isConfirmed: true }))).isAcknowledged).toBe(false)
  fake.on(/^AT\+SEND=1:1:/, (modem) => {
    modem.print('', 'OK')
    modem.later(5_400, () => modem.print('+EVT:SEND_CONFIRMED', '+EVT:RX_1, PORT 0, DR 5, RSSI -90, SNR -3'))
  })
  expect(expectOk(await run(modem.send(1, BALLOT, { isConfirmed: true }))).isAcknowledged).toBe(true)
})

test('silence instead of the OK is "no-response"', async () => {
  const { modem, run } = await openJoined((fake) => fake.on(/^AT\+SEND/, () => {}))
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ error: 'no-response' })
})

test.each([
  ['AT_BUSY_ERROR', 'busy'],
  ['AT_DUTYCYCLE_RESTRICTED', 'busy'],
  ['AT_NO_NETWORK_JOINED', 'not-joined'],
  ['AT_CRYPTO_ERROR', 'tx-failed'],
  ['AT_TEST_PARAM_OVERFLOW', 'tx-failed'],
])('the refusal %s is "%s"', async (line, error) => {
  const { modem, run } = await openJoined((fake) => fake.on(/^AT\+SEND/, (modem) => modem.print('', line)))
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ ok: false, error })
})

test('AT_ERROR may mean an empty frame: it is waited out and the ballot tried once more', async () => {
  const { clock, fake, modem, run } = await openJoined((fake) => {
    let attempt = 0
    fake.on(/^AT\+SEND/, (modem) => modem.print('', ++attempt === 1 ? 'AT_ERROR' : 'OK'))
  })
  const startMs = clock.now()
  expectOk(await run(modem.send(1, BALLOT)))
  expect(fake.received.map((line) => line.slice(0, 7))).toEqual(['AT+DR=?', 'AT+SEND', 'AT+DR=?', 'AT+SEND'])
  expect(clock.now() - startMs).toBeGreaterThan(15_000)
  fake.on(/^AT\+SEND/, (modem) => modem.print('', 'AT_ERROR'))
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ error: 'tx-failed', detail: 'AT_ERROR' })
})

test('a failed join is told from one that was refused', async () => {
  const { fake, modem, run } = await openJoined()
  fake.on(/^AT\+JOIN/, (modem) => {
    modem.print('', 'OK')
    modem.later(6_000, () => modem.print('+EVT:JOIN FAILED'))
  })
  expect(await run(modem.join({ force: true }))).toMatchObject({ error: 'join-failed' })
  fake.on(/^AT\+JOIN/, (modem) => modem.print('', 'AT_PARAM_ERROR'))
  expect(await run(modem.join({ force: true }))).toMatchObject({ error: 'rejected' })
})

test('the start-up text ends what is under way; the key in it gets into no log', async () => {
  const clock = createVirtualClock()
  const fake = fakeModem(clock, 'st')
  const lines: string[] = []
  const log = createLogger({
    name: 'test',
    level: 'debug',
    destination: { write: (line) => lines.push(line) },
  })
  const modem = expectOk(
    await settle(clock, openAtModem(stDialect, { transport: fake.transport, clock, log })),
  )
  const appKey = '00112233445566778899aabbccddeeff'
  await settle(clock, modem.program({ devEui: '00'.repeat(8), joinEui: '11'.repeat(8), appKey }))
  expectOk(await settle(clock, modem.join()))
  fake.on(/^AT\+SEND/, (modem) => {
    modem.print('', 'OK')
    modem.later(1_000, () => modem.reboot())
  })
  expect(await settle(clock, modem.send(1, BALLOT))).toMatchObject({ error: 'rebooted' })
  expect(modem.isJoined).toBe(false)
  const written = lines.join('')
  expect(written).toContain('AT+SEND=1:0:<213 bytes>')
  expect(written.toLowerCase()).not.toMatch(/00:?11:?22:?33/)
})

test.each(['+EVT:1:03:0102', '+EVT:0:01:01', '+EVT:224:01:01', '+EVT:1:01:0', '+EVT:RX_1, DR 5'])(
  'the broken event %s is reported as garbled',
  async (line) => {
    const { fake, downlinks, events } = await openJoined()
    fake.print(line)
    expect(downlinks).toEqual([])
    expect(events).toContainEqual({ type: 'garbled' })
  },
)

test('a number in an unrelated line is not the data rate', async () => {
  const { fake, modem, run } = await openJoined()
  fake.on(/^AT\+DR=\?$/, (modem) => modem.print('confirmed flag: 0', '3', '+EVT:2:01:00', '', 'OK'))
  expect(await run(modem.dataRate())).toBe(3)
})

test('this firmware cannot ask for the time, and says so', async () => {
  const { modem, run } = await openJoined()
  expect(await run(modem.networkTime())).toMatchObject({ ok: false, error: 'unsupported' })
})
