import { callOver, type Port, type Remote } from '../src/rpc.ts'
import type { BoardCalls, Snapshot } from '../src/snapshot.ts'
import type { SnapshotWord } from '../src/worker.ts'

/** The worker's last word, for React's `useSyncExternalStore`, and the questions one may ask it. */
export interface BoardStore {
  readonly calls: Remote<BoardCalls>
  subscribe(listener: () => void): () => void
  /** Null until the worker spoke for the first time. */
  snapshot(): Snapshot | null
  /** Whether the worker broke off: a bug, or a browser that is too old. */
  failure(): string | null
}

export function createBoardStore(worker: Port & Pick<EventTarget, 'addEventListener'>): BoardStore {
  let last: Snapshot | null = null
  let failure: string | null = null
  const listeners = new Set<() => void>()
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  worker.addEventListener('message', (event: { readonly data?: unknown }) => {
    const { snapshot } = (event.data ?? {}) as Partial<SnapshotWord>
    if (snapshot === undefined) return
    last = snapshot
    tell()
  })
  worker.addEventListener('error', (event) => {
    failure = (event as ErrorEvent).message || 'worker'
    tell()
  })
  return {
    calls: callOver<BoardCalls>(worker),
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    snapshot: () => last,
    failure: () => failure,
  }
}
