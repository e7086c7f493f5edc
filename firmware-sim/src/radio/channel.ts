import type { Clock } from '@hanpyo/platform/clock.ts'
import type { SeededRandom } from '../random.ts'
import { airtimeMs, symbolMs } from './airtime.ts'
import { LONGEST_TRANSMISSION_MS } from './kr920.ts'
import { createRadioMetrics, deviceMetrics, type LossCause, type RadioMetrics } from './metrics.ts'
import {
  createShadowing,
  DEFAULT_PROPAGATION,
  type Position,
  type PropagationOptions,
  reportedSnrDb,
  type Shadowing,
} from './propagation.ts'
import {
  airLoss,
  GatewayReceiver,
  overlaps,
  type Reception,
  type Signal,
  type Transmission,
} from './reception.ts'
import { type Place, SignalView } from './signal-view.ts'

/** Share of frames lost at random at each receiver, 0…1, on top of what physics takes. */
export interface LossRates {
  up: number
  down: number
}

/** A half-duplex concentrator: hears uplinks on its channels with every spreading factor, except while sending. */
export interface GatewayRadio {
  readonly id: string
  readonly position: Position
  readonly channelsHz: readonly number[]
  /** Called at the end of each uplink frame it received with a correct CRC. */
  onUplink(reception: Reception): void
}

/** A device's receive window: it locks on a downlink whose preamble starts between `opensAtMs` and `closesAtMs`. */
export interface ReceiveWindow {
  readonly device: string
  readonly position: Position
  readonly frequencyHz: number
  readonly spreadingFactor: number
  readonly opensAtMs: number
  readonly closesAtMs: number
}

/** What a window brought; `endMs` is when the radio was free again. */
export interface WindowResult {
  readonly reception: Reception | undefined
  readonly endMs: number
}

export interface SendRequest {
  readonly source: string
  readonly position: Position
  readonly direction: 'up' | 'down'
  readonly frequencyHz: number
  readonly spreadingFactor: number
  readonly powerDbm: number
  readonly payload: Uint8Array
  readonly startMs: number
  /** Not a frame of a device but one that an attacker plays back. */
  readonly isReplay?: boolean
}

/** Sees everything on air as it happens; for traces, statistics and faults that follow from a frame. */
export interface AirObserver {
  onSent?(transmission: Transmission, isReplay: boolean): void
  onGatewayReception?(gatewayId: string, reception: Reception): void
  onDeviceReception?(device: string, reception: Reception): void
  /** An uplink that no gateway received. */
  onUplinkLost?(transmission: Transmission, cause: LossCause): void
}

interface AttachedGateway {
  readonly radio: GatewayRadio
  readonly view: SignalView
  readonly receiver: GatewayReceiver
}

/** Ended frames are remembered this long, so that a late callback can still judge overlaps. */
const MEMORY_MS = 30_000

/**
 * The air. Everything is decided by the frames' own start and end instants, never by when a callback happened to
 * run, so a busy machine or a high speed factor does not change what is received.
 */
export class RadioChannel {
  readonly metrics: RadioMetrics = createRadioMetrics()
  readonly loss: LossRates
  /** Asked once per frame and receiver, after `loss`, whether this frame is lost too; for losses with a memory. */
  extraLoss: ((direction: 'up' | 'down', link: string) => boolean) | undefined
  readonly #observers = new Set<AirObserver>()
  readonly #clock: Clock
  readonly #random: SeededRandom
  readonly #propagation: PropagationOptions
  readonly #shadowing: Shadowing
  readonly #gateways = new Set<AttachedGateway>()
  readonly #lossDice = new Map<string, SeededRandom>()
  readonly #lastUplink = new Map<string, SendRequest>()
  readonly #heard = new Set<Transmission>()
  readonly #reasons = new Map<Transmission, LossCause>()
  #onAir: Transmission[] = []

  constructor(options: {
    clock: Clock
    random: SeededRandom
    loss?: Partial<LossRates>
    propagation?: Partial<PropagationOptions>
  }) {
    this.#clock = options.clock
    this.#random = options.random
    this.#propagation = { ...DEFAULT_PROPAGATION, ...options.propagation }
    this.#shadowing = createShadowing(options.random, this.#propagation.shadowingDb)
    this.loss = { up: 0, down: 0, ...options.loss }
  }

  /** Adds a gateway's receiver; the returned function switches it off. */
  attachGateway(radio: GatewayRadio): () => void {
    const gateway = { radio, view: this.#viewFrom(radio), receiver: new GatewayReceiver() }
    this.#gateways.add(gateway)
    return () => this.#gateways.delete(gateway)
  }

  /** The returned function ends the observation. */
  observe(observer: AirObserver): () => void {
    this.#observers.add(observer)
    return () => void this.#observers.delete(observer)
  }

  /**
   * Puts a frame on air from `startMs` on; a gateway registers its downlink as soon as it is planned. Throws
   * `RangeError` for a frame longer than the band allows.
   */
  send(request: SendRequest): Transmission {
    const durationMs = airtimeMs({
      spreadingFactor: request.spreadingFactor,
      phyPayloadBytes: request.payload.length,
      hasCrc: request.direction === 'up',
    })
    if (durationMs > LONGEST_TRANSMISSION_MS && request.direction === 'up') {
      throw new RangeError(`a frame of ${durationMs.toFixed(0)} ms is longer than the 4 s allowed`)
    }
    const { isReplay = false, ...frame } = request
    const transmission: Transmission = {
      ...frame,
      endMs: request.startMs + durationMs,
      fadingDb: this.#dice(`fading/${request.source}`).gaussian() * this.#propagation.fadingDb,
    }
    this.#forgetOld()
    this.#onAir.push(transmission)
    this.#countSent(transmission, isReplay, durationMs)
    for (const observer of this.#observers) observer.onSent?.(transmission, isReplay)
    const leftMs = transmission.endMs - this.#clock.now()
    if (transmission.direction === 'down') this.#countDownlinkAfterItsEnd(transmission)
    else this.#clock.setTimeout(() => this.#endUplink(transmission, isReplay), leftMs)
    return transmission
  }

  /** Whether a receiver at `position` senses more than `thresholdDbm` on a channel between two instants. */
  isBusy(sense: {
    /** Name of the listener, for the shadowing of its links. */
    listener?: string
    position: Position
    frequencyHz: number
    fromMs: number
    toMs: number
    thresholdDbm: number
  }): boolean {
    const view = this.#viewFrom({ id: sense.listener ?? '', position: sense.position })
    return this.#onAir.some(
      (one) =>
        one.frequencyHz === sense.frequencyHz &&
        overlaps(one, sense.fromMs, sense.toMs) &&
        view.signal(one).rssiDbm > sense.thresholdDbm,
    )
  }

  /** Whether `source` sends at any time between two instants; a half-duplex radio cannot do anything else then. */
  isSending(source: string, fromMs: number, toMs: number): boolean {
    return this.#onAir.some((one) => one.source === source && overlaps(one, fromMs, toMs))
  }

  /** Opens a receive window; `done` is called once, when it closed empty or at the end of the frame it locked on. */
  listen(window: ReceiveWindow, done: (result: WindowResult) => void): void {
    this.#clock.setTimeout(() => {
      const locked = this.#strongestIn(window)
      if (locked === undefined) return done({ reception: undefined, endMs: window.closesAtMs })
      const finish = () => done({ reception: this.#receive(locked, window), endMs: locked.endMs })
      this.#clock.setTimeout(finish, locked.endMs - this.#clock.now())
    }, window.closesAtMs - this.#clock.now())
  }

  /** Sends the last uplink frame of `source` once more, as an attacker with a recorder would. False without one. */
  replayLastUplink(source: string): boolean {
    const last = this.#lastUplink.get(source)
    if (last === undefined) return false
    this.send({ ...last, source: `replay of ${source}`, startMs: this.#clock.now(), isReplay: true })
    return true
  }

  #countSent(transmission: Transmission, isReplay: boolean, durationMs: number): void {
    const { metrics } = this
    if (transmission.direction === 'down') {
      metrics.downlinks.sent++
      metrics.downlinks.airtimeMs += durationMs
    } else if (isReplay) {
      metrics.replaysInjected++
    } else {
      this.#lastUplink.set(transmission.source, transmission)
      const device = deviceMetrics(metrics, transmission.source)
      metrics.framesSent++
      metrics.airtimeMs += durationMs
      device.framesSent++
      device.airtimeMs += durationMs
    }
  }

  #endUplink(transmission: Transmission, isReplay: boolean): void {
    const outcomes = [...this.#gateways].map((gateway) => ({
      gateway,
      outcome: this.#outcomeAt(gateway, transmission),
    }))
    const received = outcomes.filter(({ outcome }) => typeof outcome !== 'string')
    if (received.length === 0 && !isReplay) {
      const causes = outcomes.map(({ outcome }) => outcome as LossCause)
      const cause = causes.find((one) => one !== 'no-listener') ?? 'no-listener'
      this.metrics.lostBy[cause]++
      this.metrics.framesLost++
      deviceMetrics(this.metrics, transmission.source).framesLost++
      for (const observer of this.#observers) observer.onUplinkLost?.(transmission, cause)
    }
    for (const { gateway, outcome } of received) {
      for (const observer of this.#observers) {
        observer.onGatewayReception?.(gateway.radio.id, outcome as Reception)
      }
      gateway.radio.onUplink(outcome as Reception)
    }
  }

  #outcomeAt(gateway: AttachedGateway, transmission: Transmission): Reception | LossCause {
    const { id, channelsHz } = gateway.radio
    if (!channelsHz.includes(transmission.frequencyHz)) return 'no-listener'
    const link = `${transmission.source}/${id}`
    if (this.#isLost(this.loss.up, `loss/${link}`) || this.extraLoss?.('up', link) === true) return 'loss'
    const signal = gateway.view.signal(transmission)
    const sending = this.#onAir.filter(({ source }) => source === id)
    const onItsChannels = this.#onAir.filter(
      (one) => one.direction === 'up' && channelsHz.includes(one.frequencyHz),
    )
    const lost = gateway.receiver.judge(signal, gateway.view.signals(onItsChannels), sending)
    return lost ?? receptionOf(transmission, signal)
  }

  #strongestIn(window: ReceiveWindow): Transmission | undefined {
    const view = this.#viewFrom({ id: window.device, position: window.position })
    return this.#onAir
      .filter(
        (one) =>
          one.direction === 'down' &&
          one.frequencyHz === window.frequencyHz &&
          one.spreadingFactor === window.spreadingFactor &&
          one.startMs >= window.opensAtMs - symbolMs(window.spreadingFactor) &&
          one.startMs <= window.closesAtMs,
      )
      .sort((a, b) => view.signal(b).rssiDbm - view.signal(a).rssiDbm)[0]
  }

  #receive(transmission: Transmission, window: ReceiveWindow): Reception | undefined {
    const { device } = window
    if (this.#isLost(this.loss.down, `loss/down/${device}`) || this.extraLoss?.('down', device) === true) {
      this.#reasons.set(transmission, 'loss')
      return undefined
    }
    const view = this.#viewFrom({ id: window.device, position: window.position })
    const signal = view.signal(transmission)
    const lost = airLoss(signal, view.signals(this.#onAir))
    if (lost !== undefined) {
      this.#reasons.set(transmission, lost)
      return undefined
    }
    this.#heard.add(transmission)
    const reception = receptionOf(transmission, signal)
    for (const observer of this.#observers) observer.onDeviceReception?.(device, reception)
    return reception
  }

  #viewFrom(place: Place): SignalView {
    return new SignalView(place, this.#propagation, this.#shadowing)
  }

  /** A device calls this for a downlink that was addressed to it and had a correct MIC. */
  countDelivered(device: string): void {
    deviceMetrics(this.metrics, device).downlinksReceived++
  }

  #countDownlinkAfterItsEnd(transmission: Transmission): void {
    const settledMs = transmission.endMs + 1000 - this.#clock.now()
    this.#clock.setTimeout(() => {
      if (!this.#heard.delete(transmission)) {
        this.metrics.downlinks.lost++
        this.metrics.downlinks.lostBy[this.#reasons.get(transmission) ?? 'no-listener']++
      }
      this.#reasons.delete(transmission)
    }, settledMs)
  }

  #isLost(rate: number, dice: string): boolean {
    return this.#dice(dice).next() < rate
  }

  /** One die per use and sender: what one device does never changes the luck of another. */
  #dice(label: string): SeededRandom {
    let dice = this.#lossDice.get(label)
    if (dice === undefined) {
      dice = this.#random.fork(label)
      this.#lossDice.set(label, dice)
    }
    return dice
  }

  #forgetOld(): void {
    const limitMs = this.#clock.now() - MEMORY_MS
    if ((this.#onAir[0]?.endMs ?? Number.POSITIVE_INFINITY) < limitMs) {
      this.#onAir = this.#onAir.filter((one) => one.endMs >= limitMs)
    }
  }
}

function receptionOf(transmission: Transmission, { rssiDbm }: Signal): Reception {
  return { transmission, rssiDbm, snrDb: reportedSnrDb(rssiDbm) }
}
