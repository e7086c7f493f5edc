import type { Clock } from '@hanpyo/platform/clock.ts'
import type { AcceptOutcome, LedgerEngine, StorageError, WaitingRecord } from '../ledger/engine.ts'

/** Told about the store's health; `broken` is final. */
export interface StorageWatch {
  stalled(error: Exclude<StorageError, 'storage-broken'>, detail: string | undefined): void
  recovered(): void
  broken(detail: string | undefined): void
}

/** `stale`: it was judged before something that other replicas did; nothing was stored, and it has to be judged again. */
export type StoreOutcome = AcceptOutcome | 'stale'

/** What a replica knows of a store that others write to as well. */
export interface StoreKnowledge {
  /** The store's revision as far as this replica has followed it. */
  readonly revision: number
  /** Another number whenever something was learnt that others did; what was judged before that has to be judged again. */
  readonly epoch: number
  /** This replica has stored so many notes itself, after `revision`; it knew them before. */
  noteStored(revision: number, noteCount: number): void
  /** Follows the store to where it is now. Never rejects; what cannot be read now is tried again later. */
  catchUp(): Promise<void>
}

export interface GroupCommit {
  /**
   * Resolves once the record is on disk, together with whatever else came meanwhile. Never rejects. Called in the turn of the
   * event loop in which the record was judged.
   */
  store(record: WaitingRecord): Promise<StoreOutcome>
  /** Counts a refusal that is not logged; resolves once the count is on disk. */
  countRefusal(kioskId: number): Promise<void>
  /** Records handed in and not yet on disk. */
  readonly pendingCount: number
  /** Lets a running commit end and takes nothing more; what waits never resolves, so nobody acknowledges it. */
  close(): Promise<void>
}

export interface GroupCommitOptions {
  readonly engine: LedgerEngine
  readonly clock: Clock
  readonly watch: StorageWatch
  /** Most records in one transaction. */
  readonly maxGroup?: number
  /** Simulated milliseconds between attempts while the disk is full. */
  readonly retryMs?: number
  /** For a store that other processes write to. */
  readonly knowledge?: StoreKnowledge
  readonly onCommitted?: (recordCount: number, elapsedMs: number) => void
}

interface Job {
  readonly record: WaitingRecord | undefined
  readonly refusedKiosk: number | undefined
  readonly epoch: number | undefined
  resolve(outcome: StoreOutcome): void
}

/**
 * Many records, one fsync: what arrives while a commit runs goes into the next one. While the disk is full nothing
 * resolves, so nothing is acknowledged, and the same group is tried again until there is space.
 */
export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const { engine, clock, watch, maxGroup = 512, retryMs = 2_000, knowledge, onCommitted } = options
  const queue: Job[] = []
  const closing = new AbortController()
  let running: Promise<void> | undefined
  let inFlight = 0

  async function commit(jobs: readonly Job[]): Promise<StoreOutcome[] | undefined> {
    const records = jobs.flatMap(({ record }) => (record === undefined ? [] : [record]))
    const epoch = knowledge?.epoch
    const refused = jobs.flatMap(({ refusedKiosk }) => (refusedKiosk === undefined ? [] : [refusedKiosk]))
    for (let isStalled = false; ; ) {
      const startedMs = performance.now()
      const revision = knowledge?.revision
      const result = await engine.accept(records, refused, revision)
      if (result.ok) {
        if (isStalled) watch.recovered()
        onCommitted?.(records.length, performance.now() - startedMs)
        if (revision !== undefined) knowledge?.noteStored(revision, notesStored(records, result.value))
        let next = 0
        return jobs.map(({ record }) =>
          record === undefined ? 'stored' : (result.value[next++] as AcceptOutcome),
        )
      }
      if (result.error === 'stale') {
        if (isStalled) watch.recovered()
        return jobs.map(() => 'stale')
      }
      if (result.error === 'storage-broken') {
        watch.broken(result.detail)
        return undefined
      }
      if (!isStalled) watch.stalled(result.error, result.detail)
      isStalled = true
      await clock.sleep(retryMs, closing.signal).catch(() => {})
      if (closing.signal.aborted) return undefined
      if (epoch !== knowledge?.epoch) return jobs.map(() => 'stale')
    }
  }

  async function run(): Promise<void> {
    // Everything that becomes ready in this turn of the event loop shares the first commit.
    await new Promise((resolve) => setImmediate(resolve))
    while (queue.length > 0 && !closing.signal.aborted) {
      const taken = queue.splice(0, maxGroup)
      const jobs = taken.filter(({ epoch }) => epoch === knowledge?.epoch)
      for (const job of taken) if (job.epoch !== knowledge?.epoch) job.resolve('stale')
      inFlight = jobs.length
      const outcomes = jobs.length === 0 ? [] : await commit(jobs)
      // A broken store ends the process; until then nothing more is taken and nothing resolves.
      if (outcomes === undefined) return
      for (const [at, job] of jobs.entries()) job.resolve(outcomes[at] as StoreOutcome)
      inFlight = 0
    }
    running = undefined
  }

  function enqueue(
    record: WaitingRecord | undefined,
    refusedKiosk: number | undefined,
  ): Promise<StoreOutcome> {
    return new Promise((resolve) => {
      queue.push({ record, refusedKiosk, epoch: knowledge?.epoch, resolve })
      running ??= run()
    })
  }

  return {
    // Where nobody else accepts records the waiting room of this process knows all that a claim would say.
    store: ({ claims, ...record }) =>
      enqueue(knowledge === undefined || claims === undefined ? record : { ...record, claims }, undefined),
    async countRefusal(kioskId) {
      // A count is right under any revision: it is only tried again.
      while ((await enqueue(undefined, kioskId)) === 'stale') await knowledge?.catchUp()
    },
    get pendingCount() {
      return queue.length + inFlight
    },
    async close() {
      closing.abort()
      await running
    },
  }
}

function notesStored(records: readonly WaitingRecord[], outcomes: readonly AcceptOutcome[]): number {
  return records.filter(({ isNote }, at) => isNote && outcomes[at] === 'stored').length
}
