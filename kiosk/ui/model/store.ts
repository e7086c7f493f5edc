import type { Client } from '../../src/contract/define.ts'
import type { KioskContract } from '../../src/contract/kiosk-contract.ts'
import type { KioskView } from '../../src/contract/views.ts'

export interface Snapshot {
  /** The newest view, or `null` before the first answer. */
  readonly view: KioskView | null
  /** The core did not answer the last question; the page shows so and keeps asking. */
  readonly isUnreachable: boolean
  /** When `view` arrived, in `performance.now()` milliseconds; the idle countdown runs from here. */
  readonly receivedMs: number
}

export interface StoreDeps {
  readonly kiosk: Client<KioskContract>
  readonly now: () => number
  readonly sleep: (delayMs: number) => Promise<void>
  /** Called once when a voter has gone: the page reloads so that nothing of the session stays in it. */
  readonly onVoterGone: () => void
}

export interface ViewStore {
  subscribe(listener: () => void): () => void
  snapshot(): Snapshot
  /** Takes over a view that a call answered with. */
  accept(view: KioskView): void
  /** Follows the core until the signal aborts. */
  follow(signal: AbortSignal): Promise<void>
}

const RETRY_MS = 1_000

/** Holds the core's newest view and follows its changes by long poll. Drawing is somebody else's business. */
export function createViewStore({ kiosk, now, sleep, onVoterGone }: StoreDeps): ViewStore {
  let snapshot: Snapshot = { view: null, isUnreachable: false, receivedMs: 0 }
  const listeners = new Set<() => void>()

  const set = (next: Snapshot): void => {
    const before = snapshot.view?.session ?? null
    snapshot = next
    for (const listener of listeners) listener()
    if (before !== null && next.view !== null && next.view.session !== before) onVoterGone()
  }

  const store: ViewStore = {
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    snapshot: () => snapshot,
    accept: (view) => set({ view, isUnreachable: false, receivedMs: now() }),
    follow: async (signal) => {
      while (!signal.aborted) {
        const after = snapshot.isUnreachable ? null : (snapshot.view?.cursor ?? null)
        const answer = await kiosk.events({ after }, signal)
        if (signal.aborted) return
        if (answer.ok) {
          if (answer.value.cursor !== snapshot.view?.cursor || snapshot.isUnreachable)
            store.accept(answer.value)
        } else {
          set({ ...snapshot, isUnreachable: true })
          await sleep(RETRY_MS)
        }
      }
    },
  }
  return store
}
