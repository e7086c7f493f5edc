import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { RULES } from '@hanpyo/protocol/election/rules.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { ok } from '@hanpyo/protocol/result.ts'
import type { StorageWatch } from '../admission/group-commit.ts'
import type { WaitingRoom } from '../admission/waiting-room.ts'
import type { LedgerEngine } from '../ledger/engine.ts'
import { planStatements, releasedStatementKiosks } from '../proposals/plan-statements.ts'
import { blobLookupFor } from '../records/named-blob.ts'
import type { CheckpointSigner } from './checkpoint-signer.ts'
import { type BatchPlan, type CommittedBatch, commitBatch, publishedIn } from './commit-batch.ts'
import type { LogState } from './log-state.ts'
import { isWithoutGrowth, planBatch, releasedKiosks } from './plan-batch.ts'
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
  /** Called after a batch is committed and applied, before anybody is told. */
  onBatch(batch: CommittedBatch): void | Promise<void>
  /** A bug came to light in a tick of the timer; the process has to end. */
  onFailure(error: unknown): void
}

/** Notes that depend on each other take a batch each; a tick with more batches than this is a bug. */
const MOST_BATCHES_PER_TICK = 10_000

/**
 * Cuts batches at ticks and nowhere else. It alone appends to the log and applies what it appended to the
 * election state; between the two nothing else runs.
 */
export class Sequencer {
  readonly #deps: SequencerDeps
  #logState: LogState
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #isStopped = false
  #isStalled = false
  /** True at first: the process may have ended between an erasure and its scrub. */
  #hasErased = true
  readonly #publication = new Set<() => void>()

  constructor(deps: SequencerDeps, logState: LogState) {
    this.#deps = deps
    this.#logState = logState
  }

  /** Where the published log stands. */
  get logState(): LogState {
    return this.#logState
  }

  start(): void {
    const { clock, rule } = this.#deps
    if (this.#isStopped) return
    const atMs = nextTickMs(clock.now(), rule.tickSeconds)
    this.#timer = clock.setTimeout(() => {
      this.tick(Math.floor(atMs / 1000)).then(() => this.start(), this.#deps.onFailure)
    }, atMs - clock.now())
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#deps.clock.clearTimeout(this.#timer)
    await this.#running
  }

  /** Resolves when the next batch is published. */
  nextPublication(): Promise<void> {
    return new Promise((resolve) => this.#publication.add(resolve))
  }

  /** One tick. A tick that falls into a running one joins it. */
  tick(tickAtSeconds: number): Promise<void> {
    this.#running ??= this.#cut(tickAtSeconds).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #cut(tickAtSeconds: number): Promise<void> {
    const { state, waiting, rule, engine } = this.#deps
    await this.#scrubTexts()
    const released = new Set<number>()
    const statements = new Set<number>()
    for (let batches = 0; batches < MOST_BATCHES_PER_TICK; batches++) {
      for (const kioskId of releasedKiosks(waiting, rule, tickAtSeconds)) released.add(kioskId)
      for (const kioskId of releasedStatementKiosks(waiting, rule, tickAtSeconds)) statements.add(kioskId)
      const main = planBatch(state, waiting, released, await engine.refusedMore())
      const isMainDone = isWithoutGrowth(main) && main.withdrawn.length === 0
      const plan = isMainDone ? planStatements(state, waiting, statements) : main
      if (plan.withdrawn.length > 0) this.#reportWithdrawn(plan)
      const isDone = isWithoutGrowth(plan) ? await this.#withdraw(plan) : await this.#append(plan)
      if (isDone) return this.#scrubTexts()
    }
    throw new Error('a tick did not come to an end')
  }

  /** True when the tick is over: the append failed and is tried again at the next tick. */
  async #append(plan: BatchPlan): Promise<boolean> {
    const { engine, signer, watch } = this.#deps
    const sign = (size: number, root: Uint8Array) => signer.sign(size, root)
    const committed = await commitBatch(engine, sign, this.#logState, plan)
    if (!committed.ok) {
      if (committed.error === 'head-moved' || committed.error === 'storage-broken') {
        watch.broken(committed.detail ?? 'another process appends to this log')
      } else {
        this.#isStalled = true
        watch.stalled(committed.error, committed.detail)
      }
      return true
    }
    if (this.#isStalled) watch.recovered()
    this.#isStalled = false
    await this.#take(plan, committed.value)
    return false
  }

  async #take(plan: BatchPlan, batch: CommittedBatch): Promise<void> {
    const { state, waiting, signer } = this.#deps
    signer.published(batch.log.head)
    const lookups = await Promise.all(batch.leaves.map((leaf) => blobLookupFor(this.#deps.engine, leaf)))
    this.#logState = batch.log
    for (const [at, leaf] of batch.leaves.entries()) {
      const blob = lookups[at] as (typeof lookups)[number]
      const broken = state.apply(leaf, { trusted: true, blob }).find(({ rule }) => RULES[rule].stops)
      if (broken !== undefined) {
        throw new Error(`logged a leaf that breaks ${broken.rule} at ${broken.index}: ${broken.message}`)
      }
    }
    for (const id of [...publishedIn(plan), ...plan.withdrawn]) waiting.remove(id)
    if (plan.erasedTexts.length > 0) this.#hasErased = true
    await this.#deps.onBatch(batch)
    const waiters = [...this.#publication]
    this.#publication.clear()
    for (const resolve of waiters) resolve()
  }

  /** A plan that only withdraws makes no batch; true because nothing is left to do in this tick. */
  async #withdraw(plan: BatchPlan): Promise<boolean> {
    if (plan.withdrawn.length === 0) return true
    const { engine, waiting } = this.#deps
    const removed = await engine.transaction(async (tx) => {
      await tx.clearWaiting(plan.withdrawn)
      await tx.eraseTexts(plan.erasedTexts)
      return ok(undefined)
    })
    if (!removed.ok) return true
    for (const id of plan.withdrawn) waiting.remove(id)
    if (plan.erasedTexts.length > 0) this.#hasErased = true
    return false
  }

  /** Deleted texts leave the disk too; a reader in the way, or a full disk, and it is tried at the next tick. */
  async #scrubTexts(): Promise<void> {
    if (!this.#hasErased) return
    const scrubbed = await this.#deps.engine.scrub()
    if (scrubbed.ok && scrubbed.value) this.#hasErased = false
    else this.#deps.log.warn('erased-texts-not-scrubbed', { error: scrubbed.ok ? 'busy' : scrubbed.error })
  }

  #reportWithdrawn({ withdrawn }: BatchPlan): void {
    this.#deps.log.error('records-withdrawn', { recordCount: withdrawn.length })
  }
}
