import { workerData } from 'node:worker_threads'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { answerJobs } from '@hanpyo/platform/worker-job.ts'
import { createMsm } from '@hanpyo/protocol/group/msm.ts'
import type { BallotJob, BallotJobElection, BallotVerdict } from './ballot-pool.ts'
import { verifyJobs } from './verify-jobs.ts'

const backend = createNodeBackend()
const msm = createMsm()
const election = workerData as BallotJobElection

answerJobs(
  async (jobs: readonly BallotJob[]): Promise<BallotVerdict[]> =>
    verifyJobs({ backend: await backend, msm, random: nodeRandom }, election, jobs),
)
