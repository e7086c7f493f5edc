import { equalBytes, fromHex } from '@hanpyo/protocol/bytes.ts'
import { parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { ElectionState } from '@hanpyo/protocol/election/state.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { openCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { noteVerifier } from '@hanpyo/protocol/log/note.ts'
import { TileSet } from '@hanpyo/protocol/log/tiles.ts'
import { err, expectOk, ok, type Result } from '@hanpyo/protocol/result.ts'
import { WaitingRoom } from '../admission/waiting-room.ts'
import { noteText } from '../records/named-blob.ts'
import type { LogState } from '../sequencer/log-state.ts'
import { LedgerFacts } from '../status/facts.ts'
import { applyLeaves } from './apply-leaves.ts'
import type { Head, LedgerEngine } from './engine.ts'
import { readWaiting } from './waiting-item.ts'

/** Why a store cannot be served. None of them passes by itself: the bridge must not start on any of them. */
export type RestoreError =
  | 'not-initialised'
  | 'manifest-unusable'
  | 'checkpoint-invalid'
  | 'ledger-short'
  | 'ledger-root'
  | 'ledger-rule'
  | 'waiting-unreadable'

export interface Restored {
  readonly state: ElectionState
  readonly log: LogState
  readonly facts: LedgerFacts
  readonly waiting: WaitingRoom
}

/** How many leaves are in memory at once while the log is read. */
const LEAVES_PER_READ = 1024

/**
 * Rebuilds everything from the store's own log: every leaf goes through the rule book again (signatures and proofs
 * were checked before they were logged), and the tree must lead to the root the log key has signed.
 *
 * @param deadlineNow when records whose promise does not say so have to be published, tick-aligned unix seconds
 */
export async function restore(
  engine: LedgerEngine,
  backend: CryptoBackend,
  deadlineNow: (maxDelaySeconds: number, tickSeconds: number) => number,
): Promise<Result<Restored, RestoreError>> {
  const head = await engine.head()
  const identity = await engine.identity()
  if (head === null || identity === null) return err('not-initialised')
  const state = await openFirstLeaf(engine, backend)
  if (!state.ok) return state
  if (!equalBytes(identity, state.value.manifestHash)) return err('manifest-unusable', 'another election')
  const signed = checkpointProblem(backend, state.value, head)
  if (signed !== undefined) return err('checkpoint-invalid', signed)
  const replayed = await replay(engine, state.value, head)
  if (!replayed.ok) return replayed
  const { maxDelaySeconds, tickSeconds } = state.value.manifest
  const waiting = await refill(engine, state.value, deadlineNow(maxDelaySeconds, tickSeconds))
  if (!waiting.ok) return waiting
  return ok({ state: state.value, ...replayed.value, waiting: waiting.value })
}

async function openFirstLeaf(
  engine: LedgerEngine,
  backend: CryptoBackend,
): Promise<Result<ElectionState, 'ledger-short' | 'manifest-unusable'>> {
  const [first] = await engine.entries(0, 1)
  if (first === undefined) return err('ledger-short', 'leaf 0 is missing')
  if (first[0] !== RECORD.manifest) return err('manifest-unusable', 'leaf 0 is no manifest')
  const manifestNote = new TextDecoder().decode(first.subarray(1))
  const manifest = parseManifest(noteText(first.subarray(1)))
  if (!manifest.ok) return err('manifest-unusable', manifest.detail ?? manifest.error)
  const credentialList = await engine.blob(fromHex(manifest.value.credentials.blob))
  if (credentialList === null) return err('manifest-unusable', 'the credential list is missing')
  const supportList = await engine.blob(fromHex(manifest.value.supportKeys.blob))
  if (supportList === null) return err('manifest-unusable', 'the list of support keys is missing')
  const state = ElectionState.open({ backend, manifestNote, credentialList, supportList })
  return state.ok ? state : err('manifest-unusable', `${state.error}: ${state.detail ?? ''}`)
}

/** Why the log key did not sign this head; `undefined` when it did. */
export function checkpointProblem(
  backend: Pick<CryptoBackend, 'ed25519'>,
  state: ElectionState,
  head: Head,
): string | undefined {
  const verifier = expectOk(noteVerifier(backend.ed25519, state.manifest.keys.log))
  const opened = openCheckpoint(head.checkpoint, verifier)
  if (!opened.ok) return opened.detail ?? opened.error
  const { size, root } = opened.value.checkpoint
  return size === head.size && equalBytes(root, head.root) ? undefined : 'it signs another size or root'
}

async function replay(
  engine: LedgerEngine,
  state: ElectionState,
  head: Head,
): Promise<Result<{ log: LogState; facts: LedgerFacts }, RestoreError>> {
  const tree = new TileSet()
  const facts = new LedgerFacts()
  for (let first = 0; first < head.size; first += LEAVES_PER_READ) {
    const wanted = Math.min(LEAVES_PER_READ, head.size - first)
    const leaves = await engine.entries(first, wanted)
    if (leaves.length !== wanted)
      return err('ledger-short', `${first + leaves.length} of ${head.size} leaves`)
    tree.append(leaves.map(leafHash))
    // The state was opened with the manifest.
    if (first === 0) facts.add(leaves[0] as Uint8Array)
    const broken = await applyLeaves(engine, { state, facts }, first === 0 ? leaves.slice(1) : leaves)
    if (broken !== undefined) return err('ledger-rule', `leaf ${broken.index} breaks ${broken.rule}`)
  }
  if (!equalBytes(tree.root(), head.root)) return err('ledger-root', `size ${head.size}`)
  if (!state.isAtBatchEnd) return err('ledger-rule', 'the last leaf is no batch leaf')
  const { number, prev } = state.nextBatch
  return ok({ log: { head, tree, batchNumber: number - 1, lastBatchHash: prev }, facts })
}

async function refill(
  engine: LedgerEngine,
  state: ElectionState,
  deadline: number,
): Promise<Result<WaitingRoom, 'waiting-unreadable'>> {
  const room = new WaitingRoom({ isShared: engine.isShared })
  for (const row of await engine.waiting()) {
    const read = await readWaiting(engine, row, deadline)
    if (read === null) return err('waiting-unreadable', `a record of type ${row.leaf[0]}`)
    read.enter(state, room)
    room.markStored(row.id)
  }
  return ok(room)
}
