import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TestBridge } from '@hanpyo/gateway-bridge/testing/test-bridge.ts'
import { TestElection } from '@hanpyo/gateway-bridge/testing/test-election.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { formatAddCheckpoint } from '@hanpyo/protocol/log/add-checkpoint.ts'
import { LedgerBuilder } from '@hanpyo/protocol/testing/ledger-builder.ts'
import { keepEvidence } from '@hanpyo/verifier/monitor/commands.ts'
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
  await keepEvidence(join(dir, 'evidence'), look)
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
