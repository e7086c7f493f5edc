import { type BatchAnswer, type BatchJob, runBatchJob } from '@hanpyo/protocol/group/batch-job.ts'
import { createMsm } from '@hanpyo/protocol/group/msm.ts'
import { createSodiumGroup } from '@hanpyo/protocol/group/sodium.ts'
import { answerJobs } from '../worker-job.ts'

const msm = createMsm()
const group = createSodiumGroup()

answerJobs<BatchJob, BatchAnswer>(async (job) => runBatchJob(await group, msm, job))
