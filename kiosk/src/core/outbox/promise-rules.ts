import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { type InclusionPromise, promiseDeadline, verifyPromise } from '@hanpyo/protocol/link/promise.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

/** How far the clocks of kiosk and bridge may be apart. */
export const PROMISE_SLACK_SECONDS = 300
/** More records than any bridge writes between two looks of a kiosk at the ledger. */
export const MAX_UNSEEN_GROWTH = 2 ** 20

export type PromiseProblem =
  /** No bridge of the manifest has signed it. */
  | 'promise-unsigned'
  | 'promise-of-another-log'
  /** It allows more time than the manifest gives. */
  | 'promise-deadline'
  /** It names a size that the ledger cannot have. */
  | 'promise-size'

/**
 * Whether a promise binds as the manifest says (docs/protocol.md, "Promises"): signed by one bridge of it, for its log, due no
 * later than one that is given now, and with a `size` that the ledger can have had. A deadline that has passed is right: a
 * resend gets the first promise again.
 * @param facts.nowMs the kiosk's idea of now, unix ms.
 * @param facts.knownSize size of the ledger when the kiosk looked last; null when it does not know.
 */
export function readPromise(
  facts: {
    readonly ed25519: Ed25519
    readonly manifest: Manifest
    readonly nowMs: number
    readonly knownSize: number | null
  },
  note: string,
): Result<{ readonly promise: InclusionPromise; readonly bridge: string }, PromiseProblem> {
  const { ed25519, manifest, nowMs, knownSize } = facts
  for (const { id, promise: vkey } of manifest.keys.bridges) {
    const verified = verifyPromise(ed25519, vkey, note)
    if (!verified.ok) continue
    const { deadline, log, size } = verified.value
    if (log !== manifest.id) return err('promise-of-another-log', id)
    const { maxDelaySeconds, tickSeconds } = manifest
    const latest = promiseDeadline(nowMs + PROMISE_SLACK_SECONDS * 1000, maxDelaySeconds, tickSeconds)
    if (deadline > latest) return err('promise-deadline', id)
    const largest = knownSize === null ? Number.MAX_SAFE_INTEGER : knownSize + MAX_UNSEEN_GROWTH
    // Record 0 is the manifest: a ballot is never promised before it.
    if (size < 1 || size > largest) return err('promise-size', id)
    return ok({ promise: verified.value, bridge: id })
  }
  return err('promise-unsigned')
}
