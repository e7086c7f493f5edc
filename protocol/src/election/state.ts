import type { Ballot } from '../ballot/layout.ts'
import type { BallotContext, BallotError } from '../ballot/verify.ts'
import type { CryptoBackend } from '../group/group.ts'
import type { Result } from '../result.ts'
import type { Manifest } from './manifest.ts'
import type { RefusalCode } from './refusal.ts'
import type { RuleId, Violation } from './rules.ts'

export type { RuleId, Violation } from './rules.ts'

export type PollsState = 'not-open' | 'open' | 'closed' | 'sealed'

/** How far the log is expected to be when `finish` checks it. */
export type Stage = 'open' | 'closed' | 'sealed' | 'final'

export interface OpenInput {
  readonly backend: CryptoBackend
  /** The whole note of leaf 0, signature line included. */
  readonly manifestNote: string
  /** The blob of the credential list: 33 bytes an entry. */
  readonly credentialList: Uint8Array
  readonly trust?: { readonly authorityVkey?: string }
}

export interface VerifiedBallot {
  readonly ballot: Ballot
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

/** What the next batch leaf must say. */
export interface NextBatch {
  readonly first: number
  readonly number: number
  /** Base64 of the previous batch leaf's hash, zeros before the first. */
  readonly prev: string
  /** Leaves since the previous batch leaf. */
  readonly count: number
}
export declare class ElectionState {
  private constructor()
  static open(input: OpenInput): Result<ElectionState, RuleId>

  get manifest(): Manifest
  get manifestHash(): Uint8Array
  get polls(): PollsState
  get nextIndex(): number
  get ballotCount(): number
  get nextBatch(): NextBatch
  get kiosks(): readonly KioskView[]
  kiosk(id: number): KioskView | undefined
  kioskByDevEui(devEui: string): KioskView | undefined
  spentBy(credentialIndex: number): number | undefined
  voidedBy(credentialIndex: number): number | undefined
  ballotStatus(id: Uint8Array): { leafIndex: number; status: 0 | RefusalCode } | undefined
  context(): BallotContext
  judge(canonical: Uint8Array, options?: { readonly verified?: VerifiedBallot }): Verdict
  reserve(ballot: Ballot, id: Uint8Array): void
  release(id: Uint8Array): void
  check(leaf: Uint8Array, options?: ApplyOptions): Violation[]
  apply(leaf: Uint8Array, options?: ApplyOptions): Violation[]
  unmatchedIds(): UnmatchedId[]
  finish(stage: Stage): Violation[]
}
