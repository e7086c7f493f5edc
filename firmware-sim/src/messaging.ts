import type { MqttPort } from '@hanpyo/platform/mqtt/client.ts'

/** What gateway and network server need of a broker; tests hand in one that lives in memory. */
export type Messaging = Pick<MqttPort, 'subscribe' | 'publish'>

const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A parsed JSON object, or null for anything else. */
export function parseJsonObject(payload: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(textDecoder.decode(payload))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
