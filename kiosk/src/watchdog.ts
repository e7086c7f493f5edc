import { join } from 'node:path'
import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import { writeDurable } from '@hanpyo/platform/durable-file.ts'
import type { ServiceManager } from '@hanpyo/platform/sd-notify.ts'

/** A page asks for news at least every 25 s; three missed in a row mean that it hangs. */
export const PAGE_SILENCE_MS = 90_000

export interface WatchdogDeps {
  readonly manager: ServiceManager
  /** Real time. */
  readonly clock: Clock
  /** Writes and syncs a small file where the ballots lie. */
  readonly canWrite: () => Promise<boolean>
  readonly onUnhealthy: (problem: 'disk' | 'page') => void
}

/**
 * Tells systemd that the core is alive only while it is of use: the ballots' disk takes a write, and a page that has once asked goes on
 * asking. A core that is silent is started anew, and with it the page; a core no page has asked yet waits for one.
 */
export class Watchdog {
  readonly #deps: WatchdogDeps
  #timer: Timer | undefined
  /** Runs on a timer, not on the time of day: setting the clock neither accuses the page nor covers for it. */
  #silence: Timer | undefined
  #isSilent = false
  #isClosed = false

  constructor(deps: WatchdogDeps) {
    this.#deps = deps
  }

  /** The page asked something. */
  heard(): void {
    const { clock } = this.#deps
    clock.clearTimeout(this.#silence)
    this.#isSilent = false
    if (this.#isClosed) return
    this.#silence = clock.setTimeout(() => {
      this.#isSilent = true
    }, PAGE_SILENCE_MS)
  }

  async start(): Promise<void> {
    await this.#deps.manager.notify('READY=1')
    this.#next()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#deps.clock.clearTimeout(this.#timer)
    this.#deps.clock.clearTimeout(this.#silence)
    await this.#deps.manager.notify('STOPPING=1')
  }

  /** One look; resolves when systemd was told, or not. */
  async look(): Promise<boolean> {
    const { canWrite, manager, onUnhealthy } = this.#deps
    const problem = this.#isSilent ? 'page' : (await canWrite()) ? null : 'disk'
    if (problem !== null) {
      onUnhealthy(problem)
      return false
    }
    await manager.notify('WATCHDOG=1')
    return true
  }

  /** Not even a program that cannot be started ends the core; systemd judges by the silence. */
  async #lookAgain(): Promise<void> {
    await this.look().catch(() => false)
    this.#next()
  }

  #next(): void {
    const { clock, manager } = this.#deps
    if (manager.watchdogMs === null || this.#isClosed) return
    this.#timer = clock.setTimeout(() => void this.#lookAgain(), manager.watchdogMs)
  }
}

/** Whether a folder takes a durable write now. */
export function writeTest(folder: string): () => Promise<boolean> {
  return async () => {
    try {
      await writeDurable(join(folder, 'write-test'), 'ok\n')
      return true
    } catch {
      // Whatever the reason, ballots could not be stored either; the log has it from the one who tries.
      return false
    }
  }
}
