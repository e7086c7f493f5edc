import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Leadership } from './engine.ts'
import type { PrimaryWatch } from './postgres-primary.ts'
import { PostgresFailure, PostgresSession } from './postgres-session.ts'

/** A session that says nothing for so long is ended by the server, and its lock with it. */
const SILENCE = '9s'
const HEARTBEAT_MS = 2_000
const PRIMARY_WAIT_MS = 2_000
const LOCK = 'pg_try_advisory_lock(1751215472, 3)'

/** Takes the advisory lock on a connection of its own, and keeps that connection alive. */
export async function takeLead({
  watch,
  clock,
}: {
  readonly watch: PrimaryWatch
  readonly clock: Clock
}): Promise<Leadership | null> {
  let session: PostgresSession | undefined
  try {
    const { target, generation } = await watch.whenKnown(PRIMARY_WAIT_MS)
    session = await PostgresSession.open(target, clock, 'hanpyo-leader')
    await session.script(`SET idle_session_timeout = '${SILENCE}'`)
    const [row] = await session.query<{ taken: boolean }>(`SELECT ${LOCK} AS taken`)
    if (row?.taken) return hold(session, generation, watch, clock)
    await session.close()
    return null
  } catch (error) {
    session?.destroy()
    if (error instanceof PostgresFailure) return null
    throw error
  }
}

function hold(session: PostgresSession, generation: number, watch: PrimaryWatch, clock: Clock): Leadership {
  const listeners = new Set<() => void>()
  const ending = new AbortController()
  let isReleased = false
  // Also when this server lives on as an old primary, or has lived through a crash.
  const stopWatching = watch.onReport(() => {
    if (watch.current?.generation !== generation) session.destroy()
  })
  session.onEnd(() => {
    ending.abort()
    stopWatching()
    if (isReleased) return
    for (const listener of listeners) listener()
    listeners.clear()
  })
  const beat = async () => {
    for (;;) {
      await clock.sleep(HEARTBEAT_MS, ending.signal)
      await session.query('SELECT 1')
    }
  }
  beat().catch(() => session.destroy())
  return {
    get isHeld() {
      return session.isOpen && !isReleased
    },
    onLost(listener) {
      if (isReleased) return
      if (session.isOpen) listeners.add(listener)
      else listener()
    },
    async release() {
      isReleased = true
      session.destroy()
    },
  }
}
