import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { type Ballot, parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import type { BallotError } from '@hanpyo/protocol/ballot/verify.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { encodeLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import {
  encodeRefusal,
  MAX_REFUSALS_PER_CREDENTIAL,
  MAX_REFUSALS_PER_KIOSK,
  REFUSAL,
  type RefusalCode,
} from '@hanpyo/protocol/election/refusal.ts'
import type { ElectionState, VerifiedBallot } from '@hanpyo/protocol/election/state.ts'
import type { BallotVerifier } from './ballot-verifier.ts'
import type { GroupCommit } from './group-commit.ts'
import type { WaitingRoom } from './waiting-room.ts'

/**
 * What became of a ballot. `recorded` and `refused` may be acknowledged: what they say is on disk, or needs no
 * disk. `deferred` means "not now": nothing was stored, nothing is acknowledged, the kiosk will send it again.
 */
export type Admitted =
  /** `promise` is there when the ballot is new; for one that is known the store has it. */
  | { readonly outcome: 'recorded'; readonly id: Uint8Array; readonly promise: string | undefined }
  | {
      readonly outcome: 'refused'
      readonly id: Uint8Array
      readonly reason: RefusalCode
    }
  | { readonly outcome: 'deferred' }
  | { readonly outcome: 'dropped'; readonly error: BallotError }

export interface AdmissionDeps {
  readonly state: ElectionState
  readonly waiting: WaitingRoom
  readonly verifier: BallotVerifier
  readonly groupCommit: GroupCommit
  /** The signed promise for an accepted ballot, and the tick-aligned deadline in it. */
  promise(ballotLeaf: Uint8Array): { readonly note: string; readonly deadline: number }
  /** When something without a promise that arrives now has to be published, tick-aligned unix seconds. */
  deadline(): number
  /** 0x13 leaves of a credential in the log. */
  loggedRefusals(credential: number): number
}

/**
 * The way of one ballot into the bridge: verified by the protocol's one function, judged by the protocol's one
 * rule book against the log and everything that waits, stored durably. Several ballots are on this way at once;
 * everything from `judge` to the reservation happens in one turn of the event loop, so no two of them can both pass.
 */
export class Admission {
  readonly #deps: AdmissionDeps
  /** Commits under way, by hex id, so that a copy of a ballot waits for the same disk write. */
  readonly #committing = new Map<string, Promise<unknown>>()

  constructor(deps: AdmissionDeps) {
    this.#deps = deps
  }

  async admit(canonical: Uint8Array): Promise<Admitted> {
    const parsed = parseBallot(canonical)
    if (!parsed.ok) return { outcome: 'dropped', error: parsed.error }
    const ballot = parsed.value
    const id = ballotId(canonical)
    const known = this.#known(ballot, id)
    if (known !== undefined) return this.#afterCommit(known)
    if (this.#isHeldBack(ballot)) return { outcome: 'deferred' }

    const context = this.#deps.state.context()
    const kioskKey = context.kioskKey(ballot.kioskId)
    const credential = context.credential(ballot.credentialIndex)
    const verified = await this.#deps.verifier.verify(canonical, { credential, kioskKey })
    if (!verified.ok) return { outcome: 'dropped', error: verified.error }
    // A verified ballot has a kiosk key; it was verified under this one.
    return this.#judge({ ballot, kioskKey: kioskKey as Uint8Array }, id)
  }

  #judge(verified: VerifiedBallot, id: Uint8Array): Promise<Admitted> | Admitted {
    const { ballot } = verified
    const { state, waiting } = this.#deps
    const known = this.#known(ballot, id)
    if (known !== undefined) return this.#afterCommit(known)
    if (this.#isHeldBack(ballot)) return { outcome: 'deferred' }
    const verdict = state.judge(ballot.bytes, { verified })
    switch (verdict.verdict) {
      case 'drop':
        return { outcome: 'dropped', error: verdict.error }
      case 'duplicate':
        return { outcome: 'deferred' }
      case 'refuse':
        if (waiting.usesC1(c1Of(ballot))) return { outcome: 'deferred' }
        return this.#refuse(ballot, id, verdict.reason)
      case 'accept':
        // Randomness seen only in something that waits: what to say is known when that is logged.
        if (waiting.usesC1(c1Of(ballot))) return { outcome: 'deferred' }
        return this.#accept(ballot, id)
    }
  }

  /** The same id again is success and changes nothing, whatever became of it the first time. */
  #known(ballot: Ballot, id: Uint8Array): Admitted | undefined {
    const logged = this.#deps.state.ballotStatus(id)
    if (logged !== undefined) return answer(id, logged.status)
    const item = this.#deps.waiting.get(id)
    if (item === undefined) return undefined
    if (item.kind === 'refusal') return answer(id, item.reason as RefusalCode)
    return item.kind === 'ballot' && item.credential === ballot.credentialIndex ? answer(id, 0) : undefined
  }

  async #afterCommit<T extends Admitted>(known: T): Promise<T> {
    if ('id' in known) await this.#committing.get(toHex(known.id))
    return known
  }

  #isHeldBack(ballot: Ballot): boolean {
    const who = { kioskId: ballot.kioskId, credential: ballot.credentialIndex }
    return this.#deps.waiting.notes().some(({ effect }) => effect.holdsBack(who))
  }

  async #accept(ballot: Ballot, id: Uint8Array): Promise<Admitted> {
    const { state, waiting, groupCommit } = this.#deps
    const leaf = encodeLeaf(RECORD.ballot, ballot.bytes)
    const { note, deadline } = this.#deps.promise(leaf)
    const credential = ballot.credentialIndex
    state.reserve(ballot, id)
    waiting.add({ kind: 'ballot', id, leaf, kioskId: ballot.kioskId, deadline, c1: c1Of(ballot), credential })
    const outcome = await this.#store(
      id,
      groupCommit.store({ id, leaf, spends: { credential, promise: note } }),
    )
    if (outcome !== 'credential-taken') {
      waiting.markStored(id)
      return { outcome: 'recorded', id, promise: note }
    }
    // Another bridge on the same store was faster; once its ballot is logged this one will be refused.
    state.release(id)
    waiting.remove(id)
    return { outcome: 'deferred' }
  }

  async #refuse(ballot: Ballot, id: Uint8Array, reason: RefusalCode): Promise<Admitted> {
    const { waiting, groupCommit } = this.#deps
    const refused: Admitted = { outcome: 'refused', id, reason }
    // Nothing of this kind may follow the seal, so there is nothing to store.
    if (reason === REFUSAL.pollsSealed) return refused
    const { kioskId, credentialIndex: credential } = ballot
    if (this.#isBeyondLimits(kioskId, credential)) {
      await groupCommit.countRefusal(kioskId)
      return refused
    }
    const leaf = encodeLeaf(RECORD.refusal, encodeRefusal(reason, ballot.bytes))
    const canonical = ballot.bytes
    const deadline = this.#deps.deadline()
    waiting.add({
      kind: 'refusal',
      id,
      leaf,
      kioskId,
      deadline,
      c1: c1Of(ballot),
      credential,
      canonical,
      reason,
    })
    await this.#store(id, groupCommit.store({ id, leaf }))
    waiting.markStored(id)
    return refused
  }

  #isBeyondLimits(kioskId: number, credential: number): boolean {
    let ofKiosk = 0
    let ofCredential = 0
    for (const refusal of this.#deps.waiting.refusals()) {
      if (refusal.kioskId === kioskId) ofKiosk++
      if (refusal.credential === credential) ofCredential++
    }
    const loggedOfKiosk = this.#deps.state.kiosk(kioskId)?.refusalCount ?? 0
    return (
      loggedOfKiosk + ofKiosk >= MAX_REFUSALS_PER_KIOSK ||
      this.#deps.loggedRefusals(credential) + ofCredential >= MAX_REFUSALS_PER_CREDENTIAL
    )
  }

  #store<T>(id: Uint8Array, commit: Promise<T>): Promise<T> {
    const key = toHex(id)
    const done = commit.finally(() => this.#committing.delete(key))
    this.#committing.set(key, done)
    return done
  }
}

function answer(id: Uint8Array, status: 0 | RefusalCode): Admitted {
  return status === 0
    ? { outcome: 'recorded', id, promise: undefined }
    : { outcome: 'refused', id, reason: status }
}

/** Hex of the first halves of a ballot's ciphertexts. */
export function c1Of(ballot: Pick<Ballot, 'ciphertexts'>): string[] {
  return ballot.ciphertexts.map(({ c1 }) => toHex(c1))
}
