import { writeFile } from 'node:fs/promises'
import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import { type Logger, silentLogger } from '@hanpyo/platform/logger.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ConnectionState } from '../connection-state.ts'
import type { Lamp, LampError, LampMode } from './lamp.ts'

export interface GpioLampOptions {
  readonly clock: Clock
  readonly log?: Logger
  /** For tests; default writes the file. */
  readonly write?: (path: string, text: string) => Promise<void>
}

const HALF_BLINK_MS = 500
const RETRY_MS = 5_000

/**
 * A lamp on a pin, through a file that takes `1` and `0` such as /sys/class/gpio/gpio17/value. Blinks by itself. A
 * write that fails is tried again every 5 s, and at the next `set`.
 */
export function openGpioLamp(path: string, options: GpioLampOptions): Lamp {
  const { clock, log = silentLogger, write = (file, text) => writeFile(file, text) } = options
  const listeners = new Set<(state: ConnectionState) => void>()
  let mode: LampMode = 'off'
  let state: ConnectionState = 'offline'
  let isLit = false
  let isClosed = false
  let timer: Timer | undefined
  let lastWrite: Promise<Result<void, LampError>> = Promise.resolve(ok(undefined))

  function become(next: ConnectionState, problem?: unknown): void {
    if (state === next) return
    state = next
    if (next === 'offline') log.warn('lamp-unavailable', { path, error: problem })
    for (const listener of [...listeners]) listener(next)
  }

  async function writeNow(lit: boolean): Promise<Result<void, LampError>> {
    try {
      await write(path, lit ? '1' : '0')
      become('online')
      return ok(undefined)
    } catch (error) {
      become('offline', error)
      return err('lamp-not-connected', error instanceof Error ? error.message : String(error))
    }
  }

  /** One write after another, so that the last one wanted is the last one written. */
  function show(lit: boolean): Promise<Result<void, LampError>> {
    isLit = lit
    lastWrite = lastWrite.then(() => writeNow(lit))
    return lastWrite
  }

  async function step(): Promise<Result<void, LampError>> {
    clock.clearTimeout(timer)
    const wanted = mode
    const shown = await show(wanted === 'blink' ? !isLit : wanted === 'on')
    // Another `set` or `close` came meanwhile and goes on by itself.
    if (isClosed || wanted !== mode) return shown
    clock.clearTimeout(timer)
    if (!shown.ok) timer = clock.setTimeout(() => void step(), RETRY_MS)
    else if (wanted === 'blink') timer = clock.setTimeout(() => void step(), HALF_BLINK_MS)
    return shown
  }

  void step()
  return {
    get mode() {
      return mode
    },
    get state() {
      return state
    },
    onState(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async set(wanted) {
      if (isClosed) return err('lamp-closed')
      mode = wanted
      if (wanted === 'blink') isLit = false
      return step()
    },
    async close() {
      if (isClosed) return
      isClosed = true
      mode = 'off'
      clock.clearTimeout(timer)
      await show(false)
    },
  }
}
