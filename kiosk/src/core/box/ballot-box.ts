import type { Result } from '@hanpyo/protocol/result.ts'
import type { Polls } from '../../contract/views.ts'

/** What people say beside voting (0x20, 0x21) and what staff decide about it (0x22). */
export type StatementKind = 'proposal' | 'support' | 'moderation'
export type ItemKind = 'ballot' | 'challenged' | 'kiosk-manifest' | StatementKind
export type RouteName = 'wifi' | 'lora'

/** Something sealed that must reach the ledger. */
export interface SealedItem {
  /** What an ack names: ballot id, or `recordId(datagram)`; 32 bytes. */
  readonly id: Uint8Array
  readonly kind: ItemKind
  readonly datagram: Uint8Array
  /** Kiosk manifests form a chain and are sent in it, moderations in the order of their `at`; 0 for everything else. */
  readonly interval: number
  /** Bridges that it can still be offered to; absent: to all. */
  readonly open?: readonly string[]
}

export type PromiseVerdict = 'open' | 'kept' | 'broken'

/** A bridge's verified promise to publish an item. */
export interface StoredPromise {
  /** Hash of the item's ledger leaf, 32 bytes. */
  readonly leaf: Uint8Array
  readonly bridge: string
  readonly note: string
}

/** Where a leaf is in the tree of a head; the caller has verified it. */
export interface LeafProof {
  readonly leaf: Uint8Array
  readonly index: number
  /** Sibling hashes, the leaf's first. */
  readonly hashes: readonly Uint8Array[]
}

export interface StoredProof {
  readonly leaf: Uint8Array
  /** C2SP tlog-proof. */
  readonly text: string
}

export interface Settlement {
  /** Recorded, or refused by everybody there is. */
  readonly isSettled: boolean
  /** Bridges that it can still be offered to. */
  readonly open: readonly string[]
}

export interface BridgeCounts {
  readonly recorded: number
  readonly refused: number
  readonly promises: number
  readonly kept: number
  readonly broken: number
}

export interface Statement {
  readonly kind: StatementKind
  /** As it will be sent: `u8 type ‖ body`, of a proposal followed by salt and text. */
  readonly datagram: Uint8Array
}

export interface StoredStatement {
  readonly kind: StatementKind
  /** What will stand on the ledger: 151 or 150 bytes, or a signed note. */
  readonly body: Uint8Array
  /** Salt and coded text of a proposal, until its ack. */
  readonly parcel: Uint8Array | null
  readonly state: 'waiting' | 'recorded' | 'refused'
}

/**
 * `disk-full`: nothing was stored. `box-failed`: the disk reported an error and the outcome is unknown until the box
 * is opened again; nothing was reported as stored.
 */
export type StoreError = 'disk-full' | 'box-failed'

export interface BoxCounts {
  readonly cast: number
  readonly challenged: number
  /** Sessions in which staff helped. */
  readonly assisted: number
  /** Ballots recorded by the bridge, by the route their ack came over. */
  readonly ackedOverWifi: number
  readonly ackedOverLora: number
  readonly promises: number
  /** Ballots that a verified proof shows in the ledger, and those of them that were erased here. */
  readonly proven: number
  readonly erased: number
  /** What each bridge answered and promised, by its id. */
  readonly bridges: ReadonlyMap<string, BridgeCounts>
  readonly proposed: number
  readonly supported: number
  readonly moderated: number
  /** People whose proposal staff typed. */
  readonly assistedProposals: number
  /** Refusals of proposals, supports and moderations. */
  readonly statementsRefused: number
  /** Refusals by reason code. */
  readonly refused: ReadonlyMap<number, number>
}

/**
 * The kiosk's sealed store. Promises:
 * - *durable*: when an insert or a change of the polls returns ok, it is on disk, whole; after a crash at any
 *   point either all of it is there or nothing.
 * - *once*: a credential index is stored with at most one ballot, for ever.
 * - *no order*: rows are keyed by id, carry no time and no counter, and the file is rebuilt in key order after each
 *   insert; all that can be told from its bytes is which ballots share a kiosk manifest (20 or more, public anyway).
 * - *kept*: nothing is ever deleted here but salt and text of a proposal with its ack, and ballots that are recorded and
 *   proven to be in the ledger, all of a kiosk manifest together. No ack deletes a ballot.
 * Calls are synchronous and must come from one thread.
 */
export interface BallotBox {
  polls(): Polls
  /** Whether a ballot of this slip is stored here. */
  isSpent(slipNumber: number): boolean
  /**
   * Stores a ballot with its spent slip and, when enough are unlisted, the next kiosk manifest, in one transaction.
   * Returns everything that became sendable.
   */
  insertBallot(ballot: {
    readonly canonical: Uint8Array
    readonly slipNumber: number
  }): Result<readonly SealedItem[], 'slip-used' | 'polls-not-open' | StoreError>
  /** Stores a signed 0x11 note; the slip stays unused. */
  insertChallenged(note: string): Result<readonly SealedItem[], 'polls-not-open' | StoreError>
  /**
   * Stores a signed proposal, support or moderation; the first two only while the polls are open. That a slip supports a
   * proposal once and hands in no more than it may is for the caller to know.
   */
  insertStatement(statement: Statement): Result<readonly SealedItem[], 'polls-not-open' | StoreError>
  /** Every statement stored here, acknowledged or not, in no meaningful order. */
  statements(): readonly StoredStatement[]
  openPolls(): Result<void, 'already-open' | 'polls-final' | StoreError>
  /**
   * open ⇄ paused. The change is said by an empty kiosk manifest, unless the last one said the same state.
   * Returns everything that became sendable.
   */
  pausePolls(): Result<readonly SealedItem[], 'not-open' | StoreError>
  resumePolls(): Result<readonly SealedItem[], 'not-paused' | StoreError>
  /** Adds one to the sessions in which staff helped, or typed a proposal; nothing says which. */
  countAssisted(what?: 'session' | 'proposal'): Result<void, StoreError>
  /** RFC 6962 root over the full ids of all ballots, sorted; 32 bytes. */
  ballotsRoot(): Uint8Array
  /** Closes for good (from open or paused) and seals the final kiosk manifest(s), in one transaction. */
  closePolls(): Result<
    { readonly items: readonly SealedItem[]; readonly finalManifest: string },
    'not-open' | StoreError
  >
  /** The note of the final kiosk manifest, once the polls are closed. */
  finalManifest(): string | null
  /** Everything without an authenticated ack, in no meaningful order. */
  waiting(): readonly SealedItem[]
  /** Ids of all items, acknowledged or not, that start with these bytes. */
  idsWithPrefix(prefix: Uint8Array): readonly Uint8Array[]
  /**
   * Notes an authenticated ack of a bridge: status 0 is recorded, else the refusal's reason. A refused item waits on for
   * another bridge, if there is one. It stays sealed here; of a settled proposal salt and text are erased.
   * @param bridge the bridge whose key authenticated it; absent: the first one.
   */
  settle(id: Uint8Array, status: number, route: RouteName, bridge?: string): Result<Settlement, StoreError>
  /** Keeps a verified promise of a bridge for the item whose ledger leaf has this hash; its first one stays. */
  keepPromise(
    leafHash: Uint8Array,
    note: string,
    bridge?: string,
  ): Result<'kept' | 'known' | 'no-such-leaf', StoreError>
  promises(verdict?: PromiseVerdict): readonly StoredPromise[]
  /** Says what became of a promise. Returns the item when it waits again, because the promise was broken. */
  judgePromise(promise: StoredPromise, verdict: PromiseVerdict): Result<readonly SealedItem[], StoreError>
  /** Leaf hashes of ballots that a bridge has recorded and that no proof was stored for. */
  unpublished(): readonly Uint8Array[]
  /** The ledger does not hold a ballot that bridges have recorded: it waits again. Names those bridges. */
  doubtRecorded(
    leafHash: Uint8Array,
  ): Result<{ readonly items: readonly SealedItem[]; readonly bridges: readonly string[] }, StoreError>
  /** Leaf hashes of all items that no proof was stored for. */
  unproven(): readonly Uint8Array[]
  /** Position of the proven leaf in the ledger, or null. */
  positionOf(leafHash: Uint8Array): number | null
  /**
   * Stores verified proofs under one head and erases the ballots of every kiosk manifest that is recorded and proven as a
   * whole, in one transaction. Returns how many ballots were erased.
   * @param mayErase false: nothing is erased.
   */
  keepProofs(head: string, proofs: readonly LeafProof[], mayErase?: boolean): Result<number, StoreError>
  proofs(): readonly StoredProof[]
  counts(): BoxCounts
  close(): void
}
