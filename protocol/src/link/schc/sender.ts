/**
 * The sending side of ACK-on-Error (RFC 8724 section 8.4.3.1) without radio or timers: `next` says what to do, `receive`
 * takes what came down. Tiles are cut into frames one frame at a time, so that the data rate may change meanwhile.
 */
import { crc32 } from './crc32.ts'
import { encodeUp, parseDown } from './messages.ts'
import { MAX_PACKET_BYTES, MIN_FRAME_BYTES, TILE_BYTES, WINDOW_TILES, windowOf } from './profile.ts'

export interface SenderOptions {
  /** Unanswered requests in a row before it gives up (MAX_ACK_REQUESTS). */
  readonly maxAckRequests?: number
  /** Milliseconds from a request to the next one, 60,000 … 300,000 on the air; up to half as much is added by chance. */
  readonly retransmissionMs?: number
  /** Answers that ask for more before it gives up: bounds what a receiver that is never content can cost. */
  readonly maxRounds?: number
  /** A random number from 0 to just below 1, so that the senders of a hall drift apart. */
  readonly dice?: () => number
}

export const SENDER_DEFAULTS = { maxAckRequests: 8, retransmissionMs: 60_000, maxRounds: 48 } as const

/**
 * `complete`: the receiver has the bytes, which says nothing about the ledger. `answered`: `finish` was called.
 * `no-answer`: too many requests stayed unanswered. `receiver-abort`: the receiver gave up. `not-reassembled`: the
 * receiver has all tiles and yet the RCS does not fit, again and again. `too-many-rounds`: it never had enough.
 */
export type SenderOutcome =
  | 'complete'
  | 'answered'
  | 'no-answer'
  | 'receiver-abort'
  | 'not-reassembled'
  | 'too-many-rounds'

export type SenderStep =
  | { readonly do: 'send'; readonly payload: Uint8Array }
  | { readonly do: 'wait'; readonly untilMs: number }
  | { readonly do: 'end'; readonly outcome: SenderOutcome }

/** Mixed with old tiles that chance kept, a packet may fail twice; a third time something is wrong with it. */
const MAX_RESTARTS = 3

export class FragmentSender {
  readonly #packet: Uint8Array
  readonly #options: Required<SenderOptions>
  readonly #rcs: number
  readonly #tileCount: number
  /** By position, without the last tile, which rides in the All-1. */
  readonly #isDue: boolean[]
  #latest: readonly [first: number, last: number] | 'request' | 'abort' | undefined
  #phase: 'sending' | 'waiting' = 'sending'
  #isAbortDue = false
  #ending: SenderOutcome | undefined
  #outcome: SenderOutcome | undefined
  #deadlineMs = 0
  #hasRequested = false
  #requests = 0
  #rounds = 0
  #restarts = 0

  /** Throws `RangeError` unless the packet has 1 … 2,520 bytes. */
  constructor(packet: Uint8Array, options: SenderOptions = {}) {
    if (packet.length < 1 || packet.length > MAX_PACKET_BYTES) {
      throw new RangeError(`"packet" is not 1..${MAX_PACKET_BYTES} bytes: ${packet.length}`)
    }
    this.#packet = packet
    this.#options = { ...SENDER_DEFAULTS, dice: () => 0, ...options }
    this.#rcs = crc32(packet)
    this.#tileCount = Math.ceil(packet.length / TILE_BYTES)
    this.#isDue = new Array(this.#tileCount - 1).fill(true)
  }

  /**
   * What to do now. A payload that is handed out counts as sent unless `takeBack` follows.
   * @param maxFrameBytes payload that fits a frame at this moment, at least 15
   */
  next(maxFrameBytes: number, nowMs: number): SenderStep {
    if (maxFrameBytes < MIN_FRAME_BYTES) {
      throw new RangeError(`"maxFrameBytes" is below ${MIN_FRAME_BYTES}: ${maxFrameBytes}`)
    }
    if (this.#outcome !== undefined) return { do: 'end', outcome: this.#outcome }
    if (this.#isAbortDue) return this.#abort()
    const first = this.#isDue.indexOf(true)
    if (first >= 0) return this.#sendTiles(first, maxFrameBytes)
    if (this.#phase === 'waiting') {
      if (nowMs < this.#deadlineMs) return { do: 'wait', untilMs: this.#deadlineMs }
      if (this.#requests >= this.#options.maxAckRequests) {
        this.#giveUp('no-answer')
        return this.#abort()
      }
    }
    return this.#request(nowMs)
  }

  /** The payload handed out last surely did not go out: it is due again. */
  takeBack(): void {
    const latest = this.#latest
    this.#latest = undefined
    if (latest === undefined || latest === 'abort') return
    if (latest === 'request') {
      this.#requests--
      this.#phase = 'sending'
    } else this.#isDue.fill(true, latest[0], latest[1] + 1)
  }

  /** A message on the rule's port. What cannot be read or does not fit this packet is ignored. */
  receive(bytes: Uint8Array): void {
    const parsed = parseDown(bytes)
    if (!parsed.ok || this.#outcome !== undefined || this.#ending !== undefined) return
    const message = parsed.value
    if (message.type === 'receiver-abort') {
      this.#outcome = 'receiver-abort'
      return
    }
    const lastWindow = windowOf(this.#tileCount - 1)
    if (message.type === 'ack-complete') {
      // Before the first request it is about an earlier packet.
      if (message.window === lastWindow && this.#hasRequested) this.#outcome = 'complete'
    } else if (message.window <= lastWindow && this.#phase === 'waiting') {
      // Since tiles were sent again it would be an old answer.
      this.#repair(message.window, message.bitmap, message.window === lastWindow)
    }
  }

  /** The packet was answered by other means than SCHC. */
  finish(): void {
    this.#outcome ??= 'answered'
  }

  /** It has ended, or has nothing left to say but that it gives up: it cannot be resumed. */
  get isOver(): boolean {
    return this.#outcome !== undefined || this.#ending !== undefined
  }

  /** After an interruption: what was in the air is asked about anew, with all requests again. */
  resume(): void {
    this.#requests = 0
    this.#phase = 'sending'
  }

  #sendTiles(first: number, maxFrameBytes: number): SenderStep {
    const room = Math.floor((maxFrameBytes - 1) / TILE_BYTES)
    const last = this.#isDue.lastIndexOf(true, first + room - 1)
    this.#isDue.fill(false, first, last + 1)
    this.#latest = [first, last]
    this.#phase = 'sending'
    const payload = this.#packet.subarray(first * TILE_BYTES, (last + 1) * TILE_BYTES)
    return { do: 'send', payload: encodeUp({ type: 'regular', position: first, payload }) }
  }

  /** The All-1 serves as the request each time: unlike an ACK REQ it says which packet it is about. */
  #request(nowMs: number): SenderStep {
    const { retransmissionMs, dice } = this.#options
    this.#latest = 'request'
    this.#phase = 'waiting'
    this.#hasRequested = true
    this.#requests++
    this.#deadlineMs = nowMs + retransmissionMs * (1 + dice() / 2)
    const at = this.#tileCount - 1
    const tile = this.#packet.subarray(at * TILE_BYTES)
    return {
      do: 'send',
      payload: encodeUp({ type: 'all-1', window: windowOf(at), rcs: this.#rcs, tile }),
    }
  }

  #repair(window: number, bitmap: readonly boolean[], isLast: boolean): void {
    if (++this.#rounds > this.#options.maxRounds) {
      this.#giveUp('too-many-rounds')
      return
    }
    const start = window * WINDOW_TILES
    let missingCount = 0
    for (let at = start; at < Math.min(start + WINDOW_TILES, this.#isDue.length); at++) {
      if (bitmap[at - start] === true) continue
      this.#isDue[at] = true
      missingCount++
    }
    if (missingCount > 0) {
      this.#requests = 0
      this.#phase = 'sending'
    } else if (isLast && bitmap[WINDOW_TILES - 1] === true) {
      this.#restart()
    }
  }

  /** The receiver has a tile at every position and the RCS does not fit: some are another packet's. */
  #restart(): void {
    if (++this.#restarts > MAX_RESTARTS) {
      this.#giveUp('not-reassembled')
      return
    }
    this.#isDue.fill(true)
    this.#isAbortDue = true
    this.#hasRequested = false
    this.#requests = 0
    this.#phase = 'sending'
  }

  #giveUp(outcome: SenderOutcome): void {
    this.#ending = outcome
    this.#isAbortDue = true
  }

  #abort(): SenderStep {
    this.#latest = 'abort'
    this.#isAbortDue = false
    this.#outcome = this.#ending
    return { do: 'send', payload: encodeUp({ type: 'sender-abort' }) }
  }
}
