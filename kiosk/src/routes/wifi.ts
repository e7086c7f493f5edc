import type { MqttPort } from '@hanpyo/platform/mqtt/client.ts'
import { kioskTopic, MAX_DATAGRAM_BYTES } from '@hanpyo/protocol/link/constants.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Route, RouteError, RouteListener, RouteState } from './route.ts'

/** Sends that may wait for the broker's answer at once: enough for a line of voters, few enough for a slow link. */
const SLOTS = 8

/**
 * MQTT QoS 1 on the kiosk's own topics. The broker's PUBACK only means that the broker has it.
 * @param connect called at `start`, so that the handler is in place before a kept session delivers what it holds.
 * @param to the route's id and the bridge behind this broker.
 */
export function createWifiRoute(
  connect: () => MqttPort,
  kioskId: number,
  to: { readonly id: string; readonly bridge: string },
): Route {
  let mqtt: MqttPort | undefined
  return {
    id: to.id,
    name: 'wifi',
    bridges: [to.bridge],
    slots: SLOTS,
    get state(): RouteState {
      const isOnline = mqtt?.state === 'online'
      return {
        isOnline,
        maxBytes: isOnline ? MAX_DATAGRAM_BYTES : 0,
        reason: isOnline ? null : 'broker-unreachable',
        dataRate: null,
      }
    },
    start(listener: RouteListener) {
      mqtt = connect()
      mqtt.onState(() => listener.onStateChange())
      mqtt
        .subscribe(kioskTopic(kioskId, 'down'), 1, async (_topic, payload) => listener.onDatagram(payload))
        // The broker refused, which the port logs: a set-up error. Acks then come over LoRaWAN only.
        .catch(() => listener.onStateChange())
    },
    async send(datagram): Promise<Result<void, RouteError>> {
      if (mqtt === undefined) return err('route-offline')
      const published = await mqtt.publish(kioskTopic(kioskId, 'up'), datagram, 1)
      if (published.ok) return ok(undefined)
      switch (published.error) {
        case 'offline':
          return err('route-offline')
        case 'queue-full':
          return err('route-busy')
        case 'rejected':
        case 'timeout':
          return err('route-failed', published.error)
      }
    },
    close: async () => mqtt?.close(),
  }
}
