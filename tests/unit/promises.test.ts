import { TestBridge } from '@hanpyo/gateway-bridge/testing/test-bridge.ts'
import { TestElection } from '@hanpyo/gateway-bridge/testing/test-election.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { formatFraudProof, judgeFraudProof } from '@hanpyo/protocol/link/fraud-proof.ts'
import { signPromise } from '@hanpyo/protocol/link/promise.ts'
import {
  judgePromise,
  PROMISE_GRACE_SECONDS,
  type PromiseEvidence,
  promiseOf,
} from '@hanpyo/protocol/link/promise-judgement.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { openLog } from '@hanpyo/verifier/open-log.ts'
import { collectEvidence } from '@hanpyo/verifier/promise/collect.ts'
import { fileLog } from '@hanpyo/verifier/source/file-log.ts'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { policiesOf, WitnessNetwork } from './support/witnesses.ts'

const backend = await createNodeBackend()
const { ed25519 } = backend
const policies = (logVkey: string) => policiesOf(ed25519, logVkey)

let election: TestElection
let witnesses: WitnessNetwork
let bridge: TestBridge
/** POSIX seconds by the witnesses' clocks. */
let seconds: number

beforeEach(async () => {
  election = new TestElection({ backend, policies, label: 'promises' })
  witnesses = new WitnessNetwork(election)
  seconds = election.manifest.times.opens
  witnesses.now = () => seconds
  bridge = await TestBridge.start({ election, fetch: witnesses.fetch })
})

afterEach(async () => {
  await bridge.dispose()
  witnesses.close()
})

/** The ledger as anybody sees it. */
const source = () =>
  fileLog('the ledger', async (path) => {
    const response = await bridge.fetch(`/${path}`)
    return response.status === 200 ? new Uint8Array(await response.arrayBuffer()) : null
  })

/** Casts a ballot over Wi-Fi and gives back the promise that the bridge made for it. */
async function castWithPromise(slip: number): Promise<string> {
  const canonical = election.ballot(slip)
  await bridge.cast(canonical)
  const note = await bridge.engine.promise(ballotId(canonical))
  if (note === null || note === undefined) throw new Error('no promise')
  return note
}

/** All witnesses sign what the ledger shows, at a time past the deadline of the promise. */
async function passDeadline(note: string): Promise<void> {
  seconds = expectOk(promiseOf(ed25519, election.manifest, note)).deadline + PROMISE_GRACE_SECONDS + 1
  await bridge.clock.advance(601_000)
  await vi.waitFor(() => {
    for (const store of witnesses.stores.values()) {
      expect(store.read(election.manifest.id)).toMatchObject({
        timestamp: seconds,
        size: bridge.bridge.sequencer.logState.head.size,
      })
    }
  })
}

async function evidenceFor(note: string): Promise<{ evidence: PromiseEvidence; manifestNote: string }> {
  const log = expectOk(await openLog(source(), ed25519))
  return { evidence: expectOk(await collectEvidence(ed25519, log, note)), manifestNote: log.manifestNote }
}

/** What a bridge that forgets ballots would have given out. */
function promiseForNothing(size = bridge.bridge.sequencer.logState.head.size - 1): string {
  return signPromise({
    ed25519,
    keyName: keyName.bridge(election.manifest.id, election.bridgeId),
    seed: election.bridgeKeys.promiseSeed,
    promise: {
      deadline: election.manifest.times.opens + 60,
      leaf: leafHash(new Uint8Array([0x10, 1])),
      log: election.manifest.id,
      size,
    },
  })
}

test('a promise for a published ballot is kept, by tiles and cosignatures alone', async () => {
  const note = await castWithPromise(3)
  await bridge.tick(120)
  await passDeadline(note)
  const { evidence } = await evidenceFor(note)
  expect(judgePromise(ed25519, election.manifest, evidence)).toEqual({ ok: true, value: 'kept' })
})

test('before the witnesses have signed after the deadline nobody is convicted', async () => {
  const note = promiseForNothing()
  await vi.waitFor(async () => expect((await source().checkpoint()) ?? '').toContain('w3.example'))
  const { evidence } = await evidenceFor(note)
  expect(judgePromise(ed25519, election.manifest, evidence)).toMatchObject({ error: 'not-yet-due' })
})

test('a broken promise makes a file that convicts the bridge without anything else', async () => {
  const note = promiseForNothing()
  await castWithPromise(4)
  await bridge.tick(120)
  await passDeadline(note)
  const { evidence, manifestNote } = await evidenceFor(note)
  const file = formatFraudProof(manifestNote, evidence)
  const announced = toHex(election.manifestHash)
  expect(judgeFraudProof(ed25519, file, announced)).toEqual({ ok: true, value: 'broken' })
  expect(judgeFraudProof(ed25519, file, 'ab'.repeat(32))).toMatchObject({
    error: 'proof-of-another-election',
  })
})

test.each([0, 1_000, Number.MAX_SAFE_INTEGER])(
  'a broken promise convicts as well when it names the size %i',
  async (size) => {
    const note = promiseForNothing(size)
    await passDeadline(note)
    const { evidence } = await evidenceFor(note)
    expect(judgePromise(ed25519, election.manifest, evidence)).toEqual({ ok: true, value: 'broken' })
    const padded = { ...evidence, range: [...evidence.range, new Uint8Array(32)] }
    expect(judgePromise(ed25519, election.manifest, padded)).toMatchObject({ error: 'evidence-mismatch' })
  },
)

test('evidence that was bent convicts nobody', async () => {
  const note = promiseForNothing()
  await passDeadline(note)
  const { evidence, manifestNote } = await evidenceFor(note)
  const judged = (changed: Partial<PromiseEvidence>) => {
    const file = formatFraudProof(manifestNote, { ...evidence, ...changed })
    const answer = judgeFraudProof(ed25519, file, toHex(election.manifestHash))
    return answer.ok ? answer.value : answer.error
  }
  expect(judged({})).toBe('broken')
  expect(judged({ leaves: evidence.leaves.slice(1) })).toBe('evidence-mismatch')
  expect(judged({ leaves: evidence.leaves.map((hash) => hash.with(0, 1)) })).toBe('evidence-mismatch')
  expect(judged({ range: evidence.range.slice(1) })).toBe('evidence-mismatch')
  const fewer = evidence.checkpoint
    .split('\n')
    .filter((line) => !/ w[12]\.example /.test(line))
    .join('\n')
  expect(judged({ checkpoint: fewer })).toBe('not-yet-due')
  const text = note.replace('"size":', '"size":1')
  expect(judged({ promise: text })).toBe('promise-not-of-this-election')
  for (const garbage of ['', '{}', '[]', '{"type":"hanpyo-fraud-proof","version":1}']) {
    expect(judgeFraudProof(ed25519, garbage, toHex(election.manifestHash))).toMatchObject({
      error: 'proof-malformed',
    })
  }
})
