import { utf8 } from '@hanpyo/protocol/bytes.ts'

/**
 * The two packets a check of a broker needs, and their answers (MQTT 3.1.1 and 5, sections 3.1, 3.2, 3.8, 3.9). The MQTT client
 * of the kiosk hides why it was refused; here that is the question.
 */
export interface Greeting {
  readonly mqttVersion: 4 | 5
  readonly clientId: string
  readonly topic: string
}

const CONNECT = 0x10
const CONNACK = 0x20
const SUBSCRIBE = 0x82
const SUBACK = 0x90
const CLEAN_START = 0x02
const KEEP_ALIVE_S = 30
const PACKET_ID = Uint8Array.of(0, 1)

export function connectPacket({ mqttVersion, clientId }: Greeting): Uint8Array {
  return packet(CONNECT, [
    text('MQTT'),
    Uint8Array.of(mqttVersion, CLEAN_START, 0, KEEP_ALIVE_S),
    noProperties(mqttVersion),
    text(clientId),
  ])
}

/** QoS 1. */
export function subscribePacket({ mqttVersion, topic }: Greeting): Uint8Array {
  return packet(SUBSCRIBE, [PACKET_ID, noProperties(mqttVersion), text(topic), Uint8Array.of(1)])
}

/** 0 means accepted; undefined while it is not all there. Anything but a CONNACK is 0xff. */
export function connackReason(bytes: Uint8Array): number | undefined {
  if (bytes.length < 4) return undefined
  return bytes[0] === CONNACK ? bytes[3] : 0xff
}

/** Below 0x80 is granted; undefined while it is not all there. Anything but a SUBACK is 0xff. */
export function subackReason(bytes: Uint8Array, mqttVersion: 4 | 5): number | undefined {
  if (bytes.length < 2) return undefined
  if (bytes[0] !== SUBACK) return 0xff
  // The reason code is the last byte: there was one topic, and the packet is shorter than 128 bytes unless it explains itself.
  const end = 2 + bytes[1]!
  const least = mqttVersion === 5 ? 6 : 5
  return bytes[1]! >= 0x80 || end < least ? 0xff : bytes.length < end ? undefined : bytes[end - 1]
}

function packet(type: number, parts: readonly Uint8Array[]): Uint8Array {
  const body = parts.flatMap((part) => [...part])
  const length: number[] = []
  for (let rest = body.length; ; rest >>= 7) {
    length.push(rest > 127 ? (rest & 0x7f) | 0x80 : rest)
    if (rest <= 127) break
  }
  return Uint8Array.of(type, ...length, ...body)
}

function text(value: string): Uint8Array {
  const bytes = utf8(value)
  return Uint8Array.of(bytes.length >> 8, bytes.length & 0xff, ...bytes)
}

function noProperties(mqttVersion: 4 | 5): Uint8Array {
  return mqttVersion === 5 ? Uint8Array.of(0) : new Uint8Array(0)
}
