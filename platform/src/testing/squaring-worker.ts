import { answerJobs } from '../worker-job.ts'

/** For the test of the pool: squares numbers, throws for negative ones, dies at 13. */
answerJobs((job: number) => {
  if (job === 13) process.exit(1)
  if (job < 0) throw new RangeError('negative')
  return job * job
})
