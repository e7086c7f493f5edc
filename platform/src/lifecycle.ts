import { type Logger, silentLogger } from './logger.ts'

/** Opens in order, closes in reverse; the one place where a process learns that it has to end. */
export interface Lifecycle {
  /** Aborted as soon as closing starts. */
  readonly signal: AbortSignal
  /** Registers a closer. Registered after closing began, it runs at once. */
  onClose(name: string, close: () => void | Promise<void>): void
  /**
   * Runs all closers, last registered first, one after another; a failing or hanging one is logged and does
   * not keep the others from running. Further calls return the same promise.
   */
  close(reason?: string): Promise<void>
  /** Resolves when everything is closed, with whatever started it: `SIGTERM`, `parent-gone`, … */
  readonly closed: Promise<string>
}

export interface LifecycleOptions {
  readonly log?: Logger
  /** Close on SIGTERM and SIGINT; a second signal ends the process at once. Default true. */
  readonly signals?: boolean
  /** Close when standard input ends, so that a child started with a pipe does not outlive its parent. */
  readonly closeWithParent?: boolean
  /** Real milliseconds each closer may take. */
  readonly closerTimeoutMs?: number
}

export function createLifecycle(options: LifecycleOptions = {}): Lifecycle {
  const { log = silentLogger, signals = true, closeWithParent = false, closerTimeoutMs = 10_000 } = options
  const closers: { name: string; close: () => void | Promise<void> }[] = []
  const controller = new AbortController()
  const { promise: closed, resolve: resolveClosed } = Promise.withResolvers<string>()
  let closing: Promise<void> | undefined

  async function runCloser({ name, close }: { name: string; close: () => void | Promise<void> }) {
    try {
      await withTimeout(Promise.resolve(close()), closerTimeoutMs)
    } catch (error) {
      log.error('close-failed', { what: name, error })
    }
  }

  async function closeAll(reason: string): Promise<void> {
    log.debug('closing', { reason })
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) await runCloser(next)
    stopListening()
    resolveClosed(reason)
  }

  function close(reason = 'closed'): Promise<void> {
    if (closing === undefined) {
      controller.abort(new Error(`closing: ${reason}`))
      closing = closeAll(reason)
    }
    return closing
  }

  const onSignal = (name: NodeJS.Signals) => {
    if (closing !== undefined) process.exit(name === 'SIGINT' ? 130 : 143)
    void close(name)
  }
  const onParentGone = () => void close('parent-gone')
  if (signals) {
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  }
  if (closeWithParent) {
    process.stdin.on('end', onParentGone)
    process.stdin.on('error', onParentGone)
    process.stdin.resume()
  }
  function stopListening(): void {
    process.off('SIGTERM', onSignal)
    process.off('SIGINT', onSignal)
    if (!closeWithParent) return
    process.stdin.off('end', onParentGone)
    process.stdin.pause()
    process.stdin.unref?.()
  }

  return {
    signal: controller.signal,
    closed,
    close,
    onClose(name, closer) {
      if (closing === undefined) closers.push({ name, close: closer })
      else void runCloser({ name, close: closer })
    },
  }
}

function withTimeout(work: Promise<void>, timeoutMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error(`not closed within ${timeoutMs} ms`)), timeoutMs)
  work.then(resolve, reject)
  return promise.finally(() => clearTimeout(timer))
}

export { type Child, ChildError, type ChildExit, type ChildOptions, spawnChild } from './child.ts'
