import type { ConnectionState } from '../connection-state.ts'
import { keepConnected, type LineDeviceOptions } from '../keep-connected.ts'
import { LineAssembler } from '../line-assembler.ts'
import type { Transport } from '../transport.ts'
import { HidPosDecoder } from './hid-pos.ts'

export type ScannerState = ConnectionState

export interface ScannerOptions extends LineDeviceOptions {
  /** Called with each scanned line, trimmed and not blank. */
  readonly onText: (text: string) => void
}

/** What it scanned is never logged: a slip is a voting right. */
export interface Scanner {
  readonly state: ScannerState
  onState(listener: (state: ScannerState) => void): () => void
  close(): Promise<void>
}

/** More than any code a slip can carry; longer lines are noise. */
const LONGEST_SCAN = 512

/**
 * Opens a slip scanner and keeps it open (one that was unplugged works once it is plugged in): lines from `serial:`, `tcp:` or
 * `file:`, whose recordings are read once to their end, or reports of a `hid:` scanner in HID POS mode. A `wedge:`
 * scanner types into the page, where the detector of `wedge.ts` takes it; it counts as online, since nobody can tell.
 */
export function openScanner(uri: string, options: ScannerOptions): Scanner {
  if (uri.startsWith('wedge:')) return { state: 'online', onState: () => () => {}, async close() {} }
  const { clock, onText } = options
  let lines = new LineAssembler(LONGEST_SCAN)

  function listen(transport: Transport): void {
    lines = new LineAssembler(LONGEST_SCAN)
    if (uri.startsWith('hid:')) {
      const decoder = new HidPosDecoder(descriptorOf(transport))
      transport.onData((report) => {
        for (const text of decoder.push(report, clock.now())) onText(text)
      })
    } else {
      transport.onData((bytes) => {
        for (const line of lines.push(bytes)) onText(line)
      })
    }
  }

  return keepConnected(uri, {
    ...options,
    name: 'scanner',
    onOpened: listen,
    onGone() {
      // A recorded file may lack the last line end; half a line of a broken connection is no scan.
      const rest = uri.startsWith('file:') ? lines.flush() : undefined
      if (rest !== undefined) onText(rest)
    },
    isWorthReopening: (reason) => reason !== 'end of file',
  })
}

function descriptorOf(transport: Transport): Uint8Array | undefined {
  return 'reportDescriptor' in transport ? (transport.reportDescriptor as Uint8Array | undefined) : undefined
}
