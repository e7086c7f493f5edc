import { createWorkerPool } from '@hanpyo/platform/workers.ts'
import type { BallotElection } from '@hanpyo/protocol/ballot/verify.ts'

/** One ballot with the facts it is verified against. */
export interface BallotJob {
  readonly canonical: Uint8Array
  readonly credentialIndex: number
  readonly credential: { readonly publicKey: Uint8Array; readonly contestIds: readonly number[] }
  readonly kioskKey: Uint8Array
}

/** What every ballot of the election has in common. */
export interface BallotJobElection extends BallotElection {
  readonly credentialCount: number
}

/** Verifies ballots away from the thread that keeps the books. */
export interface BallotPool {
  /** For each job whether it is a valid ballot; false also when that could not be found out. */
  verify(jobs: readonly BallotJob[]): Promise<readonly boolean[]>
  close(): Promise<void>
}

/** Ballots sent to a worker at once: about 20 ms of work. */
const JOBS_AT_ONCE = 32

/** A pool of `size` worker threads. Ballots a crashed worker had are reported as not verified. */
export function createBallotPool(size: number, election: BallotJobElection): BallotPool {
  const pool = createWorkerPool<readonly BallotJob[], readonly boolean[]>({
    module: new URL('./ballot-worker.ts', import.meta.url),
    size,
    workerData: election,
  })
  const verifyPart = async (jobs: readonly BallotJob[]): Promise<readonly boolean[]> => {
    const result = await pool.run(jobs)
    return result.ok ? result.value : jobs.map(() => false)
  }
  return {
    async verify(jobs) {
      const parts: Promise<readonly boolean[]>[] = []
      for (let at = 0; at < jobs.length; at += JOBS_AT_ONCE) {
        parts.push(verifyPart(jobs.slice(at, at + JOBS_AT_ONCE)))
      }
      return (await Promise.all(parts)).flat()
    },
    close: () => pool.close(),
  }
}
