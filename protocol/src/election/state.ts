/**
 * The one rule book about the order and content of a ledger, as a state machine over its leaves. Bridge, mirrors and
 * verifier use this class and no other rules: the bridge asks `judge` and `check` before it logs, everyone applies the
 * same leaves in the same order. Work per leaf does not grow with the log, and memory is bounded by the manifest, the
 * credential list and the ballots.
 */
import type { Ballot } from '../ballot/layout.ts'
import type { BallotContext, BallotError } from '../ballot/verify.ts'
import type { CryptoBackend } from '../group/group.ts'
import { ok, type Result } from '../result.ts'
import type { Manifest } from './manifest.ts'
import type { RefusalCode } from './refusal.ts'
import { ballotContext, judgeBallot } from './rulebook/ballot.ts'
import { advance, mayCountRefusals, nextBatch, type RefusalOf } from './rulebook/batch.ts'
import { byteKey, type ElectionData, type Outcome } from './rulebook/data.ts'
import { finishLog } from './rulebook/finish.ts'
import { judgeStatement, type StatementInWaiting, type StatementVerdict } from './rulebook/judge-proposal.ts'
import { examineLeaf } from './rulebook/leaf.ts'
import { invalidCredentials, openElection } from './rulebook/open.ts'
import { type ProposalView, proposalView, proposalViews } from './rulebook/proposal-views.ts'
import { releaseReservation, reserveBallot } from './rulebook/reservations.ts'
import { unmatchedIds } from './rulebook/settlement.ts'
import { kioskView } from './rulebook/views.ts'
import { isStopping, type RuleId, type Violation, violationOf } from './rules.ts'

export type { RefusalOf } from './rulebook/batch.ts'
export type { StatementInWaiting, StatementVerdict } from './rulebook/judge-proposal.ts'
export type { ProposalView } from './rulebook/proposal-views.ts'
export type { RuleId, Violation } from './rules.ts'

export type PollsState = 'not-open' | 'open' | 'closed' | 'sealed'

/** How far the log is expected to be when `finish` checks it. */
export type Stage = 'setup' | 'open' | 'closed' | 'sealed' | 'final'

export interface OpenInput {
  readonly backend: CryptoBackend
  /** The whole note of leaf 0, signature line included. */
  readonly manifestNote: string
  /** The blob of the credential list: 33 bytes an entry. */
  readonly credentialList: Uint8Array
  /** The blob of the support key list: 32 bytes an entry. Needed when the manifest takes proposals. */
  readonly supportList?: Uint8Array
  readonly trust?: { readonly authorityVkey?: string }
}

export interface VerifiedBallot {
  readonly ballot: Ballot
  /** Its ballot id, where that is known already; computed otherwise. */
  readonly id?: Uint8Array
  /** The kiosk key under which it was verified; judged again when that key is no longer live. */
  readonly kioskKey: Uint8Array
}

export type Verdict =
  /** May be logged now. */
  | { readonly verdict: 'accept'; readonly ballot: Ballot; readonly id: Uint8Array }
  /** Known already: `leafIndex` is null while it is only reserved. `status` is 0 or the reason of its refusal. */
  | {
      readonly verdict: 'duplicate'
      readonly id: Uint8Array
      readonly leafIndex: number | null
      readonly status: 0 | RefusalCode
    }
  /** Valid but cannot count. `leafIndex` is the leaf that says so, null while that is only reserved: hold it. */
  | {
      readonly verdict: 'refuse'
      readonly reason: RefusalCode
      readonly ballot: Ballot
      readonly id: Uint8Array
      readonly leafIndex: number | null
    }
  /** Not a ballot of this election; nothing is logged. */
  | { readonly verdict: 'drop'; readonly error: BallotError }

export interface ApplyOptions {
  /** Skips signatures and proofs only (own log at restart, or verified elsewhere); all bookkeeping stays. */
  readonly trusted?: boolean
  /** Blobs by lower-case hex SHA-256, for records that name one. */
  readonly blob?: (hashHex: string) => Uint8Array | undefined
  /** The ballot id of a 0x10 leaf, where the caller has computed it of these very bytes. */
  readonly ballotId?: Uint8Array
}

/** A kiosk slot of the manifest as the log stands. */
export interface KioskView {
  readonly id: number
  readonly centre: string
  /** The live device, if any. */
  readonly device: DeviceView | undefined
  /** All devices ever enrolled in the slot, oldest first. */
  readonly devices: readonly DeviceView[]
  /** 0x10 leaves of the slot. */
  readonly ballotCount: number
  /** 0x11 leaves of the slot. */
  readonly challengedCount: number
  /** 0x13 leaves of the slot. */
  readonly refusalCount: number
  /** Refusals that were only counted, in batch leaves. */
  readonly refusedMore: number
}

export interface DeviceView {
  /** Leaf of the enrolment. */
  readonly index: number
  readonly ed25519: Uint8Array
  readonly x25519: Uint8Array
  readonly devEui: string | undefined
  /** Leaf of the revocation. */
  readonly revokedAt: number | undefined
  /** Number of its last kiosk manifest, 0 before the first. */
  readonly interval: number
  /** What its last kiosk manifest said. */
  readonly state: 'open' | 'paused' | 'closed' | undefined
  /** Ballots it listed so far. */
  readonly listedCount: number
  /** Leaf of its final manifest. */
  readonly finalManifest: number | undefined
}

/** An id that a kiosk listed and the log does not hold. */
export interface UnmatchedId {
  readonly kiosk: number
  /** Leaf of the kiosk manifest. */
  readonly index: number
  /** First eight bytes of the ballot id. */
  readonly prefix: Uint8Array
  /** Leaf of the incident that explains it. */
  readonly coveredBy: number | undefined
}

/** What the next batch leaf must say: `batchLeaf({ ...state.nextBatch, refusedMore })`. */
export interface NextBatch {
  readonly first: number
  readonly number: number
  /** Leaf hash of the previous batch leaf, 32 bytes, zeros before the first. */
  readonly prev: Uint8Array
  /** Leaves since the previous batch leaf. */
  readonly count: number
}

/**
 * An election as its log stands.
 *
 * @example
 * const state = expectOk(ElectionState.open({ backend, manifestNote, credentialList }))
 * for (const leaf of leaves.slice(1)) report(state.apply(leaf))
 * report(state.finish('sealed'))
 */
export class ElectionState {
  readonly #data: ElectionData

  private constructor(data: ElectionData) {
    this.#data = data
  }

  /** Checks leaf 0 and the credential list. The error is the rule that does not hold. */
  static open(input: OpenInput): Result<ElectionState, RuleId> {
    const opened = openElection(input)
    return opened.ok ? ok(new ElectionState(opened.value)) : opened
  }

  get manifest(): Manifest {
    return this.#data.manifest
  }

  /** H_m, 32 bytes. */
  get manifestHash(): Uint8Array {
    return this.#data.manifestHash
  }

  get polls(): PollsState {
    return this.#data.polls
  }

  /** Index of the leaf that `apply` takes next; the size of the log so far. */
  get nextIndex(): number {
    return this.#data.nextIndex
  }

  /** 0x10 leaves. */
  get ballotCount(): number {
    return this.#data.ballotCount
  }

  /** What the next 0x14 leaf must say; `count` 0 means that none is due. */
  get nextBatch(): NextBatch {
    return nextBatch(this.#data)
  }

  /** Whether the log may be published as it stands: its last leaf is a batch leaf. */
  get isAtBatchEnd(): boolean {
    return this.#data.batch.first === this.#data.nextIndex
  }

  get kiosks(): KioskView[] {
    return [...this.#data.slots.values()].map(kioskView)
  }

  kiosk(id: number): KioskView | undefined {
    const slot = this.#data.slots.get(id)
    return slot && kioskView(slot)
  }

  /** The kiosk whose live device has this DevEUI (16 lower-case hex digits). */
  kioskByDevEui(devEui: string): KioskView | undefined {
    const id = this.#data.liveDevEuis.get(devEui)
    return id === undefined ? undefined : this.kiosk(id)
  }

  /** Leaf of the ballot that used a credential. */
  spentBy(credentialIndex: number): number | undefined {
    return this.#data.spent[credentialIndex] || undefined
  }

  /** Leaf that voided a slip. */
  voidedBy(credentialIndex: number): number | undefined {
    return this.#data.voided.get(credentialIndex)
  }

  /** 0x13 leaves of a credential. */
  refusalsOf(credentialIndex: number): number {
    return this.#data.refusalsOf.get(credentialIndex) ?? 0
  }

  /**
   * Whether the batch leaf that closes a batch with these 0x13 leaves may count refusals of a kiosk that stay off the log
   * (docs/protocol.md 12.4).
   */
  mayCountRefusals(kioskId: number, logged: readonly RefusalOf[]): boolean {
    return mayCountRefusals(this.#data, kioskId, logged)
  }

  /** Slip numbers of the test slips once they are opened. */
  get testSlips(): readonly number[] | undefined {
    return this.#data.testSlips
  }

  /** Where a ballot id stands in the log: status 0 as a ballot, otherwise the reason of its refusal. */
  ballotStatus(id: Uint8Array): { readonly leafIndex: number; readonly status: 0 | RefusalCode } | undefined {
    const logged = this.#data.ids.get(byteKey(id))
    return logged && { leafIndex: logged.index, status: logged.status }
  }

  /** Facts for `verifyBallot`; reads the state at the time of each call. */
  context(): BallotContext {
    return ballotContext(this.#data)
  }

  /** What should happen to a ballot that arrives now. Changes nothing; reserved ballots count as logged. */
  judge(canonical: Uint8Array, options: { readonly verified?: VerifiedBallot } = {}): Verdict {
    return judgeBallot(this.#data, canonical, options.verified)
  }

  /** What should happen to a 0x20 or 0x21 leaf that arrives now, beside what waits already. Changes nothing. */
  judgeStatement(leaf: Uint8Array, waiting: StatementInWaiting): StatementVerdict {
    return judgeStatement(this.#data, leaf, waiting)
  }

  /** A proposal on the ledger by its 32-byte id. */
  proposal(id: Uint8Array): ProposalView | undefined {
    return proposalView(this.#data, id)
  }

  /** Proposals in the order of the log; ids and counts only, never who supports them. */
  proposals(): IteratorObject<ProposalView> {
    return proposalViews(this.#data)
  }

  /** 0x21 leaves. */
  get supportCount(): number {
    return this.#data.proposals.supportCount
  }

  /** Marks an accepted ballot as taken until its leaf is applied or `release` is called. */
  reserve(ballot: Ballot, id?: Uint8Array): void {
    reserveBallot(this.#data, ballot, id)
  }

  /** Forgets a reservation. */
  release(id: Uint8Array): void {
    releaseReservation(this.#data, byteKey(id))
  }

  /** The rules that a leaf would break as the next one. Changes nothing. */
  check(leaf: Uint8Array, options: ApplyOptions = {}): Violation[] {
    return this.#violations(leaf, examineLeaf(this.#data, leaf, options))
  }

  /**
   * Takes leaf number `nextIndex`. A leaf that breaks a stopping rule keeps its place in tree and batch and has no
   * other effect. Total on arbitrary bytes.
   */
  apply(leaf: Uint8Array, options: ApplyOptions = {}): Violation[] {
    const outcome = examineLeaf(this.#data, leaf, options)
    const violations = this.#violations(leaf, outcome)
    if (!violations.some(isStopping)) outcome.effect?.()
    advance(this.#data, leaf[0] ?? 0, leaf, outcome.sortKey)
    return violations
  }

  /** Every id a kiosk listed and the log does not hold, explained by an incident or not. */
  unmatchedIds(): UnmatchedId[] {
    return unmatchedIds(this.#data)
  }

  /** Every key of the credential list is a valid element; takes time in proportion to the list. */
  checkCredentialKeys(): Violation[] {
    return invalidCredentials(this.#data).map((slip) => violationOf(0, 0x01, 'keylist.keys', `slip ${slip}`))
  }

  /** Rules about the log as a whole, for a log that should have reached `stage`. Changes nothing. */
  finish(stage: Stage): Violation[] {
    return finishLog(this.#data, stage)
  }

  #violations(leaf: Uint8Array, { findings }: Outcome): Violation[] {
    return findings.map(({ rule, detail }) => violationOf(this.#data.nextIndex, leaf[0] ?? 0, rule, detail))
  }
}
