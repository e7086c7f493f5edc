import { utf8 } from '@hanpyo/protocol/bytes.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createModemBench } from '../testing/modem-bench.ts'
import { testIdentity } from '../testing/world.ts'

const BALLOT_HEX = 'a5'.repeat(213)

async function joined(options: Parameters<typeof createModemBench>[1] = {}) {
  const bench = await createModemBench('st', options)
  await bench.run('AT+JOIN=1', /^\+EVT:JOINED$/)
  for (let i = 0; i < 2; i++) {
    bench.terminal.send('AT+SEND=1:0:00')
    await bench.world.clock.advance(10_000)
  }
  bench.terminal.lines.length = 0
  return bench
}

test.each([
  ['AT', ['', 'OK']],
  ['AT+BAND=?', ['6:KR920', '', 'OK']],
  ['AT+DR=?', ['5', '', 'OK']],
  ['AT+DEUI=?', ['24:E1:24:FF:FF:00:00:01', '', 'OK']],
  ['AT+CLASS=?', ['A', '', 'OK']],
  ['AT+DR=3', ['', 'OK']],
  ['AT+DR=6', ['', 'AT_PARAM_ERROR']],
  ['AT+BAND=5', ['', 'AT_PARAM_ERROR']],
  ['AT+CLASS=C', ['', 'AT_PARAM_ERROR']],
  ['AT+DEUI=0011223344556677', ['', 'AT_PARAM_ERROR']],
  ['AT+APPKEY=00:11', ['', 'AT_PARAM_ERROR']],
  ['AT+JOIN=0', ['', 'AT_PARAM_ERROR']],
  ['AT+NOPE=1', ['', 'AT_ERROR']],
  ['AT+NJS=?', ['', 'AT_ERROR']],
  ['hello', ['', 'AT_ERROR']],
  ['AT+SEND=1:0:00', ['', 'AT_NO_NETWORK_JOINED']],
  ['AT+SEND=1:00', ['', 'AT_PARAM_ERROR']],
  ['AT+SEND=1:0:0', ['', 'AT_PARAM_ERROR']],
  [`AT+SEND=1:0:${'00'.repeat(400)}`, ['', 'AT_TEST_PARAM_OVERFLOW']],
])('%s answers %j', async (command, lines) => {
  const { terminal } = await createModemBench('st')
  terminal.send(command)
  expect(terminal.lines).toEqual(lines)
})

test('an unconfirmed uplink says OK and then nothing, whatever became of it', async () => {
  const { world, terminal } = await joined()
  const before = world.radio.metrics.framesSent
  terminal.send(`AT+SEND=1:0:${BALLOT_HEX}`)
  await world.clock.advance(20_000)
  world.radio.loss.up = 1
  terminal.send(`AT+SEND=1:0:${BALLOT_HEX}`)
  await world.clock.advance(20_000)
  expect(terminal.lines).toEqual(['', 'OK', '', 'OK'])
  expect(world.radio.metrics.framesSent - before).toBe(2)
})

test('a downlink comes as its data and then its signal', async () => {
  const { world, terminal, run } = await joined()
  world.clock.setTimeout(() => void world.enqueue(1, { fPort: 1, data: btoa('recorded') }), 2_000)
  await run(`AT+SEND=1:0:${BALLOT_HEX}`, /^\+EVT:RX_/)
  expect(terminal.lines).toEqual([
    '',
    'OK',
    '+EVT:1:08:7265636F72646564',
    expect.stringMatching(/^\+EVT:RX_1, PORT 1, DR 5, RSSI -\d+, SNR -?\d+$/),
  ])
})

test('an ACK is reported, its absence is not', async () => {
  const { world, terminal, run } = await joined()
  expect(await run('AT+SEND=1:1:01', /SEND_CONFIRMED/)).toBe('+EVT:SEND_CONFIRMED')
  await world.clock.advance(20_000)
  world.radio.loss.down = 1
  terminal.lines.length = 0
  terminal.send('AT+SEND=1:1:02')
  await world.clock.advance(60_000)
  expect(terminal.lines).toEqual(['', 'OK'])
})

test('a payload too long for the data rate sends an empty frame and answers AT_ERROR', async () => {
  const { world, terminal } = await joined({ dataRate: 2 })
  const before = world.radio.metrics.framesSent
  terminal.send(`AT+SEND=1:0:${BALLOT_HEX}`)
  terminal.send('AT+SEND=1:0:00')
  await world.clock.advance(20_000)
  expect(terminal.lines).toEqual(['', 'AT_ERROR', '', 'AT_BUSY_ERROR'])
  expect(world.radio.metrics.framesSent - before).toBe(1)
  expect(world.broker.json('/event/up').at(-1)).toMatchObject({ dr: 2, fPort: 0, data: '' })
})

test('a link check rides on the next uplink and comes back with the signal', async () => {
  const { run } = await joined()
  await run('AT+LINKC', /^OK$/)
  expect(await run('AT+SEND=2:0:00', /^\+EVT:RX/)).toMatch(/, DMODM \d+, GWN 1$/)
})

test('the start-up text shows the key, and afterwards the modem has to join again', async () => {
  const { world, terminal, modem } = await joined()
  await world.finish(modem.reboot())
  expect(terminal.lines).toContain(
    `###### AppKey:      ${testIdentity(1)
      .appKey.toUpperCase()
      .replace(/..(?=.)/g, '$&:')}`,
  )
  expect(terminal.lines).toContain('ATtention command interface')
  terminal.lines.length = 0
  terminal.send('AT+SEND=1:0:00')
  expect(terminal.lines).toEqual(['', 'AT_NO_NETWORK_JOINED'])
})

test('new EUIs and the key that this firmware calls NwkKey are used by the next join', async () => {
  const { world, run } = await createModemBench('st')
  const other = testIdentity(2)
  const colons = (hex: string) => hex.replace(/..(?=.)/g, '$&:')
  await run(`AT+DEUI=${colons(other.devEui)}`, /^OK$/)
  await run(`AT+APPEUI=${colons(other.joinEui)}`, /^OK$/)
  await run(`AT+NWKKEY=${colons(other.appKey)}`, /^OK$/)
  await run('AT+JOIN=1', /^\+EVT:JOINED$/)
  expect(world.broker.json('/event/join')).toMatchObject([{ deviceInfo: { devEui: other.devEui } }])
})

test('a join without a network fails', async () => {
  const { run } = await createModemBench('st', { loss: { up: 1 } })
  expect(await run('AT+JOIN=1', /^\+EVT/)).toBe('+EVT:JOIN FAILED')
})

test('any bytes on the line are survived, and the modem still answers', async () => {
  const { world, terminal, modem } = await joined()
  const words = fc.constantFrom(
    'AT',
    '+',
    'SEND',
    'JOIN',
    '=',
    ':',
    '1',
    '0',
    '00ff',
    'DR',
    '?',
    '\r',
    '\n',
    'Z',
  )
  const mixed = fc.array(words, { maxLength: 12 }).map((parts) => utf8(parts.join('')))
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 80 }), mixed), async (bytes) => {
      modem.receive(bytes)
      await world.clock.advance(1)
    }),
    { numRuns: 500 },
  )
  await world.clock.advance(600_000)
  modem.receive(utf8('\r\n'))
  terminal.lines.length = 0
  terminal.send('AT')
  expect(terminal.lines.at(-1)).toBe('OK')
})
