import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { Messaging } from '../messaging.ts'

/** ChirpStack holds back this many events while the broker is away (`channel_capacity`), in memory only. */
const CAPACITY = 100
const RETRY_MS = 500

/** Publishes events in order at QoS 1 and tries again while the broker is away. */
export class EventPublisher {
  readonly #parts: { messaging: Messaging; clock: Clock; log: Logger }
  readonly #waiting: { topic: string; payload: string }[] = []
  #isRunning = false
  #isClosed = false

  constructor(parts: { messaging: Messaging; clock: Clock; log: Logger }) {
    this.#parts = parts
  }

  publish(topic: string, payload: object): void {
    if (this.#waiting.length >= CAPACITY) {
      this.#parts.log.error('event-dropped', { topic, reason: 'too many events wait for the broker' })
      return
    }
    this.#waiting.push({ topic, payload: JSON.stringify(payload) })
    void this.#drain()
  }

  close(): void {
    this.#isClosed = true
  }

  async #drain(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    for (let next = this.#waiting[0]; next !== undefined && !this.#isClosed; next = this.#waiting[0]) {
      const published = await this.#parts.messaging.publish(next.topic, next.payload, 1)
      if (published.ok) {
        this.#waiting.shift()
      } else {
        this.#parts.log.warn('event-unpublished', { topic: next.topic, error: published.error })
        await this.#parts.clock.sleep(RETRY_MS)
      }
    }
    this.#isRunning = false
  }
}
