import { availableParallelism } from 'node:os'
import { type BatchGroup, createBatch } from '@hanpyo/protocol/group/batch.ts'
import { type BatchAnswer, type BatchJob, runBatchJob } from '@hanpyo/protocol/group/batch-job.ts'
import type { Group } from '@hanpyo/protocol/group/group.ts'
import { createMsm } from '@hanpyo/protocol/group/msm.ts'
import { createWorkerPool, type WorkerPool } from '../workers.ts'

export interface BatchPool {
  readonly batch: BatchGroup
  /** Ends the threads. Work that is still running fails. */
  close(): Promise<void>
}

/** Jobs done on the calling thread before threads are started: a small election never pays for them. */
const JOBS_WITHOUT_THREADS = 8

/**
 * Group operations over long lists on `size` threads (default: one for each core), which start when there is enough to
 * do. A thread that ends unexpectedly fails the operation; a check is never answered without having been made.
 */
export function createBatchPool(group: Group, size = availableParallelism()): BatchPool {
  const msm = createMsm()
  let pool: WorkerPool<BatchJob, BatchAnswer> | undefined
  let done = 0
  const run = async (job: BatchJob): Promise<BatchAnswer> => {
    if (pool === undefined && (size < 2 || ++done <= JOBS_WITHOUT_THREADS))
      return runBatchJob(group, msm, job)
    pool ??= createWorkerPool({ module: new URL('./batch-worker.ts', import.meta.url), size })
    const answer = await pool.run(job)
    if (!answer.ok) throw new Error(`a computing thread failed: ${answer.detail ?? answer.error}`)
    return answer.value
  }
  return {
    batch: createBatch(group, msm, { parallel: size, run }),
    close: async () => pool?.close(),
  }
}

/** Runs `work` with threads that end with it, however it ends. */
export async function withBatchPool<T>(group: Group, work: (batch: BatchGroup) => Promise<T>): Promise<T> {
  const pool = createBatchPool(group)
  try {
    return await work(pool.batch)
  } finally {
    await pool.close()
  }
}
