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
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
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
   * `fragment-not-stored`: the disk does not take it, and it counts as lost on the air: the kiosk will be asked for it.
   */
  take(devEui: string, message: UpMessage): Promise<Result<ReceiverReply, 'fragment-not-stored'>>
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
  /** What the disk holds. */
  readonly #stored = new Map<string, PacketState>()
  readonly #changed = new Set<string>()
  /** Devices whose finished packet was handled. */
  readonly #handled = new Set<string>()
  #writing: Promise<boolean> | undefined
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
        this.#stored.set(devEui, state)
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

  async take(devEui: string, message: UpMessage): Promise<Result<ReceiverReply, 'fragment-not-stored'>> {
    const { clock, inactivityMs } = this.#options
    const nowMs = clock.now()
    const known = this.#states.get(devEui)
    const before = known === undefined || isExpired(known, nowMs, inactivityMs) ? EMPTY_REASSEMBLY : known
    const { state, reply } = receive(before, message, nowMs)
    this.#states.set(devEui, state)
    this.#changed.add(devEui)
    if (!state.isFinished) this.#handled.delete(devEui)
    return (await this.#write()) ? ok(reply) : err('fragment-not-stored')
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
  #write(): Promise<boolean> {
    this.#writing ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#writing = undefined
        resolve(this.#flush())
      })
    })
    return this.#writing
  }

  #flush(): boolean {
    if (this.#isClosed) return false
    const changes = [...this.#changed].map((devEui) => [devEui, this.#states.get(devEui)] as const)
    this.#changed.clear()
    if (changes.length === 0) return true
    try {
      this.#options.store.write(
        new Map(
          changes.map(([devEui, state]) => [devEui, this.#isKept(devEui, state) ? encode(state) : null]),
        ),
      )
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error
      this.#options.log.error('fragments-not-stored', { error: error.code })
      for (const [devEui] of changes) this.#restore(devEui)
      return false
    }
    for (const [devEui, state] of changes) {
      if (state === undefined) this.#stored.delete(devEui)
      else this.#stored.set(devEui, state)
    }
    return true
  }

  /** Packets that were handled are not kept on disk: their last ones would tell the order of ballots. */
  #isKept(devEui: string, state: PacketState | undefined): state is PacketState {
    return state !== undefined && !this.#handled.has(devEui)
  }

  #restore(devEui: string): void {
    const stored = this.#stored.get(devEui)
    if (stored === undefined) this.#states.delete(devEui)
    else this.#states.set(devEui, stored)
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
