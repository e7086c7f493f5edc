import { workerData } from 'node:worker_threads'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { answerJobs } from '@hanpyo/platform/worker-job.ts'
import { verifyBallot } from '@hanpyo/protocol/ballot/verify.ts'
import type { BallotJob, BallotJobElection } from './ballot-pool.ts'

const backend = createNodeBackend()
const election = workerData as BallotJobElection

answerJobs(async (jobs: readonly BallotJob[]): Promise<boolean[]> => {
  const ready = await backend
  return jobs.map(({ canonical, credentialIndex, credential, kioskKey }) => {
    const context = {
      ...election,
      credential: (index: number) => (index === credentialIndex ? credential : undefined),
      kioskKey: () => kioskKey,
    }
    return verifyBallot(ready, canonical, context).ok
  })
})
