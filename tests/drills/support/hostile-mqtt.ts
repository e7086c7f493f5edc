import type { SeededRandom } from '@hanpyo/firmware-sim/random.ts'
import type { MqttPort } from '@hanpyo/platform/mqtt/client.ts'
import { openSocket } from './hostile-http.ts'

const DEVICE = 'application/7c1f2a8e-3d52-4a6b-9f0e-5a4d3c2b1a00/device'

/** Messages on their way to the broker at once. */
const WINDOW = 200

/** Publishes so many messages that no honest kiosk or gateway would send. `genuine` are datagrams to be damaged. */
export async function publishMalformed(
  port: MqttPort,
  count: number,
  random: SeededRandom,
  genuine: readonly Uint8Array[],
): Promise<void> {
  for (let sent = 0; sent < count; sent += WINDOW) {
    const batch = Array.from({ length: Math.min(WINDOW, count - sent) }, () => {
      const { topic, payload } = malformed(random, genuine)
      return port.publish(topic, payload, 1)
    })
    await Promise.all(batch)
  }
}

function malformed(
  random: SeededRandom,
  genuine: readonly Uint8Array[],
): { topic: string; payload: Uint8Array } {
  // Not kiosk 1: the broker lets nobody speak for a kiosk but itself.
  const kiosk = random.integer(3) === 0 ? 2 + random.integer(3) : 2 + random.integer(70_000)
  const up = `hanpyo/v1/kiosk/${kiosk}/up`
  const bytes = (most: number) => Uint8Array.from({ length: random.integer(most) }, () => random.integer(256))
  const original = genuine[random.integer(genuine.length)] as Uint8Array
  switch (random.integer(8)) {
    case 0:
      return { topic: up, payload: bytes(400) }
    case 1:
    case 2: {
      const damaged = Uint8Array.from(original)
      // Past the first byte, so that it stays a ballot of this election.
      damaged[1 + random.integer(damaged.length - 1)]! ^= 1 << random.integer(8)
      return { topic: up, payload: damaged }
    }
    case 3:
      return { topic: up, payload: original.slice(0, random.integer(original.length)) }
    case 4:
      return { topic: up, payload: Uint8Array.from([...original, ...bytes(50)]) }
    case 5:
      return { topic: up, payload: Uint8Array.of(random.integer(0x40), ...bytes(300)) }
    case 6: {
      const devEui = `24e124ffff${random.integer(1_000_000).toString().padStart(6, '0')}`
      return { topic: `${DEVICE}/${devEui}/event/up`, payload: event(random, devEui, bytes(60)) }
    }
    default:
      return { topic: `hanpyo/v1/kiosk/${'0'.repeat(random.integer(3))}${kiosk}x/up`, payload: bytes(10) }
  }
}

function event(random: SeededRandom, devEui: string, data: Uint8Array): Uint8Array {
  const encoded = Buffer.from(data).toString('base64')
  const whole = {
    deviceInfo: { devEui: random.integer(5) === 0 ? 'ffffffffffffffff' : devEui },
    fPort: [1, 20, 20, 0, 255, -1][random.integer(6)],
    data: random.integer(6) === 0 ? `${encoded}*` : encoded,
  }
  const text = JSON.stringify(whole)
  return Buffer.from(random.integer(4) === 0 ? text.slice(0, random.integer(text.length)) : text)
}

/** Bytes that are no MQTT, on so many connections, to the broker itself. */
export async function sendBrokenMqtt(port: number, connections: number, random: SeededRandom): Promise<void> {
  const starts = [
    Buffer.of(0x10, 0xff, 0xff, 0xff, 0xff, 0x7f),
    Buffer.of(0x10, 0x0c, 0x00, 0x04, 0x4d, 0x51, 0x54, 0x54, 0xff, 0x02, 0, 0, 0, 0),
    Buffer.of(0x30, 0x02, 0x00, 0x00),
    Buffer.of(0x00),
    Buffer.of(0xf0, 0x00),
    Buffer.of(0x82, 0x05, 0x00, 0x01, 0x00, 0x00, 0x03),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
  ]
  for (let n = 0; n < connections; n++) {
    await new Promise<void>((resolve) => {
      const socket = openSocket(port, '127.0.0.1')
      socket.setTimeout(2_000, () => socket.destroy())
      socket.on('data', () => {})
      socket.on('close', () => resolve())
      socket.end(starts[random.integer(starts.length)] as Buffer)
    })
  }
}
