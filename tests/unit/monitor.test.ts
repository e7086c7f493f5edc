import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestBridge } from '@hanpyo/gateway-bridge/testing/test-bridge.ts'
import { TestElection } from '@hanpyo/gateway-bridge/testing/test-election.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { judgeFraudProof } from '@hanpyo/protocol/link/fraud-proof.ts'
import { signPromise } from '@hanpyo/protocol/link/promise.ts'
import { promiseOf } from '@hanpyo/protocol/link/promise-judgement.ts'
import { formatAddCheckpoint } from '@hanpyo/protocol/log/add-checkpoint.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { LedgerBuilder } from '@hanpyo/protocol/testing/ledger-builder.ts'
import { keepEvidence } from '@hanpyo/verifier/monitor/commands.ts'
import { MonitorMetrics } from '@hanpyo/verifier/monitor/metrics.ts'
import { type Look, Monitor } from '@hanpyo/verifier/monitor/monitor.ts'
import { fileLog } from '@hanpyo/verifier/source/file-log.ts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { policiesOf, WitnessNetwork } from './support/witnesses.ts'

const backend = await createNodeBackend()
const { ed25519 } = backend

let election: TestElection
let witnesses: WitnessNetwork
let bridge: TestBridge
let seconds: number
let dir: string
/** What the log shows the asker; a path without an entry comes from the bridge. */
let shown: Map<string, Uint8Array | null>
/** The folder of promises. */
let promises: { name: string; note: string | null }[]

beforeEach(async () => {
  election = new TestElection({
    backend,
    policies: (logVkey) => policiesOf(ed25519, logVkey),
    label: 'monitor',
  })
  witnesses = new WitnessNetwork(election)
  seconds = election.manifest.times.opens
  witnesses.now = () => seconds
  dir = mkdtempSync(join(tmpdir(), 'hanpyo-monitor-'))
  shown = new Map()
  promises = []
  bridge = await TestBridge.start({ election, fetch: witnesses.fetch })
  witnesses.hosts.set('m1.example', witnesses.hosts.get('w1.example') as () => Response)
  await allHave(size())
})

afterEach(async () => {
  await bridge.dispose()
  witnesses.close()
  rmSync(dir, { recursive: true })
})

const size = (): number => bridge.bridge.sequencer.logState.head.size

async function allHave(records: number): Promise<void> {
  await vi.waitFor(async () => {
    for (const store of witnesses.stores.values())
      expect(store.read(election.manifest.id)?.size).toBe(records)
    expect(((await (await bridge.fetch('/checkpoint')).text()).match(/— w/g) ?? []).length).toBe(4)
    expect(await (await bridge.fetch('/checkpoint')).text()).toContain(`\n${records}\n`)
  })
}

const source = fileLog('the log', async (path) => {
  const replaced = shown.get(path)
  if (replaced !== undefined) return replaced
  const response = await bridge.fetch(`/${path}`)
  return response.status === 200 ? new Uint8Array(await response.arrayBuffer()) : null
})

function newMonitor(): Monitor {
  return new Monitor({
    ed25519,
    manifest: election.manifest,
    source,
    openMirror: () => source,
    fetch: witnesses.fetch,
    timeoutMs: 5_000,
    now: () => seconds,
    maxAgeSeconds: 600,
    graceSeconds: 60,
    promises: async () => promises,
  })
}

/** Findings as `kind who`; the test has no running mirror, which is always found missing. */
const kinds = ({ findings }: Look): string[] =>
  findings.map(({ finding, who }) => `${finding} ${who}`).filter((line) => line !== 'vanished m1')

async function grow(): Promise<void> {
  await bridge.record(election.turnout(5))
  await bridge.tick(2)
  await allHave(size())
}

/** Another tree of the same size, signed by the same log. */
async function fork(leaves: readonly Uint8Array[]): Promise<Map<string, Uint8Array>> {
  const { id } = election.manifest
  const log = new LedgerBuilder({ ed25519, origin: id, logSeed: election.bridgeKeys.logSeed })
  log.addLeaves(leaves)
  log.publish()
  return log.allFiles()
}

const bent = async (): Promise<Uint8Array[]> =>
  (await bridge.leaves()).map((leaf, at) => (at === 2 ? leaf.with(leaf.length - 9, 7) : leaf))

test('a ledger that all see alike, and its growth, are no finding', async () => {
  const monitor = newMonitor()
  expect(kinds(await monitor.look())).toEqual([])
  await grow()
  const look = await monitor.look()
  expect(kinds(look)).toEqual([])
  expect(look.heads).toEqual({ log: size(), w1: size(), w2: size(), w3: size(), w4: size() })
})

test('a log that shows another tree is found out by a witness and by the monitor, each on its own', async () => {
  shown = await fork(await bent())
  const note = new TextDecoder().decode(shown.get('checkpoint') as Uint8Array)

  const body = new Uint8Array(utf8(formatAddCheckpoint({ oldSize: size(), proof: [], note })))
  const answer = await witnesses.fetch('http://w2.example/add-checkpoint', { method: 'POST', body })
  expect(answer.status).toBe(422)

  const look = await newMonitor().look()
  expect(kinds(look)).toContain('two-histories w1')
  await keepEvidence(join(dir, 'evidence'), look, election.manifestNote)
  expect(readdirSync(join(dir, 'evidence')).length).toBeGreaterThanOrEqual(2)
})

test('a log that rewrites its past while it grows is not consistent with what was seen', async () => {
  const monitor = newMonitor()
  await monitor.look()
  shown = await fork([...(await bent()), ...(await bridge.leaves()).slice(-1)])
  const found = kinds(await monitor.look())
  expect(found).toContain('not-consistent log')
  expect(found).toContain('records-missing log')
})

test('a log that shows less than its witnesses have is found after a while', async () => {
  const old = utf8(await (await bridge.fetch('/checkpoint')).text())
  await grow()
  shown.set('checkpoint', old)
  expect(kinds(await newMonitor().look())).toEqual([])
  seconds += 61
  expect(kinds(await newMonitor().look())).toContain('slow-down w1')
})

test('a log that shows less than it has shown before is found at once', async () => {
  const old = utf8(await (await bridge.fetch('/checkpoint')).text())
  const monitor = newMonitor()
  await grow()
  await monitor.look()
  shown.set('checkpoint', old)
  expect(kinds(await monitor.look())).toContain('slow-down log before')
})

test('old cosignatures are a finding while the polls are open, a missing witness always', async () => {
  const monitor = newMonitor()
  await monitor.look()
  seconds += 700
  witnesses.hosts.delete('w3.example')
  expect(kinds(await monitor.look()).sort()).toEqual(['stale log', 'vanished w3'])
})

test('a checkpoint without its quorum, none at all and a wrong signature are told apart', async () => {
  const note = await (await bridge.fetch('/checkpoint')).text()
  shown.set('checkpoint', utf8(note.replaceAll(/— w[12]\.example .*\n/g, '')))
  expect(kinds(await newMonitor().look())).toEqual(['below-quorum log'])
  shown.set('checkpoint', null)
  expect(kinds(await newMonitor().look())).toEqual(['log-unreadable log'])
  shown.set('checkpoint', utf8(note.replace(`\n${size()}\n`, `\n${size() + 1}\n`)))
  expect(kinds(await newMonitor().look())).toEqual(['log-unreadable log'])
})

test('a ballot after the sealing is found, an incident is not', async () => {
  const leaves = await bridge.leaves()
  const seal = election.polls('sealed')
  const ballot = Uint8Array.from([0x10, ...election.ballot(1)])
  shown = await fork([...leaves, seal, ballot, election.turnout(5)])
  const found = (await newMonitor().look()).findings.filter(
    ({ finding }) => finding === 'growth-after-sealed',
  )
  expect(found).toMatchObject([{ detail: `record ${leaves.length + 1} is of type 0x10` }])
})

test('a witness whose clock is in 2038 is named with its time, and its freshness counts for nothing', async () => {
  const monitor = newMonitor()
  const honest = witnesses.now
  witnesses.now = () => Date.UTC(2038, 0, 19, 3, 14, 8) / 1000
  witnesses.restore('w1')
  const answer = await witnesses.fetch('http://w1.example/add-checkpoint', {
    method: 'POST',
    body: new Uint8Array(
      utf8(
        formatAddCheckpoint({
          oldSize: size(),
          proof: [],
          note: (await (await bridge.fetch('/checkpoint')).text()).replaceAll(/— w.*\n/g, ''),
        }),
      ),
    ),
  })
  expect(answer.status).toBe(200)
  witnesses.now = honest
  const look = await monitor.look()
  expect(kinds(look)).toEqual(['clock-wrong w1'])
  expect(look.findings.find(({ who }) => who === 'w1')?.detail).toContain('2038-01-19T03:14:08.000Z')
  // The log stops showing what is new: the clock of that witness must not hide it.
  const old = utf8(await (await bridge.fetch('/checkpoint')).text())
  for (const name of ['w2', 'w3', 'w4']) witnesses.hosts.delete(`${name}.example`)
  witnesses.now = () => Date.UTC(2038, 0, 19, 3, 14, 9) / 1000
  await bridge.record(election.turnout(5))
  await bridge.tick(2)
  await vi.waitFor(() => expect(witnesses.stores.get('w1')?.read(election.manifest.id)?.size).toBe(size()))
  shown.set('checkpoint', old)
  expect(kinds(await monitor.look())).not.toContain('slow-down w1')
  seconds += 61
  expect(kinds(await monitor.look())).toContain('slow-down w1')
})

test('a promise is judged when it is due, and a broken one is a finding with a proof that stands alone', async () => {
  const canonical = election.ballot(1)
  await bridge.cast(canonical)
  const kept = (await bridge.engine.promise(ballotId(canonical))) as string
  await bridge.tick(2)
  await allHave(size())
  const deadline = election.manifest.times.opens + 60
  const broken = signPromise({
    ed25519,
    keyName: keyName.bridge(election.manifest.id, election.bridgeId),
    seed: election.bridgeKeys.promiseSeed,
    promise: { deadline, leaf: leafHash(Uint8Array.of(0x10, 1)), log: election.manifest.id, size: 2 },
  })
  promises = [
    { name: 'a.note', note: broken },
    { name: 'b.note', note: kept },
    { name: 'c.note', note: 'nonsense' },
    { name: 'd.note', note: null },
  ]
  const monitor = newMonitor()
  const strange = ['promise-invalid c.note', 'promise-invalid d.note']
  const early = await monitor.look()
  expect([kinds(early), early.promises]).toEqual([strange, { open: 2, kept: 0, broken: 0 }])
  seconds = expectOk(promiseOf(ed25519, election.manifest, kept)).deadline + 121
  // It is due, but nobody has signed since.
  const due = await monitor.look()
  expect(due.promises).toEqual({ open: 1, kept: 1, broken: 0 })
  await grow()
  const look = await monitor.look()
  expect(kinds(look)).toEqual([`promise-broken bridge ${election.bridgeId}`, ...strange])
  expect(look.promises).toEqual({ open: 0, kept: 1, broken: 1 })
  await keepEvidence(join(dir, 'evidence'), look, election.manifestNote)
  const [name] = readdirSync(join(dir, 'evidence')).filter((file) => file.endsWith('.fraud-proof.json'))
  const proof = readFileSync(join(dir, 'evidence', name as string), 'utf8')
  expect(judgeFraudProof(ed25519, proof, toHex(election.manifestHash))).toMatchObject({ value: 'broken' })
  // Told at every look, proved once.
  expect(kinds(await monitor.look())).toEqual([`promise-broken bridge ${election.bridgeId}`, ...strange])
})

test('ballots that a kiosk lists are missing when the polls are sealed or the deliveries are over, not before', async () => {
  const [listed, other] = [election.ballot(1), election.ballot(2)]
  const leafOf = (canonical: Uint8Array) => Uint8Array.from([0x10, ...canonical])
  const note = election.kioskManifest(1, [listed, other], { final: true })
  const forged = Uint8Array.from(note)
  forged[note.length - 10] = (note[note.length - 10] as number) ^ 1
  const leaves = [...(await bridge.leaves()), election.polls('closed'), forged, note]
  shown = await fork([...leaves, leafOf(listed)])
  const missing = (look: Look) => look.findings.filter(({ finding }) => finding === 'unmatched-ballots')
  const monitor = newMonitor()
  const look = await monitor.look()
  expect([missing(look), look.unmatched]).toEqual([[], 1])
  seconds = election.manifest.deliveryDeadline + 1
  const prefix = toHex(ballotId(other).subarray(0, 8))
  const detail = `it lists 1 ballots that the ledger does not hold: ${prefix}`
  expect(missing(await monitor.look())).toMatchObject([{ who: 'kiosk 1', detail }])
  shown = await fork([...leaves, leafOf(listed), leafOf(other)])
  expect(missing(await monitor.look())).toEqual([])
  seconds = election.manifest.times.opens
  shown = await fork([...leaves, leafOf(listed), election.polls('sealed')])
  expect(missing(await newMonitor().look())).toMatchObject([{ detail }])
})

test('metrics say in the text format of Prometheus what the last look found', async () => {
  const metrics = new MonitorMetrics()
  const get = async (path: string) => metrics.handle(new Request(`http://127.0.0.1${path}`))
  expect((await get('/')).status).toBe(404)
  witnesses.hosts.delete('w3.example')
  metrics.looked(await newMonitor().look(), 1234)
  const text = await (await get('/metrics')).text()
  expect(text).toContain('\nhanpyo_monitor_findings{finding="vanished"} 2\n')
  expect(text).toContain('\nhanpyo_monitor_findings{finding="two-histories"} 0\n')
  expect(text).toContain(`\nhanpyo_monitor_head_records{who="log"} ${size()}\n`)
  expect(text).toContain('\nhanpyo_monitor_last_look_timestamp_seconds 1234\n')
  for (const line of text.trimEnd().split('\n')) {
    expect(line).toMatch(
      /^(# (HELP|TYPE) hanpyo_monitor_\w+ .+|hanpyo_monitor_\w+(\{\w+="[^"]*"\})? -?[0-9.]+)$/,
    )
  }
})
