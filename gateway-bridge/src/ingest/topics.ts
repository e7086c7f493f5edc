import { kioskTopic, parseKioskTopic } from '@hanpyo/protocol/link/constants.ts'

const DEVICE_UP = /^application\/([0-9a-f-]{36})\/device\/([0-9a-f]{16})\/event\/up$/

/**
 * Where a message came from, as far as its topic says. Wi-Fi kiosks have their own topic, which the broker's access
 * list opens to the certificate with that id; LoRaWAN comes through ChirpStack v4's MQTT integration.
 */
export type UplinkTopic =
  | { readonly route: 'wifi'; readonly kioskId: number }
  | { readonly route: 'lora'; readonly applicationId: string; readonly devEui: string }

/** Reads an uplink topic; `undefined` for any other topic. */
export function parseUplinkTopic(topic: string): UplinkTopic | undefined {
  const kiosk = parseKioskTopic(topic)
  if (kiosk !== null) return kiosk.direction === 'up' ? { route: 'wifi', kioskId: kiosk.kioskId } : undefined
  const device = DEVICE_UP.exec(topic)
  if (device === null) return undefined
  return { route: 'lora', applicationId: device[1] as string, devEui: device[2] as string }
}

/**
 * What a bridge subscribes to: every kiosk, and every device of one ChirpStack application when it has one. With a
 * share group (MQTT 5) each message goes to one of the group's connections.
 */
export function uplinkSubscriptions(
  applicationId: string | undefined,
  shareGroup: string | undefined,
): string[] {
  const filters = ['hanpyo/v1/kiosk/+/up']
  if (applicationId !== undefined) filters.push(`application/${applicationId}/device/+/event/up`)
  return shareGroup === undefined ? filters : filters.map((filter) => `$share/${shareGroup}/${filter}`)
}

/** Down topic of a Wi-Fi kiosk. */
export function kioskDownTopic(kioskId: number): string {
  return kioskTopic(kioskId, 'down')
}

/** ChirpStack's command topic for one device. */
export function deviceDownTopic(applicationId: string, devEui: string): string {
  return `application/${applicationId}/device/${devEui}/command/down`
}
