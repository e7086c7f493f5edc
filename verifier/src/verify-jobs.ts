import { type BallotContext, proveBallot } from '@hanpyo/protocol/ballot/verify.ts'
import {
  encodeCommitments,
  type TogetherInput,
  verifyTogether,
} from '@hanpyo/protocol/ballot/verify-together.ts'
import { type BallotJob, type BallotJobElection, type BallotVerdict, hasCommitments } from './ballot-pool.ts'

/** A worker's share of the ballots: together where commitments were handed on, one by one where those do not come out. */
export function verifyJobs(
  input: TogetherInput,
  election: BallotJobElection,
  jobs: readonly BallotJob[],
): BallotVerdict[] {
  if (jobs.every(hasCommitments)) {
    const ballots = jobs.map((job) => ({ ...job, context: contextOf(election, job) }))
    if (verifyTogether(input, ballots)) return jobs.map(({ commitments }) => commitments)
  }
  return jobs.map((job) => {
    const proven = proveBallot(input.backend, job.canonical, contextOf(election, job))
    return proven.ok ? encodeCommitments(proven.value.commitments) : null
  })
}

function contextOf(
  election: BallotJobElection,
  { credentialIndex, credential, kioskKey }: BallotJob,
): BallotContext {
  return {
    ...election,
    credential: (index) => (index === credentialIndex ? credential : undefined),
    kioskKey: () => kioskKey,
  }
}
