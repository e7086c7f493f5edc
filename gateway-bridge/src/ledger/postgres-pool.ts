import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Primary, PrimaryWatch } from './postgres-primary.ts'
import { PostgresFailure, PostgresSession } from './postgres-session.ts'

const MOST_SESSIONS = 4
const PRIMARY_WAIT_MS = 5_000

/**
 * Sessions that read. They go on while the primary waits for its standbys; what must not be handed out before a standby has it
 * is confirmed by whoever reads it (`snapshot`).
 */
export interface ReadPool {
  /** Waits and is done again, whatever happens to servers, until it is done or the pool is closed. `work` is repeatable. */
  read<T>(work: (session: PostgresSession) => Promise<T>): Promise<T>
  /** The same, but gives up with `PostgresFailure` at the first failure. */
  once<T>(work: (session: PostgresSession) => Promise<T>): Promise<T>
  close(): Promise<void>
}

interface Pooled {
  readonly session: PostgresSession
  readonly generation: number
}

export function createReadPool({ watch, clock }: { watch: PrimaryWatch; clock: Clock }): ReadPool {
  const all = new Set<Pooled>()
  const idle: Pooled[] = []
  const waiting: (() => void)[] = []
  let inUse = 0
  let isClosing = false

  const stopWatching = watch.onReport(() => {
    const generation = watch.current?.generation
    for (const pooled of all) if (pooled.generation !== generation) pooled.session.destroy()
  })

  async function sessionOf({ target, generation }: Primary): Promise<Pooled> {
    for (let next = idle.pop(); next !== undefined; next = idle.pop()) {
      if (next.session.isOpen && next.generation === generation) return next
      next.session.destroy()
    }
    const pooled = { session: await PostgresSession.open(target, clock), generation }
    all.add(pooled)
    pooled.session.onEnd(() => all.delete(pooled))
    return pooled
  }

  async function once<T>(work: (session: PostgresSession) => Promise<T>): Promise<T> {
    while (inUse >= MOST_SESSIONS) await new Promise<void>((resolve) => waiting.push(resolve))
    inUse++
    try {
      const pooled = await sessionOf(watch.current ?? (await watch.whenKnown(PRIMARY_WAIT_MS)))
      try {
        const value = await work(pooled.session)
        if (isClosing) pooled.session.destroy()
        else idle.push(pooled)
        return value
      } catch (error) {
        pooled.session.destroy()
        throw error
      }
    } finally {
      inUse--
      waiting.shift()?.()
    }
  }

  return {
    once,
    async read(work) {
      for (;;) {
        try {
          return await once(work)
        } catch (error) {
          if (!(error instanceof PostgresFailure) || error.storage === 'storage-broken' || isClosing)
            throw error
          watch.lookNow()
          await clock.sleep(250)
        }
      }
    },
    async close() {
      isClosing = true
      stopWatching()
      await Promise.all(idle.splice(0).map(({ session }) => session.close()))
      for (const { session } of all) session.destroy()
    },
  }
}
