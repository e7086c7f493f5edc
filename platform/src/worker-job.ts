import { parentPort } from 'node:worker_threads'
import type { JobAnswer } from './workers.ts'

/**
 * The worker's side of `createWorkerPool`: answers each job with what `work` returns; a throw fails that job
 * only. Call it once, at the top level of the worker's module.
 */
export function answerJobs<In, Out>(work: (job: In) => Out | Promise<Out>): void {
  const port = parentPort
  if (port === null) throw new Error('answerJobs is for worker threads')
  let previous = Promise.resolve()
  const run = async (job: In): Promise<void> => {
    let answer: JobAnswer
    try {
      answer = { ok: true, value: await work(job) }
    } catch (error) {
      answer = { ok: false, message: error instanceof Error ? error.message : String(error) }
    }
    port.postMessage(answer)
  }
  // One after another: the pool knows answers by their order.
  port.on('message', (job: In) => {
    previous = previous.then(() => run(job))
  })
}
