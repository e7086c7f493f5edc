import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import type { FakeModem } from '../testing/fake-modem.ts'
import { openFake, openJoinedFake } from '../testing/open-fake.ts'

const BALLOT = new Uint8Array(213).fill(7)

const open = (prepare?: (fake: FakeModem) => void) => openFake('rui3', prepare)
const openJoined = (prepare?: (fake: FakeModem) => void) => openJoinedFake('rui3', prepare)

test('a join waits for the event, not for the OK', async () => {
  const { clock, modem, run } = await open()
  const startMs = clock.now()
  expect(modem.isJoined).toBe(false)
  expect(await run(modem.join())).toEqual({ ok: true, value: undefined })
  expect(clock.now() - startMs).toBeGreaterThan(5_000)
  expect(modem.isJoined).toBe(true)
})

test('a session the modem still has is kept, unless a new one is asked for', async () => {
  const { fake, modem, run } = await open((modem) => {
    modem.isJoined = true
  })
  expectOk(await run(modem.join()))
  expect(fake.received.filter((line) => line.startsWith('AT+JOIN'))).toEqual([])
  expectOk(await run(modem.join({ force: true })))
  expect(fake.received.filter((line) => line.startsWith('AT+JOIN'))).toHaveLength(1)
})

test.each([
  ['+EVT:JOIN_FAILED_RX_TIMEOUT', 'join-failed'],
  ['+EVT:JOIN_FAILED_TX_TIMEOUT', 'join-failed'],
  [undefined, 'timeout'],
])('a join that ends with %s is "%s"', async (event, error) => {
  const { modem, run } = await open((fake) => {
    fake.on(/^AT\+JOIN/, (modem) => {
      modem.print('OK')
      if (event !== undefined) modem.later(7_000, () => modem.print(event))
    })
  })
  expect(await run(modem.join())).toMatchObject({ ok: false, error })
})

test('a send ends with TX_DONE after the receive windows and reports its airtime', async () => {
  const { clock, fake, modem, run } = await openJoined()
  const startMs = clock.now()
  const report = expectOk(await run(modem.send(1, BALLOT)))
  expect(clock.now() - startMs).toBeGreaterThan(6_000)
  expect(report.dataRate).toBe(5)
  expect(report.airtimeMs).toBeCloseTo(358.7, 1)
  expect(fake.received).toEqual(['AT+DR=?', `AT+SEND=1:${'07'.repeat(213)}`])
})

test('OK and TX_DONE in one read are both seen', async () => {
  const { modem, run } = await openJoined((fake) => {
    fake.on(/^AT\+SEND/, (modem) => modem.print('OK', '+EVT:TX_DONE'))
  })
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ ok: true })
})

test.each([
  [5, 242, true],
  [5, 243, false],
  [3, 115, true],
  [3, 116, false],
  [0, 51, true],
  [0, 52, false],
])('at DR%i a payload of %i bytes is handed over: %s', async (dataRate, length, isSent) => {
  const { fake, modem, run } = await openJoined((modem) => {
    modem.dataRate = dataRate
  })
  const sent = await run(modem.send(1, new Uint8Array(length)))
  expect(sent).toMatchObject(isSent ? { ok: true } : { error: 'payload-too-long' })
  expect(fake.received.some((line) => line.startsWith('AT+SEND'))).toBe(isSent)
})

test('when ADR lowers the rate after the check, the empty frame of the modem is waited out', async () => {
  const { clock, fake, modem, run } = await openJoined((fake) => {
    fake.on(/^AT\+SEND/, (modem) => {
      modem.dataRate = 3
      modem.print('AT_PARAM_ERROR')
      modem.later(6_500, () => modem.print('+EVT:TX_DONE'))
    })
  })
  const startMs = clock.now()
  expect(await run(modem.send(1, BALLOT))).toEqual({
    ok: false,
    error: 'payload-too-long',
    detail: 'DR3 takes 115 bytes',
  })
  expect(clock.now() - startMs).toBeGreaterThan(6_500)
  expect(fake.received.filter((line) => line.startsWith('AT+SEND'))).toHaveLength(1)
  // The stray TX_DONE is not the end of the next send, for which none comes.
  fake.dataRate = 5
  fake.on(/^AT\+SEND/, (modem) => modem.print('OK'))
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ error: 'timeout' })
})

test('when MAC answers took the room, the empty frame carries them off and the ballot is tried once more', async () => {
  let attempts = 0
  const { modem, run, fake } = await openJoined((fake) => {
    fake.on(/^AT\+SEND/, (modem) => {
      if (++attempts === 1) return modem.print('AT_PARAM_ERROR')
      modem.print('OK')
      modem.later(6_200, () => modem.print('+EVT:TX_DONE'))
    })
  })
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ ok: true })
  fake.on(/^AT\+SEND/, (modem) => {
    attempts++
    modem.print('AT_PARAM_ERROR')
  })
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ error: 'payload-too-long' })
  expect(attempts).toBe(4)
})

test.each([
  ['AT_BUSY_ERROR', 'busy'],
  ['AT_NO_NETWORK_JOINED', 'not-joined'],
  ['AT_ERROR', 'tx-failed'],
  ['AT_MODE_NO_SUPPORT', 'tx-failed'],
])('the refusal %s is "%s"', async (line, error) => {
  const { modem, run } = await openJoined((fake) => {
    fake.on(/^AT\+SEND/, (modem) => modem.print('Restricted_Wait_1200_ms', line))
  })
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ error })
  expect(modem.isJoined).toBe(line !== 'AT_NO_NETWORK_JOINED')
})

test('without a session nothing is sent', async () => {
  const { fake, modem, run } = await open()
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ error: 'not-joined' })
  expect(fake.received.some((line) => line.startsWith('AT+SEND'))).toBe(false)
})

test('a second send is refused, a question waits, while one is under way', async () => {
  const { fake, modem, run } = await openJoined()
  const first = modem.send(1, BALLOT)
  const question = modem.dataRate()
  expect(await modem.send(1, BALLOT)).toMatchObject({ error: 'busy' })
  expect(await modem.join()).toMatchObject({ error: 'busy' })
  expect(await run(first)).toMatchObject({ ok: true })
  expect(await run(question)).toBe(5)
  expect(fake.received.map((line) => line.slice(0, 8))).toEqual(['AT+DR=?', 'AT+SEND=', 'AT+DR=?'])
})

test('TX_DONE counts even when the OK before it was lost', async () => {
  const { modem, run } = await openJoined((fake) => {
    fake.on(/^AT\+SEND/, (modem) => modem.later(6_200, () => modem.print('+EVT:TX_DONE')))
  })
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ ok: true })
})

test('no TX_DONE is "timeout", no answer at all is "no-response"; both in bounded time', async () => {
  for (const [reply, error] of [
    ['OK', 'timeout'],
    ['', 'no-response'],
  ] as const) {
    const { clock, modem, run } = await openJoined((fake) => {
      fake.on(/^AT\+SEND/, (modem) => modem.print(reply))
    })
    const startMs = clock.now()
    expect(await run(modem.send(1, BALLOT))).toMatchObject({ error })
    expect(clock.now() - startMs).toBeLessThan(60_000)
  }
})

test('a late reply is not taken for the answer to the next command', async () => {
  const { modem, run } = await openJoined((fake) => {
    let isFirst = true
    fake.on(/^AT\+DR=\?$/, (modem) => {
      if (!isFirst) return modem.print('AT+DR=3', 'OK')
      isFirst = false
      // Comes while the driver already waits for something else.
      modem.later(5_001, () => modem.print('AT+DR=0', 'OK'))
    })
    fake.on(/^AT\+VER=\?$/, (modem) => modem.later(10, () => modem.print('AT+VER=RUI_4.2.1', 'OK')))
  })
  await expect(run(modem.dataRate())).rejects.toThrow()
  expect(await run(modem.dataRate())).toBe(3)
})

test('echo, blank lines, line noise, pieces of lines and lone line feeds are no obstacle', async () => {
  const { modem, run, downlinks } = await openJoined((fake) => {
    fake.on(/^AT\+DR=\?$/, (modem) => {
      modem.raw('AT+DR=?\r\n\r\n')
      modem.raw(Uint8Array.of(0, 0xff, 0x80))
      modem.raw('AT+D')
      modem.later(5, () => modem.raw('R=4\n\nO'))
      modem.later(10, () => modem.raw('K\n'))
    })
    fake.on(/^(AT\+SEND=.*)$/, (modem, [, command]) => {
      modem.raw(`${command}\r\r\nOK\r\n\r\n+EVT:RX_1:-97:8:UNICAST:1:0102`)
      modem.later(100, () => modem.raw('03\r\n+EVT:TX_DONE\r\n'))
    })
  })
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ ok: true, value: { dataRate: 4 } })
  expect(downlinks).toEqual([[1, '010203']])
})

test('downlinks of either window arrive, before or after TX_DONE or unasked', async () => {
  const { fake, modem, run, downlinks, events } = await openJoined((fake) => {
    fake.on(/^AT\+SEND/, (modem) => {
      modem.print('OK', '+EVT:RX_1:-80:9:UNICAST:1:AA', '+EVT:TX_DONE', '+EVT:RX_2:-120:-15:UNICAST:2:bb')
    })
  })
  expectOk(await run(modem.send(1, BALLOT)))
  fake.print('+EVT:RX_C:-50:10:MULTICAST:3:CC')
  expect(downlinks).toEqual([
    [1, 'aa'],
    [2, 'bb'],
    [3, 'cc'],
  ])
  expect(events).toContainEqual({ type: 'downlink', slot: 'RX_2', rssiDbm: -120, snrDb: -15 })
})

test.each([
  '+EVT:RX_1:-80:9:UNICAST:1:ABC',
  '+EVT:RX_1:-80:9:UNICAST:0:AB',
  '+EVT:RX_1:-80:9:UNICAST:224:AB',
  '+EVT:RX_1:-80:9:UNIC@ST:1:AB',
  '+EVT:RX_7:-80:9:UNICAST:1:AB',
  '+EVT:RX_1:-80',
])('the broken downlink %s is reported as garbled, not delivered', async (line) => {
  const { fake, downlinks, events } = await openJoined()
  fake.print(line)
  expect(downlinks).toEqual([])
  expect(events).toContainEqual({ type: 'garbled' })
})

test('a reboot in the middle of a send ends it at once and the session is taken for lost', async () => {
  const { clock, fake, modem, events, run } = await openJoined((fake) => {
    fake.on(/^AT\+SEND/, (modem) => {
      modem.print('OK')
      modem.later(1_000, () => modem.reboot())
    })
  })
  const startMs = clock.now()
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ error: 'rebooted' })
  expect(clock.now() - startMs).toBeLessThan(2_000)
  expect(modem.isJoined).toBe(false)
  expect(events.filter(({ type }) => type === 'rebooted')).toHaveLength(1)
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ error: 'not-joined' })
  expectOk(await run(modem.join()))
  fake.on(/^AT\+SEND/, (modem) => modem.print('OK', '+EVT:TX_DONE'))
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ ok: true })
})

test('after three commands without an answer the modem is restarted, and works again', async () => {
  const { fake, modem, events, run } = await openJoined()
  let isHung = true
  fake.on(/^(?!ATZ)/, (modem, match) => {
    if (isHung) return
    modem.print(match.input === 'AT+DR=?' ? 'AT+DR=5' : 'AT+VER=RUI_4.2.1', 'OK')
  })
  fake.on(/^ATZ$/, (modem) => {
    isHung = false
    modem.later(300, () => modem.reboot())
  })
  for (let i = 0; i < 3; i++) await expect(run(modem.dataRate())).rejects.toThrow()
  expect(events.map(({ type }) => type)).toContain('reset')
  expect(fake.received.filter((line) => line === 'ATZ')).toHaveLength(1)
  expect(await run(modem.dataRate())).toBe(5)
  expect(modem.isJoined).toBe(false)
})

test('a modem that stays silent even after the restart is reported', async () => {
  const { fake, modem, events, run } = await openJoined()
  fake.on(/.*/, () => {})
  for (let i = 0; i < 3; i++) await expect(run(modem.dataRate())).rejects.toThrow()
  expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['reset', 'unresponsive']))
})

test('an unplugged modem ends what is under way and refuses the rest', async () => {
  const { fake, modem, events, run } = await openJoined((fake) => {
    fake.on(/^AT\+SEND/, (modem) => {
      modem.print('OK')
      modem.later(500, () => modem.unplug())
    })
  })
  expect(await run(modem.send(1, BALLOT))).toMatchObject({ error: 'closed' })
  expect(await modem.send(1, BALLOT)).toMatchObject({ error: 'closed' })
  expect(await modem.join()).toMatchObject({ error: 'closed' })
  expect(events).toContainEqual({ type: 'closed', reason: 'unplugged' })
  expect(fake.received.at(-1)).toMatch(/^AT\+SEND/)
})
