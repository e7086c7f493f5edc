import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { createLifecycle } from '@hanpyo/platform/lifecycle.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { connectMqtt, type MqttPort } from '@hanpyo/platform/mqtt/client.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterEach, expect, test } from 'vitest'
import type { SimulatorMetrics } from '../control/control.ts'
import { createVolatileServerMemory } from '../network-server/memory.ts'
import { NetworkServer } from '../network-server/server.ts'
import { DEFAULT_SERVER_SETTINGS } from '../network-server/types.ts'
import { createSeededRandom } from '../random.ts'
import { runScenario } from './run-scenario.ts'
import { scenarioSchema } from './scenario.ts'
import { scenarioDevices } from './scenario-config.ts'

const cleanUps: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const SPEED = 20
const scenario = scenarioSchema.parse({
  title: 'Test',
  speed: SPEED,
  hall: { kiosks: 2 },
  traffic: { everySeconds: 5, bytes: 20 },
})

async function setUp() {
  const directory = await mkdtemp(join(tmpdir(), 'hanpyo-run-scenario-'))
  cleanUps.push(() => rm(directory, { recursive: true, force: true }))
  const broker = await startBroker({ kind: 'aedes', dir: join(directory, 'broker'), plainPort: 0 })
  cleanUps.push(() => broker.close())
  const url = broker.plainUrl as string
  const connect = (clientId: string): MqttPort => {
    const port = connectMqtt({ url, clientId, protocolVersion: 4, clean: true })
    cleanUps.push(() => port.close())
    return port
  }
  const lifecycle = createLifecycle({ signals: false })
  cleanUps.push(() => lifecycle.close())
  return { directory, connect, lifecycle, url }
}

/** Collects every topic seen; `first` resolves when one that matches was. */
async function watch(port: MqttPort): Promise<{ all: Set<string>; first(pattern: RegExp): Promise<string> }> {
  const all = new Set<string>()
  const waiting: { pattern: RegExp; resolve: (topic: string) => void }[] = []
  const handle = async (topic: string): Promise<void> => {
    all.add(topic)
    for (const one of waiting) if (one.pattern.test(topic)) one.resolve(topic)
  }
  expectOk(await port.subscribe('#', 1, handle))
  const first = (pattern: RegExp): Promise<string> => {
    const known = [...all].find((topic) => pattern.test(topic))
    if (known !== undefined) return Promise.resolve(known)
    return new Promise((resolve) => waiting.push({ pattern, resolve }))
  }
  return { all, first }
}

test('without a network server of its own a scenario speaks only the gateway topics, and a foreign server can serve it', async () => {
  const { connect, lifecycle, url } = await setUp()
  const seen = await watch(connect('watcher'))
  const clock = createRealClock({ speed: SPEED })
  const ready = await runScenario({
    scenario,
    broker: { url, protocolVersion: 4, topicPrefix: 'kr920' },
    hasNetworkServer: false,
    rest: {},
    lifecycle,
    log: silentLogger,
  })
  await seen.first(/event\/up$/)
  const topics = /^kr920\/gateway\/0016c001f1500001\/(event\/(up|stats)|state\/conn)$/
  expect([...seen.all].filter((topic) => !topics.test(topic))).toEqual([])

  const server = await NetworkServer.start({
    settings: { ...DEFAULT_SERVER_SETTINGS, region: { ...DEFAULT_SERVER_SETTINGS.region, rx1DelayS: 5 } },
    devices: ready.devices.map(({ id, devEui, appKey }) => ({ devEui, appKey, name: id, tags: {} })),
    messaging: connect('foreign-server'),
    memory: createVolatileServerMemory(),
    clock,
    random: createSeededRandom('foreign'),
    log: silentLogger,
  })
  cleanUps.push(() => server.close())
  const answer = connect('application')
  const { devEui } = scenarioDevices(scenario)[0]!
  const application = DEFAULT_SERVER_SETTINGS.application.id
  await seen.first(new RegExp(`device/${devEui}/event/join$`))
  await answer.publish(
    `application/${application}/device/${devEui}/command/down`,
    JSON.stringify({ devEui, fPort: 1, data: 'AQ==' }),
  )
  await seen.first(/^application.*event\/up$/)
  expect(await seen.first(/event\/txack$/)).toContain(devEui)
})

test('a scenario brings its own broker and server, writes its trace, and reports what happened', async () => {
  const { directory, lifecycle } = await setUp()
  const pcap = join(directory, 'air.pcap')
  const ready = await runScenario({
    scenario,
    hasNetworkServer: true,
    rest: { pcap },
    lifecycle,
    log: silentLogger,
  })
  expect(ready).toMatchObject({ ready: true, title: 'Test', speed: SPEED, modems: [{}, {}] })
  const watcher = connectMqtt({ url: ready.broker, clientId: 'watcher', protocolVersion: 4, clean: true })
  cleanUps.push(() => watcher.close())
  const seen = await watch(watcher)
  await seen.first(/^application.*event\/up$/)
  const metrics = (await (await fetch(`${ready.control}/metrics`)).json()) as SimulatorMetrics
  expect(metrics.traffic['kiosk-1']).toMatchObject({ joinAttempts: expect.any(Number) })
  const channels = Object.values(metrics.perChannel)
  const sum = (pick: (one: (typeof channels)[number]) => number) =>
    channels.reduce((all, one) => all + pick(one), 0)
  expect(sum(({ framesSent }) => framesSent)).toBe(metrics.framesSent)
  expect(sum(({ airtimeMs }) => airtimeMs)).toBeCloseTo(metrics.airtimeMs, 0)
  expect(metrics.gateways['0016c001f1500001']).toMatchObject({ isOn: true, dutyPercent: expect.any(Number) })
  await lifecycle.close()
  const bytes = await readFile(pcap)
  expect(bytes.readUInt32BE(20)).toBe(270)
  expect(bytes.length).toBeGreaterThan(24)
})
