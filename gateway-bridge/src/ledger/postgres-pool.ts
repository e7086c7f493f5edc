import type { Clock } from '@hanpyo/platform/clock.ts'
import type { PrimaryWatch } from './postgres-primary.ts'
import { PostgresFailure, PostgresSession } from './postgres-session.ts'

const MOST_SESSIONS = 4
const PRIMARY_WAIT_MS = 5_000

/** Sessions that read. Whatever happens to servers, a read waits and is done again, until it is done or the pool is closed. */
export interface ReadPool {
  /** `work` has to be repeatable. */
  read<T>(work: (session: PostgresSession) => Promise<T>): Promise<T>
  /** The same, but gives up with `PostgresFailure` at the first failure. */
  once<T>(work: (session: PostgresSession) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export function createReadPool({ watch, clock }: { watch: PrimaryWatch; clock: Clock }): ReadPool {
  const idle: { readonly session: PostgresSession; readonly generation: number }[] = []
  const waiting: (() => void)[] = []
  let inUse = 0
  let isClosing = false

  async function once<T>(work: (session: PostgresSession) => Promise<T>): Promise<T> {
    while (inUse >= MOST_SESSIONS) await new Promise<void>((resolve) => waiting.push(resolve))
    inUse++
    try {
      const { target, generation } = await watch.whenKnown(PRIMARY_WAIT_MS)
      let session: PostgresSession | undefined
      for (let next = idle.pop(); next !== undefined && session === undefined; ) {
        if (next.generation === generation && next.session.isOpen) session = next.session
        else {
          next.session.destroy()
          next = idle.pop()
        }
      }
      session ??= await PostgresSession.open(target, clock)
      try {
        const value = await work(session)
        if (isClosing) session.destroy()
        else idle.push({ session, generation })
        return value
      } catch (error) {
        session.destroy()
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
      await Promise.all(idle.splice(0).map(({ session }) => session.close()))
    },
  }
}
