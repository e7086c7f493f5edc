import { backoffMs } from '@hanpyo/platform/backoff.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import { type Logger, silentLogger } from '@hanpyo/platform/logger.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { LineAssembler } from '../line-assembler.ts'
import { openTransport, type Transport } from '../transport.ts'

export type ScannerState = 'online' | 'offline'

export interface ScannerOptions {
  readonly clock: Clock
  readonly random: RandomBytes
  /** Called with each scanned line, trimmed and not blank. */
  readonly onText: (text: string) => void
  readonly log?: Logger
  /** For tests; default opens the real device. */
  readonly open?: (uri: string) => Promise<Transport>
}

/** A scanner that sends lines. What it scanned is never logged: a slip is a voting right. */
export interface Scanner {
  readonly state: ScannerState
  onState(listener: (state: ScannerState) => void): () => void
  close(): Promise<void>
}

/** More than any code a slip can carry; longer lines are noise. */
const LONGEST_SCAN = 512
const BACKOFF = { baseMs: 500, maxMs: 30_000 }

/**
 * Reads lines from `serial:`, `tcp:` or `file:` and opens the device again when it is gone (a scanner that was
 * unplugged works once it is plugged in). A `file:` is read once, to its end.
 */
export function openScanner(uri: string, options: ScannerOptions): Scanner {
  const { clock, random, onText, log = silentLogger, open = openTransport } = options
  const closing = new AbortController()
  const listeners = new Set<(state: ScannerState) => void>()
  let transport: Transport | undefined

  function announce(): void {
    for (const listener of [...listeners]) listener(transport === undefined ? 'offline' : 'online')
  }

  async function readUntilGone(opened: Transport): Promise<string> {
    const lines = new LineAssembler(LONGEST_SCAN)
    const reason = await new Promise<string>((resolve) => {
      opened.onData((bytes) => {
        for (const line of lines.push(bytes)) onText(line)
      })
      opened.onClose(resolve)
    })
    // A recorded file may lack the last line end; half a line of a broken connection is no scan.
    const rest = uri.startsWith('file:') ? lines.flush() : undefined
    if (rest !== undefined) onText(rest)
    return reason
  }

  async function run(): Promise<void> {
    for (let attempt = 1; !closing.signal.aborted; attempt++) {
      try {
        const opened = await open(uri)
        if (closing.signal.aborted) return await opened.close()
        transport = opened
        attempt = 0
        announce()
        const reason = await readUntilGone(opened)
        log.info('scanner-offline', { uri, reason })
      } catch (error) {
        log.warn('scanner-unavailable', { uri, error })
      }
      if (transport !== undefined) {
        transport = undefined
        announce()
      }
      if (uri.startsWith('file:') && attempt === 0) return
      const delayMs = backoffMs({ attempt: attempt + 1, ...BACKOFF, random })
      await clock.sleep(delayMs, closing.signal).catch(() => {})
    }
  }

  const finished = run()
  return {
    get state() {
      return transport === undefined ? 'offline' : 'online'
    },
    onState(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      closing.abort(new Error('scanner is closed'))
      await transport?.close()
      await finished
    },
  }
}
