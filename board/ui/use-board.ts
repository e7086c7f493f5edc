import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import type { Snapshot } from '../src/snapshot.ts'
import type { LinkValues, Route } from './routes.ts'
import { parseRoute } from './routes.ts'
import type { BoardStore } from './store.ts'

export const StoreContext = createContext<BoardStore | null>(null)

export function useStore(): BoardStore {
  const store = useContext(StoreContext)
  if (store === null) throw new Error('no store around this component')
  return store
}

export function useSnapshot(): Snapshot | null {
  const store = useStore()
  return useSyncExternalStore(store.subscribe, store.snapshot)
}

export function useFailure(): string | null {
  const store = useStore()
  return useSyncExternalStore(store.subscribe, store.failure)
}

/** The place in the address; follows the back button. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash))
  useEffect(() => {
    const follow = (): void => setRoute(parseRoute(location.hash))
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return route
}

/** What the link brought, for as long as the page lives. */
export const LinkContext = createContext<LinkValues & { readonly isPinBroken: boolean }>({
  isPinBroken: false,
})

/** POSIX seconds, a new value every few seconds, so that “3 minutes ago” grows. */
export function useNow(everyMs = 5_000): number {
  const [now, setNow] = useState(() => Math.floor(Date.now() / 1000))
  useEffect(() => {
    const timer = setInterval(() => setNow(Math.floor(Date.now() / 1000)), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}

/** The worker's answer to a question; null while it is on its way. Asked again when `key` changes. */
export function useAnswer<T>(ask: () => Promise<T>, key: string): T | null {
  const [answer, setAnswer] = useState<{ readonly key: string; readonly value: T } | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` says when the question is another one
  useEffect(() => {
    let isCurrent = true
    void ask().then((value) => {
      if (isCurrent) setAnswer({ key, value })
    })
    return () => {
      isCurrent = false
    }
  }, [key])
  return answer === null ? null : answer.value
}
