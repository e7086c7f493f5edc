import type { Clock } from '@hanpyo/platform/clock.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { PURGE_MARKS } from './postgres-lane.ts'
import type { Primary, PrimaryWatch } from './postgres-primary.ts'
import type { Refusal } from './postgres-refusal.ts'
import { type Migration, migrate } from './postgres-schema.ts'
import { PostgresFailure, PostgresSession } from './postgres-session.ts'

/**
 * `no-primary`: within the time given no server took writes and had them confirmed. `stopped`: told to wait no longer.
 * `store-unsafe` and refusals do not pass by waiting and come at once.
 */
export type PostgresOpenError =
  | 'no-primary'
  | 'stopped'
  | 'store-unsafe'
  | 'storage-unavailable'
  | 'storage-broken'
  | 'schema-version'
  | Refusal

/** How a start goes about a database that has no primary yet. */
export interface OpenWait {
  /** Milliseconds to wait for a primary: 15,000 unless told, `Infinity` for as long as it takes. */
  readonly openWaitMs?: number
  /** Ends the waiting. */
  readonly signal?: AbortSignal
  /** Called when every server was asked and none can be used yet, and when the reasons change, at most every five seconds. */
  onWaiting?(why: string): void
}

export interface StoreOpening extends OpenWait {
  readonly watch: PrimaryWatch
  readonly clock: Clock
  readonly migrations?: readonly Migration[]
}

const OPEN_WAIT_MS = 15_000
const SAY_AGAIN_MS = 5_000
const RETRY_MS = 250
/** Nothing but reports ends a wait earlier. */
const TURN_MS = 60_000

/** Waits for a primary and brings its tables up to date; when it is lost on the way, waits for the next one. */
export async function openStore(opening: StoreOpening): Promise<Result<void, PostgresOpenError>> {
  const { watch, clock, signal, openWaitMs = OPEN_WAIT_MS } = opening
  const untilMs = clock.now() + openWaitMs
  const say = sayer(opening)
  for (;;) {
    const found = await awaitPrimary(opening, untilMs, say)
    if (!found.ok) return found
    try {
      return await bringUpToDate(opening, found.value)
    } catch (error) {
      if (!(error instanceof PostgresFailure)) throw error
      if (signal?.aborted) return err('stopped')
      if (error.storage === 'storage-broken') return err('storage-broken', error.message)
      if (error.sqlState === '42501') return err('database-login', error.message)
      if (clock.now() >= untilMs) return err('storage-unavailable', error.message)
      say(error.message)
      watch.lookNow()
      await clock.sleep(RETRY_MS, signal).catch(() => {})
    }
  }
}

async function awaitPrimary(
  { watch, clock, signal }: StoreOpening,
  untilMs: number,
  say: (why: string) => void,
): Promise<Result<Primary, PostgresOpenError>> {
  for (;;) {
    if (signal?.aborted) return err('stopped')
    const { current, trouble, hopeless, isEveryoneAsked } = watch
    if (current !== undefined && trouble === null) return ok(current)
    if (hopeless !== undefined) return err(hopeless.error, hopeless.why)
    const leftMs = untilMs - clock.now()
    const why = trouble ?? 'no primary was found'
    if (isEveryoneAsked) {
      if (leftMs <= 0) return err('no-primary', why)
      say(why)
    }
    await watch.nextReport(leftMs <= 0 ? TURN_MS : Math.min(leftMs, TURN_MS), signal)
  }
}

async function bringUpToDate(
  { watch, clock, signal, migrations }: StoreOpening,
  { target, generation }: Primary,
): Promise<Result<void, 'schema-version'>> {
  const session = await PostgresSession.open(target, clock)
  const drop = () => session.destroy()
  signal?.addEventListener('abort', drop, { once: true })
  const stopWatching = watch.onReport(() => {
    if (watch.current?.generation !== generation) drop()
  })
  try {
    const migrated = await migrate(session, migrations)
    if (migrated.ok) await session.query(PURGE_MARKS)
    return migrated
  } finally {
    stopWatching()
    signal?.removeEventListener('abort', drop)
    await session.close()
  }
}

/** Hands reasons on when they are new, and not faster than somebody can read them. */
function sayer({ clock, onWaiting }: StoreOpening): (why: string) => void {
  let said = ''
  let saidMs = Number.NEGATIVE_INFINITY
  return (why) => {
    if (why === said || clock.now() - saidMs < SAY_AGAIN_MS) return
    said = why
    saidMs = clock.now()
    onWaiting?.(why)
  }
}
