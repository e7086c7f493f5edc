import { createWorkerPool } from '@hanpyo/platform/workers.ts'
import type { BallotElection } from '@hanpyo/protocol/ballot/verify.ts'

/** One ballot with the facts it is verified against. */
export interface BallotJob {
  readonly canonical: Uint8Array
  readonly credentialIndex: number
  readonly credential: { readonly publicKey: Uint8Array; readonly contestIds: readonly number[] }
  readonly kioskKey: Uint8Array
  /** What somebody says the commitments of its proof are (adr/0016); saves time when it is true. */
  readonly commitments?: Uint8Array | undefined
}

/** `null` for no valid ballot; otherwise the commitments of its proof, empty where they were not computed. */
export type BallotVerdict = Uint8Array | null

/** What every ballot of the election has in common. */
export interface BallotJobElection extends BallotElection {
  readonly credentialCount: number
}

/** Verifies ballots away from the thread that keeps the books. */
export interface BallotPool {
  /** A verdict for each job; `null` also when it could not be found out. */
  verify(jobs: readonly BallotJob[]): Promise<readonly BallotVerdict[]>
  close(): Promise<void>
}

/** Ballots sent to a worker at once: about 20 ms of work. */
const JOBS_AT_ONCE = 32
/** With commitments: the more are checked together, the less each of them costs. */
const JOBS_TOGETHER = 256

/** A pool of `size` worker threads. Ballots a crashed worker had are reported as not verified. */
export function createBallotPool(size: number, election: BallotJobElection): BallotPool {
  const pool = createWorkerPool<readonly BallotJob[], readonly BallotVerdict[]>({
    module: new URL('./ballot-worker.ts', import.meta.url),
    size,
    workerData: election,
  })
  const verifyPart = async (jobs: readonly BallotJob[]): Promise<readonly BallotVerdict[]> => {
    const result = await pool.run(jobs)
    return result.ok ? result.value : jobs.map(() => null)
  }
  return {
    async verify(jobs) {
      const parts: Promise<readonly BallotVerdict[]>[] = []
      const atOnce = jobs.every(hasCommitments) ? JOBS_TOGETHER : JOBS_AT_ONCE
      for (let at = 0; at < jobs.length; at += atOnce) parts.push(verifyPart(jobs.slice(at, at + atOnce)))
      return (await Promise.all(parts)).flat()
    },
    close: () => pool.close(),
  }
}

/** Whether a ballot can be verified together with others. */
export function hasCommitments<Job extends BallotJob>(
  job: Job,
): job is Job & { readonly commitments: Uint8Array } {
  return job.commitments !== undefined && job.commitments.length > 0
}
