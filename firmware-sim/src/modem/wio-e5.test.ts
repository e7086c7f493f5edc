import { utf8 } from '@hanpyo/protocol/bytes.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createModemBench } from '../testing/modem-bench.ts'
import { testIdentity } from '../testing/world.ts'

const BALLOT_HEX = 'a5'.repeat(213)

async function joined(options: Parameters<typeof createModemBench>[1] = {}) {
  const bench = await createModemBench('wio-e5', options)
  await bench.run('AT+JOIN', /Done$/)
  await bench.run('AT+MSGHEX="00"', /Done$/)
  await bench.run('AT+MSGHEX="00"', /Done$/)
  bench.terminal.lines.length = 0
  return bench
}

test.each([
  ['AT', ['+AT: OK']],
  ['at', ['+AT: OK']],
  ['AT+VER', ['+VER: 4.0.11']],
  ['AT+DR', ['+DR: DR5', '+DR: KR920 DR5 SF7 BW125K']],
  ['AT+DR=KR920', ['+DR: KR920']],
  ['AT+DR=2', ['+DR: DR2', '+DR: KR920 DR2 SF10 BW125K']],
  ['AT+DR=DR0', ['+DR: DR0', '+DR: KR920 DR0 SF12 BW125K']],
  ['AT+DR=EU868', ['+DR: ERROR(-1)']],
  ['AT+DR=6', ['+DR: ERROR(-1)']],
  ['AT+MODE', ['+MODE: LWOTAA']],
  ['AT+CLASS=C', ['+CLASS: ERROR(-1)']],
  ['AT+PORT=20', ['+PORT: 20']],
  ['AT+PORT=0', ['+PORT: ERROR(-1)']],
  ['AT+ID=DevEui', ['+ID: DevEui, 24:E1:24:FF:FF:00:00:01']],
  ['AT+ID=AppEui,"0011223344556677"', ['+ID: AppEui, 00:11:22:33:44:55:66:77']],
  ['AT+ID=DevEui,"00"', ['+ID: ERROR(-1)']],
  ['AT+KEY=APPKEY,"00"', ['+KEY: ERROR(-1)']],
  ['AT+LW=LEN', ['+LW: LEN, 242']],
  ['AT+LW=NOPE', ['+LW: ERROR(-1)']],
  ['AT+NOPE', ['+AT: ERROR(-10)']],
  ['hello', ['+AT: ERROR(-10)']],
  ['AT+PORT?', ['+AT: ERROR(-11)']],
  ['AT+MSGHEX="00"', ['+MSGHEX: Please join network first']],
  ['AT+MSGHEX="0"', ['+MSGHEX: ERROR(-1)']],
  [`AT+MSGHEX="${'00'.repeat(270)}"`, ['+AT: ERROR(-21)']],
  [`AT+MSGHEX="${'00'.repeat(400)}"`, ['+AT: ERROR(-21)']],
])('%s answers %j', async (command, lines) => {
  const { terminal } = await createModemBench('wio-e5')
  terminal.send(command)
  expect(terminal.lines).toEqual(lines)
})

test('the key is read back aloud, which is why a driver must not log lines', async () => {
  const { terminal } = await createModemBench('wio-e5')
  terminal.send('AT+KEY=APPKEY,"00112233445566778899aabbccddeeff"')
  expect(terminal.lines).toEqual(['+KEY: APPKEY 00112233445566778899AABBCCDDEEFF'])
})

test('a join reports its steps, and one more finds that it is joined already', async () => {
  const { terminal, run } = await createModemBench('wio-e5')
  await run('AT+JOIN', /Done$/)
  expect(terminal.lines).toEqual([
    '+JOIN: Start',
    '+JOIN: NORMAL',
    '+JOIN: Network joined',
    expect.stringMatching(/^\+JOIN: NetID 000000 DevAddr (?:[0-9A-F]{2}:){3}[0-9A-F]{2}$/),
    '+JOIN: Done',
  ])
  terminal.send('AT+JOIN')
  expect(terminal.lines.at(-1)).toBe('+JOIN: Joined already')
  expect(await run('AT+JOIN=FORCE', /joined|failed/)).toBe('+JOIN: Network joined')
})

test('a join without a network fails and is Done', async () => {
  const { terminal, run } = await createModemBench('wio-e5', { loss: { up: 1 } })
  await run('AT+JOIN', /Done$/)
  expect(terminal.lines).toEqual(['+JOIN: Start', '+JOIN: NORMAL', '+JOIN: Join failed', '+JOIN: Done'])
})

test('a ballot goes out on the port that was set, and its answer comes between Start and Done', async () => {
  const { world, terminal, run } = await joined()
  await run('AT+PORT=1', /PORT/)
  world.clock.setTimeout(() => void world.enqueue(1, { fPort: 1, data: btoa('ok') }), 2_000)
  await run(`AT+MSGHEX="${BALLOT_HEX}"`, /Done$/)
  expect(terminal.lines.slice(1)).toEqual([
    '+MSGHEX: Start',
    '+MSGHEX: PORT: 1; RX: "6F6B"',
    expect.stringMatching(/^\+MSGHEX: RXWIN1, RSSI -\d+, SNR -?\d+\.\d$/),
    '+MSGHEX: Done',
  ])
  expect(world.broker.json('/event/up').at(-1)).toMatchObject({ fPort: 1, dr: 5 })
})

test('Done comes with and without an ACK', async () => {
  const { world, terminal, run } = await joined()
  await run('AT+CMSGHEX="01"', /Done$/)
  expect(terminal.lines).toContain('+CMSGHEX: ACK Received')
  world.radio.loss.down = 1
  terminal.lines.length = 0
  await run('AT+CMSGHEX="02"', /Done$/)
  expect(terminal.lines).toEqual(['+CMSGHEX: Start', '+CMSGHEX: Wait ACK', '+CMSGHEX: Done'])
})

test('a payload too long for the data rate is refused with the length that fits, and nothing is sent', async () => {
  const { world, terminal, run } = await joined()
  await run('AT+DR=2', /KR920/)
  const before = world.radio.metrics.framesSent
  terminal.send(`AT+MSGHEX="${BALLOT_HEX}"`)
  // A MAC answer may take a byte of the 51.
  expect(terminal.lines.at(-1)).toMatch(/^\+MSGHEX: Length error (?:51|50)$/)
  await world.clock.advance(20_000)
  expect(world.radio.metrics.framesSent).toBe(before)
})

test('while it sends it is busy, and when every channel is taken it says so', async () => {
  const { world, terminal, run } = await joined()
  terminal.send('AT+MSGHEX="01"')
  terminal.send('AT+MSGHEX="02"')
  terminal.send('AT+JOIN=FORCE')
  expect(terminal.lines).toEqual([
    '+MSGHEX: Start',
    '+MSGHEX: LoRaWAN modem is busy',
    '+JOIN: LoRaWAN modem is busy',
  ])
  await world.clock.advance(30_000)
  for (const frequencyHz of world.gateway.channelsHz) {
    world.radio.send({
      source: `jammer ${frequencyHz}`,
      position: { x: 100, y: 2 },
      direction: 'up',
      frequencyHz,
      spreadingFactor: 12,
      powerDbm: 14,
      payload: new Uint8Array(40),
      startMs: world.clock.now(),
    })
  }
  terminal.lines.length = 0
  await run('AT+MSGHEX="03"', /Done$/)
  expect(terminal.lines).toEqual(['+MSGHEX: Start', '+MSGHEX: No free channel', '+MSGHEX: Done'])
})

test('link check and network time ride on the next uplink; before that the clock shows 2020', async () => {
  const { world, terminal, run } = await joined()
  expect(await run('AT+RTC=UTCMS', /RTC/)).toMatch(/^\+RTC: 2020-01-01 00:/)
  await run('AT+LW=LCR', /LCR/)
  await run('AT+LW=DTR', /DTR/)
  expect(await run('AT+MSGHEX="00"', /Link/)).toMatch(/^\+MSGHEX: Link \d+, 1$/)
  terminal.send('AT+RTC=UTCMS')
  const shown = Date.parse(`${terminal.lines.at(-1)!.slice('+RTC: '.length).replace(' ', 'T')}Z`)
  expect(Math.abs(shown - world.clock.now())).toBeLessThan(100)
})

test('a restart says nothing, and the session is gone', async () => {
  const { world, terminal, modem } = await joined()
  terminal.send('AT+MSGHEX="01"')
  await world.finish(modem.reboot())
  await world.clock.advance(20_000)
  terminal.send('AT+MSGHEX="01"')
  expect(terminal.lines).toEqual(['+MSGHEX: Start', '+MSGHEX: Please join network first'])
})

test('asleep it hears nothing until four bytes of ones woke it, once', async () => {
  const { terminal, modem } = await createModemBench('wio-e5')
  terminal.send('AT+LOWPOWER=AUTOON')
  terminal.send('AT')
  expect(terminal.lines).toEqual(['+LOWPOWER: AUTOON'])
  const wake = Uint8Array.of(0xff, 0xff, 0xff, 0xff)
  modem.receive(Uint8Array.of(...wake, ...utf8('AT\r\n')))
  terminal.send('AT')
  expect(terminal.lines).toEqual(['+LOWPOWER: AUTOON', '+AT: OK'])
  modem.receive(Uint8Array.of(...wake, ...utf8('AT+LOWPOWER=AUTOOFF\r\n')))
  terminal.send('AT')
  expect(terminal.lines.slice(2)).toEqual(['+LOWPOWER: AUTOOFF', '+AT: OK'])
})

test('a command that is typed too slowly is dropped with a remark', async () => {
  const { world, terminal, modem } = await createModemBench('wio-e5')
  modem.receive(utf8('AT+V'))
  await world.clock.advance(20_000)
  terminal.send('AT')
  expect(terminal.lines).toEqual(['+INFO: Input timeout', '+AT: OK'])
})

test('new EUIs and key are used by the next join', async () => {
  const { world, run, modem } = await createModemBench('wio-e5')
  const other = testIdentity(2)
  await run(`AT+ID=DevEui,"${other.devEui}"`, /ID/)
  await run(`AT+ID=AppEui,"${other.joinEui}"`, /ID/)
  await run(`AT+KEY=APPKEY,"${other.appKey}"`, /KEY/)
  await run('AT+JOIN', /Done$/)
  expect(world.broker.json('/event/join')).toMatchObject([{ deviceInfo: { devEui: other.devEui } }])
  expect(modem.device.isJoined).toBe(true)
})

test('any bytes on the line are survived, and the modem still answers', async () => {
  const { world, terminal, modem } = await joined()
  const words = fc.constantFrom(
    'AT',
    '+',
    'MSGHEX',
    'JOIN',
    '=',
    '"',
    '1',
    '00ff',
    'DR',
    'LW',
    'LEN',
    '\r',
    '\n',
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
  modem.receive(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0d, 0x0a))
  terminal.lines.length = 0
  terminal.send('AT')
  expect(terminal.lines.at(-1)).toBe('+AT: OK')
})
