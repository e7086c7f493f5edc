import type { Logger } from '@hanpyo/platform/logger.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { parsePromise } from '@hanpyo/protocol/link/promise.ts'
import { PROMISE_GRACE_SECONDS } from '@hanpyo/protocol/link/promise-judgement.ts'
import { verifyInclusion } from '@hanpyo/protocol/log/merkle.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { type Policy, parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { verifyWitnessed } from '@hanpyo/protocol/log/witnessed.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import type { Audit } from '../audit.ts'
import type { BallotBox, LeafProof, SealedItem, StoredPromise } from '../box/ballot-box.ts'
import type { SignedHead } from '../ledger/head-keeper.ts'

export interface ProofDeskDeps {
  readonly box: Pick<
    BallotBox,
    'keepProofs' | 'promises' | 'judgePromise' | 'positionOf' | 'unpublished' | 'doubtRecorded'
  >
  /** The ledger as it was read last. */
  readonly view: {
    readonly head: SignedHead | null
    proofs(): readonly LeafProof[]
    forgetProof(leaf: Uint8Array): void
  }
  readonly ed25519: Ed25519
  readonly manifest: Manifest
  readonly audit: Audit
  readonly log: Logger
  /** Keeps what convicts the bridge. Never rejects, in bounded time. */
  readonly saveFraudProof: (promise: StoredPromise, head: SignedHead) => Promise<void>
  /** A bridge broke its promise; these items wait again. */
  readonly onBroken: (bridge: string, items: readonly SealedItem[]) => void
  /** A bridge recorded ballots and did not publish them, without having promised to; these items wait again. */
  readonly onUnpublished: (bridge: string, items: readonly SealedItem[]) => void
}

/** How many broken promises are written out as proofs at one look; the next look takes the rest. */
const MAX_BROKEN_AT_ONCE = 16
/** Six times as long as a bridge waits before it has an unchanged head signed anew. */
const MAX_HEAD_AGE_SECONDS = 3600

/**
 * After each look at the ledger: proves the kiosk's own records under a head that the pinned policy `seen` accepts, and judges
 * the bridges' promises by it. Only what is stored in the box counts; every proof is verified before it is.
 */
export class ProofDesk {
  readonly #deps: ProofDeskDeps
  readonly #policy: Policy
  #witnessedSeconds: number | null = null
  /** By the hex of its leaf hash: under which witnessed time a recorded ballot was first missed in the ledger. */
  readonly #missedSince = new Map<string, number>()

  /** Throws for a manifest whose policy cannot be read; `loadElection` has checked it. */
  constructor(deps: ProofDeskDeps) {
    this.#deps = deps
    this.#policy = expectOk(parsePolicy(deps.manifest.policies.seen))
  }

  /** POSIX seconds that a quorum of witnesses has put under a head: the present is not before it. Null without witnesses. */
  get witnessedSeconds(): number | null {
    return this.#witnessedSeconds
  }

  /** Whether the witnesses last signed what the ledger shows too long ago: so looks a host that keeps back what is new. */
  isStale(nowSeconds: number): boolean {
    return this.#witnessedSeconds !== null && nowSeconds > this.#witnessedSeconds + MAX_HEAD_AGE_SECONDS
  }

  /** Never rejects. */
  async look(): Promise<void> {
    const { view, ed25519, log } = this.#deps
    const { head } = view
    if (head === null) return
    const witnessed = verifyWitnessed(ed25519, this.#policy, head.note)
    if (!witnessed.ok) {
      log.debug('head-not-witnessed', { reason: witnessed.error })
      return
    }
    this.#noteTime(head)
    this.#keepProofs(head)
    await this.#judgePromises(head)
    this.#judgeAcks()
  }

  #keepProofs(head: SignedHead): void {
    const { box, view, audit, log } = this.#deps
    const { size, root } = head
    const proofs = view
      .proofs()
      .filter(({ leaf, index, hashes }) =>
        verifyInclusion({ leafHash: leaf, index, size, proof: hashes, root }),
      )
    if (proofs.length === 0) return
    // Where no witness has to sign, a proof is the log's word alone.
    const stored = box.keepProofs(head.note, proofs, this.#policy.quorum !== null)
    if (!stored.ok) {
      // They are built again at the next look.
      log.error('proofs-not-stored', { error: stored.error })
      return
    }
    for (const { leaf } of proofs) view.forgetProof(leaf)
    log.info('proofs-stored', { count: proofs.length, erased: stored.value })
    if (stored.value > 0) audit({ event: 'ballots-erased', count: stored.value })
  }

  async #judgePromises(head: SignedHead): Promise<void> {
    const { box } = this.#deps
    let broken = 0
    for (const promise of box.promises('open')) {
      const parsed = parseNote(promise.note)
      const { size, deadline } = expectOk(parsePromise(expectOk(parsed).text))
      const position = box.positionOf(promise.leaf)
      if (position !== null && position >= size) box.judgePromise(promise, 'kept')
      // What is in the ledger before that size was not promised, and nothing is lost of it.
      else if (position === null && broken < MAX_BROKEN_AT_ONCE && this.#isLate(head, deadline)) {
        broken++
        await this.#broken(promise, head)
      }
    }
  }

  /** All of the ledger up to the head was read and does not hold the leaf: nothing is sent before it is in the box. */
  async #broken(promise: StoredPromise, head: SignedHead): Promise<void> {
    const { box, audit, log, saveFraudProof, onBroken } = this.#deps
    await saveFraudProof(promise, head)
    const judged = box.judgePromise(promise, 'broken')
    if (!judged.ok) {
      log.error('promise-not-judged', { error: judged.error })
      return
    }
    audit({ event: 'promise-broken', bridge: promise.bridge })
    onBroken(promise.bridge, judged.value)
  }

  /**
   * An ack without a promise (by radio, or from a bridge that withholds it) proves nothing to others, but the kiosk knows that a
   * ballot has to be published before `maxDelay` is over. Times are those of the witnesses.
   */
  #judgeAcks(): void {
    const { box, manifest, audit, log, onUnpublished } = this.#deps
    const now = this.#witnessedSeconds
    if (now === null) return
    const patience = manifest.maxDelaySeconds + 2 * manifest.tickSeconds + PROMISE_GRACE_SECONDS
    const missing = new Map(box.unpublished().map((leaf) => [toHex(leaf), leaf]))
    for (const hex of this.#missedSince.keys()) if (!missing.has(hex)) this.#missedSince.delete(hex)
    for (const [hex, leaf] of missing) {
      const since = this.#missedSince.get(hex)
      if (since === undefined) this.#missedSince.set(hex, now)
      if (since === undefined || now <= since + patience) continue
      this.#missedSince.delete(hex)
      const doubted = box.doubtRecorded(leaf)
      if (!doubted.ok) {
        log.error('doubt-not-stored', { error: doubted.error })
        continue
      }
      for (const bridge of doubted.value.bridges) {
        audit({ event: 'ballot-not-published', bridge })
        onUnpublished(bridge, doubted.value.items)
      }
    }
  }

  /** Without a quorum nobody can say what was shown when. */
  #isLate({ note }: SignedHead, deadline: number): boolean {
    if (this.#policy.quorum === null) return false
    const laterThan = deadline + PROMISE_GRACE_SECONDS
    return verifyWitnessed(this.#deps.ed25519, this.#policy, note, { laterThan }).ok
  }

  /** The latest time that enough witnesses agree has passed. */
  #noteTime(head: SignedHead): void {
    if (this.#policy.quorum === null) return
    const { ed25519 } = this.#deps
    const witnessed = expectOk(verifyWitnessed(ed25519, this.#policy, head.note))
    const times = witnessed.cosignatures.map(({ timestamp }) => timestamp).sort((a, b) => b - a)
    const agreed = times.find(
      (time) => verifyWitnessed(ed25519, this.#policy, head.note, { laterThan: time - 1 }).ok,
    )
    this.#witnessedSeconds = Math.max(this.#witnessedSeconds ?? 0, agreed ?? 0)
  }
}
