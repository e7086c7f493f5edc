import { joinBackoff } from '@hanpyo/devices/modem/join-loop.ts'
import type { LoraModem, ModemEvent } from '@hanpyo/devices/modem/modem.ts'
import { backoffMs } from '@hanpyo/platform/backoff.ts'
import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import {
  FPORT_DATAGRAM,
  FPORT_PROBE,
  FPORT_SCHC_UP,
  maxPayloadBytes,
} from '@hanpyo/protocol/link/constants.ts'
import { MAX_PACKET_BYTES } from '@hanpyo/protocol/link/schc/profile.ts'
import { FragmentSender, type SenderOptions } from '@hanpyo/protocol/link/schc/sender.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { FragmentTransfer } from './fragment-transfer.ts'
import type { Route, RouteError, RouteListener, RouteState } from './route.ts'

/** What this route asks of a modem driver; `devices/modem/modem.ts` has the promises. */
export type RadioModem = Pick<LoraModem, 'join' | 'dataRate' | 'send' | 'onDownlink' | 'onEvent' | 'close'>

export interface LoraRouteDeps {
  /** Ids of the bridges that hear this radio. */
  readonly bridges: readonly string[]
  /** Opens the device and finds the modem; rejects when there is none. */
  readonly openModem: () => Promise<RadioModem>
  readonly clock: Clock
  readonly random: RandomBytes
  readonly log: Logger
  /**
   * Bytes of N(DR) left free for MAC answers (0..15). With 15, one contest (213 B) fits at DR4 and DR5 (227 B).
   */
  readonly reservedBytes?: number
  /** Attempts and pauses of datagrams that go in fragments. */
  readonly fragments?: Pick<SenderOptions, 'maxAckRequests' | 'retransmissionMs'>
}

const OPEN_BACKOFF = { baseMs: 1_000, maxMs: 60_000 }
/** So many commands without an answer in a row mean that the modem hangs or is unplugged. */
const SILENT_SENDS_LIMIT = 3

/**
 * Before every frame a random pause, so that the kiosks of a hall that were set off by the same event drift apart and
 * a gateway that talks to one of them is not deaf to all others.
 */
const FRAME_PAUSE_MS = { least: 200, most: 2_000 }

/** The smallest ballot in its compact form. */
const SMALLEST_BALLOT_BYTES = 213
/**
 * Where the data rate is too low for any ballot, only uplinks make the network raise it (ADR). So a byte goes out on a
 * port nobody listens to, ever more rarely.
 */
const PROBE_BACKOFF = { baseMs: 60_000, maxMs: 3_600_000 }

const LOST_SESSION: ReadonlySet<string> = new Set(['not-joined', 'rebooted'])
const SILENT: ReadonlySet<string> = new Set(['no-response', 'timeout'])

/**
 * LoRaWAN through a modem: opens it, joins with growing pauses, and starts over when the modem rebooted, hangs or was
 * unplugged. A datagram that fits goes in one unconfirmed frame on FPort 1, a longer one in SCHC fragments on FPort 20,
 * one such transfer at a time, whose frames take turns with single ones. A transfer that was cut off goes on where it was
 * if the same datagram is sent next. A LoRaWAN acknowledgement plays no part here.
 */
export function createLoraRoute(deps: LoraRouteDeps): Route {
  return new LoraRoute(deps)
}

class LoraRoute implements Route {
  readonly id = 'lora'
  readonly name = 'lora'
  /** A transfer in fragments, and beside it a single frame; without a transfer the second one waits its turn. */
  readonly slots = 2
  readonly #deps: LoraRouteDeps
  readonly #closing = new AbortController()
  #listener: RouteListener | undefined
  #finished: Promise<void> = Promise.resolve()
  #modem: RadioModem | undefined
  #isJoined = false
  #reason: string = 'no-modem'
  #dataRate: number | null = null
  #silentSends = 0
  #probeTimer: Timer | undefined
  /** The end of the line of frames that wait for the modem. */
  #turn: Promise<unknown> = Promise.resolve()
  #transfer: FragmentTransfer | undefined
  /** A transfer that was cut off. */
  #unfinished: { readonly datagram: Uint8Array; readonly sender: FragmentSender } | undefined
  /** Ends the wait of `#run` when the modem must be joined again or reopened. */
  #setback: PromiseWithResolvers<'rejoin' | 'reopen'> = Promise.withResolvers()

  constructor(deps: LoraRouteDeps) {
    this.#deps = deps
  }

  get bridges(): readonly string[] {
    return this.#deps.bridges
  }

  get state(): RouteState {
    const isOnline = this.#modem !== undefined && this.#isJoined
    return {
      isOnline,
      maxBytes: isOnline && this.#dataRate !== null ? MAX_PACKET_BYTES : 0,
      frameBytes: isOnline ? this.#frameBytes : 0,
      isTransferring: this.#transfer !== undefined,
      reason: isOnline ? null : this.#reason,
      dataRate: this.#dataRate,
    }
  }

  start(listener: RouteListener): void {
    this.#listener = listener
    this.#finished = this.#run()
  }

  async send(datagram: Uint8Array, signal?: AbortSignal): Promise<Result<void, RouteError>> {
    if (this.#modem === undefined || !this.#isJoined) return err('route-offline', this.#reason)
    if (datagram.length <= this.#frameBytes) return this.#sendFrame(FPORT_DATAGRAM, datagram, signal)
    if (datagram.length > MAX_PACKET_BYTES) return err('datagram-too-long')
    if (this.#transfer !== undefined) return err('route-busy')
    return this.#sendFragments(datagram, signal)
  }

  get #frameBytes(): number {
    return this.#dataRate === null ? 0 : maxPayloadBytes(this.#dataRate, this.#deps.reservedBytes ?? 15)
  }

  async #sendFragments(datagram: Uint8Array, signal?: AbortSignal): Promise<Result<void, RouteError>> {
    const { clock, log } = this.#deps
    const sender = this.#senderFor(datagram)
    const route = this
    const port = {
      get dataRate() {
        return route.#dataRate
      },
      sendFrame: (payload: Uint8Array) => this.#sendFrame(FPORT_SCHC_UP, payload),
    }
    this.#transfer = new FragmentTransfer(sender, port, clock)
    const ending = AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])])
    try {
      const result = await this.#transfer.run(ending)
      if (this.#closing.signal.aborted) return err('route-offline', 'closed')
      if (!result.ok && !sender.isOver) this.#unfinished = { datagram, sender }
      log.info('fragments-ended', result.ok ? { outcome: result.value } : { error: result.error })
      return result.ok ? ok(undefined) : result
    } finally {
      this.#transfer = undefined
    }
  }

  #senderFor(datagram: Uint8Array): FragmentSender {
    const known = this.#unfinished
    this.#unfinished = undefined
    if (known !== undefined && equalBytes(known.datagram, datagram)) {
      known.sender.resume()
      return known.sender
    }
    return new FragmentSender(datagram, { ...this.#deps.fragments, dice: () => this.#dice() })
  }

  /** One frame when its turn has come. */
  #sendFrame(fPort: number, payload: Uint8Array, signal?: AbortSignal): Promise<Result<void, RouteError>> {
    const sent = this.#turn.then(async (): Promise<Result<void, RouteError>> => {
      const { least, most } = FRAME_PAUSE_MS
      await this.#sleep(least + this.#dice() * (most - least))
      const modem = this.#modem
      if (modem === undefined || !this.#isJoined || this.#closing.signal.aborted) {
        return err('route-offline', this.#reason)
      }
      if (signal?.aborted === true) return ok(undefined)
      const result = await modem.send(fPort, payload)
      if (!result.ok) return this.#failed(modem, result.error)
      this.#silentSends = 0
      await this.#readDataRate(modem)
      return ok(undefined)
    })
    this.#turn = sent.catch(() => {})
    return sent
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('route is closed'))
    this.#setback.resolve('reopen')
    await this.#finished
  }

  async #failed(modem: RadioModem, error: string): Promise<Result<never, RouteError>> {
    if (LOST_SESSION.has(error)) this.#setback.resolve('rejoin')
    else if (error === 'closed') this.#setback.resolve('reopen')
    else if (SILENT.has(error) && ++this.#silentSends >= SILENT_SENDS_LIMIT) this.#setback.resolve('reopen')
    else if (error === 'payload-too-long') await this.#readDataRate(modem)
    if (error === 'busy') return err('route-busy')
    if (error === 'payload-too-long') return err('datagram-too-long')
    return err(LOST_SESSION.has(error) ? 'route-offline' : 'route-failed', error)
  }

  /** Open, join, wait for a setback; for as long as the route is open. */
  async #run(): Promise<void> {
    let attempt = 1
    while (!this.#closing.signal.aborted) {
      try {
        this.#setReason('no-modem')
        const wasJoined = await this.#serve(await this.#deps.openModem())
        attempt = wasJoined ? 1 : attempt + 1
      } catch (error) {
        this.#deps.log.warn('modem-unavailable', { error })
        attempt++
      }
      if (!this.#closing.signal.aborted) await this.#pause(attempt, OPEN_BACKOFF)
    }
  }

  /** Until the modem must be opened anew. True when it had joined. */
  async #serve(modem: RadioModem): Promise<boolean> {
    this.#modem = modem
    modem.onDownlink((fPort, payload) => {
      if (fPort === FPORT_DATAGRAM) this.#listener?.onDatagram(payload)
      else if (fPort === FPORT_SCHC_UP) this.#transfer?.receive(payload)
    })
    modem.onEvent((event) => this.#observe(event))
    let wasJoined = false
    try {
      let next: 'rejoin' | 'reopen' = 'rejoin'
      while (next === 'rejoin' && !this.#closing.signal.aborted) {
        this.#setback = Promise.withResolvers()
        this.#silentSends = 0
        if (!(await this.#join(modem))) return wasJoined
        wasJoined = true
        next = await this.#setback.promise
        if (!this.#closing.signal.aborted) this.#deps.log.warn('modem-setback', { next })
        this.#setOffline(next === 'rejoin' ? 'joining' : 'no-modem')
      }
      return wasJoined
    } finally {
      this.#deps.clock.clearTimeout(this.#probeTimer)
      this.#modem = undefined
      this.#setOffline('no-modem')
      await modem.close()
    }
  }

  #observe(event: ModemEvent): void {
    if (event.type === 'rebooted' || event.type === 'reset') this.#setback.resolve('rejoin')
    else if (event.type === 'closed' || event.type === 'unresponsive') this.#setback.resolve('reopen')
  }

  /** Keeps asking the network for a better data rate while no ballot fits a frame. */
  #scheduleProbe(modem: RadioModem, attempt: number): void {
    this.#deps.clock.clearTimeout(this.#probeTimer)
    if (this.#frameBytes >= SMALLEST_BALLOT_BYTES) return
    const delayMs = backoffMs({ attempt, ...PROBE_BACKOFF, random: this.#deps.random })
    this.#probeTimer = this.#deps.clock.setTimeout(() => void this.#probe(modem, attempt), delayMs)
  }

  async #probe(modem: RadioModem, attempt: number): Promise<void> {
    if (this.#modem !== modem || !this.#isJoined) return
    // A transfer is uplinks enough.
    if (this.#transfer === undefined) {
      const sent = await this.#sendFrame(FPORT_PROBE, Uint8Array.of(0))
      this.#deps.log.info('data-rate-probe', { dataRate: this.#dataRate, ok: sent.ok })
    }
    if (this.#modem === modem && this.#isJoined) this.#scheduleProbe(modem, attempt + 1)
  }

  /** True when joined; false when the modem should be opened anew. */
  async #join(modem: RadioModem): Promise<boolean> {
    this.#setReason('joining')
    let silent = 0
    const { clock } = this.#deps
    const startMs = clock.now()
    for (let attempt = 1; !this.#closing.signal.aborted; attempt++) {
      const joined = await modem.join()
      if (joined.ok) {
        await this.#readDataRate(modem)
        this.#isJoined = true
        this.#deps.log.info('modem-joined', { dataRate: this.#dataRate })
        this.#listener?.onStateChange()
        this.#scheduleProbe(modem, 1)
        return true
      }
      this.#deps.log.warn('join-failed', { error: joined.error, attempt })
      if (joined.error === 'closed') return false
      if (SILENT.has(joined.error) && ++silent >= SILENT_SENDS_LIMIT) return false
      const dataRate = await modem.dataRate().catch(() => null)
      await this.#pause(attempt, joinBackoff(clock.now() - startMs, dataRate))
    }
    return false
  }

  async #readDataRate(modem: RadioModem): Promise<void> {
    try {
      const dataRate = await modem.dataRate()
      if (dataRate === this.#dataRate) return
      this.#dataRate = dataRate
      this.#listener?.onStateChange()
    } catch (error) {
      this.#deps.log.warn('data-rate-unknown', { error })
    }
  }

  #setOffline(reason: string): void {
    this.#isJoined = false
    this.#dataRate = null
    this.#setReason(reason)
  }

  #setReason(reason: string): void {
    this.#reason = reason
    this.#listener?.onStateChange()
  }

  async #pause(attempt: number, backoff: { baseMs: number; maxMs: number }): Promise<void> {
    const delayMs = backoffMs({ attempt, ...backoff, random: this.#deps.random })
    await this.#sleep(delayMs)
  }

  async #sleep(delayMs: number): Promise<void> {
    await this.#deps.clock.sleep(delayMs, this.#closing.signal).catch(() => {})
  }

  #dice(): number {
    return new DataView(this.#deps.random(4).buffer).getUint32(0) / 2 ** 32
  }
}
