import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSeededRandom } from '@hanpyo/firmware-sim/random.ts'
import { openSqliteEngine } from '@hanpyo/gateway-bridge/ledger/sqlite-engine.ts'
import { ProcessBridge } from '@hanpyo/gateway-bridge/testing/process-bridge.ts'
import { TestElection } from '@hanpyo/gateway-bridge/testing/test-election.ts'
import { WifiKiosk } from '@hanpyo/gateway-bridge/testing/wifi-kiosk.ts'
import type { Child } from '@hanpyo/platform/child.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { type Broker, startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { connectMqtt } from '@hanpyo/platform/mqtt/client.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openSocket, sendMalformed } from './support/hostile-http.ts'
import { publishMalformed, sendBrokenMqtt } from './support/hostile-mqtt.ts'

const isFull = process.env.HANPYO_FULL === '1'
const drill = test.runIf(isFull)
/** Malformed requests and messages, half each. */
const HOSTILE = isFull ? 1_000_000 : 5_000
/** Connections that trickle headers, from addresses that hold as many as one may. */
const TRICKLING = isFull ? 2_000 : 300
const FLOOD_REQUESTS = isFull ? 100_000 : 4_000
/** Messages that one kiosk may send at once. */
const KIOSK_BURST = 1_000
/** Heap the bridge is given, MB: a leak ends it. A collector that is not pressed lets garbage lie, so that growth alone says little. */
const HEAP_MB = 192
/** With young objects, threads, buffers and code. */
const MOST_MEMORY_MB = 600

// A million takes a while on a slow machine.
vi.setConfig({ testTimeout: 3_600_000 })

const seed = process.env.HANPYO_DRILL_SEED ?? 'hostile'
const backend = await createNodeBackend()
const election = new TestElection({ backend, kioskCount: 3, slipCount: 2_000, tickSeconds: 1 })
const closers: (() => Promise<unknown>)[] = []
const answered: Uint8Array[] = []
let nextSlip = 0
let broker: Broker
let brokerPort: number
let dir: string
let files: ProcessBridge
let bridge: Child & { url: string }
let kiosk: WifiKiosk

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-hostile-'))
  closers.push(() => rm(dir, { recursive: true, force: true }))
  brokerPort = await freePort()
  await restartBroker()
  closers.push(() => broker.close())
  files = await ProcessBridge.prepare({
    dir,
    election,
    mqttUrl: broker.plainUrl as string,
    mqttVersion: 5,
    applicationId: '7c1f2a8e-3d52-4a6b-9f0e-5a4d3c2b1a00',
    // Low, so that the limits are met soon.
    extra: `[kiosk]\nuplinkBurst = ${KIOSK_BURST}`,
  })
  process.env.NODE_OPTIONS = `--max-old-space-size=${HEAP_MB}`
  process.env.HANPYO_BRIDGE_HTTP__REQUEST_BURST = '500'
  process.env.HANPYO_BRIDGE_HTTP__REQUESTS_PER_SECOND = '100'
  expect(await files.init()).toMatchObject({ code: 0 })
  bridge = await files.run()
  closers.push(() => bridge.stop())
  for (const datagram of [...election.kiosks.map(({ id }) => election.enrol(id)), election.polls('open')]) {
    const posted = await fetch(`${bridge.url}/records`, { method: 'POST', body: new Uint8Array(datagram) })
    expect(posted.status).toBe(200)
  }
  kiosk = new WifiKiosk({ election, kioskId: 1, url: broker.plainUrl as string, mqttVersion: 5 })
  closers.push(() => kiosk.close())
  await kiosk.start()
})

afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

/** Casts ballots one after another for as long as something hostile goes on, three at least; all are answered as recorded. */
async function votingDuring(hostile: Promise<unknown>): Promise<number> {
  const state = { isOver: false }
  const over = () => {
    state.isOver = true
  }
  void hostile.then(over, over)
  let cast = 0
  for (; cast < 3 || (!state.isOver && cast < 200); cast++) await castOne()
  await hostile
  return cast
}

async function castOne(): Promise<void> {
  const ballot = election.ballot(nextSlip++)
  expect(await kiosk.cast(ballot)).toBe(0)
  answered.push(ballotId(ballot))
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${bridge.url}/metrics`)).text()
  const lines = [...text.matchAll(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'gm'))]
  return lines.reduce((sum, [, value]) => sum + Number(value), 0)
}

const memoryMb = async () => (await metric('process_resident_memory_bytes')) / 1e6
const portOf = () => Number(new URL(bridge.url).port)

drill(`${HOSTILE / 2} malformed HTTP requests cost no memory and no vote`, async () => {
  const random = createSeededRandom(`${seed} http`)
  const sending = sendMalformed(portOf(), HOSTILE / 2, random)
  const cast = await votingDuring(sending)
  const statuses = await sending
  const answers = [...statuses.values()].reduce((sum, count) => sum + count, 0)
  expect(answers).toBeGreaterThan(HOSTILE / 16)
  expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([])
  expect(await memoryMb()).toBeLessThan(MOST_MEMORY_MB)
  expect(cast).toBeGreaterThanOrEqual(3)
})

drill(`${HOSTILE / 2} malformed MQTT messages cost no memory and no vote`, async () => {
  const random = createSeededRandom(`${seed} mqtt`)
  const enemy = connectMqtt({
    url: broker.plainUrl as string,
    clientId: 'enemy',
    protocolVersion: 5,
    clean: true,
  })
  await enemy.whenOnline()
  const genuine = Array.from({ length: 8 }, (_, n) => election.datagram(election.ballot(1_990 + n)))
  const sending = publishMalformed(enemy, HOSTILE / 2, random, genuine)
  await votingDuring(Promise.all([sending, sendBrokenMqtt(brokerPort, isFull ? 2_000 : 50, random)]))
  // What was sent before this ballot has been looked at when it is answered: the queue is served in order.
  await castOne()
  expect(await metric('hanpyo_bridge_dropped_total')).toBeGreaterThan(HOSTILE / 8)
  expect(await metric('hanpyo_bridge_dropped_total{reason="internal-error"}')).toBe(0)
  expect(await memoryMb()).toBeLessThan(MOST_MEMORY_MB)
  await enemy.close()
})

drill('a stolen kiosk that floods is cut off, and another one is heard at once', async () => {
  const enemy = connectMqtt({
    url: broker.plainUrl as string,
    clientId: 'stolen',
    protocolVersion: 5,
    clean: true,
  })
  await enemy.whenOnline()
  const datagram = election.datagram(election.ballot(1_999, 2))
  const send = async () => {
    for (let n = 0; n < (isFull ? 300 : 10); n++)
      await Promise.all(Array.from({ length: 200 }, () => enemy.publish('hanpyo/v1/kiosk/2/up', datagram, 1)))
  }
  await votingDuring(send())
  await castOne()
  expect(await metric('hanpyo_bridge_rate_limited_total')).toBeGreaterThan(isFull ? 40_000 : 400)
  await enemy.close()
})

drill(`${TRICKLING} connections that trickle their headers keep nobody out`, async () => {
  const perAddress = 250
  const sockets = Array.from({ length: TRICKLING }, (_, n) =>
    openSocket(portOf(), `127.77.0.${1 + Math.floor(n / perAddress)}`),
  )
  const closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  for (const socket of sockets) socket.write('GET /checkpoint HTTP/1.1\r\nHost: x\r\n')
  const trickle = setInterval(() => {
    for (const socket of sockets) if (!socket.destroyed) socket.write('X')
  }, 500)
  expect((await fetch(`${bridge.url}/healthz`)).status).toBe(200)
  await castOne()
  if (isFull) await votingDuring(closed)
  else for (const socket of sockets) socket.destroy()
  clearInterval(trickle)
  expect((await fetch(`${bridge.url}/checkpoint`)).status).toBe(200)
  if (isFull) expect(await metric('hanpyo_bridge_http_refused_total')).toBeGreaterThanOrEqual(TRICKLING)
})

drill('one address that asks without end is told to wait, while others read and voting goes on', async () => {
  let refused = 0
  const request = 'GET /checkpoint HTTP/1.1\r\nHost: x\r\n\r\n'
  const flood = Array.from({ length: 40 }, () => {
    const socket = openSocket(portOf(), '127.88.0.1')
    const wanted = FLOOD_REQUESTS / 40
    return new Promise<void>((resolve) => {
      let seen = 0
      socket.on('close', () => resolve())
      socket.on('data', (bytes) => {
        const text = bytes.toString('latin1')
        seen += text.split('HTTP/1.1 ').length - 1
        refused += text.split('HTTP/1.1 429').length - 1
        if (seen >= wanted) socket.destroy()
      })
      socket.write(request.repeat(wanted))
    })
  })
  await votingDuring(Promise.all(flood))
  expect(refused).toBeGreaterThan(isFull ? FLOOD_REQUESTS / 4 : 100)
  expect((await fetch(`${bridge.url}/status`)).status).toBe(200)
})

test.runIf(isFull)(
  'a broker that is killed with messages in flight, and a bridge that is stopped under load, lose nothing',
  async () => {
    const load = (count: number) =>
      Promise.all(
        Array.from({ length: count }, async () => {
          const ballot = election.ballot(nextSlip++)
          expect([0, 1]).toContain(await kiosk.cast(ballot))
          answered.push(ballotId(ballot))
        }),
      )
    for (let round = 0; round < 10; round++) {
      const casting = load(30)
      process.kill(broker.pid as number, 'SIGKILL')
      await broker.exited
      await restartBroker()
      await casting

      const more = load(30)
      const { code } = await bridge.stop(20_000)
      expect(code).toBe(0)
      bridge = await files.run()
      await more
    }
  },
)

drill('afterwards the log holds every answered ballot once', async () => {
  expect(await bridge.stop(20_000)).toMatchObject({ code: 0 })
  const engine = expectOk(openSqliteEngine({ path: join(files.dataDir, 'ledger.db') }))
  const leaves = await engine.entries(0, 1_000_000)
  const waiting = await engine.waiting()
  await engine.close()
  const ids = [
    ...leaves.flatMap((leaf) => (leaf[0] === RECORD.ballot ? [toHex(ballotId(leaf.subarray(1)))] : [])),
    ...waiting.map(({ id }) => toHex(id)),
  ]
  expect(new Set(ids).size).toBe(ids.length)
  expect(answered.filter((id) => !ids.includes(toHex(id)))).toEqual([])
})

async function restartBroker(): Promise<void> {
  broker = await startBroker({ kind: 'mosquitto', dir: join(dir, 'broker'), plainPort: brokerPort })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
