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
  /** The core's entry address of its present boot; `null` while the core does not answer. */
  readonly entryUrl: () => Promise<string | null>
  readonly now: () => number
  /** Resolves after `delayMs`, or at once when the signal aborts. */
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>
  readonly log: (event: string, fields: Record<string, unknown>) => void
}

export interface HostOptions extends Omit<ChromiumOptions, 'profileDir' | 'url'> {
  /** Path of the browser, for example `/usr/bin/chromium`. */
  readonly command: string
}

/** How often the host looks whether the core has restarted, and waits for one that does not answer. */
const LOOK_MS = 2_000

/**
 * Keeps one browser on the core's page until the signal aborts: each run gets a fresh profile, removed afterwards. A
 * core that restarted has a new token, so its browser is replaced at once; any other exit is answered by
 * `restartPolicy`. Resolves with 0 after an abort and with 1 when the policy gave up.
 */
export async function runBrowser(options: HostOptions, deps: HostDeps, signal: AbortSignal): Promise<number> {
  const runs: BrowserRun[] = []
  while (!signal.aborted) {
    const url = await deps.entryUrl()
    if (url === null) {
      await deps.sleep(LOOK_MS, signal)
      continue
    }
    const startedMs = deps.now()
    const end = await runOnce({ ...options, url }, deps, signal)
    deps.log('browser-ended', { ...end })
    if (signal.aborted) break
    if (end.isCoreRestarted) continue
    runs.push({ startedMs, endedMs: deps.now() })
    const action = restartPolicy(runs)
    deps.log('browser-restart', { ...action })
    if (action.kind === 'give-up') return 1
    await deps.sleep(action.delayMs, signal)
  }
  return 0
}

interface RunEnd {
  readonly code: number | null
  readonly isCoreRestarted: boolean
}

async function runOnce(
  options: HostOptions & { readonly url: string },
  deps: HostDeps,
  signal: AbortSignal,
): Promise<RunEnd> {
  const profile = await deps.makeProfile()
  const browserEnded = new AbortController()
  try {
    const browser = deps.spawn(options.command, chromiumArguments({ ...options, profileDir: profile.path }))
    const stop = (): void => browser.kill()
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    const watching = watchCore(options.url, deps, browserEnded.signal, stop)
    const code = await browser.ended
    browserEnded.abort()
    signal.removeEventListener('abort', stop)
    return { code, isCoreRestarted: await watching }
  } finally {
    browserEnded.abort()
    await profile.remove()
  }
}

/** Resolves true when it stopped the browser because the core has another entry address now. */
async function watchCore(
  url: string,
  deps: HostDeps,
  ended: AbortSignal,
  stop: () => void,
): Promise<boolean> {
  while (!ended.aborted) {
    await deps.sleep(LOOK_MS, ended)
    if (ended.aborted) break
    const now = await deps.entryUrl()
    // A core that does not answer may be on its way back; the page itself says so meanwhile.
    if (now === null || now === url || ended.aborted) continue
    stop()
    return true
  }
  return false
}
