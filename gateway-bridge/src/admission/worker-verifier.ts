import type { Logger } from '@hanpyo/platform/logger.ts'
import { createWorkerPool, type JobError } from '@hanpyo/platform/workers.ts'
import type { BallotError } from '@hanpyo/protocol/ballot/verify.ts'
import { ByteReader, concatBytes } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { BallotFacts, BallotVerifier, ElectionFacts } from './ballot-verifier.ts'

/**
 * What a worker gets: a few ballots at once, so that it does not sit idle between messages, their bytes in one
 * array, because cloning many small ones takes a tenth of the main thread.
 */
export interface VerifyJob {
  /** For each ballot: canonical bytes, then 32 bytes K_i and 32 bytes kiosk key where they are known. */
  readonly bytes: Uint8Array
  readonly ballots: readonly {
    readonly length: number
    /** `undefined` when the credential is not in the list. */
    readonly contestIds: readonly number[] | undefined
    readonly hasKioskKey: boolean
  }[]
}

/** Packs ballots with their facts; `unpackJob` is its inverse. */
export function packJob(
  ballots: readonly { readonly canonical: Uint8Array; readonly facts: BallotFacts }[],
): VerifyJob {
  const parts: Uint8Array[] = []
  const heads = ballots.map(({ canonical, facts: { credential, kioskKey } }) => {
    parts.push(canonical)
    if (credential !== undefined) parts.push(credential.publicKey)
    if (kioskKey !== undefined) parts.push(kioskKey)
    return {
      length: canonical.length,
      contestIds: credential?.contestIds,
      hasKioskKey: kioskKey !== undefined,
    }
  })
  return { bytes: concatBytes(...parts), ballots: heads }
}

export function unpackJob({ bytes, ballots }: VerifyJob): { canonical: Uint8Array; facts: BallotFacts }[] {
  const reader = new ByteReader(bytes)
  return ballots.map(({ length, contestIds, hasKioskKey }) => {
    const canonical = reader.take(length)
    const credential = contestIds === undefined ? undefined : { publicKey: reader.take(32), contestIds }
    return { canonical, facts: { credential, kioskKey: hasKioskKey ? reader.take(32) : undefined } }
  })
}

/** One answer a ballot, in order; `null` for a valid one. */
export type VerifyAnswer = readonly (BallotError | null)[]

interface Waiting {
  readonly canonical: Uint8Array
  readonly facts: BallotFacts
  settle(result: Result<void, BallotError>): void
  fail(error: Error): void
}

/** Ballots per message: some fifteen milliseconds of work, so that an answer is never late. */
const MOST_PER_JOB = 16
/** Jobs handed to the pool per worker: one runs, one is ready. */
const JOBS_PER_WORKER = 2

/**
 * Verifies on worker threads. A worker that crashes fails its ballots' verification; they are verified again, then one by one, and
 * a ballot that crashes a worker every time is given up: its `verify` rejects, because that is a bug and not an input.
 */
export function createWorkerVerifier(options: {
  readonly election: ElectionFacts
  readonly workerCount: number
  readonly log: Logger
}): BallotVerifier {
  const { election, workerCount, log } = options
  const pool = createWorkerPool<VerifyJob, VerifyAnswer>({
    module: new URL('./verify-worker.ts', import.meta.url),
    workerData: election,
    size: workerCount,
    jobsAhead: JOBS_PER_WORKER,
    log,
  })
  const queue: Waiting[] = []
  let runningJobs = 0
  let isScheduled = false
  let busyCount = 0

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    // Ballots that arrive in the same turn of the event loop travel together.
    setImmediate(() => {
      isScheduled = false
      while (queue.length > 0 && runningJobs < workerCount * JOBS_PER_WORKER) void runJob()
    })
  }

  async function runJob(): Promise<void> {
    const share = Math.ceil(queue.length / workerCount)
    const batch = queue.splice(0, Math.min(share, MOST_PER_JOB))
    runningJobs++
    await verifyAll(batch)
    runningJobs--
    if (queue.length > 0) schedule()
  }

  async function verifyAll(batch: readonly Waiting[]): Promise<void> {
    const answers = await runTwice(batch)
    if (!answers.ok && batch.length > 1) {
      for (const one of batch) await verifyAll([one])
      return
    }
    busyCount -= batch.length
    for (const [at, waiting] of batch.entries()) {
      if (!answers.ok) {
        waiting.fail(new Error(`verification failed again and again: ${answers.error}`))
        continue
      }
      const error = answers.value[at]
      waiting.settle(error === null || error === undefined ? ok(undefined) : err(error))
    }
  }

  async function runTwice(batch: readonly Waiting[]): Promise<Result<VerifyAnswer, JobError>> {
    const job = packJob(batch)
    let failure: JobError = 'job-failed'
    for (let attempt = 0; attempt < 2; attempt++) {
      const answer = await pool.run(job)
      if (answer.ok && answer.value.length === batch.length) return answer
      failure = answer.ok ? 'job-failed' : answer.error
      if (failure === 'pool-closed') return new Promise(() => {})
    }
    return err(failure)
  }

  return {
    get busyCount() {
      return busyCount
    },
    verify(canonical, facts) {
      busyCount++
      return new Promise((settle, fail) => {
        queue.push({ canonical, facts, settle, fail })
        schedule()
      })
    },
    close: () => pool.close(),
  }
}
