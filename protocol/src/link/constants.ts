/** LoRaWAN port of an unfragmented datagram, in both directions (docs/protocol.md, link). */
export const FPORT_DATAGRAM = 1
/** LoRaWAN port of single bytes that a kiosk sends only to be heard by the network's ADR. Nobody listens. */
export const FPORT_PROBE = 2
/** LoRaWAN port of SCHC fragments going up and of what answers them (RFC 9011, uplink rule). */
export const FPORT_SCHC_UP = 20

/**
 * Largest application payload N in bytes by data rate in KR920 without a repeater (RP002-1.0.4 table 42:
 * DR0 = SF12 … DR5 = SF7, 125 kHz).
 */
export const KR920_MAX_PAYLOAD_BYTES: readonly number[] = [51, 51, 51, 115, 242, 242]

/** Application payload left at a data rate once `fOptsBytes` (0..15) of MAC answers ride along; 0 when unknown. */
export function maxPayloadBytes(dataRate: number, fOptsBytes = 0): number {
  return Math.max(0, (KR920_MAX_PAYLOAD_BYTES[dataRate] ?? 0) - fOptsBytes)
}

/** Largest datagram on any route: a ledger leaf is at most 65,535 bytes. */
export const MAX_DATAGRAM_BYTES = 65_535

/** MQTT topic of a kiosk in one direction; `up` is written by the kiosk, `down` by the bridge. */
export function kioskTopic(kioskId: number, direction: 'up' | 'down'): string {
  if (!Number.isInteger(kioskId) || kioskId < 0 || kioskId > 0xffff) {
    throw new RangeError(`"kioskId" is not a u16: ${kioskId}`)
  }
  return `hanpyo/v1/kiosk/${kioskId}/${direction}`
}

/** The kiosk id and direction of a topic; `null` for any other topic. */
export function parseKioskTopic(topic: string): { kioskId: number; direction: 'up' | 'down' } | null {
  const match = /^hanpyo\/v1\/kiosk\/(0|[1-9][0-9]{0,4})\/(up|down)$/.exec(topic)
  if (match === null) return null
  const kioskId = Number(match[1])
  return kioskId > 0xffff ? null : { kioskId, direction: match[2] as 'up' | 'down' }
}
