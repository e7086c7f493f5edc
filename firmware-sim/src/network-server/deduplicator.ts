import type { Clock } from '@hanpyo/platform/clock.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { UplinkMessage } from '../gateway/messages.ts'

/** Copies of one frame from all gateways that heard it, best reception first. */
export interface UplinkSet {
  readonly frames: readonly UplinkMessage[]
  /** Instant at which the first copy arrived. */
  readonly firstSeenMs: number
}

/** Frames that may wait at once; a flood of different ones beyond that is dropped. */
const MOST_FRAMES = 10_000

/**
 * Collects copies for a fixed time after the first one. The same bytes on another frequency or spreading factor are
 * another frame. Copies up to another such time later are dropped, as ChirpStack's lock in Redis does.
 */
export class Deduplicator {
  readonly #clock: Clock
  readonly #delayMs: number
  readonly #handle: (set: UplinkSet) => void
  readonly #open = new Map<string, UplinkMessage[] | 'handled'>()

  constructor(options: { clock: Clock; delayMs: number; handle: (set: UplinkSet) => void }) {
    this.#clock = options.clock
    this.#delayMs = options.delayMs
    this.#handle = options.handle
  }

  /** False for a frame that was dropped because too many wait. */
  add(frame: UplinkMessage): boolean {
    const key = `${frame.frequencyHz}/${frame.spreadingFactor}/${toHex(frame.phyPayload)}`
    const copies = this.#open.get(key)
    if (copies === 'handled') return true
    if (copies !== undefined) {
      if (!copies.some((copy) => copy.gatewayId === frame.gatewayId)) copies.push(frame)
      return true
    }
    if (this.#open.size >= MOST_FRAMES) return false
    const collected = [frame]
    const firstSeenMs = this.#clock.now()
    this.#open.set(key, collected)
    this.#clock.setTimeout(() => {
      this.#open.set(key, 'handled')
      this.#clock.setTimeout(() => this.#open.delete(key), this.#delayMs)
      const frames = collected.sort((a, b) => b.snrDb - a.snrDb || b.rssiDbm - a.rssiDbm)
      this.#handle({ frames, firstSeenMs })
    }, this.#delayMs)
    return true
  }
}
