import { randomUUID } from 'node:crypto'
import type { Clock } from '@hanpyo/platform/clock.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { StorageError } from './engine.ts'
import type { PrimaryWatch } from './postgres-primary.ts'
import { PostgresFailure, PostgresSession } from './postgres-session.ts'
import { createTurnstile } from './turnstile.ts'

/** What a piece of work wants done with its transaction. */
export interface Ending<T> {
  readonly commit: boolean
  readonly value: T
}

/**
 * A connection that commits, and the rules by which nobody is ever told a wrong outcome (docs/adr/0014):
 * every transaction first writes its number into a row of its own, the mark, which stays locked until it has ended.
 * Whenever COMMIT is not answered with a plain success, the mark is read on a primary that has the read confirmed by its
 * standbys; that read waits for the lock, so that it comes after the end of the transaction, whatever that was.
 */
export interface Lane {
  /**
   * Runs `work` in a transaction, one at a time. `ok` once the commit is confirmed; an error only when it is known that nothing
   * was stored. Rejects with what `work` throws, unless the server is the cause. Conflicts with others are tried again when
   * `retries` says so: `work` has to be repeatable then.
   */
  run<T>(
    work: (session: PostgresSession) => Promise<Ending<T>>,
    options?: { readonly retries?: boolean },
  ): Promise<Result<T, StorageError>>
  close(): Promise<void>
}

export interface LaneOptions {
  readonly watch: PrimaryWatch
  readonly clock: Clock
}

/** How long a call waits for a primary before it says that the store is away. */
const PRIMARY_WAIT_MS = 5_000
/** Enough for any number of replicas; beyond it the conflict is a bug. */
const MOST_CONFLICTS = 20
const CONFLICTS = ['23505', '40001', '40P01']
/** After a later write was confirmed, an answer that does not come for so long was lost on the way. */
const LOST_ANSWER_MS = 5_000
/** How long a write under way may take when this is closed. */
const CLOSE_MS = 3_000
/** What the sessions of lanes are called at the server, followed by the key of their row in `commit_mark`. */
const WRITER_PREFIX = 'hanpyo-writer '

/**
 * Removes marks of writers that are gone: nobody has their session, and a million transactions have passed since their last.
 * (A row tells no time, but the server knows how many transactions old it is.)
 */
export const PURGE_MARKS = `DELETE FROM commit_mark WHERE age(xmin) > 1000000 AND NOT EXISTS
 (SELECT FROM pg_stat_activity WHERE application_name = '${WRITER_PREFIX}' || writer)`

export function createLane({ watch, clock }: LaneOptions): Lane {
  const oneAtATime = createTurnstile()
  const writer = randomUUID()
  const applicationName = `${WRITER_PREFIX}${writer}`
  let mark = 0
  let isClosing = false
  let open: { readonly session: PostgresSession; readonly generation: number } | undefined

  /** A server that is no longer the primary, or has been another since, is not waited for. */
  const stopWatching = watch.onReport(() => {
    const generation = watch.current?.generation
    if (open !== undefined && generation !== undefined && open.generation !== generation)
      open.session.destroy()
  })

  async function connection(waitMs: number): Promise<PostgresSession> {
    const { target, generation } = await watch.whenKnown(waitMs)
    if (open?.session.isOpen && open.generation === generation) return open.session
    open?.session.destroy()
    open = undefined
    const session = await PostgresSession.open(target, clock, applicationName).catch((error: unknown) => {
      watch.lookNow()
      throw error
    })
    open = { session, generation }
    // 0, whatever the number is by now: a server that lacks the row has none of the transactions that changed it.
    try {
      await session.query('INSERT INTO commit_mark VALUES ($1, 0) ON CONFLICT DO NOTHING', [writer])
    } catch (error) {
      // Without the row a transaction leaves no mark, and what it has stored would be said not to be.
      session.destroy()
      throw error
    }
    return session
  }

  /** Never sends a cancel; ends waiting only when the answer is known to have been lost. */
  async function commit(session: PostgresSession): Promise<'committed' | 'unknown'> {
    const sentMs = clock.now()
    const stop = watch.onReport(() => {
      const isLost = watch.confirmedSinceMs > sentMs && clock.now() - sentMs > LOST_ANSWER_MS
      if (isLost) session.destroy()
    })
    try {
      return await session.commit()
    } finally {
      stop()
    }
  }

  /** Whether the transaction that wrote `wanted` has committed. Does not return before that is known, or this is closed. */
  async function lookUp(wanted: number): Promise<boolean> {
    for (;;) {
      try {
        const session = await connection(PRIMARY_WAIT_MS)
        await session.script('BEGIN')
        const [row] = await session.query<{ mark: number }>(
          'SELECT mark FROM commit_mark WHERE writer = $1 FOR UPDATE',
          [writer],
        )
        await session.query("SELECT pg_logical_emit_message(true, 'hanpyo', '')")
        if ((await commit(session)) === 'committed') return (row?.mark ?? -1) >= wanted
      } catch (error) {
        if (!(error instanceof PostgresFailure)) throw error
        open?.session.destroy()
      }
      // The process ends: nobody acts on the answer any more, and the record is found when it starts again.
      if (isClosing) return false
      watch.lookNow()
      await clock.sleep(250)
    }
  }

  async function attempt<T>(
    work: (session: PostgresSession) => Promise<Ending<T>>,
  ): Promise<Result<T, StorageError> | 'conflict'> {
    let session: PostgresSession | undefined
    let ending: Ending<T>
    const mine = ++mark
    try {
      session = await connection(PRIMARY_WAIT_MS)
      await session.script(`BEGIN; UPDATE commit_mark SET mark = ${mine} WHERE writer = '${writer}'`)
      ending = await work(session)
      if (!ending.commit) {
        await session.script('ROLLBACK')
        return ok(ending.value)
      }
    } catch (error) {
      await session?.script('ROLLBACK').catch(() => session?.destroy())
      if (!(error instanceof PostgresFailure)) throw error
      if (error.sqlState === undefined) watch.lookNow()
      return CONFLICTS.includes(error.sqlState ?? '') ? 'conflict' : err(error.storage, error.message)
    }
    // Up to here nothing can have been stored; from here on it may have been.
    let outcome: 'committed' | 'unknown'
    try {
      outcome = await commit(session)
    } catch (error) {
      session.destroy()
      if (!(error instanceof PostgresFailure)) throw error
      return CONFLICTS.includes(error.sqlState ?? '') ? 'conflict' : err(error.storage, error.message)
    }
    if (outcome === 'committed' || (await lookUp(mine))) return ok(ending.value)
    return err('storage-unavailable', 'the connection was lost while committing; nothing was stored')
  }

  return {
    run: (work, { retries = false } = {}) =>
      oneAtATime(async () => {
        for (let conflicts = 1; ; conflicts++) {
          if (isClosing) return err('storage-unavailable', 'it is being closed')
          const result = await attempt(work)
          if (result !== 'conflict') return result
          if (!retries || conflicts === MOST_CONFLICTS)
            throw new Error('a write is in conflict with another one that nobody has made')
        }
      }),
    async close() {
      isClosing = true
      const giveUp = clock.setTimeout(() => open?.session.destroy(), CLOSE_MS)
      await oneAtATime(async () => {})
      clock.clearTimeout(giveUp)
      stopWatching()
      await open?.session.close()
    },
  }
}
