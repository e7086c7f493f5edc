import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { expect, onTestFinished, test } from 'vitest'
import type { FakeModem } from '../testing/fake-modem.ts'
import { fakeModem } from '../testing/fake-scripts.ts'
import type { DialectName } from './dialect.ts'
import { modemProbe } from './probe-command.ts'

/** A scripted modem behind a TCP port, a thousand times as fast as a real one. */
async function offer(dialect: DialectName, prepare: (fake: FakeModem) => void = () => {}) {
  const fake = fakeModem(createRealClock({ speed: 1_000 }), dialect)
  prepare(fake)
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('data', (bytes) => void fake.transport.write(new Uint8Array(bytes)))
    socket.on('error', () => {})
    fake.transport.onData((bytes) => socket.write(bytes))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { fake, uri: `tcp:127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function run(...args: string[]) {
  const out: string[] = []
  const errors: string[] = []
  const io = {
    stdout: (line: string) => out.push(line),
    stderr: (line: string) => errors.push(line),
    env: {},
    cwd: '/',
  }
  const code = await modemProbe.run(args, io)
  return { code, out, errors, json: () => JSON.parse(out.join('\n')) }
}

test.each([
  ['rui3', { firmware: 'RUI_4.2.1_RAK3172-E', devEui: 'ac1f09fffe000001', joined: false }],
  ['wio-e5', { firmware: '4.0.11', devEui: '2cf7f12024900363', joined: null }],
  ['st', { firmware: 'V1.3.0', devEui: '0080e11500000001', joined: null }],
] as const)('a %s is described as JSON and nothing in it is changed', async (dialect, expected) => {
  const { fake, uri } = await offer(dialect)
  const { code, json } = await run(uri, '--json')
  expect(code).toBe(0)
  expect(json()).toEqual({
    uri,
    dialect,
    region: 'KR920',
    dataRate: 5,
    maxPayloadBytes: 242,
    problems: [],
    ...expected,
  })
  expect(fake.received.filter((line) => /=[^?]/.test(line) && line !== 'AT+ID=DevEui')).toEqual([])
  expect(fake.received.filter((line) => /KEY/.test(line))).toEqual([])
})

test('a person reads what it is and that a kiosk can use it', async () => {
  const { uri } = await offer('rui3')
  const { code, out } = await run(uri)
  expect(code).toBe(0)
  expect(out.join('\n')).toMatch(
    /RAK3172 \(RUI3\)[\s\S]*KR920[\s\S]*DR5, at most 242 bytes[\s\S]*A kiosk can use this modem\./,
  )
})

test('asked to, it joins and asks how well the gateways hear', async () => {
  const { uri } = await offer('wio-e5')
  const { code, json } = await run(uri, '--link-check', '--json')
  expect(json()).toMatchObject({ joined: true, join: 'ok', linkCheck: { marginDb: 21, gatewayCount: 2 } })
  expect(code).toBe(0)
})

test('a join that fails is a problem and exit code 1', async () => {
  const { uri } = await offer('rui3', (fake) => {
    fake.on(/^AT\+JOIN/, (modem) => modem.print('OK', '+EVT:JOIN_FAILED_RX_TIMEOUT'))
  })
  const { code, out } = await run(uri, '--join')
  expect(code).toBe(1)
  expect(out.join('\n')).toContain('! It did not join: join-failed (JOIN_FAILED RX_TIMEOUT).')
})

test('a modem for another country is described, but is not made to send', async () => {
  const { fake, uri } = await offer('rui3', (fake) => {
    fake.on(/^AT\+BAND=\?$/, (modem) => modem.print('AT+BAND=4', 'OK'))
  })
  const looked = await run(uri, '--json')
  expect([looked.code, looked.json()]).toMatchObject([
    1,
    { region: 'EU868', problems: [expect.stringContaining('EU868')] },
  ])
  const asked = await run(uri, '--join', '--json')
  expect([asked.code, asked.json()]).toMatchObject([1, { error: 'wrong-region' }])
  expect(fake.received.some((line) => line.startsWith('AT+JOIN'))).toBe(false)
})

test('a port that cannot be opened is explained, in words or as JSON', async () => {
  const words = await run('serial:/dev/no-such-port')
  expect(words).toMatchObject({ code: 1, out: [] })
  expect(words.errors.join()).toMatch(/cannot be opened.*Check the cable/)
  const { code, json } = await run('serial:/dev/no-such-port', '--json')
  expect([code, json()]).toMatchObject([1, { error: 'device-unavailable' }])
})

test('without exactly one URI the command explains itself', async () => {
  await expect(run()).rejects.toThrow('one device URI')
  await expect(run('tcp:a:1', 'tcp:b:1')).rejects.toThrow('one device URI')
})
