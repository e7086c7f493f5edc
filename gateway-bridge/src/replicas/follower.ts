import type { Logger } from '@hanpyo/platform/logger.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import type { StoreKnowledge } from '../admission/group-commit.ts'
import type { WaitingRoom } from '../admission/waiting-room.ts'
import type { LedgerEngine } from '../ledger/engine.ts'
import { type ReadWaiting, readWaiting } from '../ledger/waiting-item.ts'
import type { FollowError, LiveLog } from '../sequencer/live-log.ts'

export interface FollowerDeps {
  readonly engine: LedgerEngine
  readonly log: Logger
  readonly live: LiveLog
  readonly state: ElectionState
  readonly waiting: WaitingRoom
  /** When a record of others without a promise has to be published, tick-aligned unix seconds. */
  deadline(): number
  /** Called after each time the store was followed. */
  onFollowed(): Promise<void>
  /** The store holds another log than the one this process has followed: nothing of it may be served or signed. */
  onWrongStore(error: FollowError | 'waiting-unreadable', detail: string | undefined): void
}

/** How many waiting records are fetched at once. */
const RECORDS_PER_READ = 512

/**
 * Keeps memory in step with a store that other replicas write to: their batches are applied in order, what they accepted
 * waits here too, and what left the waiting table leaves the waiting room. What it costs grows with what is new and,
 * once for each time, with the number of ids that wait.
 *
 * What has not been followed yet does no harm: the store takes nothing that was judged under an older revision.
 */
export class Follower implements StoreKnowledge {
  readonly #deps: FollowerDeps
  /** None yet: whatever is judged before the first look at the store is stale. */
  #revision = -1
  #epoch = 0
  #running: Promise<boolean> | undefined
  #next: Promise<boolean> | undefined

  constructor(deps: FollowerDeps) {
    this.#deps = deps
  }

  get revision(): number {
    return this.#revision
  }

  get epoch(): number {
    return this.#epoch
  }

  noteStored(revision: number, noteCount: number): void {
    this.#revision = Math.max(this.#revision, revision + noteCount)
  }

  /** A batch of our own was committed, and applied. If others did something besides, the sum is too small, which is safe. */
  headMoved(): void {
    this.#revision++
  }

  async catchUp(): Promise<void> {
    await this.follow()
  }

  /**
   * Follows the store to where it stands after this call began. False when it could not be read; nothing is half done then
   * that the next call does not finish. A call during another one starts when that one has ended, together with all that
   * wait for it. Not to be called from within `live.exclusive`.
   */
  follow(): Promise<boolean> {
    if (!this.#deps.engine.isShared) return Promise.resolve(true)
    if (this.#running === undefined) return this.#begin()
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      return this.#begin()
    })
    return this.#next
  }

  #begin(): Promise<boolean> {
    const { live, log } = this.#deps
    const running = live
      .exclusive(() => this.#follow())
      .catch((error: unknown) => {
        log.warn('store-not-followed', { error })
        return false
      })
      .finally(() => {
        this.#running = undefined
      })
    this.#running = running
    return running
  }

  async #follow(): Promise<boolean> {
    const { engine, live, log, state, waiting, onWrongStore } = this.#deps
    const storedBefore = waiting.storedKeys()
    const revisionBefore = this.#revision
    const snapshot = await engine.snapshot()
    if (snapshot.head === null) {
      onWrongStore('head-went-back', 'the store is empty')
      return false
    }
    const followed = await live.follow(snapshot.head)
    if (!followed.ok) {
      onWrongStore(followed.error, followed.detail)
      return false
    }
    const listed = new Set(snapshot.waiting.map(toHex))
    // What this replica is still writing may be there as something else: what it takes for a ballot another one has refused.
    const unknown = snapshot.waiting.filter((id) => !waiting.isStoredId(id))
    const read = await this.#read(unknown)
    if (read === null) return false

    // From here to the revision it is one turn of the event loop: what is judged sees all of it or nothing.
    for (const { item, enter } of read) {
      const own = waiting.get(item.id)
      if (own?.kind === item.kind) continue
      if (own !== undefined) waiting.remove(own.id)
      if (own?.kind === 'ballot') state.release(own.id)
      enter(state, waiting)
    }
    const lostBallots = storedBefore.filter((key) => !listed.has(key) && this.#forget(key)).length
    for (const id of snapshot.waiting) waiting.markListed(id)
    const isLost = snapshot.revision < revisionBefore
    // A failover against the rules lost what was acknowledged. The kiosks have it and send it again.
    if (isLost || lostBallots > 0)
      log.error('store-lost-records', { revision: snapshot.revision, known: revisionBefore, lostBallots })
    if (isLost || snapshot.revision > this.#revision) {
      this.#revision = snapshot.revision
      this.#epoch++
    }
    await this.#deps.onFollowed()
    return true
  }

  /** Removes what the store lists no more; true for a ballot that is not in the log either. It may be taken again. */
  #forget(key: string): boolean {
    const { state, waiting } = this.#deps
    const item = waiting.getByKey(key)
    waiting.removeKey(key)
    if (item?.kind !== 'ballot' || state.ballotStatus(item.id) !== undefined) return false
    state.release(item.id)
    return true
  }

  async #read(ids: readonly Uint8Array[]): Promise<ReadWaiting[] | null> {
    const { engine, onWrongStore } = this.#deps
    const all: ReadWaiting[] = []
    for (let at = 0; at < ids.length; at += RECORDS_PER_READ) {
      const rows = await engine.waitingRecords(ids.slice(at, at + RECORDS_PER_READ))
      for (const row of rows) {
        const read = await readWaiting(engine, row, this.#deps.deadline())
        if (read === null) {
          onWrongStore('waiting-unreadable', `a record of type ${row.leaf[0]}`)
          return null
        }
        all.push(read)
      }
    }
    return all
  }
}
