import type { Port } from '../rpc.ts'
import type { BallotJob } from './ballot-job.ts'

/** A thread of `ballot-worker.ts`. */
export interface LaneWorker extends Port {
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'error', listener: () => void): void
}

interface Lane {
  readonly worker: LaneWorker
  readonly waiting: Map<number, (holds: boolean) => void>
  hasFailed: boolean
}

/**
 * Verifies ballots on several threads. The answer is false as well when a thread fails: whoever asks then verifies the ballot by
 * itself, so that a thread can make the check slow but never wrong.
 */
export function ballotLanes(workers: readonly LaneWorker[]): (job: BallotJob) => Promise<boolean> {
  const lanes = workers.map((worker): Lane => {
    const lane: Lane = { worker, waiting: new Map(), hasFailed: false }
    worker.addEventListener('message', ({ data }) => {
      const { id, holds } = data as { readonly id: number; readonly holds: boolean }
      lane.waiting.get(id)?.(holds === true)
      lane.waiting.delete(id)
    })
    worker.addEventListener('error', () => {
      lane.hasFailed = true
      for (const answer of lane.waiting.values()) answer(false)
      lane.waiting.clear()
    })
    return lane
  })
  let last = 0
  return (job) => {
    const [lane] = lanes.filter(({ hasFailed }) => !hasFailed).sort((a, b) => a.waiting.size - b.waiting.size)
    if (lane === undefined) return Promise.resolve(false)
    const id = ++last
    return new Promise((resolve) => {
      lane.waiting.set(id, resolve)
      lane.worker.postMessage({ id, job })
    })
  }
}
