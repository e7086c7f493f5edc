import { backoffMs } from '@hanpyo/platform/backoff.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import { type Logger, silentLogger } from '@hanpyo/platform/logger.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import type { ConnectionState } from './connection-state.ts'
import { openTransport, type Transport } from './transport.ts'

/** What every device on a line is handed. */
export interface LineDeviceOptions {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly log?: Logger
  /** For tests; default opens the real device. */
  readonly open?: (uri: string) => Promise<Transport>
}

export interface ConnectionOptions extends LineDeviceOptions {
  /** What the device is, for the log: `keypad`, `lamp`. */
  readonly name: string
  /** Called when the device was opened, before anybody hears of it. Listen to its data here. */
  readonly onOpened: (transport: Transport) => void
  /** Called when it is gone, before anybody hears of it. */
  readonly onGone?: (transport: Transport) => void
  /** Whether to try again after the device ended by itself for this reason. Default always. */
  readonly isWorthReopening?: (reason: string) => boolean
}

export interface Connection {
  readonly state: ConnectionState
  /** The open device; undefined while it is gone. */
  readonly transport: Transport | undefined
  onState(listener: (state: ConnectionState) => void): () => void
  /** Opens the device now instead of after the back-off; resolves when that was tried. Does nothing while it is open. */
  retryNow(): Promise<void>
  close(): Promise<void>
}

const BACKOFF = { baseMs: 500, maxMs: 30_000 }

/**
 * Keeps a device open: when it cannot be opened or goes away it is tried again, ever more rarely up to every 30 s. What
 * was unplugged works once it is plugged in.
 */
export function keepConnected(uri: string, options: ConnectionOptions): Connection {
  const { clock, random, name, log = silentLogger, open = openTransport } = options
  const closing = new AbortController()
  const listeners = new Set<(state: ConnectionState) => void>()
  const waiters = new Set<() => void>()
  let wake: (() => void) | undefined
  let transport: Transport | undefined
  let lastProblem: string | undefined
  let isOver = false

  function announce(): void {
    for (const listener of [...listeners]) listener(transport === undefined ? 'offline' : 'online')
  }

  function tried(): void {
    for (const done of [...waiters]) done()
    waiters.clear()
  }

  /** Opens the device and stays until it is gone; resolves to why. Undefined when it could not be opened. */
  async function connectOnce(): Promise<string | undefined> {
    let opened: Transport
    try {
      opened = await open(uri)
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      // Said once, not every 30 s for as long as nobody plugs it in.
      if (problem !== lastProblem) log.warn(`${name}-unavailable`, { uri, error })
      lastProblem = problem
      return undefined
    }
    if (closing.signal.aborted) {
      await opened.close()
      return 'closed'
    }
    lastProblem = undefined
    transport = opened
    const gone = new Promise<string>((resolve) => opened.onClose(resolve))
    options.onOpened(opened)
    announce()
    tried()
    const reason = await gone
    transport = undefined
    options.onGone?.(opened)
    log.info(`${name}-offline`, { uri, reason })
    announce()
    return reason
  }

  async function wait(attempt: number): Promise<void> {
    const woken = new AbortController()
    wake = () => woken.abort(new Error('retry now'))
    const signal = AbortSignal.any([closing.signal, woken.signal])
    await clock.sleep(backoffMs({ attempt, ...BACKOFF, random }), signal).catch(() => {})
    wake = undefined
  }

  async function run(): Promise<void> {
    for (let attempt = 1; !closing.signal.aborted; attempt++) {
      const reason = await connectOnce()
      if (reason !== undefined) attempt = 1
      if (reason !== undefined && options.isWorthReopening?.(reason) === false) break
      tried()
      if (!closing.signal.aborted) await wait(attempt)
    }
    isOver = true
    tried()
  }

  const finished = run()
  return {
    get state() {
      return transport === undefined ? 'offline' : 'online'
    },
    get transport() {
      return transport
    },
    onState(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async retryNow() {
      if (transport !== undefined || isOver || closing.signal.aborted) return
      const done = new Promise<void>((resolve) => waiters.add(resolve))
      wake?.()
      await done
    },
    async close() {
      closing.abort(new Error(`${name} is closed`))
      await transport?.close()
      await finished
    },
  }
}
