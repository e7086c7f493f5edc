import { parseHex } from '@hanpyo/protocol/bytes.ts'
import { isApplicationPort, type ModemLine } from './modem-line.ts'

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

/** Reads one line of RUI3 output (RAK3172 AT manual, RUI3 4.x). Total: whatever cannot be read is `unknown`. */
export function parseRui3Line(line: string): ModemLine {
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

function parseEvent(line: string): ModemLine {
  const event = line.slice('+EVT:'.length)
  if (event === 'JOINED') return { type: 'joined' }
  if (event.startsWith('JOIN_FAILED'))
    return { type: 'join-failed', reason: event.slice('JOIN_FAILED_'.length) }
  if (event === 'TX_DONE') return { type: 'tx-done' }
  if (event === 'SEND_CONFIRMED_OK') return { type: 'confirmed', isAcknowledged: true }
  if (event.startsWith('SEND_CONFIRMED_FAILED')) return { type: 'confirmed', isAcknowledged: false }
  if (event.startsWith('RX_')) return parseDownlink(line)
  if (event.startsWith('LINKCHECK')) return parseLinkCheck(event)
  if (event.startsWith('TIMEREQ')) return { type: 'time-answer', isAnswered: event === 'TIMEREQ_OK' }
  return /^[A-Z_]+/.test(event) ? { type: 'other-event' } : { type: 'unknown' }
}

function parseDownlink(line: string): ModemLine {
  const parts = DOWNLINK.exec(line)
  const payload = parts === null ? null : parseHex(parts[5]!.toLowerCase())
  const fPort = Number(parts?.[4])
  if (parts === null || payload === null || !isApplicationPort(fPort)) return { type: 'unknown' }
  const signal = { slot: parts[1]!, rssiDbm: Number(parts[2]), snrDb: Number(parts[3]) }
  return { type: 'downlink', fPort, payload, signal }
}

/** `+EVT:LINKCHECK:<0 = answered>:<margin>:<gateways>:<rssi>:<snr>`, with commas in older firmware. */
function parseLinkCheck(event: string): ModemLine {
  const [, failed, margin, gateways] =
    /^LINKCHECK:(\d{1,3})[:,](\d{1,3})[:,](\d{1,3})[:,]-?\d{1,3}[:,]-?\d{1,3}$/.exec(event) ?? []
  if (failed === undefined) return { type: 'unknown' }
  const answer = failed === '0' ? { marginDb: Number(margin), gatewayCount: Number(gateways) } : null
  return { type: 'link-check', answer }
}
