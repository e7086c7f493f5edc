import { topicMatches } from '@hanpyo/platform/mqtt/topics.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { ok } from '@hanpyo/protocol/result.ts'
import type { Messaging } from '../messaging.ts'

export interface Delivered {
  readonly topic: string
  readonly payload: Uint8Array
}

/** A broker in memory for tests on the virtual clock: delivers at once, in order, and remembers everything. */
export interface MemoryBroker extends Messaging {
  readonly messages: readonly Delivered[]
  /** JSON payloads of application messages whose topic ends in `suffix`. */
  json(suffix: string): Record<string, unknown>[]
}

export function createMemoryBroker(): MemoryBroker {
  const messages: Delivered[] = []
  const subscriptions: { filters: readonly string[]; handler: Parameters<Messaging['subscribe']>[2] }[] = []
  return {
    messages,
    async subscribe(topics, _qos, handler) {
      subscriptions.push({ filters: typeof topics === 'string' ? [topics] : topics, handler })
      return ok(undefined)
    },
    async publish(topic, payload) {
      const bytes = typeof payload === 'string' ? utf8(payload) : payload
      messages.push({ topic, payload: bytes })
      for (const { filters, handler } of subscriptions) {
        if (filters.some((filter) => topicMatches(filter, topic))) await handler(topic, bytes)
      }
      return ok(undefined)
    },
    json: (suffix) =>
      messages
        .filter(({ topic }) => topic.startsWith('application/') && topic.endsWith(suffix))
        .map(({ payload }) => JSON.parse(new TextDecoder().decode(payload))),
  }
}
