import type { Clock } from '@hanpyo/platform/clock.ts'
import { DurableWriteError } from '@hanpyo/platform/durable-file.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { mayPass, SqliteError } from '@hanpyo/platform/sqlite.ts'
import { OversizeError, SourceError } from '../source/source.ts'
import type { Mirror, MirrorView } from './mirror.ts'

/** What a mirror's page says: the mirror itself, and whether the log can be read. */
export interface MirrorStatus extends MirrorView {
  /** Code of the last failure to read the log; `null` when the last look worked. */
  readonly unreadable: string | null
  /** POSIX seconds of the last look that worked; `null` before the first. */
  readonly lookedAt: number | null
}

export interface Following {
  status(): MirrorStatus
  /** Looks now, or joins the look that is running. */
  look(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the mirror again and again where reading breaks off, and looks at the log every `pollMs`. `onBroken` is called once for
 * what no later look can mend, a failed fsync among it: the process has to stop, because memory and page cache may claim what
 * is not on disk.
 */
export async function followLog(options: {
  readonly open: () => Promise<Mirror>
  readonly clock: Clock
  readonly pollMs: number
  readonly log: Logger
  readonly onBroken: (error: unknown) => void
  /** Called after each look that worked, before the next. */
  readonly afterLook?: (mirror: Mirror) => Promise<void>
}): Promise<Following> {
  const { open, clock, pollMs, log, onBroken } = options
  const stop = new AbortController()
  let mirror = await open()
  let unreadable: string | null = null
  let lookedAt: number | null = null
  let running: Promise<void> | undefined
  let reported: string | null = null

  async function look(): Promise<void> {
    try {
      if (mirror.isDirty) {
        await mirror.close()
        mirror = await open()
      }
      const followed = await mirror.follow()
      if (followed.ok) await options.afterLook?.(mirror)
      unreadable = null
      lookedAt = Math.floor(clock.now() / 1000)
    } catch (error) {
      const code = readFailure(error)
      if (code === null) throw error
      unreadable = code
    }
    const { size, problem, failure } = mirror.view
    const now = problem ?? unreadable
    if (now !== reported) log.warn('mirror-state', { size, problem: now, rule: failure?.rule ?? null })
    reported = now
  }

  const joined = (): Promise<void> => {
    running ??= look().finally(() => {
      running = undefined
    })
    return running
  }

  const loop = (async () => {
    while (!stop.signal.aborted) {
      await joined()
      await clock.sleep(pollMs, stop.signal).catch(() => undefined)
    }
  })().catch(onBroken)

  return {
    status: () => ({ ...mirror.view, unreadable, lookedAt }),
    look: joined,
    async close() {
      stop.abort()
      await loop
      await mirror.close()
    },
  }
}

/** Why a look broke off when another one may work; `null` for what a person has to see to. */
function readFailure(error: unknown): string | null {
  if (error instanceof SourceError) return error.code
  if (error instanceof OversizeError) return 'oversize'
  if (error instanceof SqliteError) return mayPass(error) ? error.code : null
  return error instanceof DurableWriteError && error.code === 'disk-full' ? error.code : null
}
