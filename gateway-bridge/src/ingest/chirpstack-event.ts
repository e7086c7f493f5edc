import { decodeUtf8, parseBase64 } from '@hanpyo/protocol/bytes.ts'
import { FPORT_DATAGRAM, FPORT_PROBE, FPORT_SCHC_UP } from '@hanpyo/protocol/link/constants.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'

/** An integration event is a few kB even with many gateways; anything beyond this is not ChirpStack. */
const MAX_EVENT_BYTES = 64 * 1024

/**
 * The part of ChirpStack v4's JSON `UplinkEvent` the bridge needs. Only the DevEUI, the port and the data carry
 * meaning here; nested gateway messages omit fields whose value is the default (an `snr` of 0 is simply absent), so
 * nothing in `rxInfo` is looked at, not even its presence.
 */
const upEvent = z.object({
  deviceInfo: z.object({ devEui: z.string().regex(/^[0-9a-f]{16}$/) }),
  fPort: z.int().min(0).max(255).default(0),
  data: z.string().default(''),
})

/** A whole datagram (FPort 1) or a fragment of one (FPort 20) from one LoRaWAN device. */
export interface DeviceUplink {
  readonly devEui: string
  readonly fPort: number
  readonly data: Uint8Array
}

/** `event-nothing`: a frame that was meant for the network alone (MAC answers on FPort 0, a probe of the data rate). */
export type UplinkEventError =
  | 'event-nothing'
  | 'event-too-large'
  | 'event-not-json'
  | 'event-fields'
  | 'event-data'
  | 'event-device'
  | 'event-port'

/**
 * Reads the payload of `…/device/<devEui>/event/up`. The DevEUI in the topic is the one the broker's access list
 * speaks about, so an event naming another device is refused. Ports other than those of datagrams and fragments are too.
 */
export function parseUplinkEvent(
  payload: Uint8Array,
  devEui: string,
): Result<DeviceUplink, UplinkEventError> {
  if (payload.length > MAX_EVENT_BYTES) return err('event-too-large')
  let json: unknown
  try {
    json = JSON.parse(decodeUtf8(payload))
  } catch {
    return err('event-not-json')
  }
  const event = upEvent.safeParse(json)
  if (!event.success) return err('event-fields', event.error.issues[0]?.path.join('.'))
  const { deviceInfo, fPort, data: encoded } = event.data
  if (deviceInfo.devEui !== devEui) return err('event-device')
  if (fPort === 0 || fPort === FPORT_PROBE) return err('event-nothing')
  if (fPort !== FPORT_DATAGRAM && fPort !== FPORT_SCHC_UP) return err('event-port', String(fPort))
  const data = parseBase64(encoded)
  return data === null ? err('event-data') : ok({ devEui, fPort, data })
}
