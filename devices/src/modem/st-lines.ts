import { parseHex } from '@hanpyo/protocol/bytes.ts'
import { isApplicationPort, type ModemLine } from './modem-line.ts'

const ERRORS = new Set([
  'AT_ERROR',
  'AT_PARAM_ERROR',
  'AT_BUSY_ERROR',
  'AT_TEST_PARAM_OVERFLOW',
  'AT_NO_NETWORK_JOINED',
  'AT_RX_ERROR',
  'AT_NO_CLASS_B_ENABLE',
  'AT_DUTYCYCLE_RESTRICTED',
  'AT_CRYPTO_ERROR',
  'error unknown',
])
/** Start-up text. It shows keys in some versions, so nothing of it may be kept. */
const BANNER = /^(?:ATtention command interface|AT\? to list all|#{3,})/
const SIGNAL =
  /^(RX_[12BC])(?:, PORT \d{1,3})?, DR \d{1,2}, RSSI (-?\d{1,3}), SNR (-?\d{1,3})(?:, DMODM (\d{1,3}), GWN (\d{1,3}))?$/

/**
 * Reads one line of ST's AT_Slave (I-CUBE-LRWAN, STM32WL). A query's value comes bare, so what is neither reply nor event
 * is `text`.
 */
export function parseStLine(line: string): ModemLine {
  if (line === 'OK') return { type: 'ok' }
  if (ERRORS.has(line)) return { type: 'error', code: line }
  if (line.startsWith('+EVT:')) return parseEvent(line.slice('+EVT:'.length))
  if (BANNER.test(line)) return { type: 'banner' }
  const [, name, version] = /^([A-Z0-9]+_VERSION): *(V[0-9A-Fa-f.-]+)$/.exec(line) ?? []
  if (name !== undefined) return { type: 'value', name, value: version! }
  return { type: 'text', text: line }
}

function parseEvent(event: string): ModemLine {
  if (event === 'JOINED') return { type: 'joined' }
  if (event === 'JOIN FAILED') return { type: 'join-failed', reason: event }
  if (event === 'SEND_CONFIRMED') return { type: 'confirmed', isAcknowledged: true }
  if (event.startsWith('RX_')) return parseSignal(event)
  if (/^\d/.test(event)) return parseDownlink(event)
  return /^[A-Z_]+/.test(event) ? { type: 'other-event' } : { type: 'unknown' }
}

/** `RX_1, PORT 2, DR 5, RSSI -90, SNR 10`, with the answer to a link check behind it. */
function parseSignal(event: string): ModemLine {
  const parts = SIGNAL.exec(event)
  if (parts === null) return { type: 'unknown' }
  const signal = { slot: parts[1]!, rssiDbm: Number(parts[2]), snrDb: Number(parts[3]) }
  if (parts[4] === undefined) return { type: 'signal', ...signal }
  const linkCheck = { marginDb: Number(parts[4]), gatewayCount: Number(parts[5]) }
  return { type: 'signal', ...signal, linkCheck }
}

/** `<port>:<length, hex>:<data>`; the length has to agree. */
function parseDownlink(event: string): ModemLine {
  const [, port, length, hex] = /^(\d{1,3}):([0-9A-Fa-f]{1,2}):([0-9A-Fa-f]+)$/.exec(event) ?? []
  const payload = hex === undefined ? null : parseHex(hex.toLowerCase())
  const fPort = Number(port)
  if (payload === null || payload.length !== Number.parseInt(length!, 16) || !isApplicationPort(fPort)) {
    return { type: 'unknown' }
  }
  return { type: 'downlink', fPort, payload }
}
