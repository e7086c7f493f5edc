import { equalBytes } from '../bytes.ts'
import type { Manifest } from '../election/manifest.ts'
import type { Ed25519 } from '../group/group.ts'
import { CompactRange } from '../log/merkle.ts'
import { parsePolicy } from '../log/policy.ts'
import { verifyWitnessed, type WitnessedError } from '../log/witnessed.ts'
import { err, ok, type Result } from '../result.ts'
import { type InclusionPromise, verifyPromise } from './promise.ts'

/** Seconds after the deadline that clocks of witnesses may be apart and a checkpoint may take to be cosigned. */
export const PROMISE_GRACE_SECONDS = 120

export type PromiseJudgement = 'kept' | 'broken'

export type PromiseJudgementError =
  /** No bridge of the manifest has signed it, or it is for another log. */
  | 'promise-not-of-this-election'
  /** Without witnesses nobody can say what the log showed at which time. */
  | 'no-witnesses'
  /** The quorum has not cosigned this checkpoint later than the deadline and the grace: too early, or too old. */
  | 'not-yet-due'
  | 'checkpoint-invalid'
  /** Range and leaf hashes do not lead to the root that was signed. */
  | 'evidence-mismatch'

/** What it takes to judge a promise without asking anybody. */
export interface PromiseEvidence {
  /** The bridge's signed note. */
  readonly promise: string
  /** A checkpoint note with cosignatures. */
  readonly checkpoint: string
  /** The compact range of the promise's `size`: 32 bytes each. */
  readonly range: readonly Uint8Array[]
  /** Leaf hashes from `size` on, up to the checkpoint's size. */
  readonly leaves: readonly Uint8Array[]
}

/** Reads a promise and checks that a bridge of this election has given it. */
export function promiseOf(
  ed25519: Ed25519,
  manifest: Manifest,
  note: string,
): Result<InclusionPromise, 'promise-not-of-this-election'> {
  for (const bridge of manifest.keys.bridges) {
    const promise = verifyPromise(ed25519, bridge.promise, note)
    if (promise.ok && promise.value.log === manifest.id) return promise
  }
  return err('promise-not-of-this-election')
}

/**
 * Whether a promise was kept (docs/protocol.md, "Promises"): it is kept when a published checkpoint holds the leaf at an
 * index of at least `size`, and broken when one does not whose policy quorum of cosignatures is all later than
 * deadline + 120 s. Everything is recomputed; a manifest that the reader trusts is all that is taken on faith.
 */
export function judgePromise(
  ed25519: Ed25519,
  manifest: Manifest,
  evidence: PromiseEvidence,
): Result<PromiseJudgement, PromiseJudgementError> {
  const promise = promiseOf(ed25519, manifest, evidence.promise)
  if (!promise.ok) return promise
  const { deadline, leaf, size } = promise.value
  const policy = parsePolicy(manifest.policies.seen)
  if (!policy.ok) return err('checkpoint-invalid', policy.error)
  const witnessed = verifyWitnessed(ed25519, policy.value, evidence.checkpoint)
  if (!witnessed.ok) return err(problemOf(witnessed.error), witnessed.detail ?? witnessed.error)
  const { checkpoint } = witnessed.value
  if (checkpoint.origin !== manifest.id) return err('evidence-mismatch')
  // A tree that ends before `size` holds nothing at an index of at least `size`; there is nothing to recompute.
  const isShorter = checkpoint.size < size
  const expected = isShorter ? 0 : checkpoint.size - size
  if (evidence.leaves.length !== expected) return err('evidence-mismatch')
  const root = isShorter && evidence.range.length === 0 ? checkpoint.root : rootOf(size, evidence)
  if (root === null || !equalBytes(root, checkpoint.root)) return err('evidence-mismatch')
  if (evidence.leaves.some((hash) => equalBytes(hash, leaf))) return ok('kept')
  if (policy.value.quorum === null) return err('no-witnesses')
  const laterThan = deadline + PROMISE_GRACE_SECONDS
  const isLate = verifyWitnessed(ed25519, policy.value, evidence.checkpoint, { laterThan }).ok
  return isLate ? ok('broken') : err('not-yet-due')
}

function rootOf(size: number, { range, leaves }: PromiseEvidence): Uint8Array | null {
  try {
    const tree = CompactRange.from(size, range)
    for (const hash of leaves) tree.append(hash)
    return tree.root()
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function problemOf(error: WitnessedError): 'not-yet-due' | 'checkpoint-invalid' {
  return error === 'quorum-not-met' ? 'not-yet-due' : 'checkpoint-invalid'
}
