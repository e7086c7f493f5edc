import { err } from '@hanpyo/protocol/result.ts'
import type { Messaging } from '../messaging.ts'

/**
 * A connection to the broker that can be interrupted without touching the broker. While it is down publishing fails as
 * `offline`; what comes in is lost with a clean session, and waits unacknowledged for the end of the interruption
 * with a kept one. How much waits is limited by the concurrency of the connection.
 */
export interface InterruptibleMessaging extends Messaging {
  readonly isDown: boolean
  interrupt(): void
  restore(): void
}

export function createInterruptible(
  messaging: Messaging,
  options: { keepsSession: boolean },
): InterruptibleMessaging {
  let down: PromiseWithResolvers<void> | undefined
  return {
    get isDown() {
      return down !== undefined
    },
    interrupt() {
      down ??= Promise.withResolvers()
    },
    restore() {
      down?.resolve()
      down = undefined
    },
    async publish(topic, payload, qos, publishOptions) {
      if (down !== undefined) return err('offline')
      return messaging.publish(topic, payload, qos, publishOptions)
    },
    subscribe(topics, qos, handler) {
      return messaging.subscribe(topics, qos, async (topic, payload) => {
        if (down !== undefined && !options.keepsSession) return
        while (down !== undefined) await down.promise
        await handler(topic, payload)
      })
    },
  }
}
