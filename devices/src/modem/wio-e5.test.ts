import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { createLogger } from '@hanpyo/platform/logger.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import type { FakeModem } from '../testing/fake-modem.ts'
import { fakeModem } from '../testing/fake-scripts.ts'
import { openFake, openJoinedFake } from '../testing/open-fake.ts'
import { settle } from '../testing/settle.ts'
import { openAtModem } from './at-modem.ts'
import { wioE5Dialect } from './wio-e5.ts'

const BALLOT = new Uint8Array(213).fill(7)

const open = (prepare?: (fake: FakeModem) => void) => openFake('wio-e5', prepare)
const openJoined = (prepare?: (fake: FakeModem) => void) => openJoinedFake('wio-e5', prepare)

function openResult(prepare: (fake: FakeModem) => void) {
  const clock = createVirtualClock()
  const fake = fakeModem(clock, 'wio-e5')
  prepare(fake)
  return settle(clock, openAtModem(wioE5Dialect, { transport: fake.transport, clock }))
}

test('opening reads firmware, region and DevEUI and keeps the modem awake', async () => {
  const { modem, fake } = await open()
  expect(modem.info).toEqual({
    dialect: 'wio-e5',
    firmware: '4.0.11',
    region: 'KR920',
    devEui: '2cf7f12024900363',
    isJoined: undefined,
  })
  expect(fake.received).toContain('AT+LOWPOWER=AUTOOFF')
})

test.each([
  [/^AT\+VER$/, '+VER: 2.1.15', 'wrong-firmware'],
  [/^AT\+MODE$/, '+MODE: TEST', 'wrong-mode'],
  [/^AT\+DR$/, '+DR: EU868 DR0 SF12 BW125K', 'wrong-region'],
])('a modem that answers %s with %s is refused as %s', async (pattern, answer, error) => {
  const opened = await openResult((fake) => fake.on(pattern, (modem) => modem.print(answer)))
  expect(opened).toMatchObject({ ok: false, error, detail: expect.stringContaining(answer.split(' ')[1]!) })
})

test('a session the modem still has is kept, unless a new one is asked for', async () => {
  const { fake, modem, run } = await open((modem) => {
    modem.isJoined = true
  })
  expectOk(await run(modem.join()))
  expectOk(await run(modem.join({ force: true })))
  expect(fake.received.filter((line) => line.startsWith('AT+JOIN'))).toEqual(['AT+JOIN', 'AT+JOIN=FORCE'])
})

test.each([
  [['+JOIN: Start', '+JOIN: NORMAL', '+JOIN: Join failed', '+JOIN: Done'], 'join-failed'],
  [['+JOIN: Start', '+JOIN: Done'], 'join-failed'],
  [['+JOIN: Start'], 'timeout'],
  [['+JOIN: LoRaWAN modem is busy'], 'busy'],
  [['+JOIN: Not in LWOTAA mode'], 'rejected'],
  [[], 'no-response'],
])('a join that says %j is "%s"', async (lines, error) => {
  const { modem, run } = await open((fake) => fake.on(/^AT\+JOIN/, (modem) => modem.print(...lines)))
  expect(await run(modem.join())).toMatchObject({ ok: false, error })
  expect(modem.isJoined).toBe(false)
})

test('the end of a failed join is not taken for the end of the next one', async () => {
  const { modem, run } = await open((fake) => {
    let attempt = 0
    fake.on(/^AT\+JOIN/, (modem) => {
      if (++attempt === 1) modem.print('+JOIN: Start')
      else {
        modem.print('+JOIN: Done')
        modem.later(6_000, () => modem.print('+JOIN: Network joined', '+JOIN: Done'))
      }
    })
  })
  expect(await run(modem.join())).toMatchObject({ error: 'timeout' })
  expectOk(await run(modem.join()))
})

test('a send sets the port, asks for the room and ends with Done after the receive windows', async () => {
  const { clock, fake, modem, run } = await openJoined()
  const startMs = clock.now()
  expect(expectOk(await run(modem.send(20, BALLOT)))).toMatchObject({ dataRate: 5 })
  expect(clock.now() - startMs).toBeGreaterThan(6_000)
  expect(fake.received).toEqual(['AT+DR', 'AT+LW=LEN', 'AT+PORT=20', `AT+MSGHEX="${'07'.repeat(213)}"`])
})

test('MAC answers that take room are seen before anything is handed over', async () => {
  const { fake, modem, run } = await openJoined((fake) => {
    fake.on(/^AT\+LW=LEN$/, (modem) => modem.print('+LW: LEN, 207'))
  })
  expect(await run(modem.send(1, BALLOT))).toEqual({
    ok: false,
    error: 'payload-too-long',
    detail: 'DR5 takes 207 bytes',
  })
  expect(fake.received.some((line) => line.startsWith('AT+MSGHEX'))).toBe(false)
})

test.each([
  ['+MSGHEX: Length error 51', 'payload-too-long'],
  ['+MSGHEX: LoRaWAN modem is busy', 'busy'],
  ['+MSGHEX: No free channel', 'busy'],
  ['+MSGHEX: No band in 1273ms', 'busy'],
  ['+MSGHEX: Please join network first', 'not-joined'],
  ['+MSGHEX: DR error', 'tx-failed'],
  ['+MSGHEX: ERROR(-1)', 'tx-failed'],
  ['+AT: ERROR(-12)', 'tx-failed'],
  ['+INFO: Input timeout', 'tx-failed'],
])('the refusal %s is "%s"', async (line, error) => {
  const { modem, run } = await openJoined((fake) => fake.on(/^AT\+MSGHEX/, (modem) => modem.print(line)))
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ ok: false, error })
  expect(modem.isJoined).toBe(error !== 'not-joined')
})

test('the Done behind a refusal is not the end of the next send', async () => {
  const { clock, modem, run } = await openJoined((fake) => {
    let attempt = 0
    fake.on(/^AT\+MSGHEX/, (modem) => {
      if (++attempt === 1) return modem.print('+MSGHEX: Start', '+MSGHEX: No free channel')
      modem.print('+MSGHEX: Done')
      modem.later(6_200, () => modem.print('+MSGHEX: Done'))
    })
  })
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ error: 'busy' })
  const startMs = clock.now()
  expectOk(await run(modem.send(1, BALLOT)))
  expect(clock.now() - startMs).toBeGreaterThan(6_000)
})

test('Done without ACK Received is a send that nobody acknowledged', async () => {
  const { fake, modem, run } = await openJoined()
  const acknowledged = ['+CMSGHEX: Start', '+CMSGHEX: Wait ACK', '+CMSGHEX: ACK Received', '+CMSGHEX: Done']
  for (const [lines, isAcknowledged] of [
    [acknowledged, true],
    [acknowledged.filter((line) => !line.includes('Received')), false],
  ] as const) {
    fake.on(/^AT\+CMSGHEX/, (modem) => modem.print(...lines))
    const report = expectOk(await run(modem.send(1, BALLOT, { isConfirmed: true })))
    expect(report.isAcknowledged).toBe(isAcknowledged)
  }
  expect(expectOk(await run(modem.send(1, BALLOT))).isAcknowledged).toBeUndefined()
})

test('Done counts even when Start was lost; no Done is "timeout", nothing at all "no-response"', async () => {
  for (const [first, last, error] of [
    ['', '+MSGHEX: Done', undefined],
    ['+MSGHEX: Start', '', 'timeout'],
    ['', '', 'no-response'],
  ] as const) {
    const { modem, run } = await openJoined((fake) => {
      fake.on(/^AT\+MSGHEX/, (modem) => {
        modem.print(first)
        modem.later(6_200, () => modem.print(last))
      })
    })
    const sent = await run(modem.send(1, BALLOT))
    expect(sent).toMatchObject(error === undefined ? { ok: true } : { ok: false, error })
  }
})

test('a downlink arrives with its signal, between the lines of a send or unasked', async () => {
  const { fake, modem, run, downlinks, events } = await openJoined((fake) => {
    fake.on(/^AT\+MSGHEX/, (modem) => {
      modem.print('+MSGHEX: Start', '+MSGHEX: FPENDING', '+MSGHEX: PORT: 1; RX: "01aB"')
      modem.print('+MSGHEX: RXWIN1, RSSI -106, SNR 4.5', '+MSGHEX: Done')
    })
  })
  expectOk(await run(modem.send(1, BALLOT)))
  fake.print('+MSG: PORT: 20; RX: "FF"')
  expect(downlinks).toEqual([
    [1, '01ab'],
    [20, 'ff'],
  ])
  expect(events).toContainEqual({ type: 'downlink', slot: 'RX_1', rssiDbm: -106, snrDb: 4.5 })
})

test.each([
  '+MSGHEX: PORT: 0; RX: "01"',
  '+MSGHEX: PORT: 224; RX: "01"',
  '+MSGHEX: PORT: 1; RX: "012"',
  '+MSGHEX: PORT: 1; RX: "01',
  '+MSGHEX: RXWIN1, RSSI x, SNR 4',
  '+MSGHEX: Link 21',
])('the broken line %s is reported as garbled', async (line) => {
  const { fake, downlinks, events } = await openJoined()
  fake.print(line)
  expect(downlinks).toEqual([])
  expect(events).toContainEqual({ type: 'garbled' })
})

test('a silent restart in the middle of a send is found out by the next one', async () => {
  const { modem, run, fake } = await openJoined((fake) => {
    fake.on(/^AT\+MSGHEX/, (modem) => {
      if (modem.isJoined) modem.print('+MSGHEX: Start')
      else modem.print('+MSGHEX: Please join network first')
      modem.isJoined = false
    })
  })
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ error: 'timeout' })
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ error: 'not-joined' })
  expectOk(await run(modem.join()))
  expect(fake.isJoined).toBe(true)
})

test('after three commands without an answer the modem is restarted, and works again', async () => {
  const { fake, modem, events, run } = await openJoined()
  let isHung = true
  fake.on(/^(?!AT\+RESET).*/, (modem, match) => {
    if (isHung) return
    const answers = { AT: '+AT: OK', 'AT+VER': '+VER: 4.0.11', 'AT+DR': '+DR: KR920 DR5 SF7 BW125K' }
    modem.print(answers[match[0] as keyof typeof answers])
  })
  fake.on(/^AT\+RESET$/, (modem) => {
    isHung = false
    modem.print('+RESET: OK')
  })
  for (let i = 0; i < 3; i++) await expect(run(modem.dataRate())).rejects.toThrow()
  expect(events.map(({ type }) => type)).toEqual(['joined', 'reset', 'rebooted'])
  expect(await run(modem.dataRate())).toBe(5)
  expect(modem.isJoined).toBe(false)
})

test('firmware that tells only the rate and not the plan is not taken for KR920', async () => {
  const opened = await openResult((fake) => fake.on(/^AT\+DR$/, (modem) => modem.print('+DR: DR5')))
  expect(opened).toMatchObject({ error: 'wrong-region' })
})

test('network time is only believed when something came back for the asking uplink', async () => {
  const { clock, fake, modem, run } = await openJoined()
  fake.on(/^AT\+RTC=UTCMS$/, (modem) => {
    modem.print(`+RTC: ${new Date(clock.now() + 1_500).toISOString().replace('T', ' ').replace('Z', '')}`)
  })
  expect(await run(modem.networkTime())).toEqual({ ok: true, value: { offsetMs: 1_500, accuracyMs: 1 } })
  fake.on(/^AT\+MSGHEX/, (modem) => modem.print('+MSGHEX: Start', '+MSGHEX: Done'))
  expect(await run(modem.networkTime())).toMatchObject({ error: 'no-answer' })
})

test('programming writes region, mode and identity, and the key gets into no log', async () => {
  const clock = createVirtualClock()
  const fake = fakeModem(clock, 'wio-e5')
  const lines: string[] = []
  const log = createLogger({
    name: 'test',
    level: 'debug',
    destination: { write: (line) => lines.push(line) },
  })
  const modem = expectOk(
    await settle(clock, openAtModem(wioE5Dialect, { transport: fake.transport, clock, log })),
  )
  fake.received.length = 0
  const appKey = '00112233445566778899aabbccddeeff'
  const identity = { devEui: '2cf7f12024900364', joinEui: '0000000000000001', appKey }
  expectOk(await settle(clock, modem.program(identity)))
  expect(fake.received).toEqual([
    'AT+MODE=LWOTAA',
    'AT+DR=KR920',
    'AT+CLASS=A',
    'AT+REPT=1',
    'AT+ADR=ON',
    'AT+ID=DevEui,"2CF7F12024900364"',
    'AT+ID=AppEui,"0000000000000001"',
    'AT+KEY=APPKEY,"00112233445566778899AABBCCDDEEFF"',
    'AT+LOWPOWER=AUTOOFF',
  ])
  await settle(clock, modem.join())
  await settle(clock, modem.send(1, BALLOT))
  const written = lines.join('')
  expect(written).toContain('AT+KEY=APPKEY,<redacted>')
  expect(written).toContain('AT+MSGHEX=<213 bytes>')
  expect(written.toLowerCase()).not.toContain('00112233')
  expect(written).not.toContain('07070707')
})
