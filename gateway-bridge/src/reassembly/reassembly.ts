import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { SqliteError } from '@hanpyo/platform/sqlite.ts'
import type { UpMessage } from '@hanpyo/protocol/link/schc/messages.ts'
import { encodeReassembly, parseReassembly } from '@hanpyo/protocol/link/schc/reassembly-bytes.ts'
import {
  EMPTY_REASSEMBLY,
  isExpired,
  type Reassembly as PacketState,
  type ReceiverReply,
  receive,
} from '@hanpyo/protocol/link/schc/receiver.ts'
import type { FragmentStore } from './fragment-store.ts'

export interface ReassemblyOptions {
  readonly store: FragmentStore
  readonly clock: Clock
  readonly log: Logger
  /** Simulated milliseconds without a fragment after which a device's packet is forgotten. */
  readonly inactivityMs: number
  /** Whether the log binds the device to a kiosk now. */
  isEnrolled(devEui: string): boolean
}

/** Packets in the making, one for each enrolled device. */
export interface Reassembly {
  /**
   * Takes one message of an enrolled device. Resolves when what it changed is on disk, so that the broker may forget it.
   * What the disk does not take stays in memory: a crash then costs a resend, while a damaged file that holds nothing of
   * value must not keep ballots from arriving.
   */
  take(devEui: string, message: UpMessage): Promise<ReceiverReply>
  /** The packet that `take` handed on needs the disk no more. It stays in memory for a kiosk that did not hear the ack. */
  handledPacket(devEui: string): void
  /** Devices with something in the making or just finished. */
  readonly size: number
  close(): void
}

const SWEEPS = 4

/**
 * Loads what the disk holds. Memory and disk are bounded by the number of devices enrolled in the log: a device has one
 * packet of at most 2,520 bytes, and forgotten ones are swept out.
 */
export function createReassembly(options: ReassemblyOptions): Reassembly {
  return new DiskReassembly(options)
}

class DiskReassembly implements Reassembly {
  readonly #options: ReassemblyOptions
  readonly #states = new Map<string, PacketState>()
  /** Devices whose row on disk is out of date. */
  readonly #changed = new Set<string>()
  /** Devices whose finished packet was handled. */
  readonly #handled = new Set<string>()
  #writing: Promise<void> | undefined
  #sweepTimer: Timer | undefined
  #isClosed = false

  constructor(options: ReassemblyOptions) {
    this.#options = options
    const { store, clock, log } = options
    const nowMs = clock.now()
    for (const [devEui, bytes] of store.load()) {
      const parsed = parseReassembly(bytes)
      if (parsed.ok) {
        // A clock that was set back must not keep a packet for ever.
        const state = { ...parsed.value, activeMs: Math.min(parsed.value.activeMs, nowMs) }
        this.#states.set(devEui, state)
      } else {
        log.warn('fragments-row-dropped', { error: parsed.error })
        this.#changed.add(devEui)
      }
    }
    this.#sweep()
  }

  get size(): number {
    return this.#states.size
  }

  async take(devEui: string, message: UpMessage): Promise<ReceiverReply> {
    const { clock, inactivityMs } = this.#options
    const nowMs = clock.now()
    const known = this.#states.get(devEui)
    const before = known === undefined || isExpired(known, nowMs, inactivityMs) ? EMPTY_REASSEMBLY : known
    const { state, reply } = receive(before, message, nowMs)
    this.#states.set(devEui, state)
    this.#changed.add(devEui)
    if (!state.isFinished) this.#handled.delete(devEui)
    await this.#write()
    return reply
  }

  handledPacket(devEui: string): void {
    if (this.#states.get(devEui)?.isFinished !== true || this.#handled.has(devEui)) return
    this.#handled.add(devEui)
    this.#changed.add(devEui)
    void this.#write()
  }

  close(): void {
    this.#options.clock.clearTimeout(this.#sweepTimer)
    this.#flush()
    this.#isClosed = true
  }

  /** What changes in one turn of the event loop shares an fsync. */
  #write(): Promise<void> {
    this.#writing ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#writing = undefined
        resolve(this.#flush())
      })
    })
    return this.#writing
  }

  /** What does not get to the disk is tried again with the next change or sweep. */
  #flush(): void {
    if (this.#isClosed || this.#changed.size === 0) return
    const rows = new Map(
      [...this.#changed].map((devEui) => {
        const state = this.#states.get(devEui)
        return [devEui, this.#isKept(devEui, state) ? encode(state) : null] as const
      }),
    )
    try {
      this.#options.store.write(rows)
      this.#changed.clear()
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error
      this.#options.log.error('fragments-not-stored', { error: error.code })
    }
  }

  /** Packets that were handled are not kept on disk: their last ones would tell the order of ballots. */
  #isKept(devEui: string, state: PacketState | undefined): state is PacketState {
    return state !== undefined && !this.#handled.has(devEui)
  }

  #sweep(): void {
    const { clock, inactivityMs, isEnrolled } = this.#options
    const nowMs = clock.now()
    for (const [devEui, state] of this.#states) {
      if (isEnrolled(devEui) && !isExpired(state, nowMs, inactivityMs)) continue
      this.#states.delete(devEui)
      this.#handled.delete(devEui)
      this.#changed.add(devEui)
    }
    this.#flush()
    this.#sweepTimer = clock.setTimeout(() => this.#sweep(), inactivityMs / SWEEPS)
  }
}

/** Without the check sums of earlier packets, which name ballots in the order they came. */
function encode(state: PacketState): Uint8Array {
  return encodeReassembly({ ...state, finished: [] })
}
