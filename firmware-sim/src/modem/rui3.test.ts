import { utf8 } from '@hanpyo/protocol/bytes.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createModemBench } from '../testing/modem-bench.ts'
import { type createWorld, testIdentity } from '../testing/world.ts'
import { LineSplitter, LONGEST_LINE } from './line-splitter.ts'

const BALLOT_HEX = 'a5'.repeat(213)

function setUp(options: Parameters<typeof createWorld>[0] = {}, dataRate = 5) {
  return createModemBench('rui3', { ...options, dataRate })
}

async function joined(options: Parameters<typeof createWorld>[0] = {}, dataRate = 5) {
  const set = await setUp(options, dataRate)
  await set.run('AT+JOIN=1:0:8:0', /^\+EVT:/)
  await set.run('AT+SEND=1:00', /^\+EVT:/)
  await set.run('AT+SEND=1:00', /^\+EVT:/)
  set.terminal.lines.length = 0
  return set
}

test('AT, queries and settings answer as RUI3 does', async () => {
  const { terminal } = await setUp()
  for (const command of ['AT', 'AT+VER=?', 'AT+NJS=?', 'AT+DR=4', 'AT+DR=?', 'AT+BAND=?', 'AT+DEVEUI=?']) {
    terminal.send(command)
  }
  expect(terminal.lines).toEqual([
    'OK',
    'AT+VER=RUI_4.2.1_RAK3172-E',
    'OK',
    'AT+NJS=0',
    'OK',
    'OK',
    'AT+DR=4',
    'OK',
    'AT+BAND=7',
    'OK',
    `AT+DEVEUI=${testIdentity(1).devEui.toUpperCase()}`,
    'OK',
  ])
})

test.each([
  ['AT+DR=6', 'AT_PARAM_ERROR'],
  ['AT+DR', 'AT_PARAM_ERROR'],
  ['AT+BAND=5', 'AT_UNSUPPORTED_BAND'],
  ['AT+CLASS=C', 'AT_MODE_NO_SUPPORT'],
  ['AT+APPKEY=12', 'AT_PARAM_ERROR'],
  ['AT+NOSUCH=1', 'AT_COMMAND_NOT_FOUND'],
  ['hello', 'AT_COMMAND_NOT_FOUND'],
  ['AT+SEND=1:00', 'AT_NO_NETWORK_JOINED'],
  ['AT+SEND=0:00', 'AT_PARAM_ERROR'],
  ['AT+SEND=224:00', 'AT_PARAM_ERROR'],
  ['AT+SEND=1:0', 'AT_PARAM_ERROR'],
  ['AT+SEND=1:zz', 'AT_PARAM_ERROR'],
  ['AT+JOIN=1:0:3:0', 'AT_PARAM_ERROR'],
  [`AT+SEND=1:${'00'.repeat(400)}`, 'AT_TEST_PARAM_OVERFLOW'],
])('%s answers %s', async (command, answer) => {
  const { terminal } = await setUp()
  terminal.send(command)
  expect(terminal.lines).toEqual([answer])
})

test('a join answers OK at once and JOINED when the accept came', async () => {
  const { terminal, run } = await setUp()
  expect(await run('AT+JOIN=1:0:8:0', /^\+EVT:/)).toBe('+EVT:JOINED')
  expect(terminal.lines).toEqual(['OK', '+EVT:JOINED'])
  terminal.send('AT+NJS=?')
  expect(terminal.lines.slice(2)).toEqual(['AT+NJS=1', 'OK'])
})

test('a join without a network fails after its tries with an event', async () => {
  const { world, run } = await setUp({ loss: { up: 1 } })
  const startMs = world.clock.now()
  expect(await run('AT+JOIN=1:0:8:3', /^\+EVT:/)).toBe('+EVT:JOIN_FAILED_RX_TIMEOUT')
  expect(world.clock.now() - startMs).toBeGreaterThan(3 * 6000 + 2 * 8000)
  expect(world.radio.metrics.framesSent).toBe(3)
})

test('a ballot of 213 bytes goes out as one frame and its answer comes as RX_1', async () => {
  const { world, terminal, run } = await joined()
  const before = world.radio.metrics.framesSent
  const answer = world.clock.setTimeout(
    () => void world.enqueue(1, { fPort: 1, data: btoa('recorded') }),
    2000,
  )
  expect(answer.dueMs).toBeGreaterThan(world.clock.now())
  const event = await run(`AT+SEND=1:${BALLOT_HEX}`, /^\+EVT:RX_/)
  expect(event).toMatch(/^\+EVT:RX_1:-\d+:\d+:UNICAST:1:7265636f72646564$/)
  expect(terminal.lines.slice(0, 2)).toEqual(['OK', '+EVT:TX_DONE'])
  expect(world.radio.metrics.framesSent - before).toBe(1)
  terminal.send('AT+RECV=?')
  expect(terminal.lines.at(-2)).toBe('AT+RECV=1:7265636f72646564')
})

test('a payload too long for the data rate sends an empty frame and answers AT_PARAM_ERROR', async () => {
  const { world, terminal, run } = await joined()
  await run('AT+DR=2', /^OK$/)
  const before = world.radio.metrics.framesSent
  expect(await run(`AT+SEND=1:${BALLOT_HEX}`, /^AT_/)).toBe('AT_PARAM_ERROR')
  terminal.send('AT+SEND=1:00')
  expect(terminal.lines.at(-1)).toBe('AT_BUSY_ERROR')
  await world.clock.advance(10_000)
  expect(world.radio.metrics.framesSent - before).toBe(1)
  expect(world.broker.json('/event/up').at(-1)).toMatchObject({ dr: 2, fPort: 0, data: '' })
  expect(terminal.lines.filter((line) => line.startsWith('+EVT'))).toEqual([])
})

test('a second send is refused while the first one listens, settings of the radio too', async () => {
  const { world, terminal } = await joined()
  terminal.send('AT+SEND=1:0102')
  await world.clock.advance(500)
  for (const command of ['AT+SEND=1:03', 'AT+JOIN=1:0:8:0', 'AT+DR=3', 'AT+DEVEUI=0011223344556677']) {
    terminal.send(command)
  }
  expect(terminal.lines).toEqual(['OK', 'AT_BUSY_ERROR', 'AT_BUSY_ERROR', 'AT_BUSY_ERROR', 'AT_BUSY_ERROR'])
})

test('with the duty-cycle limiter on, a busy modem says how long to wait', async () => {
  const { terminal, modem } = await joined()
  terminal.send('AT+DCS=1')
  modem.faults.busy = true
  terminal.send('AT+SEND=1:01')
  expect(terminal.lines).toEqual(['OK', 'Restricted_Wait_1200_ms', 'AT_BUSY_ERROR'])
})

test('confirmed sends tell whether the network acknowledged, unconfirmed ones never do', async () => {
  const { world, run } = await joined()
  await run('AT+CFM=1', /^OK$/)
  expect(await run('AT+SEND=1:01', /^\+EVT:SEND/)).toBe('+EVT:SEND_CONFIRMED_OK')
  world.radio.loss.down = 1
  await run('AT+RETY=1', /^OK$/)
  expect(await run('AT+SEND=1:02', /^\+EVT:SEND/)).toBe('+EVT:SEND_CONFIRMED_FAILED(2)')
  await run('AT+CFM=0', /^OK$/)
  world.radio.loss.up = 1
  expect(await run('AT+SEND=1:03', /^\+EVT:/)).toBe('+EVT:TX_DONE')
})

test('when every channel is busy the send is refused', async () => {
  const { world, run } = await joined()
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
  expect(await run('AT+SEND=1:01', /./)).toBe('AT_BUSY_ERROR')
})

test('after a reboot in mid-send comes the banner, and the modem has to join again', async () => {
  const { world, terminal, modem } = await joined()
  terminal.send('AT+SEND=1:01')
  await world.clock.advance(1000)
  const rebooting = modem.reboot()
  terminal.send('AT')
  await world.finish(rebooting)
  await world.clock.advance(10_000)
  expect(terminal.lines[0]).toBe('OK')
  expect(terminal.lines[1]).toMatch(/^RAKwireless RAK3172/)
  expect(terminal.lines.filter((line) => line.startsWith('+EVT'))).toEqual([])
  terminal.lines.length = 0
  terminal.send('AT+SEND=1:01')
  expect(terminal.lines).toEqual(['AT_NO_NETWORK_JOINED'])
})

test('a modem that cannot write its memory answers AT_ERROR and lives on', async () => {
  const { world, terminal, memories, run } = await joined()
  const memory = memories.get(testIdentity(1).devEui)!
  memory.save = () => Promise.reject(new Error('disk-full'))
  expect(await run('AT+SEND=1:01', /./)).toBe('AT_ERROR')
  await world.clock.advance(10_000)
  expect(terminal.lines).toEqual(['AT_ERROR'])
  terminal.send('AT')
  expect(terminal.lines.at(-1)).toBe('OK')
  expect(world.broker.json('/event/up')).toHaveLength(2)
})

test('ATZ reboots and ATE switches the echo', async () => {
  const { world, terminal } = await setUp()
  terminal.send('ATE')
  terminal.send('AT')
  expect(terminal.lines).toEqual(['OK', 'AT', 'OK'])
  terminal.send('ATZ')
  await world.clock.advance(1000)
  expect(terminal.lines.at(-1)).toBe('Current Work Mode: LoRaWAN.')
})

test('new EUIs and key are used by the next join', async () => {
  const { world, run, modem } = await setUp()
  const other = testIdentity(2)
  await run(`AT+DEVEUI=${other.devEui}`, /^OK$/)
  await run(`AT+APPEUI=${other.joinEui}`, /^OK$/)
  await run(`AT+APPKEY=${other.appKey}`, /^OK$/)
  expect(await run('AT+JOIN=1:0:8:0', /^\+EVT:/)).toBe('+EVT:JOINED')
  expect(world.broker.json('/event/join')).toMatchObject([{ deviceInfo: { devEui: other.devEui } }])
  expect(modem.device.isJoined).toBe(true)
})

test('link check and time request report with their own events', async () => {
  const { run } = await joined()
  await run('AT+LINKCHECK=1', /^OK$/)
  await run('AT+TIMEREQ=1', /^OK$/)
  expect(await run('AT+SEND=1:01', /LINKCHECK/)).toMatch(/^\+EVT:LINKCHECK:0:\d+:1:-\d+:\d+$/)
  await run('AT+TIMEREQ=1', /^OK$/)
  expect(await run('AT+SEND=1:01', /TIMEREQ/)).toBe('+EVT:TIMEREQ_OK')
})

test('a silent line loses answers and a garbled one flips a character', async () => {
  const { terminal, modem } = await setUp()
  modem.faults.silence = 1
  terminal.send('AT')
  expect(terminal.lines).toEqual([])
  modem.faults.silence = 0
  modem.faults.garble = 1
  for (let i = 0; i < 20; i++) terminal.send('AT')
  expect(terminal.lines.filter((line) => line === 'OK').length).toBeLessThan(20)
})

test('any bytes on the line are survived, and the modem still answers', async () => {
  const { world, terminal, modem } = await joined()
  const words = fc.constantFrom(
    'AT',
    '+',
    'SEND',
    'JOIN',
    '=',
    '?',
    ':',
    '1',
    '223',
    '00ff',
    'DR',
    '\r',
    '\n',
    'Z',
    'E',
  )
  const mixed = fc.array(words, { maxLength: 12 }).map((parts) => utf8(parts.join('')))
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 80 }), mixed), async (bytes) => {
      modem.receive(bytes)
      await world.clock.advance(1)
    }),
    { numRuns: 3000 },
  )
  await world.clock.advance(600_000)
  modem.receive(utf8('\r\n'))
  terminal.lines.length = 0
  terminal.send('AT')
  expect(terminal.lines.at(-1)).toBe('OK')
})

test('the line splitter cuts at CR, LF and both, whatever the chunks', () => {
  const bytes = utf8('AT\rAT+VER=?\nAT+NJS=?\r\n\r\nAT')
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 40 }), (sizes) => {
      const splitter = new LineSplitter()
      const lines: string[] = []
      let at = 0
      for (let i = 0; at < bytes.length; i++) {
        const size = sizes[i % sizes.length]!
        for (const line of splitter.push(bytes.subarray(at, at + size))) {
          lines.push(line.type === 'line' ? line.text : line.type)
        }
        at += size
      }
      expect(lines).toEqual(['AT', 'AT+VER=?', 'AT+NJS=?'])
    }),
  )
  const splitter = new LineSplitter()
  expect(splitter.push(utf8(`${'x'.repeat(LONGEST_LINE + 1)}\r\nAT\r\n`))).toEqual([
    { type: 'overflow' },
    { type: 'line', text: 'AT' },
  ])
})
