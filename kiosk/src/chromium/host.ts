import { type ChromiumOptions, chromiumArguments } from './arguments.ts'
import { type BrowserRun, restartPolicy } from './restart-policy.ts'

export interface BrowserProcess {
  /** Resolves when the process has ended, with its exit code (null when a signal ended it). */
  readonly ended: Promise<number | null>
  kill(): void
}

export interface HostDeps {
  readonly spawn: (command: string, args: readonly string[]) => BrowserProcess
  /** Makes an empty profile folder; `remove` deletes it with all that the browser left there. */
  readonly makeProfile: () => Promise<{ path: string; remove: () => Promise<void> }>
  readonly now: () => number
  /** Resolves after `delayMs`, or at once when the signal aborts. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>
  readonly log: (event: string, fields: Record<string, unknown>) => void
}

export interface HostOptions extends Omit<ChromiumOptions, 'profileDir'> {
  /** Path of the browser, for example `/usr/bin/chromium`. */
  readonly command: string
}

/**
 * Keeps one browser on the core's page until the signal aborts: each run gets a fresh profile, removed afterwards; an
 * exit is answered by `restartPolicy`. Resolves with 0 after an abort and with 1 when the policy gave up.
 */
export async function runBrowser(options: HostOptions, deps: HostDeps, signal: AbortSignal): Promise<number> {
  const runs: BrowserRun[] = []
  while (!signal.aborted) {
    const profile = await deps.makeProfile()
    const startedMs = deps.now()
    try {
      const browser = deps.spawn(options.command, chromiumArguments({ ...options, profileDir: profile.path }))
      const stop = (): void => browser.kill()
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
      const code = await browser.ended
      signal.removeEventListener('abort', stop)
      runs.push({ startedMs, endedMs: deps.now() })
      deps.log('browser-ended', { code })
    } finally {
      await profile.remove()
    }
    if (signal.aborted) break
    const action = restartPolicy(runs)
    deps.log('browser-restart', { ...action })
    if (action.kind === 'give-up') return 1
    await deps.sleep(action.delayMs, signal)
  }
  return 0
}
