import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { type Ballot, parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import type { BallotError } from '@hanpyo/protocol/ballot/verify.ts'
import { equalBytes, toHex } from '@hanpyo/protocol/bytes.ts'
import { encodeLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import {
  encodeRefusal,
  MAX_REFUSALS_PER_CREDENTIAL,
  MAX_REFUSALS_PER_KIOSK,
  REFUSAL,
  type RefusalCode,
} from '@hanpyo/protocol/election/refusal.ts'
import type { ElectionState, VerifiedBallot } from '@hanpyo/protocol/election/state.ts'
import type { WaitingRecord } from '../ledger/engine.ts'
import type { BallotVerifier } from './ballot-verifier.ts'
import type { GroupCommit } from './group-commit.ts'
import type { WaitingItem, WaitingRoom } from './waiting-room.ts'

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
  /** Follows a store that other replicas write to; nothing to do where there are none. */
  catchUp(): Promise<void>
}

/** How often a ballot is judged again because others were faster; then the kiosk sends it once more. */
const MOST_JUDGEMENTS = 6

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
    let verified: VerifiedBallot | undefined
    for (let judged = 0; judged < MOST_JUDGEMENTS; judged++) {
      if (judged > 0) await this.#deps.catchUp()
      const known = this.#known(ballot, id)
      if (known !== undefined) {
        await this.#committing.get(toHex(id))
        // The commit it waited for may have found that another replica was faster.
        const still = this.#known(ballot, id)
        if (still !== undefined) return still
        continue
      }
      if (this.#isHeldBack(ballot)) return { outcome: 'deferred' }

      const context = this.#deps.state.context()
      const kioskKey = context.kioskKey(ballot.kioskId)
      if (verified === undefined || !isSame(verified.kioskKey, kioskKey)) {
        const credential = context.credential(ballot.credentialIndex)
        const checked = await this.#deps.verifier.verify(canonical, { credential, kioskKey })
        if (!checked.ok) return { outcome: 'dropped', error: checked.error }
        // A verified ballot has a kiosk key; it was verified under this one.
        verified = { ballot, id, kioskKey: kioskKey as Uint8Array }
      }
      const admitted = await this.#judge(verified, id)
      if (admitted !== 'again') return admitted
    }
    return { outcome: 'deferred' }
  }

  /** `again`: nothing was stored, because something came in between. */
  #judge(verified: VerifiedBallot, id: Uint8Array): Promise<Admitted | 'again'> | Admitted | 'again' {
    const { ballot } = verified
    const { state, waiting } = this.#deps
    if (this.#known(ballot, id) !== undefined) return 'again'
    if (this.#isHeldBack(ballot)) return { outcome: 'deferred' }
    const verdict = state.judge(ballot.bytes, { verified })
    switch (verdict.verdict) {
      case 'drop':
        return { outcome: 'dropped', error: verdict.error }
      case 'duplicate':
        return { outcome: 'deferred' }
      case 'refuse':
        if (waiting.usesC1(c1Of(ballot))) return { outcome: 'deferred' }
        if (verdict.leafIndex === null && !this.#isSpentForGood(ballot)) return this.#afterSpender(ballot)
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

  #isHeldBack(ballot: Ballot): boolean {
    const who = { kioskId: ballot.kioskId, credential: ballot.credentialIndex }
    return this.#deps.waiting.notes().some(({ effect }) => effect.holdsBack(who))
  }

  /** Whether the ballot that waits under the same credential is on disk: if it is not, another one may come first. */
  #isSpentForGood({ credentialIndex }: Ballot): boolean {
    const spender = this.#deps.waiting.spenderOf(credentialIndex)
    return spender === undefined || this.#deps.waiting.isStored(spender)
  }

  async #afterSpender({ credentialIndex }: Ballot): Promise<'again'> {
    const spender = this.#deps.waiting.spenderOf(credentialIndex)
    if (spender !== undefined) await this.#committing.get(toHex(spender.id))
    return 'again'
  }

  async #accept(ballot: Ballot, id: Uint8Array): Promise<Admitted | 'again'> {
    const { state, waiting } = this.#deps
    const leaf = encodeLeaf(RECORD.ballot, ballot.bytes)
    const { note, deadline } = this.#deps.promise(leaf)
    const { kioskId, credentialIndex: credential } = ballot
    const c1 = c1Of(ballot)
    state.reserve(ballot, id)
    const item: WaitingItem = { kind: 'ballot', id, leaf, kioskId, deadline, c1, credential }
    waiting.add(item)
    const spends = { credential, promise: note }
    const isStored = await this.#store(item, { id, leaf, spends, claims: c1.map(claimOf) })
    if (isStored) return { outcome: 'recorded', id, promise: note }
    state.release(id)
    return 'again'
  }

  async #refuse(ballot: Ballot, id: Uint8Array, reason: RefusalCode): Promise<Admitted | 'again'> {
    const { waiting, groupCommit } = this.#deps
    const refused: Admitted = { outcome: 'refused', id, reason }
    // Nothing of this kind may follow the seal, so there is nothing to store.
    if (reason === REFUSAL.pollsSealed) return refused
    const { kioskId, credentialIndex: credential, bytes: canonical } = ballot
    const { ofKiosk, ofCredential } = this.#refusalsWaiting(kioskId, credential)
    if (this.#isBeyondLimits(kioskId, credential, ofKiosk, ofCredential)) {
      await groupCommit.countRefusal(kioskId)
      return refused
    }
    const leaf = encodeLeaf(RECORD.refusal, encodeRefusal(reason, canonical))
    const deadline = this.#deps.deadline()
    const c1 = c1Of(ballot)
    // Each of those that wait has a place of its own, so that replicas together keep the limits.
    const places = [`refusal of ${credential}: ${ofCredential}`, `refusal at ${kioskId}: ${ofKiosk}`]
    const item: WaitingItem = {
      kind: 'refusal',
      id,
      leaf,
      kioskId,
      deadline,
      c1,
      credential,
      canonical,
      reason,
    }
    waiting.add(item)
    const isStored = await this.#store(item, { id, leaf, claims: [...c1.map(claimOf), ...places] })
    return isStored ? refused : 'again'
  }

  #refusalsWaiting(kioskId: number, credential: number): { ofKiosk: number; ofCredential: number } {
    let ofKiosk = 0
    let ofCredential = 0
    for (const refusal of this.#deps.waiting.refusals()) {
      if (refusal.kioskId === kioskId) ofKiosk++
      if (refusal.credential === credential) ofCredential++
    }
    return { ofKiosk, ofCredential }
  }

  #isBeyondLimits(kioskId: number, credential: number, ofKiosk: number, ofCredential: number): boolean {
    const loggedOfKiosk = this.#deps.state.kiosk(kioskId)?.refusalCount ?? 0
    return (
      loggedOfKiosk + ofKiosk >= MAX_REFUSALS_PER_KIOSK ||
      this.#deps.loggedRefusals(credential) + ofCredential >= MAX_REFUSALS_PER_CREDENTIAL
    )
  }

  /**
   * Resolves when the record is on disk: true. False when it is not, because another replica or another bridge on the same
   * store was faster; it then waits here no more.
   */
  async #store(item: WaitingItem, record: WaitingRecord): Promise<boolean> {
    const { waiting, groupCommit } = this.#deps
    const key = toHex(record.id)
    const stored = groupCommit.store(record).then((outcome) => {
      this.#committing.delete(key)
      if (outcome === 'stored') waiting.markStored(record.id)
      else waiting.removeItem(item)
      return outcome === 'stored'
    })
    this.#committing.set(key, stored)
    return stored
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

/** How a first half is claimed while its record waits. */
export function claimOf(c1: string): string {
  return `c1 ${c1}`
}

function isSame(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && equalBytes(a, b)
}
