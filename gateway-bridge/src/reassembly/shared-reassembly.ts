import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { UpMessage } from '@hanpyo/protocol/link/schc/messages.ts'
import { encodeReassembly, parseReassembly } from '@hanpyo/protocol/link/schc/reassembly-bytes.ts'
import {
  EMPTY_REASSEMBLY,
  isExpired,
  type Reassembly as PacketState,
  type ReceiverReply,
  receive,
} from '@hanpyo/protocol/link/schc/receiver.ts'
import type { SharedFragments } from '../ledger/engine.ts'
import type { Reassembly, ReassemblyOptions } from './reassembly.ts'

export interface SharedReassemblyOptions extends Omit<ReassemblyOptions, 'store'> {
  readonly fragments: SharedFragments
  readonly clock: Clock
  readonly log: Logger
  /** Whether this replica sweeps out what is forgotten; one does. */
  isSweeping(): boolean
}

/** Messages of one device that reach several replicas at the same moment; more than these a sender does not have on air. */
const MOST_ATTEMPTS = 8
const SWEEPS = 4

/**
 * Packets in the making that lie in the store, so that the fragments of a device may reach any replica. A message that meets
 * another one is taken after it. A packet that was handed on leaves the store and stays in the memory of the replica that
 * completed it: a kiosk that did not hear the ack and reaches another replica sends its fragments once more.
 */
export function createSharedReassembly(options: SharedReassemblyOptions): Reassembly {
  return new SharedReassembly(options)
}

interface Kept {
  readonly bytes: Uint8Array
  readonly state: PacketState
}

class SharedReassembly implements Reassembly {
  readonly #options: SharedReassemblyOptions
  /** Finished packets of this replica by DevEUI: as many as there are enrolled devices, forgotten after a silence. */
  readonly #finished = new Map<string, Kept>()
  #sweepTimer: Timer | undefined
  #isClosed = false

  constructor(options: SharedReassemblyOptions) {
    this.#options = options
    this.#arm()
  }

  get size(): number {
    return this.#finished.size
  }

  async take(devEui: string, message: UpMessage): Promise<ReceiverReply> {
    const { fragments, clock, log } = this.#options
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const nowMs = clock.now()
      const stored = await fragments.get(devEui)
      const { state, reply } = receive(this.#before(devEui, stored, nowMs), message, nowMs)
      const bytes = encodeReassembly({ ...state, finished: [] })
      const swapped = await fragments.swap(devEui, stored, bytes)
      if (!swapped.ok) {
        // Nothing of value is lost: the kiosk has the ballot, and asks for the fragment's fate.
        log.warn('fragment-not-stored', { error: swapped.error })
        return reply
      }
      if (!swapped.value) continue
      if (state.isFinished) this.#finished.set(devEui, { bytes, state })
      else this.#finished.delete(devEui)
      return reply
    }
    return { type: 'none' }
  }

  handledPacket(devEui: string): void {
    const kept = this.#finished.get(devEui)
    if (kept === undefined) return
    this.#options.fragments.swap(devEui, kept.bytes, null).catch((error: unknown) => {
      this.#options.log.warn('fragments-not-removed', { error })
    })
  }

  close(): void {
    this.#isClosed = true
    this.#options.clock.clearTimeout(this.#sweepTimer)
  }

  #before(devEui: string, stored: Uint8Array | null, nowMs: number): PacketState {
    const { inactivityMs, log } = this.#options
    const parsed = stored === null ? undefined : parseReassembly(stored)
    if (parsed !== undefined && !parsed.ok) log.warn('fragments-row-dropped', { error: parsed.error })
    const known = parsed?.ok ? parsed.value : stored === null ? this.#finished.get(devEui)?.state : undefined
    if (known === undefined) return EMPTY_REASSEMBLY
    // A clock that is ahead of this one must not keep a packet for ever.
    const state = { ...known, activeMs: Math.min(known.activeMs, nowMs) }
    return isExpired(state, nowMs, inactivityMs) ? EMPTY_REASSEMBLY : state
  }

  #arm(): void {
    if (this.#isClosed) return
    const { clock, inactivityMs, log } = this.#options
    this.#sweepTimer = clock.setTimeout(() => {
      void this.#sweep()
        .catch((error: unknown) => log.warn('fragments-not-swept', { error }))
        .finally(() => this.#arm())
    }, inactivityMs / SWEEPS)
  }

  async #sweep(): Promise<void> {
    const { fragments, clock, inactivityMs, isEnrolled, isSweeping } = this.#options
    for (const [devEui, { state }] of this.#finished) {
      if (!isEnrolled(devEui) || isExpired(state, clock.now(), inactivityMs)) this.#finished.delete(devEui)
    }
    if (!isSweeping()) return
    for (const devEui of await fragments.devices()) {
      const stored = await fragments.get(devEui)
      const parsed = stored === null ? undefined : parseReassembly(stored)
      if (stored === null || parsed === undefined) continue
      const isLive = parsed.ok && !isExpired(parsed.value, clock.now(), inactivityMs)
      if (!isLive || !isEnrolled(devEui)) await fragments.swap(devEui, stored, null)
    }
  }
}
