import { parseHex } from '@hanpyo/protocol/bytes.ts'
import { isApplicationPort, type ModemLine } from './modem-line.ts'

/** Plain sentences that mean that a command was not carried out, or not to its end. */
const REFUSALS =
  /^(?:Please join network first|LoRaWAN modem is busy|No free channel|No band in \d+ ?ms|DR error|Length error ?\d*|Input timeout|Not in LWOTAA mode|Please set mode to LWOTAA.*|ERROR\(-?\d{1,3}\))$/i

/** Commands that send a frame and report on it. */
const SENDS = new Set(['MSG', 'CMSG', 'MSGHEX', 'CMSGHEX', 'PMSG', 'PMSGHEX'])

/**
 * Reads one line of a Wio-E5 / LoRa-E5 (AT command specification V1.0, firmware 4.x): `+COMMAND: text`, several of them
 * for one command. Total: whatever cannot be read is `unknown`.
 */
export function parseWioE5Line(line: string): ModemLine {
  const [, name, rest] = /^\+([A-Z]+): ?(.*)$/.exec(line) ?? []
  if (name === undefined || rest === undefined) return { type: 'unknown' }
  const text = rest.trim()
  if (REFUSALS.test(text)) return { type: 'error', code: text, command: name }
  if (name === 'RESET') return { type: 'banner' }
  if (name === 'JOIN' && text === 'Network joined') return { type: 'joined' }
  if (name === 'JOIN' && text === 'Join failed') return { type: 'join-failed', reason: text }
  const frame = SENDS.has(name) ? parseFrameReport(text) : undefined
  return frame ?? { type: 'value', name, value: text }
}

/** Lines of a send that stand for themselves; undefined for those that only mark its progress. */
function parseFrameReport(text: string): ModemLine | undefined {
  if (/^PORT\b/.test(text)) return parseDownlink(text)
  if (/^RXWIN/.test(text)) return parseSignal(text)
  if (/^Link\b/i.test(text)) return parseLinkCheck(text)
  return undefined
}

/** `PORT: 8; RX: "12345678"` */
function parseDownlink(text: string): ModemLine {
  const [, port, hex] = /^PORT: ?(\d{1,3}); ?RX: ?"([0-9A-Fa-f]+)"$/.exec(text) ?? []
  const payload = hex === undefined ? null : parseHex(hex.toLowerCase())
  const fPort = Number(port)
  if (payload === null || !isApplicationPort(fPort)) return { type: 'unknown' }
  return { type: 'downlink', fPort, payload }
}

/** `RXWIN1, RSSI -106, SNR 4.0` */
function parseSignal(text: string): ModemLine {
  const [, window, rssi, snr] =
    /^RXWIN(\d), ?RSSI (-?\d{1,3})(?:\.\d+)?, ?SNR (-?\d{1,3}(?:\.\d+)?)$/.exec(text) ?? []
  if (window === undefined) return { type: 'unknown' }
  return { type: 'signal', slot: `RX_${window}`, rssiDbm: Number(rssi), snrDb: Number(snr) }
}

/** `Link 21, 1`: margin in dB, gateways. */
function parseLinkCheck(text: string): ModemLine {
  const [, margin, gateways] = /^Link (\d{1,3}), ?(\d{1,3})$/i.exec(text) ?? []
  if (margin === undefined) return { type: 'unknown' }
  return { type: 'link-check', answer: { marginDb: Number(margin), gatewayCount: Number(gateways) } }
}
