import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { err, ok } from '@hanpyo/protocol/result.ts'
import type { StorageWatch } from '../admission/group-commit.ts'
import type { WaitingItem, WaitingRoom } from '../admission/waiting-room.ts'
import type { LedgerEngine, StorageError } from '../ledger/engine.ts'
import { planStatements } from '../proposals/plan-statements.ts'
import type { CheckpointSigner } from './checkpoint-signer.ts'
import {
  type BatchPlan,
  type CommittedBatch,
  commitBatch,
  publishedIn,
  type SurplusRefusal,
} from './commit-batch.ts'
import { dueAt } from './due.ts'
import type { LiveLog } from './live-log.ts'
import type { LogState } from './log-state.ts'
import { isWithoutGrowth, planBatch } from './plan-batch.ts'
import { nextTickMs, type ReleaseRule } from './release.ts'

export interface SequencerDeps {
  readonly engine: LedgerEngine
  readonly clock: Clock
  readonly log: Logger
  readonly state: ElectionState
  readonly waiting: WaitingRoom
  readonly signer: CheckpointSigner
  readonly rule: ReleaseRule
  readonly watch: StorageWatch
  readonly live: LiveLog
  /** What is known of a store that other replicas write to. */
  readonly follower: {
    /** False when the store cannot be read now. */
    follow(): Promise<boolean>
    headMoved(): void
  }
  /** Another replica has moved the head: this one must not go on. */
  onSuperseded(): void
  /** A bug came to light in a tick of the timer; the process has to end. */
  onFailure(error: unknown): void
}

/** Notes that depend on each other take a batch each; a tick with more batches than this is a bug. */
const MOST_BATCHES_PER_TICK = 10_000

/**
 * Cuts batches at ticks and nowhere else, while this replica leads. It alone appends to the log; between planning a batch and
 * applying it nothing else makes the log grow in this process, and in another one the store's head decides.
 */
export class Sequencer {
  readonly #deps: SequencerDeps
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #isLeading = false
  #isStalled = false
  /** True at first: the process may have ended between an erasure and its scrub. */
  #hasErased = true

  constructor(deps: SequencerDeps) {
    this.#deps = deps
  }

  /** Where the published log stands. */
  get logState(): LogState {
    return this.#deps.live.logState
  }

  get isLeading(): boolean {
    return this.#isLeading
  }

  /** From now on this replica cuts batches, the first at the next tick. */
  start(): void {
    if (this.#isLeading) return
    this.#isLeading = true
    this.#arm()
  }

  #arm(): void {
    const { clock, rule } = this.#deps
    if (!this.#isLeading) return
    const atMs = nextTickMs(clock.now(), rule.tickSeconds)
    this.#timer = clock.setTimeout(() => {
      this.tick(Math.floor(atMs / 1000)).then(() => this.#arm(), this.#deps.onFailure)
    }, atMs - clock.now())
  }

  /** Cuts no batch any more until it is started again; resolves when a tick under way has ended. */
  async stop(): Promise<void> {
    this.#isLeading = false
    this.#deps.clock.clearTimeout(this.#timer)
    await this.#running
  }

  /** Resolves when the next batch is published. */
  nextPublication(): Promise<void> {
    return this.#deps.live.nextPublication()
  }

  /** One tick; nothing on a replica that does not lead. A tick that falls into a running one joins it. */
  tick(tickAtSeconds: number): Promise<void> {
    if (!this.#isLeading) return Promise.resolve()
    this.#running ??= this.#cut(tickAtSeconds).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #cut(tickAtSeconds: number): Promise<void> {
    const { engine, follower, live, waiting, rule } = this.#deps
    await this.#scrubTexts()
    // Counted before the waiting records are listed: the refusals that reached a limit are then among them.
    const counted = await this.#refusedMore()
    if (counted === undefined || !(await follower.follow())) return
    let refusedMore: ReadonlyMap<number, number> = counted
    const due = dueAt(waiting, rule, tickAtSeconds)
    for (let batches = 0; batches < MOST_BATCHES_PER_TICK; batches++) {
      if (!this.#isLeading) return
      const counts = refusedMore
      const cut = await live.exclusive(() => this.#cutOne(due, counts))
      if (cut === 'done') return this.#scrubTexts()
      if (cut === 'counts-taken') refusedMore = engine.isShared ? new Map() : await engine.refusedMore()
    }
    throw new Error('a tick did not come to an end')
  }

  /** `undefined` while a store of several replicas cannot be read: its failover is no bug of ours. */
  async #refusedMore(): Promise<Map<number, number> | undefined> {
    const { engine, log } = this.#deps
    try {
      return await engine.refusedMore()
    } catch (error) {
      if (!engine.isShared) throw error
      log.warn('tick-put-off', { error })
      return undefined
    }
  }

  /** Plans and commits one batch. `done`: nothing is left for this tick, or it has to be tried again at the next. */
  async #cutOne(
    due: ReadonlySet<WaitingItem>,
    refusedMore: ReadonlyMap<number, number>,
  ): Promise<'done' | 'more' | 'counts-taken'> {
    const { state, waiting } = this.#deps
    const main = planBatch(state, waiting, due, refusedMore)
    if (main.surplus.length > 0) return this.#countSurplus(main.surplus)
    const isMainDone = isWithoutGrowth(main) && main.withdrawn.length === 0
    const plan = isMainDone ? planStatements(state, waiting, due) : main
    if (plan.withdrawn.length > 0) this.#reportWithdrawn(plan)
    const isDone = isWithoutGrowth(plan) ? await this.#withdraw(plan) : await this.#append(plan)
    if (isDone) return 'done'
    return plan.refusedMore.size > 0 ? 'counts-taken' : 'more'
  }

  /** True when the tick is over: the append failed and is tried again at the next tick. */
  async #append(plan: BatchPlan): Promise<boolean> {
    const { engine, signer, live, log } = this.#deps
    const sign = (size: number, root: Uint8Array) => signer.sign(size, root)
    const committed = await commitBatch(engine, sign, live.logState, plan).catch((error: unknown) => {
      // Nothing was written. What a failover did to the store is learnt by following it, which whoever leads next begins with.
      if (!engine.isShared) throw error
      log.error('batch-does-not-fit', { error })
      return err('head-moved' as const)
    })
    if (!committed.ok) {
      this.#failed(committed.error, committed.detail)
      return true
    }
    this.#recovered()
    return this.#take(plan, committed.value)
  }

  #failed(error: StorageError | 'head-moved', detail: string | undefined): void {
    const { engine, watch, onSuperseded } = this.#deps
    if (error === 'head-moved' && engine.isShared) {
      onSuperseded()
    } else if (error === 'head-moved' || error === 'storage-broken') {
      watch.broken(detail ?? 'another process appends to this log')
    } else {
      this.#isStalled = true
      watch.stalled(error, detail)
    }
  }

  #recovered(): void {
    if (this.#isStalled) this.#deps.watch.recovered()
    this.#isStalled = false
  }

  /** True when the store could not be read any more after the commit: the batch is then followed like that of another. */
  async #take(plan: BatchPlan, batch: CommittedBatch): Promise<boolean> {
    const { engine, log, waiting, live, follower } = this.#deps
    if (plan.erasedTexts.length > 0) this.#hasErased = true
    try {
      await live.take(batch, () => {
        follower.headMoved()
        for (const id of [...publishedIn(plan), ...plan.withdrawn]) waiting.remove(id)
      })
    } catch (error) {
      // A leaf that must not stand in the log comes to light when it is followed.
      if (!engine.isShared) throw error
      log.warn('batch-not-applied', { error })
      return true
    }
    return false
  }

  /** What the limits keep out of the log leaves the waiting table and is counted, both or neither. */
  async #countSurplus(surplus: readonly SurplusRefusal[]): Promise<'done' | 'more'> {
    const { engine, live, waiting, log } = this.#deps
    const ids = surplus.map(({ id }) => id)
    const counts = new Map<number, number>()
    for (const { kioskId } of surplus) counts.set(kioskId, (counts.get(kioskId) ?? 0) + 1)
    const counted = await engine.transaction<undefined, 'head-moved'>(async (tx) => {
      if ((await tx.head())?.size !== live.logState.head.size) return err('head-moved')
      await tx.clearWaiting(ids)
      await tx.addRefusedMore(counts)
      return ok(undefined)
    })
    if (!counted.ok) {
      this.#failed(counted.error, counted.detail)
      return 'done'
    }
    this.#recovered()
    log.warn('refusals-beyond-limit', { recordCount: ids.length })
    for (const id of ids) waiting.remove(id)
    return 'more'
  }

  /** A plan that only withdraws makes no batch; true because nothing is left to do in this tick. */
  async #withdraw(plan: BatchPlan): Promise<boolean> {
    if (plan.withdrawn.length === 0) return true
    const { engine, live, waiting } = this.#deps
    const removed = await engine.transaction<undefined, 'head-moved'>(async (tx) => {
      if ((await tx.head())?.size !== live.logState.head.size) return err('head-moved')
      await tx.clearWaiting(plan.withdrawn)
      await tx.eraseTexts(plan.erasedTexts)
      return ok(undefined)
    })
    if (!removed.ok) {
      if (removed.error === 'head-moved') this.#failed(removed.error, removed.detail)
      return true
    }
    for (const id of plan.withdrawn) waiting.remove(id)
    if (plan.erasedTexts.length > 0) this.#hasErased = true
    return false
  }

  /** Deleted texts leave the disk too; a reader in the way, or a full disk, and it is tried at the next tick. */
  async #scrubTexts(): Promise<void> {
    if (!this.#hasErased) return
    const scrubbed = await this.#deps.engine.scrub()
    if (scrubbed.ok && scrubbed.value) this.#hasErased = false
    else if (!scrubbed.ok && scrubbed.error === 'storage-broken') this.#deps.watch.broken(scrubbed.detail)
    else this.#deps.log.warn('erased-texts-not-scrubbed', { error: scrubbed.ok ? 'busy' : scrubbed.error })
  }

  #reportWithdrawn({ withdrawn }: BatchPlan): void {
    this.#deps.log.error('records-withdrawn', { recordCount: withdrawn.length })
  }
}
