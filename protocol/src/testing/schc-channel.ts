import { equalBytes } from '../bytes.ts'
import type { UpMessage } from '../link/schc/messages.ts'
import { encodeDown, parseUp } from '../link/schc/messages.ts'
import { EMPTY_REASSEMBLY, type Reassembly, receive } from '../link/schc/receiver.ts'
import { FragmentSender, type SenderOptions, type SenderOutcome } from '../link/schc/sender.ts'

/** A small repeatable generator (mulberry32) of numbers from 0 to just below 1. For simulations, never for keys. */
export function seededDice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What the air does to messages. Shares are 0 … 1. */
export interface Air {
  readonly upLoss: number
  readonly downLoss: number
  /** Share of uplinks that arrive a second time, a few messages later. */
  readonly upCopies?: number
  /** Share of uplinks that arrive a few messages late. */
  readonly upDelays?: number
  /** Share of answers that miss their receive window and come with the next one. */
  readonly downDelays?: number
  /** Packets are answered by an ack that names them, as the bridge does, and not by the nameless C = 1. */
  readonly hasNamedAcks?: boolean
  /** Largest payload of each frame; the data rate may change from frame to frame. */
  readonly maxFrameBytes: () => number
  /** Told about every frame that goes out. */
  readonly onFrame?: (payload: Uint8Array) => void
}

/** A message on the rule's port, or an ack that names a packet. */
type Answer = Uint8Array | { readonly names: Uint8Array }

export interface Transfer {
  readonly outcome: SenderOutcome
  readonly frames: number
  readonly answers: number
  readonly waits: number
}

/**
 * A device and a bridge with a bad radio between them, in virtual time, class A: an answer can only come in the receive
 * window after an uplink. Copies and late messages stay in the air from one transfer to the next.
 */
export class SchcChannel {
  readonly #air: Air
  readonly #dice: () => number
  readonly #airborne: { dueAt: number; payload: Uint8Array }[] = []
  #late: Answer | undefined
  #sentTotal = 0
  #nowMs = 0
  receiver: Reassembly = EMPTY_REASSEMBLY
  /** Packets handed on, each time that the receiver took one for new. */
  readonly delivered: Uint8Array[] = []
  /** The largest number of tiles ever held. */
  mostTiles = 0

  constructor(air: Air, dice: () => number) {
    this.#air = air
    this.#dice = dice
  }

  /** Sends one packet to its end; `limit` frames stand for a device that is switched off in the middle. */
  transfer(packet: Uint8Array, options: SenderOptions & { limit?: number } = {}): Transfer {
    const { limit = 5_000, ...rest } = options
    const sender = new FragmentSender(packet, { dice: this.#dice, ...rest })
    let frames = 0
    let answers = 0
    let waits = 0
    for (;;) {
      const step = sender.next(this.#air.maxFrameBytes(), this.#nowMs)
      if (step.do === 'end') return { outcome: step.outcome, frames, answers, waits }
      if (step.do === 'wait') {
        waits++
        this.#nowMs = step.untilMs
        continue
      }
      if (frames === limit) return { outcome: 'no-answer', frames, answers, waits }
      frames++
      this.#air.onFrame?.(step.payload)
      this.#nowMs += 10_000
      const { isHeard, answer: fresh } = this.#uplink(step.payload)
      const answer = isHeard ? this.#window(fresh) : undefined
      if (answer === undefined) continue
      answers++
      if (answer instanceof Uint8Array) sender.receive(answer)
      else if (equalBytes(answer.names, packet)) sender.finish()
    }
  }

  /** Hands a message to the receiver as it is. */
  inject(payload: Uint8Array): Answer | undefined {
    const parsed = parseUp(payload)
    return parsed.ok ? this.#take(parsed.value) : undefined
  }

  /** `isHeard`: something arrived, so that the network has a receive window to answer in. */
  #uplink(payload: Uint8Array): { isHeard: boolean; answer: Answer | undefined } {
    const { upLoss, upCopies = 0, upDelays = 0 } = this.#air
    const now = ++this.#sentTotal
    const later = () => now + 1 + Math.floor(this.#dice() * 4)
    if (this.#dice() < upCopies) this.#airborne.push({ dueAt: later(), payload })
    let answer: Answer | undefined
    const isHeard = this.#dice() >= upLoss
    if (isHeard) {
      if (this.#dice() < upDelays) this.#airborne.push({ dueAt: later(), payload })
      else answer = this.inject(payload)
    }
    for (const one of this.#airborne.filter(({ dueAt }) => dueAt <= now)) {
      this.#airborne.splice(this.#airborne.indexOf(one), 1)
      answer = this.inject(one.payload) ?? answer
    }
    return { isHeard, answer }
  }

  #window(answer: Answer | undefined): Answer | undefined {
    const { downLoss, downDelays = 0 } = this.#air
    let heard = this.#late ?? answer
    this.#late = this.#late === undefined ? undefined : answer
    if (heard !== undefined && this.#late === undefined && this.#dice() < downDelays) {
      this.#late = heard
      heard = undefined
    }
    return heard !== undefined && this.#dice() < downLoss ? undefined : heard
  }

  #take(message: UpMessage): Answer | undefined {
    const { state, reply } = receive(this.receiver, message, this.#nowMs)
    this.receiver = state
    this.mostTiles = Math.max(this.mostTiles, state.tiles.size)
    if (reply.type === 'packet') this.delivered.push(reply.packet)
    if (reply.type === 'none') return undefined
    if (reply.type !== 'answer' && this.#air.hasNamedAcks === true) return { names: reply.packet }
    return encodeDown(reply.type === 'answer' ? reply.message : reply.completion)
  }
}
