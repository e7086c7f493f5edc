import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { answerJobs } from '@hanpyo/platform/worker-job.ts'
import { type BallotInput, makeBallot } from './make-ballot.ts'

const backend = await createNodeBackend()

answerJobs<readonly BallotInput[], Uint8Array[]>((inputs) =>
  inputs.map((input) => makeBallot(backend, nodeRandom, input)),
)
