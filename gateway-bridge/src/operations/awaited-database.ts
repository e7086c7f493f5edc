import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { ServiceManager } from '@hanpyo/platform/sd-notify.ts'
import type { Result } from '@hanpyo/protocol/result.ts'
import type { LedgerEngine } from '../ledger/engine.ts'
import type { OpenWait } from '../ledger/postgres-opening.ts'
import type { FrontDoor } from './front-door.ts'
import type { ServeError } from './serve-http.ts'
import { askForMoreTime } from './service.ts'

/** A start that waits for its database, and says so in the log, over HTTP and to systemd. */
export interface AwaitedDatabase {
  /** For opening the store: waits as long as it takes. */
  readonly wait: OpenWait
  /** Set when the waiting has to end because HTTP cannot be served. */
  readonly failure: Result<never, ServeError> | undefined
  /** The store is open; it may be lost again before the bridge has read it. */
  follow(engine: Pick<LedgerEngine, 'trouble'>): void
  /** The bridge has started, or will not. */
  over(): void
}

const LOOK_MS = 1_000
/** A failover that takes no longer needs no words. */
const QUIET_LOOKS = 5

export function awaitDatabase(deps: {
  readonly door: FrontDoor
  readonly log: Logger
  readonly manager: ServiceManager
  /** Real time. */
  readonly clock: Clock
  /** The bridge is told to stop. */
  readonly signal: AbortSignal
}): AwaitedDatabase {
  const { door, log, manager, clock } = deps
  const giveUp = new AbortController()
  let failure: Result<never, ServeError> | undefined
  let stopAsking: (() => void) | undefined
  let looking: Timer | undefined
  let said = ''
  const say = (reason: string) => {
    said = reason
    stopAsking ??= askForMoreTime(manager, log)
    void door.openWaiting(reason).then((opened) => {
      if (!opened.ok) {
        failure = opened
        giveUp.abort()
        return
      }
      log.warn('database-awaited', {
        reason,
        url: opened.value.url,
        message:
          'No database server takes ballots yet. The bridge waits and starts by itself; kiosks keep their ballots.',
      })
    })
  }
  return {
    wait: {
      openWaitMs: Number.POSITIVE_INFINITY,
      signal: AbortSignal.any([deps.signal, giveUp.signal]),
      onWaiting: say,
    },
    get failure() {
      return failure
    },
    follow(engine) {
      let looks = 0
      const look = () => {
        const { trouble } = engine
        looks = trouble === null ? 0 : looks + 1
        if (trouble !== null && looks >= QUIET_LOOKS && trouble !== said) say(trouble)
        looking = clock.setTimeout(look, LOOK_MS)
      }
      looking = clock.setTimeout(look, LOOK_MS)
    },
    over() {
      clock.clearTimeout(looking)
      stopAsking?.()
    },
  }
}
