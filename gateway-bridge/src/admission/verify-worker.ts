import { workerData } from 'node:worker_threads'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { answerJobs } from '@hanpyo/platform/worker-job.ts'
import { verifyBallot } from '@hanpyo/protocol/ballot/verify.ts'
import { contextFor, type ElectionFacts } from './ballot-verifier.ts'
import { unpackJob, type VerifyAnswer, type VerifyJob } from './worker-verifier.ts'

const election = workerData as ElectionFacts
const backend = await createNodeBackend()

answerJobs<VerifyJob, VerifyAnswer>((job) =>
  unpackJob(job).map(({ canonical, facts }) => {
    const verified = verifyBallot(backend, canonical, contextFor(election, facts))
    return verified.ok ? null : verified.error
  }),
)
