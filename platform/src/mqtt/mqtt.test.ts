import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { spawnChild } from '../child.ts'
import { createRealClock } from '../clock.ts'
import { type Logger, silentLogger } from '../logger.ts'
import { createTestCertificates, type TestCertificates } from '../testing/certificates.ts'
import { deviceAcl } from './acl.ts'
import { type Broker, startBroker } from './broker.ts'
import { connectMqtt, type MqttOptions, type MqttPort } from './client.ts'

const QUEUED = 1_500
const fast = createRealClock({ speed: 20 })
const text = (payload: Uint8Array) => Buffer.from(payload).toString()
let certificates: TestCertificates
let dir: string
beforeAll(async () => {
  certificates = await createTestCertificates()
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-mqtt-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** Messages in order of arrival, with a way to wait for the next one. */
function collector() {
  const seen: string[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  return {
    seen,
    async handler(_topic: string, payload: Uint8Array) {
      seen.push(text(payload))
      for (const one of waiting) if (seen.length >= one.count) one.resolve()
    },
    until(count: number) {
      return new Promise<void>((resolve) => {
        if (seen.length >= count) resolve()
        else waiting.push({ count, resolve })
      })
    },
  }
}

describe.each(['mosquitto', 'aedes'] as const)('%s', (kind) => {
  let broker: Broker
  const ports: MqttPort[] = []
  beforeAll(async () => {
    broker = await startBroker({
      kind,
      dir: join(dir, kind),
      tls: certificates.server,
      acl: deviceAcl('hanpyo/v1/kiosk', ['bridge']),
      plainPort: 0,
    })
  })
  afterEach(async () => {
    await Promise.all(ports.splice(0).map((port) => port.close()))
  })
  afterAll(() => broker.close())

  function connect(options: Partial<MqttOptions> & { clientId: string }): MqttPort {
    const port = connectMqtt({
      url: broker.plainUrl!,
      protocolVersion: broker.mqttVersion,
      clean: true,
      clock: fast,
      ...options,
    })
    ports.push(port)
    return port
  }
  async function connectAs(cn: string, options: Partial<MqttOptions> = {}): Promise<MqttPort> {
    const tls = await certificates.client(cn)
    return connect({ clientId: `${cn}-${kind}`, url: broker.url!, tls, ...options })
  }

  test('a device reaches the bridge on its own topic and hears its own answers', async () => {
    const bridge = await connectAs('bridge')
    const up = collector()
    await bridge.subscribe('hanpyo/v1/kiosk/+/up', 1, up.handler)
    const kiosk = await connectAs('1')
    const down = collector()
    await kiosk.subscribe('hanpyo/v1/kiosk/1/down', 1, down.handler)
    expect(await kiosk.publish('hanpyo/v1/kiosk/1/up', 'ballot')).toEqual({ ok: true, value: undefined })
    await up.until(1)
    expect(await bridge.publish('hanpyo/v1/kiosk/1/down', 'ack')).toMatchObject({ ok: true })
    await down.until(1)
    expect([up.seen, down.seen]).toEqual([['ballot'], ['ack']])
  })

  test("a device can neither write another's topic nor read another's answers", async () => {
    const bridge = await connectAs('bridge')
    const up = collector()
    await bridge.subscribe('hanpyo/v1/kiosk/+/up', 1, up.handler)
    const own = collector()
    const spy = await connectAs('1')
    await spy.subscribe('hanpyo/v1/kiosk/1/down', 1, own.handler)
    await spy.subscribe(['hanpyo/v1/kiosk/2/down'], 1, own.handler)
    await spy.subscribe(['hanpyo/v1/kiosk/+/down'], 1, own.handler)
    await spy.subscribe(['#'], 1, own.handler)
    await bridge.publish('hanpyo/v1/kiosk/2/down', 'secret')
    await bridge.publish('hanpyo/v1/kiosk/1/down', 'marker')
    await own.until(1)
    expect(new Set(own.seen)).toEqual(new Set(['marker']))
    // mosquitto refuses in its PUBACK and drops the connection, aedes drops it at once; neither forwards.
    expect(await spy.publish('hanpyo/v1/kiosk/2/up', 'forged')).toMatchObject({ ok: false })
    const honest = await connectAs('3')
    await honest.whenOnline()
    await honest.publish('hanpyo/v1/kiosk/3/up', 'honest')
    await up.until(1)
    expect(up.seen).toEqual(['honest'])
  })

  test('without a certificate of the authority nobody gets in', async () => {
    const stranger = await createTestCertificates()
    const withoutCertificate = connect({
      clientId: 'stranger-1',
      url: broker.url!,
      tls: { ca: certificates.server.ca },
    })
    const withForeign = connect({
      clientId: 'stranger-2',
      url: broker.url!,
      tls: { ...(await stranger.client('bridge')), ca: certificates.server.ca },
    })
    const patience = AbortSignal.timeout(1_000)
    await expect(withoutCertificate.whenOnline(patience)).rejects.toBeDefined()
    await expect(withForeign.whenOnline(patience)).rejects.toBeDefined()
    expect(await withoutCertificate.publish('hanpyo/v1/kiosk/1/up', 'x')).toMatchObject({ error: 'offline' })
  })

  test('a message whose handler failed is not acknowledged and comes again', async () => {
    const sender = connect({ clientId: `sender-${kind}` })
    await sender.whenOnline()
    const attempts: string[] = []
    const done = Promise.withResolvers<void>()
    const receiver = connect({ clientId: `fails-once-${kind}`, clean: false, sessionExpirySeconds: 60 })
    await receiver.subscribe('test/fails', 1, async (_topic, payload) => {
      attempts.push(text(payload))
      if (attempts.length === 1) throw new Error('disk is full')
      if (attempts.length === 3) done.resolve()
    })
    await sender.publish('test/fails', 'first')
    await sender.publish('test/fails', 'second')
    await done.promise
    expect(attempts).toEqual(['first', 'first', 'second'])
  })

  test('messages that arrive while the subscriber is away are delivered when it is back', async () => {
    const sender = connect({ clientId: `sender2-${kind}` })
    await sender.whenOnline()
    const before = connect({ clientId: `away-${kind}`, clean: false, sessionExpirySeconds: 60 })
    await before.subscribe('test/away', 1, async () => {})
    await before.close()
    await sender.publish('test/away', 'kept')
    const after = collector()
    const back = connect({ clientId: `away-${kind}`, clean: false, sessionExpirySeconds: 60 })
    void back.subscribe('test/away', 1, after.handler)
    await after.until(1)
    expect(after.seen).toEqual(['kept'])
  })

  test('a subscriber killed before it acknowledged gets the message again', async () => {
    const program = `
      import { connectMqtt } from ${JSON.stringify(import.meta.resolve('./client.ts'))}
      const port = connectMqtt({ url: '${broker.plainUrl}', clientId: 'killed-${kind}', clean: false,
        protocolVersion: ${broker.mqttVersion}, sessionExpirySeconds: 60 })
      await port.subscribe('test/killed', 1, (topic, payload) => {
        console.log('got ' + Buffer.from(payload))
        return new Promise(() => {})
      })
      console.log('subscribed')`
    const child = await spawnChild({
      command: process.execPath,
      args: ['--input-type=module', '-e', program],
      ready: /^subscribed$/,
    })
    onTestFinished(() => child.kill('SIGKILL'))
    const got = new Promise<string>((resolve) => child.onLine(resolve))
    const sender = connect({ clientId: `sender3-${kind}` })
    await sender.whenOnline()
    await sender.publish('test/killed', 'ballot')
    expect(await got).toBe('got ballot')
    child.kill('SIGKILL')
    await child.exited
    const again = collector()
    const successor = connect({ clientId: `killed-${kind}`, clean: false, sessionExpirySeconds: 60 })
    void successor.subscribe('test/killed', 1, again.handler)
    await again.until(1)
    expect(again.seen).toEqual(['ballot'])
  })

  test('a handler may publish on its own port and wait for the answer', async () => {
    const port = connect({ clientId: `echo-${kind}` })
    const echoes = collector()
    await port.subscribe('test/echo/out', 1, echoes.handler)
    await port.subscribe('test/echo/in', 1, async (_topic, payload) => {
      const result = await port.publish('test/echo/out', payload)
      if (!result.ok) throw new Error(result.error)
    })
    for (const word of ['one', 'two', 'three']) void port.publish('test/echo/in', word)
    await echoes.until(3)
    expect(echoes.seen).toEqual(['one', 'two', 'three'])
  })

  test('many messages arrive in order, once each, while slow handlers run side by side', async () => {
    const port = connect({ clientId: `many-${kind}`, concurrency: 8, publishLimit: 1_000 })
    const seen: number[] = []
    let running = 0
    let mostAtOnce = 0
    const all = Promise.withResolvers<void>()
    await port.subscribe('test/many', 1, async (_topic, payload) => {
      seen.push(Number(text(payload)))
      mostAtOnce = Math.max(mostAtOnce, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      if (seen.length === 600) all.resolve()
    })
    const sender = connect({ clientId: `many-sender-${kind}`, publishLimit: 1_000 })
    await sender.whenOnline()
    const results = await Promise.all(
      Array.from({ length: 600 }, (_, i) => sender.publish('test/many', String(i))),
    )
    await all.promise
    expect(results.every((result) => result.ok)).toBe(true)
    expect(seen).toEqual(Array.from({ length: 600 }, (_, i) => i))
    expect(mostAtOnce).toBeLessThanOrEqual(8)
  })

  test('more publishes in flight than allowed are refused, not collected', async () => {
    const port = connect({ clientId: `bounded-${kind}`, publishLimit: 2 })
    await port.whenOnline()
    const results = await Promise.all([1, 2, 3].map((i) => port.publish('test/bounded', `${i}`)))
    expect(results.map((result) => (result.ok ? 'ok' : result.error))).toEqual(['ok', 'ok', 'queue-full'])
  })
})

test('a port comes back by itself when the broker does, and says so', async () => {
  const first = await startBroker({ kind: 'aedes', dir, plainPort: 0 })
  const port = connectMqtt({
    url: first.plainUrl!,
    clientId: 'returns',
    protocolVersion: 4,
    clean: true,
    clock: fast,
  })
  onTestFinished(() => port.close())
  const states: string[] = []
  const wentOffline = Promise.withResolvers<void>()
  port.onState((state) => {
    states.push(state)
    if (state === 'offline') wentOffline.resolve()
  })
  await port.whenOnline()
  await first.close()
  await wentOffline.promise
  expect(await port.publish('a', 'b')).toMatchObject({ error: 'offline' })
  const second = await startBroker({ kind: 'aedes', dir, plainPort: Number(new URL(first.plainUrl!).port) })
  onTestFinished(() => second.close())
  await port.whenOnline()
  expect(states).toEqual(['online', 'offline', 'online'])
})

test('a subscription on a closed port is answered, before and after the closing', async () => {
  const port = connectMqtt({ url: 'mqtt://127.0.0.1:1', clientId: 'late', protocolVersion: 5, clean: true })
  const early = port.subscribe('a', 1, async () => {})
  await port.close()
  expect(await early).toMatchObject({ ok: false, error: 'closed' })
  expect(await port.subscribe('b', 1, async () => {})).toMatchObject({ ok: false, error: 'closed' })
})

test('a certificate that is none is said, and ends nothing', async () => {
  const tried = Promise.withResolvers<void>()
  const said: unknown[] = []
  const log: Logger = {
    ...silentLogger,
    error: (event, fields) => void said.push([event, fields]),
    info: (event) => event === 'mqtt-offline' && tried.resolve(),
    child: () => log,
  }
  const { ca } = certificates.server
  const port = connectMqtt({
    url: 'mqtts://127.0.0.1:1',
    clientId: 'wrong',
    protocolVersion: 5,
    clean: true,
    tls: { ca, cert: 'nonsense', key: 'secret words' },
    log,
  })
  await tried.promise
  expect(await port.publish('a', 'b')).toMatchObject({ ok: false, error: 'offline' })
  await port.close()
  expect(said).toEqual([['mqtt-options-unusable', { code: 'ERR_OSSL_PEM_NO_START_LINE' }]])
})

test('a broker that falls silent is noticed by the unanswered publish', async () => {
  const mute = createServer((socket) => {
    socket.on('error', () => {})
    // CONNACK, then nothing any more.
    socket.once('data', () => socket.write(Uint8Array.of(0x20, 2, 0, 0)))
  })
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  const { port: number } = mute.address() as { port: number }
  const port = connectMqtt({
    url: `mqtt://127.0.0.1:${number}`,
    clientId: 'silent',
    protocolVersion: 4,
    clean: true,
    publishTimeoutMs: 100,
  })
  await port.whenOnline()
  expect(await port.publish('a', 'b')).toMatchObject({ ok: false, error: 'timeout' })
  await port.close()
  mute.close()
})

test('a long queue is worked off on one connection, however late the answer to a ping comes', async () => {
  const acknowledged: number[] = []
  const finished = Promise.withResolvers<void>()
  const flooding = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (data) => {
      for (const packet of packetsIn(data)) {
        const type = packet[0]! >> 4
        if (type === 1) socket.write(Uint8Array.of(0x20, 2, 0, 0))
        if (type === 4 && acknowledged.push(packet.readUInt16BE(2)) === QUEUED) finished.resolve()
        // SUBACK, and everything that waits, whatever the receiver can hold.
        if (type === 8) {
          const granted = Buffer.of(0x90, 3, packet[2]!, packet[3]!, 1)
          socket.write(
            Buffer.concat([granted, ...Array.from({ length: QUEUED }, (_, n) => publishOf(n + 1))]),
          )
        }
        if (type === 12) socket.write(Uint8Array.of(0xd0, 0))
      }
    })
  })
  await new Promise<void>((resolve) => flooding.listen(0, '127.0.0.1', resolve))
  const port = connectMqtt({
    url: `mqtt://127.0.0.1:${(flooding.address() as { port: number }).port}`,
    clientId: 'backlog',
    protocolVersion: 4,
    clean: false,
    keepAliveSeconds: 1,
    concurrency: 4,
  })
  onTestFinished(() => port.close().then(() => void flooding.close()))
  const states: string[] = []
  port.onState((state) => states.push(state))
  await port.subscribe('a', 1, async () => {
    // Two milliseconds of work each: longer than a keep-alive and a half for all of them.
    for (const endMs = performance.now() + 2; performance.now() < endMs; );
    await new Promise((resolve) => setImmediate(resolve))
  })
  await finished.promise
  await port.close()
  expect(states).toEqual(['online', 'offline'])
  expect(acknowledged).toEqual(Array.from({ length: QUEUED }, (_, n) => n + 1))
})

describe('while nothing can be acknowledged', () => {
  /** Accepts a client and its subscription, then calls `deliver`, and `onPing` for each ping on this connection. */
  async function connectTo(broker: {
    deliver(socket: Socket): void
    onPing(socket: Socket): void
    onClose?(): void
  }): Promise<MqttPort> {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('close', () => broker.onClose?.())
      socket.on('data', (data) => {
        for (const packet of packetsIn(data)) {
          const type = packet[0]! >> 4
          if (type === 1) socket.write(Uint8Array.of(0x20, 2, 0, 0))
          if (type === 12) broker.onPing(socket)
          if (type !== 8) continue
          socket.write(Buffer.of(0x90, 3, packet[2]!, packet[3]!, 1))
          broker.deliver(socket)
        }
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const port = connectMqtt({
      url: `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`,
      clientId: 'stalled',
      protocolVersion: 4,
      clean: false,
      keepAliveSeconds: 1,
      concurrency: 4,
    })
    onTestFinished(() => port.close().then(() => void server.close()))
    await port.subscribe('a', 1, () => new Promise(() => {}))
    return port
  }

  test('a broker that delivers all the time hears of us', async () => {
    const pinged = Promise.withResolvers<void>()
    await connectTo({
      deliver(socket) {
        let id = 0
        // Sooner than half of the keep-alive, so that waiting for a silence would never end.
        const timer = setInterval(() => {
          socket.write(publishOf(++id))
          if (id === 40) pinged.reject(new Error('a broker would have given up long ago'))
        }, 100)
        socket.on('close', () => clearInterval(timer))
      },
      onPing: () => pinged.resolve(),
    })
    await pinged.promise
  })

  test('what a broker says after it has sent all it may is heard, its answer to a ping among it', async () => {
    let isFull = false
    const given = Promise.withResolvers<void>()
    const port = await connectTo({
      deliver(socket) {
        if (isFull) return
        isFull = true
        socket.write(Buffer.concat(Array.from({ length: 256 }, (_, n) => publishOf(n + 1))))
      },
      onPing() {},
      onClose: () => given.reject(new Error('the broker was taken for dead')),
    })
    void port.subscribe('b', 1, async () => {}).then(() => given.resolve())
    await given.promise
  })
})

/** MQTT packets of less than 128 bytes each. */
function packetsIn(data: Buffer): Buffer[] {
  const packets: Buffer[] = []
  for (let at = 0; at < data.length; at += 2 + data[at + 1]!)
    packets.push(data.subarray(at, at + 2 + data[at + 1]!))
  return packets
}

/** A QoS 1 message of 100 bytes for topic "a". */
function publishOf(id: number): Buffer {
  return Buffer.concat([Buffer.of(0x32, 105, 0, 1, 0x61, id >> 8, id & 0xff), Buffer.alloc(100)])
}

test('mosquitto that cannot start says why in its own words', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  await expect(startBroker({ kind: 'mosquitto', dir: join(dir, 'taken'), plainPort: port })).rejects.toThrow(
    /Address already in use/,
  )
  taken.close()
})

test('mosquitto that is killed is reported with its last words', async () => {
  const broker = await startBroker({ kind: 'mosquitto', dir: join(dir, 'killed'), plainPort: 0 })
  process.kill(broker.pid!, 'SIGKILL')
  expect(await broker.exited).toMatchObject({ expected: false, detail: expect.stringContaining('SIGKILL') })
})

test('"auto" takes mosquitto when it is installed', async () => {
  const broker = await startBroker({ kind: 'auto', dir: join(dir, 'auto'), plainPort: 0 })
  expect([broker.kind, broker.mqttVersion]).toEqual(['mosquitto', 5])
  await broker.close()
})
