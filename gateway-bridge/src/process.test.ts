import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { type Broker, startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { decodeBundle } from '@hanpyo/protocol/log/tiles.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BRIDGE_EXIT } from './errors.ts'
import { ProcessBridge } from './testing/process-bridge.ts'
import { TestElection } from './testing/test-election.ts'
import { WifiKiosk } from './testing/wifi-kiosk.ts'

/** Each test starts several processes one after another. */
const SLOW_MACHINE_MS = 240_000

const backend = await createNodeBackend()
const closers: (() => Promise<unknown>)[] = []
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-process-'))
})
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
  await rm(dir, { recursive: true, force: true })
})

async function setUp(kind: 'mosquitto' | 'aedes') {
  const election = new TestElection({ backend, tickSeconds: 1, slipCount: 24 })
  const broker = await startBroker({ kind, dir: join(dir, 'broker'), plainPort: 0 })
  closers.push(() => broker.close())
  const files = await ProcessBridge.prepare({
    dir,
    election,
    mqttUrl: broker.plainUrl as string,
    mqttVersion: broker.mqttVersion,
  })
  expect(await files.init()).toMatchObject({ code: 0 })
  return { election, broker, files }
}

async function openPolls(election: TestElection, url: string) {
  for (const datagram of [...election.kiosks.map(({ id }) => election.enrol(id)), election.polls('open')]) {
    const response = await fetch(`${url}/records`, { method: 'POST', body: new Uint8Array(datagram) })
    expect(await response.json()).toMatchObject({ ok: true })
    expect(response.status).toBe(200)
  }
}

async function startKiosk(election: TestElection, broker: Broker, kioskId: number) {
  const { plainUrl, mqttVersion } = broker
  const kiosk = new WifiKiosk({ election, kioskId, url: plainUrl as string, mqttVersion })
  closers.push(() => kiosk.close())
  await kiosk.start()
  return kiosk
}

/** The demo's fallback broker has a test of its own in `platform`; the whole way over it is for the full run. */
const BROKERS = process.env.HANPYO_FULL === '1' ? (['mosquitto', 'aedes'] as const) : (['mosquitto'] as const)

test.each(BROKERS)(
  'on %s, ballots of two kiosks travel through a bridge process into a log that verifies over HTTP',
  async (kind) => {
    const { election, broker, files } = await setUp(kind)
    const child = await files.run()
    closers.push(() => child.stop())
    expect(child.ready).toMatchObject({ ready: true, mqtt: 'online', size: 2 })
    await openPolls(election, child.url)
    const kiosks = [await startKiosk(election, broker, 1), await startKiosk(election, broker, 2)]
    const casts = Array.from({ length: 20 }, (_, slip) => {
      const kioskId = 1 + (slip % 2)
      return kiosks[kioskId - 1]!.cast(election.ballot(slip, kioskId))
    })
    expect(new Set(await Promise.all(casts))).toEqual(new Set([0]))
    expect(await kiosks[0]!.cast(election.ballot(0, 1))).toBe(1)

    const state = await verifyOverHttp(election, child.url, 20)
    expect(state.ballotCount).toBe(20)
    const status = (await (await fetch(`${child.url}/status`)).json()) as { ballots: number; polls: string }
    expect(status).toMatchObject({ ballots: 20, polls: 'open' })
    expect(await child.stop()).toMatchObject({ code: 0 })
  },
  SLOW_MACHINE_MS,
)

/** Reads the published log as anybody would until it holds `ballots`, with every rule checked. */
async function verifyOverHttp(election: TestElection, url: string, ballots: number): Promise<ElectionState> {
  for (;;) {
    const checkpoint = await (await fetch(`${url}/checkpoint`)).text()
    const size = Number(checkpoint.split('\n')[1])
    const width = size % 256
    const bundle = await fetch(`${url}/tile/entries/000.p/${width}`)
    const leaves = expectOk(decodeBundle(new Uint8Array(await bundle.arrayBuffer()), width))
    const { manifestNote, blobs } = election
    const state = expectOk(
      ElectionState.open({
        backend,
        manifestNote,
        credentialList: blobs[0] as Uint8Array,
        supportList: blobs[1] as Uint8Array,
      }),
    )
    expect(leaves.slice(1).flatMap((leaf) => state.apply(leaf))).toEqual([])
    if (state.ballotCount >= ballots) return state
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

test(
  'a second init, a damaged store and a store without a ledger end with a code and what to do',
  async () => {
    const { files } = await setUp('aedes')
    const again = await files.init()
    expect(again).toMatchObject({ code: BRIDGE_EXIT.ledger })
    expect(again.output).toContain('already-initialised')

    const path = join(files.dataDir, 'ledger.db')
    const file = await open(path, 'r+')
    await file.write(new Uint8Array(4096).fill(0xa5), 0, 4096, 0)
    await file.close()
    const damaged = await files.runToExit()
    expect(damaged.code).toBe(BRIDGE_EXIT.ledger)
    expect(damaged.output).toContain('storage-broken')
    expect(damaged.output).toContain('restore from a backup')

    await rm(files.dataDir, { recursive: true })
    const empty = await files.runToExit()
    expect(empty.code).toBe(BRIDGE_EXIT.ledger)
    expect(empty.output).toContain('hanpyo bridge init')
  },
  SLOW_MACHINE_MS,
)

test(
  'keys of another election and a wrong configuration are told apart from a broken ledger',
  async () => {
    const { files } = await setUp('aedes')
    const other = new TestElection({ backend, label: 'another' })
    await ProcessBridge.prepare({
      dir: join(dir, 'other'),
      election: other,
      mqttUrl: 'mqtt://127.0.0.1:1',
      mqttVersion: 4,
    })
    await writeFile(join(dir, 'log.json'), await readFile(join(dir, 'other', 'log.json')), { mode: 0o600 })
    const wrongKey = await files.runToExit()
    expect(wrongKey.code).toBe(BRIDGE_EXIT.config)
    expect(wrongKey.output).toContain('keys-of-another-election')

    const config = await readFile(files.configPath, 'utf8')
    await writeFile(files.configPath, config.replace('[mqtt]', '[mqtt]\nca = "/nowhere/ca.pem"'))
    const missing = await files.runToExit()
    expect(missing.code).toBe(BRIDGE_EXIT.config)
    expect(missing.output).toContain('mqtt.ca: ENOENT')

    await writeFile(files.configPath, 'dataDir = 7\n')
    const wrongConfig = await files.runToExit()
    expect(wrongConfig.code).toBe(BRIDGE_EXIT.config)
    expect(wrongConfig.output).toContain('dataDir')
  },
  SLOW_MACHINE_MS,
)
