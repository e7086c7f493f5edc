import { parseHex } from '@hanpyo/protocol/bytes.ts'

/** What one line of RUI3 output means (RAK3172 AT manual, RUI3 4.x). */
export type Rui3Line =
  | { readonly type: 'ok' }
  | { readonly type: 'error'; readonly code: string }
  | { readonly type: 'value'; readonly name: string; readonly value: string }
  | { readonly type: 'joined' }
  | { readonly type: 'join-failed'; readonly reason: string }
  | { readonly type: 'tx-done' }
  | { readonly type: 'confirmed'; readonly isAcknowledged: boolean }
  | {
      readonly type: 'downlink'
      readonly slot: string
      readonly rssiDbm: number
      readonly snrDb: number
      readonly fPort: number
      readonly payload: Uint8Array
    }
  | { readonly type: 'wait'; readonly waitMs: number }
  /** Printed while starting up. */
  | { readonly type: 'banner' }
  /** An event that is of no concern here. */
  | { readonly type: 'other-event' }
  | { readonly type: 'unknown' }

const ERRORS = new Set([
  'AT_ERROR',
  'AT_PARAM_ERROR',
  'AT_BUSY_ERROR',
  'AT_TEST_PARAM_OVERFLOW',
  'AT_NO_CLASSB_ENABLE',
  'AT_NO_NETWORK_JOINED',
  'AT_RX_ERROR',
  'AT_MODE_NO_SUPPORT',
  'AT_COMMAND_NOT_FOUND',
  'AT_UNSUPPORTED_BAND',
])
const DOWNLINK = /^\+EVT:(RX_[12BC]):(-?\d{1,3}):(-?\d{1,3}):(?:UNICAST|MULTICAST):(\d{1,3}):([0-9A-Fa-f]+)$/
const BANNER = /^(RAKwireless\b|Version:\s*RUI_|Current Work Mode:)/i

/** Reads one line. Total: whatever cannot be read is `unknown`. */
export function parseRui3Line(line: string): Rui3Line {
  if (line === 'OK') return { type: 'ok' }
  if (ERRORS.has(line)) return { type: 'error', code: line }
  if (line.startsWith('+EVT:')) return parseEvent(line)
  if (BANNER.test(line)) return { type: 'banner' }
  const value = /^AT\+([A-Z0-9]+)=(.*)$/.exec(line)
  if (value !== null) return { type: 'value', name: value[1]!, value: value[2]! }
  const wait = /^Restricted_Wait_(\d{1,9})_ms$/.exec(line)
  if (wait !== null) return { type: 'wait', waitMs: Number(wait[1]) }
  return { type: 'unknown' }
}

function parseEvent(line: string): Rui3Line {
  const event = line.slice('+EVT:'.length)
  if (event === 'JOINED') return { type: 'joined' }
  if (event.startsWith('JOIN_FAILED'))
    return { type: 'join-failed', reason: event.slice('JOIN_FAILED_'.length) }
  if (event === 'TX_DONE') return { type: 'tx-done' }
  if (event === 'SEND_CONFIRMED_OK') return { type: 'confirmed', isAcknowledged: true }
  if (event.startsWith('SEND_CONFIRMED_FAILED')) return { type: 'confirmed', isAcknowledged: false }
  if (event.startsWith('RX_')) return parseDownlink(line)
  return /^[A-Z_]+/.test(event) ? { type: 'other-event' } : { type: 'unknown' }
}

function parseDownlink(line: string): Rui3Line {
  const parts = DOWNLINK.exec(line)
  const payload = parts === null ? null : parseHex(parts[5]!.toLowerCase())
  const fPort = Number(parts?.[4])
  if (parts === null || payload === null || fPort < 1 || fPort > 223) return { type: 'unknown' }
  return {
    type: 'downlink',
    slot: parts[1]!,
    rssiDbm: Number(parts[2]),
    snrDb: Number(parts[3]),
    fPort,
    payload,
  }
}

/** A command as the log may show it: without key material and without payload. */
export function describeCommand(command: string): string {
  const [, name, port, hex] = /^(AT\+SEND=)(\d+):([0-9A-Fa-f]*)$/.exec(command) ?? []
  if (name !== undefined) return `${name}${port}:<${hex!.length / 2} bytes>`
  return command.replace(/^(AT\+[A-Z]*KEY=)(?!\?$).+$/, '$1<redacted>')
}
