import type { CryptoBackend } from '../../group/group.ts'
import type { NoteVerifier } from '../../log/note.ts'
import type { CredentialEntry } from '../keylist.ts'
import type { Manifest } from '../manifest.ts'
import type { RefusalCode } from '../refusal.ts'
import type { RuleId } from '../rules.ts'
import type { ApplyOptions, PollsState } from '../state.ts'
import type { ContestProgress } from './count.ts'
import type { ProposalData } from './proposal.ts'

/** A broken rule before it is tied to a leaf. */
export interface Finding {
  readonly rule: RuleId
  readonly detail?: string
}

/** What a leaf would do. `effect` runs only when no finding stops the leaf. */
export interface Outcome {
  readonly findings: readonly Finding[]
  readonly effect?: () => void
  /** What the leaf is sorted by inside its section of a batch. */
  readonly sortKey?: Uint8Array
}

/** Looks at one leaf body without changing anything. */
export type Examine = (data: ElectionData, body: Uint8Array, options: ApplyOptions) => Outcome

/** One device in a kiosk slot, from its enrolment on. */
export interface Device {
  readonly index: number
  readonly slot: Slot
  readonly ed25519: Uint8Array
  readonly x25519: Uint8Array
  readonly devEui: string | undefined
  readonly verifier: NoteVerifier
  revokedAt: number | undefined
  /** Logged ballots and refusals by the first eight bytes of their id. */
  readonly logged: Map<string, LoggedBallot>
  /** Logged ballots whose prefix was taken: nobody but the kiosk can make two, and it cannot list both. */
  readonly collided: LoggedBallot[]
  challengedCount: number
  /** Kiosk manifests in chain order. */
  readonly manifests: ListedInterval[]
  /** Which manifest lists a prefix: position in `manifests`. */
  readonly listed: Map<string, number>
  /** SHA-256 of the last kiosk manifest's text, H_m before the first. */
  lastText: Uint8Array
  total: number
  challengedTotal: number
  state: 'open' | 'paused' | 'closed' | undefined
  finalAt: number | undefined
}

export interface LoggedBallot {
  readonly index: number
  /** Full id as a byte key. */
  readonly id: string
  readonly status: 0 | RefusalCode
}

export interface ListedInterval {
  readonly index: number
  readonly interval: number
  /** Byte keys of the prefixes, ascending. */
  readonly prefixes: readonly string[]
  readonly root: Uint8Array
}

export interface Slot {
  readonly id: number
  readonly centre: string
  readonly devices: Device[]
  live: Device | undefined
  ballotCount: number
  challengedCount: number
  refusalCount: number
  /** Refusals that batches only counted. */
  refusedMore: number
  /** Latest incident that covers this slot's devices enrolled before it. */
  coveredAt: number | undefined
}

/** A ballot that a bridge accepted and did not publish yet. */
export interface Reservation {
  readonly credential: number
  readonly c1s: readonly string[]
}

/** Everything the rules remember; bounded by the manifest, the credentials and the ballots. */
export interface ElectionData {
  readonly backend: CryptoBackend
  readonly manifest: Manifest
  readonly manifestHash: Uint8Array
  /** Base64 of `manifestHash`, as notes carry it. */
  readonly manifestField: string
  readonly jointKey: Uint8Array
  readonly credentials: readonly CredentialEntry[]
  readonly styles: ReadonlyMap<number, readonly number[]>
  readonly signers: Readonly<Record<'authority' | 'registrar' | 'deviceAuthority', NoteVerifier>>
  /** Of trustees 1..n, in order. */
  readonly trusteeSigners: readonly NoteVerifier[]

  nextIndex: number
  polls: PollsState
  pollsSince: number
  /** Leaves that opened and sealed the polls. */
  openedAt: number | undefined
  sealedAt: number | undefined
  readonly slots: Map<number, Slot>
  /** Base64 of every key that has a role or had one. */
  readonly usedKeys: Set<string>
  readonly liveDevEuis: Map<string, number>
  /** SHA-256 of every 0x02–0x07 text. */
  readonly notes: Set<string>
  /** Leaf of a credential's ballot; 0, the manifest's place, means none. */
  readonly spent: Uint32Array
  readonly voided: Map<number, number>
  /** Leaf at which a C1 was seen first. */
  readonly c1s: Map<string, number>
  readonly ids: Map<string, LoggedBallot>
  readonly refusalsOf: Map<number, number>
  /** Credentials that reached the limit of logged refusals. */
  credentialsAtLimit: number
  readonly turnout: Map<
    string,
    { readonly index: number; readonly issued: number; readonly returned: number }
  >
  testSlips: readonly number[] | undefined
  ballotCount: number
  /** Contests after sealing; made at the first look, because no ballot follows the seal. */
  counting: ReadonlyMap<number, ContestProgress> | undefined
  hasResult: boolean
  readonly proposals: ProposalData
  readonly batch: BatchPosition
  readonly reserved: Map<string, Reservation>
  readonly reservedCredentials: Map<number, string>
  readonly reservedC1s: Map<string, string>
}

export interface BatchPosition {
  /** First leaf since the last batch leaf. */
  first: number
  /** Number of the last batch. */
  number: number
  /** Leaf hash of the last batch leaf, zeros before the first. */
  hash: Uint8Array
  /** Highest section seen since. */
  section: number
  /** Whether a ballot, challenged ballot or refusal, and whether a proposal or support stands in it. */
  hasBallots: boolean
  hasProposals: boolean
  lastKey: Uint8Array | undefined
}

/** Bytes as a map key: one Latin-1 character a byte, which engines store in one byte. */
export function byteKey(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

/** The bytes of a `byteKey`. */
export function keyBytes(key: string): Uint8Array {
  return Uint8Array.from(key, (character) => character.charCodeAt(0))
}

/** First eight characters of a ballot id's key: what a kiosk manifest lists. */
export function prefixOf(idKey: string): string {
  return idKey.slice(0, 8)
}

/** A finding without `undefined` in it. */
export function finding(rule: RuleId, detail?: string): Finding {
  return detail === undefined ? { rule } : { rule, detail }
}

/** An outcome that only reports. */
export function broken(rule: RuleId, detail?: string): Outcome {
  return { findings: [finding(rule, detail)] }
}

/** The findings of those rules that do not hold. */
export function unmet(...checks: readonly (readonly [boolean, RuleId, string?])[]): Finding[] {
  return checks.filter(([holds]) => !holds).map(([, rule, detail]) => finding(rule, detail))
}
