import type { Result } from '@hanpyo/protocol/result.ts'

/** The tree the log has signed last. `checkpoint` is the signed note, byte for byte as it was published. */
export interface Head {
  readonly size: number
  readonly root: Uint8Array
  readonly checkpoint: string
}

/** A record that is promised but not yet in the log. */
export interface WaitingRecord {
  /** Ballot id, or record id of a datagram that is not a ballot; 32 bytes. */
  readonly id: Uint8Array
  /** `u8 type ‖ body`, exactly what will be appended. */
  readonly leaf: Uint8Array
  /** Set for an accepted ballot: the credential it spends, and the promise given for it. */
  readonly spends?: { readonly credential: number; readonly promise: string }
  /** Set for a proposal: what stays off the ledger, stored with the record or not at all. */
  readonly text?: ProposalText
  /**
   * What no other waiting record may hold at the same time, ASCII, at most 128 characters each: first ciphertext halves, a
   * slip's support of a proposal. Held from `accept` until the record leaves the waiting table. Few in number, no order.
   */
  readonly claims?: readonly string[]
  /** Set for a note: what arrives after it is judged with it in mind, so that it raises the store's revision. */
  readonly isNote?: true
}

/** What a proposal's commitment opens to, under the proposal's id. */
export interface ProposalText {
  /** Proposal id, 32 bytes. */
  readonly id: Uint8Array
  /** 16 bytes. */
  readonly salt: Uint8Array
  readonly text: string
}

/** The promise is there for accepted ballots only; for them it is also the memory of how long they may wait. */
export interface StoredWaiting {
  readonly id: Uint8Array
  readonly leaf: Uint8Array
  readonly promise: string | null
}

/**
 * `already-stored`: this id is there, from an earlier call, and nothing was changed. `credential-taken`: another
 * ballot has spent the credential, possibly through another bridge on the same store. `claim-taken`: another record that
 * waits holds one of the claims. The three are looked for in this order; of a record that is not `stored` nothing is there.
 */
export type AcceptOutcome = 'stored' | 'already-stored' | 'credential-taken' | 'claim-taken'

/** What waits and where the log stands, as of one moment. */
export interface StoreSnapshot {
  /** Grows by one with every note that `accept` stores and with every head that is moved; never goes back. */
  readonly revision: number
  readonly head: Head | null
  /** Ids of everything that waits, sorted. */
  readonly waiting: readonly Uint8Array[]
}

/** The right to cut batches. It keeps replicas from working in vain; what keeps the log right is `moveHead`. */
export interface Leadership {
  /** Whether it is still ours, as far as is known here. */
  readonly isHeld: boolean
  /** Called once when it is lost without `release`, a broken connection for example; at once when it is lost already. */
  onLost(listener: () => void): void
  /** Gives it to whoever asks next. Never rejects; again is no error. */
  release(): Promise<void>
}

/** One tile as far as it is filled: level, number and up to 256 hashes of 32 bytes each. */
export interface StoredTile {
  readonly level: number
  readonly number: number
  readonly hashes: Uint8Array
}

/**
 * `disk-full` may pass and the call may be repeated. `storage-unavailable` too (a lock, a lost connection whose
 * outcome was looked up and is known to be "not stored"). `storage-broken` never passes: stop the process.
 */
export type StorageError = 'disk-full' | 'storage-unavailable' | 'storage-broken'

/**
 * Where the log lives. One store holds one election.
 *
 * Durability: when `accept`, `putBlob` or `transaction` resolves with `ok`, what they wrote survives a power cut.
 * When they resolve with an error, nothing of it is there. Atomicity: a call is there whole or not at all.
 *
 * Order: entries have the positions they were given; waiting records have no order, no time and no number, and
 * come back sorted by id, because the order in which people voted must not be found on this disk.
 *
 * Concurrency: calls may overlap. Writes run one after another; a read sees only what was committed before it
 * began. At most one `transaction` of a process is open; its guard against a second writer is `moveHead`, not a lock.
 *
 * Unknown outcomes: a write whose commit may or may not have happened (a connection lost in COMMIT, a wait for standbys that
 * was cancelled) does not resolve until that has been looked up on a primary that holds a quorum; it then says which it was.
 * A transaction of a process that stands still holds up others for ten seconds at most, then the store ends it.
 */
export interface LedgerEngine {
  /** The manifest hash the store was made for; `null` for an empty store. */
  identity(): Promise<Uint8Array | null>
  /** The newest committed head; `null` before the first batch. */
  head(): Promise<Head | null>
  /**
   * Group commit of new records: one outcome per record, in order. `refusedMore` counts unlogged refusals by kiosk.
   *
   * `revision` is the one under which the caller has judged them. When the store has moved on to another, the call is
   * `stale` and nothing is stored: the caller catches up and judges again. The comparison holds until the commit: no
   * `moveHead` and no note comes in between (a lock that both of them take). Without `revision` there is
   * no comparison, which is right for a process that alone writes. Calls that overlap, of several processes, wait for each
   * other where they hold the same id, credential or claim, and never fail because of a deadlock: that is tried again inside.
   */
  accept(
    records: readonly WaitingRecord[],
    refusedMore: readonly number[],
    revision?: number,
  ): Promise<Result<AcceptOutcome[], StorageError | 'stale'>>
  /** Everything that waits, sorted by id. */
  waiting(): Promise<StoredWaiting[]>
  /** Revision, head and waiting ids of one moment: no commit of anybody lies between them. */
  snapshot(): Promise<StoreSnapshot>
  /** Those of these ids that wait, in any order. */
  waitingRecords(ids: readonly Uint8Array[]): Promise<StoredWaiting[]>
  /** Refusals by kiosk that were only counted since the last batch. */
  refusedMore(): Promise<Map<number, number>>
  /** The promise stored with an accepted ballot, published or not, byte for byte. */
  promise(id: Uint8Array): Promise<string | null>
  /** Runs `work` in one transaction: commits when it returns `ok`, rolls back when it returns an error or throws. */
  transaction<T, E extends string>(
    work: (tx: LedgerTransaction) => Promise<Result<T, E>>,
  ): Promise<Result<T, E | StorageError>>
  /** Up to `count` leaves from position `first` on; fewer at the end of the log. */
  entries(first: number, count: number): Promise<Uint8Array[]>
  tile(level: number, number: number): Promise<Uint8Array | null>
  /** Stores a blob under its SHA-256 (32 bytes), which the caller has checked. Storing it again changes nothing. */
  putBlob(name: Uint8Array, bytes: Uint8Array): Promise<Result<void, StorageError>>
  blob(name: Uint8Array): Promise<Uint8Array | null>
  /** Salt and text of a proposal, published or not; `null` when there is none or it was erased. */
  proposalText(id: Uint8Array): Promise<Omit<ProposalText, 'id'> | null>
  /**
   * Overwrites what deleted rows left behind in the store's files. False when a reader was in the way: try again. Texts
   * that `eraseTexts` deleted are gone from the disk once this says true.
   */
  scrub(): Promise<Result<boolean, StorageError>>

  /**
   * Why nothing can be stored now, in words for the operator; null while there is no reason. Writes under way may be waiting
   * for it to pass. A store on the machine's own disk shows its reasons only in what writes answer.
   */
  readonly trouble: string | null
  /** Whether other processes may write to this store too. Where it is false, `lead` always succeeds. */
  readonly isShared: boolean
  /**
   * Tries to become the one replica that cuts batches; `null` when another is, or when that cannot be found out now. Not to
   * be asked again while it is held. It ends with the process and with the connection it hangs on, within ten seconds also
   * for a process or machine that stands still. For safety nothing hangs on it: two that believe to lead meet at `moveHead`.
   */
  lead(): Promise<Leadership | null>
  /**
   * The listener is called after the head moved or a note was published, by whomever, at most two seconds later in normal
   * times; perhaps several times, perhaps for nothing. What it returns ends the listening.
   */
  onHeadMoved(listener: () => void): () => void
  /** The note of the checkpoint that was published last, with its cosignatures; `null` before the first. */
  published(): Promise<string | null>
  /** Keeps a published note, durably; false, and nothing changed, when one of a larger size is there. */
  publish(size: number, note: string): Promise<Result<boolean, StorageError>>
  /**
   * Packets in the making that several replicas put together, by DevEUI: at most 3 kB each. They need not survive a failover
   * of the store, and should leave no trace in its journals: their order is the order of votes.
   */
  readonly fragments: SharedFragments

  close(): Promise<void>
}

/** Rows by DevEUI (16 hex digits) that are changed by comparing. */
export interface SharedFragments {
  get(devEui: string): Promise<Uint8Array | null>
  /** Replaces `before` by `after` (`null`: no row) if it is still what is there; false when another was faster. */
  swap(
    devEui: string,
    before: Uint8Array | null,
    after: Uint8Array | null,
  ): Promise<Result<boolean, StorageError>>
  /** DevEUIs of all rows. */
  devices(): Promise<string[]>
}

/** A credential, the 32-byte id of the ballot that has spent it, and where that stands in the log. */
export interface SpentCredential {
  readonly credential: number
  readonly id: Uint8Array
  readonly position: number
}

/** The steps of one append, in the order in which `commitBatch` takes them. */
export interface LedgerTransaction {
  /** Makes an empty store one for this election; throws when it already is one. */
  initialise(manifestHash: Uint8Array): Promise<void>
  /** The head as this transaction sees it. */
  head(): Promise<Head | null>
  insertEntries(first: number, leaves: readonly Uint8Array[]): Promise<void>
  /** Notes at which position each spending ballot stands; throws unless exactly these ballots have spent them. */
  markSpent(spent: readonly SpentCredential[]): Promise<void>
  putTiles(tiles: readonly StoredTile[]): Promise<void>
  /**
   * Replaces the head if its size is still `expectedSize` (0 for none), and raises the revision; false when another writer
   * was faster.
   */
  moveHead(expectedSize: number, head: Head): Promise<boolean>
  /** Removes published records from the waiting table, and their claims; throws when one was not there. */
  clearWaiting(ids: readonly Uint8Array[]): Promise<void>
  /** Deletes salt and text of proposals; an id without a text is no error. */
  eraseTexts(ids: readonly Uint8Array[]): Promise<void>
  /** Removes what this batch's leaf reports; counts that came meanwhile stay. */
  takeRefusedMore(counts: ReadonlyMap<number, number>): Promise<void>
  /** Counts refusals by kiosk, as `accept` does. */
  addRefusedMore(counts: ReadonlyMap<number, number>): Promise<void>
}
