import type { Clock } from '@hanpyo/platform/clock.ts'
import { maxPayloadBytes } from '@hanpyo/protocol/link/constants.ts'
import { TILE_BYTES } from '@hanpyo/protocol/link/schc/profile.ts'
import type { FragmentSender, SenderOutcome } from '@hanpyo/protocol/link/schc/sender.ts'
import { ok, type Result } from '@hanpyo/protocol/result.ts'
import type { RouteError } from './route.ts'

/** The radio as a transfer sees it: frames go out one at a time, in turn with whatever else the kiosk has to say. */
export interface FramePort {
  /** LoRaWAN data rate of the next frame, as far as it is known. */
  readonly dataRate: number | null
  /** One frame on the fragments' port. `route-busy` and `datagram-too-long`: surely nothing went out. */
  sendFrame(payload: Uint8Array): Promise<Result<void, RouteError>>
}

/** MAC answers take at most 15 bytes of a frame: one tile less makes room for most of them, two for all. */
const MAX_SPARED_TILES = 2
/** Frames in a row without a word from the modem, or refused by it, after which the route has to look after it. */
const MAX_FAILURES = 3
const MAX_REFUSALS = 20

/**
 * Brings one datagram over in fragments. Resolves ok when the sender is done, well or not: all of it left this machine, and
 * the outbox makes the pauses until the next try grow. An error means that the radio broke off; the sender may then be used
 * again once it was told to resume. `signal` says that the datagram was answered.
 */
export class FragmentTransfer {
  readonly sender: FragmentSender
  readonly #port: FramePort
  readonly #clock: Clock
  /** Tiles left out of each frame since the modem refused a full one. */
  #sparedTiles = 0
  #wake: PromiseWithResolvers<void> = Promise.withResolvers()

  constructor(sender: FragmentSender, port: FramePort, clock: Clock) {
    this.sender = sender
    this.#port = port
    this.#clock = clock
  }

  /** A downlink on the fragments' port. */
  receive(payload: Uint8Array): void {
    // Some MAC answers go with every uplink until a downlink shows that they were heard; now they were.
    this.#sparedTiles = 0
    this.sender.receive(payload)
    this.#wake.resolve()
  }

  async run(signal: AbortSignal): Promise<Result<SenderOutcome, RouteError>> {
    let failures = 0
    let refusals = 0
    for (;;) {
      if (signal.aborted) this.sender.finish()
      const maxFrameBytes = maxPayloadBytes(this.#port.dataRate ?? 0, this.#sparedTiles * TILE_BYTES)
      const step = this.sender.next(maxFrameBytes, this.#clock.now())
      if (step.do === 'end') return ok(step.outcome)
      if (step.do === 'wait') {
        await this.#wait(step.untilMs, signal)
        continue
      }
      const sent = await this.#port.sendFrame(step.payload)
      if (sent.ok) {
        failures = 0
        refusals = 0
        continue
      }
      switch (sent.error) {
        case 'route-offline':
          this.sender.takeBack()
          return sent
        case 'datagram-too-long':
        case 'route-busy':
          // The data rate fell, MAC answers take room, or somebody else uses the modem.
          this.sender.takeBack()
          if (sent.error === 'datagram-too-long') {
            this.#sparedTiles = Math.min(MAX_SPARED_TILES, this.#sparedTiles + 1)
          }
          if (++refusals >= MAX_REFUSALS) return sent
          break
        case 'route-failed':
          // It may have gone out; the receiver will say.
          if (++failures >= MAX_FAILURES) return sent
      }
    }
  }

  /** Until the time has come, something came down, or the datagram was answered. */
  async #wait(untilMs: number, signal: AbortSignal): Promise<void> {
    this.#wake = Promise.withResolvers()
    const timer = this.#clock.setTimeout(() => this.#wake.resolve(), untilMs - this.#clock.now())
    const onAbort = () => this.#wake.resolve()
    signal.addEventListener('abort', onAbort, { once: true })
    await this.#wake.promise
    signal.removeEventListener('abort', onAbort)
    this.#clock.clearTimeout(timer)
  }
}
