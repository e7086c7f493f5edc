import { Worker } from 'node:worker_threads'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { type Logger, silentLogger } from './logger.ts'

export type JobError = 'worker-crashed' | 'job-failed' | 'pool-closed'

export interface PoolOptions {
  /** A module that calls `answerJobs`. */
  readonly module: URL
  /** Handed to every worker's module as `workerData`. */
  readonly workerData?: unknown
  readonly size: number
  /** Jobs that may wait besides those handed out; `run` holds its caller back beyond that. Default 2 × size. */
  readonly queueLimit?: number
  /** Jobs handed to a worker at once, so that it has the next one when this thread is busy. Default 1. */
  readonly jobsAhead?: number
  readonly log?: Logger
}

/** A fixed number of worker threads with a bounded queue in front of them. */
export interface WorkerPool<In, Out> {
  /** Runs one job. Waits for room when the queue is full, so that a fast source is slowed down to the workers. */
  run(job: In): Promise<Result<Out, JobError>>
  /** Jobs waiting and running. */
  readonly load: number
  /** Ends the workers; unfinished jobs fail with `pool-closed`. */
  close(): Promise<void>
}

interface Job<In, Out> {
  readonly input: In
  readonly settle: (result: Result<Out, JobError>) => void
}

interface Slot<In, Out> {
  /** Undefined after a crash, until the next job needs it: a module that cannot start must not loop. */
  worker: Worker | undefined
  /** Handed to the worker, which runs them one after another. */
  readonly jobs: Job<In, Out>[]
}

/** What a worker sends back for each job. */
export type JobAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string }

export function createWorkerPool<In, Out>(options: PoolOptions): WorkerPool<In, Out> {
  const { module, size, workerData, jobsAhead = 1, log = silentLogger } = options
  const queueLimit = options.queueLimit ?? 2 * size
  const queue: Job<In, Out>[] = []
  const heldBack: (() => void)[] = []
  let isClosed = false

  function start(slot: Slot<In, Out>): Worker {
    const worker = new Worker(module, { workerData })
    worker.on('message', (answer: JobAnswer) => {
      const job = slot.jobs.shift()
      job?.settle(answer.ok ? ok(answer.value as Out) : err('job-failed', answer.message))
      feed()
    })
    worker.on('error', (error) => log.error('worker-error', { error }))
    worker.on('exit', (code) => {
      if (isClosed) return
      log.warn('worker-crashed', { code })
      slot.worker = undefined
      const [running, ...untouched] = slot.jobs.splice(0)
      queue.unshift(...untouched)
      running?.settle(err('worker-crashed'))
      feed()
    })
    return worker
  }

  function feed(): void {
    for (let held = 0; held < jobsAhead; held++) {
      for (const slot of slots) {
        if (slot.jobs.length > held) continue
        const job = queue.shift()
        if (job === undefined) break
        slot.jobs.push(job)
        slot.worker ??= start(slot)
        slot.worker.postMessage(job.input)
      }
    }
    while (queue.length < queueLimit && heldBack.length > 0) heldBack.shift()!()
  }

  const slots = Array.from({ length: size }, () => {
    const slot: Slot<In, Out> = { worker: undefined, jobs: [] }
    slot.worker = start(slot)
    return slot
  })

  return {
    get load() {
      return queue.length + slots.reduce((count, { jobs }) => count + jobs.length, 0)
    },
    async run(input) {
      while (!isClosed && queue.length >= queueLimit) {
        await new Promise<void>((resolve) => heldBack.push(resolve))
      }
      if (isClosed) return err('pool-closed')
      return new Promise((settle) => {
        queue.push({ input, settle })
        feed()
      })
    },
    async close() {
      isClosed = true
      for (const resume of heldBack.splice(0)) resume()
      for (const job of queue.splice(0)) job.settle(err('pool-closed'))
      for (const slot of slots) for (const job of slot.jobs.splice(0)) job.settle(err('pool-closed'))
      await Promise.all(slots.map((slot) => slot.worker?.terminate()))
    },
  }
}
