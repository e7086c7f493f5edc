/**
 * Topic names of both routes. Wi-Fi kiosks use `hanpyo/v1/kiosk/<id>/up|down`; the broker's access list lets a
 * kiosk publish only under the id in its certificate. LoRaWAN comes through ChirpStack v4's MQTT integration.
 */

const KIOSK_UP = /^hanpyo\/v1\/kiosk\/(0|[1-9][0-9]{0,4})\/up$/
const DEVICE_UP = /^application\/([0-9a-f-]{36})\/device\/([0-9a-f]{16})\/event\/up$/
const MAX_KIOSK_ID = 0xffff

/** Where a message came from, as far as its topic says. */
export type UplinkTopic =
  | { readonly route: 'wifi'; readonly kioskId: number }
  | { readonly route: 'lora'; readonly applicationId: string; readonly devEui: string }

/** Reads an uplink topic; `undefined` for any other topic. Kiosk ids are canonical decimals up to 65535. */
export function parseUplinkTopic(topic: string): UplinkTopic | undefined {
  const kiosk = KIOSK_UP.exec(topic)
  if (kiosk !== null) {
    const kioskId = Number(kiosk[1])
    return kioskId <= MAX_KIOSK_ID ? { route: 'wifi', kioskId } : undefined
  }
  const device = DEVICE_UP.exec(topic)
  if (device === null) return undefined
  return { route: 'lora', applicationId: device[1] as string, devEui: device[2] as string }
}

/** What a bridge subscribes to: every kiosk, and every device of one ChirpStack application when it has one. */
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
  return `hanpyo/v1/kiosk/${kioskId}/down`
}

/** ChirpStack's command topic for one device. */
export function deviceDownTopic(applicationId: string, devEui: string): string {
  return `application/${applicationId}/device/${devEui}/command/down`
}
