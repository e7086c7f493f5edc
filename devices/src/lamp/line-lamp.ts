import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { keepConnected, type LineDeviceOptions } from '../keep-connected.ts'
import { LineAssembler } from '../line-assembler.ts'
import type { Transport } from '../transport.ts'
import type { Lamp, LampError, LampMode } from './lamp.ts'

const CONFIRM_WITHIN_MS = 1_000
const LONGEST_LINE = 32

interface Waiting {
  readonly mode: LampMode
  done(result: Result<void, LampError>): void
}

/**
 * A lamp on a line: the kiosk sends `lamp on`, `lamp off` or `lamp blink`, the lamp answers `ok on` and so on; it blinks by
 * itself. After a reconnection it is told the mode again.
 */
export function openLineLamp(uri: string, options: LineDeviceOptions): Lamp {
  const { clock } = options
  const waiting = new Set<Waiting>()
  let mode: LampMode = 'off'
  let isClosed = false

  function settle(result: Result<void, LampError>, which: (one: Waiting) => boolean): void {
    for (const one of [...waiting]) if (which(one)) one.done(result)
  }

  function send(transport: Transport): void {
    // A line that breaks while it is written to is told by its close event.
    transport.write(utf8(`lamp ${mode}\n`)).catch(() => {})
  }

  const connection = keepConnected(uri, {
    ...options,
    name: 'lamp',
    onOpened(transport) {
      const lines = new LineAssembler(LONGEST_LINE)
      transport.onData((bytes) => {
        for (const line of lines.push(bytes)) settle(ok(undefined), (one) => line === `ok ${one.mode}`)
      })
      send(transport)
    },
    onGone: () => settle(err(isClosed ? 'lamp-closed' : 'lamp-not-connected'), () => true),
  })

  function confirmed(wanted: LampMode): Promise<Result<void, LampError>> {
    return new Promise((resolve) => {
      const one: Waiting = {
        mode: wanted,
        done(result) {
          waiting.delete(one)
          clock.clearTimeout(timer)
          resolve(result)
        },
      }
      const timer = clock.setTimeout(() => one.done(err('lamp-silent')), CONFIRM_WITHIN_MS)
      waiting.add(one)
    })
  }

  return {
    get mode() {
      return mode
    },
    get state() {
      return connection.state
    },
    onState: (listener) => connection.onState(listener),
    async set(wanted) {
      if (isClosed) return err('lamp-closed')
      mode = wanted
      const { transport } = connection
      if (transport === undefined) return err('lamp-not-connected')
      const answer = confirmed(wanted)
      send(transport)
      return answer
    },
    async close() {
      if (isClosed) return
      mode = 'off'
      isClosed = true
      // A process that ends must not leave staff called.
      await connection.transport?.write(utf8('lamp off\n')).catch(() => {})
      await connection.close()
    },
  }
}
