import type { Clock } from '@hanpyo/platform/clock.ts'
import type { AcceptOutcome, LedgerEngine, StorageError, WaitingRecord } from '../ledger/engine.ts'

/** Told about the store's health; `broken` is final. */
export interface StorageWatch {
  stalled(error: Exclude<StorageError, 'storage-broken'>, detail: string | undefined): void
  recovered(): void
  broken(detail: string | undefined): void
}

export interface GroupCommit {
  /** Resolves once the record is on disk, together with whatever else came meanwhile. Never rejects. */
  store(record: WaitingRecord): Promise<AcceptOutcome>
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
  readonly onCommitted?: (recordCount: number, elapsedMs: number) => void
}

interface Job {
  readonly record: WaitingRecord | undefined
  readonly refusedKiosk: number | undefined
  resolve(outcome: AcceptOutcome): void
}

/**
 * Many records, one fsync: what arrives while a commit runs goes into the next one. While the disk is full nothing
 * resolves, so nothing is acknowledged, and the same group is tried again until there is space.
 */
export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const { engine, clock, watch, maxGroup = 512, retryMs = 2_000, onCommitted } = options
  const queue: Job[] = []
  const closing = new AbortController()
  let running: Promise<void> | undefined
  let inFlight = 0

  async function commit(jobs: readonly Job[]): Promise<AcceptOutcome[] | undefined> {
    const records = jobs.flatMap(({ record }) => (record === undefined ? [] : [record]))
    const refused = jobs.flatMap(({ refusedKiosk }) => (refusedKiosk === undefined ? [] : [refusedKiosk]))
    for (let isStalled = false; ; ) {
      const startedMs = performance.now()
      const result = await engine.accept(records, refused)
      if (result.ok) {
        if (isStalled) watch.recovered()
        onCommitted?.(records.length, performance.now() - startedMs)
        return result.value
      }
      if (result.error === 'storage-broken') {
        watch.broken(result.detail)
        return undefined
      }
      if (!isStalled) watch.stalled(result.error, result.detail)
      isStalled = true
      await clock.sleep(retryMs, closing.signal).catch(() => {})
      if (closing.signal.aborted) return undefined
    }
  }

  async function run(): Promise<void> {
    // Everything that becomes ready in this turn of the event loop shares the first commit.
    await new Promise((resolve) => setImmediate(resolve))
    while (queue.length > 0 && !closing.signal.aborted) {
      const jobs = queue.splice(0, maxGroup)
      inFlight = jobs.length
      const outcomes = await commit(jobs)
      // A broken store ends the process; until then nothing more is taken and nothing resolves.
      if (outcomes === undefined) return
      let next = 0
      for (const job of jobs)
        job.resolve(job.record === undefined ? 'stored' : (outcomes[next++] as AcceptOutcome))
      inFlight = 0
    }
    running = undefined
  }

  function enqueue(
    record: WaitingRecord | undefined,
    refusedKiosk: number | undefined,
  ): Promise<AcceptOutcome> {
    return new Promise((resolve) => {
      queue.push({ record, refusedKiosk, resolve })
      running ??= run()
    })
  }

  return {
    store: (record) => enqueue(record, undefined),
    async countRefusal(kioskId) {
      await enqueue(undefined, kioskId)
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
