import type { Clock } from '@hanpyo/platform/clock.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Transport } from '../../transport.ts'
import type { PrinterStatus } from '../receipt-printer.ts'
import { markerRequest, type StatusKind, statusRequest } from './commands.ts'
import { classify, readStatus } from './status.ts'

/** `gone`: the connection broke. `silent`: no answer in time. `stalled`: the printer takes no more data. */
export type LineError = 'gone' | 'silent' | 'stalled'

/** A status is answered at once even by a printer that is offline. */
const STATUS_WITHIN_MS = 1_000
/** A printer that takes nothing for so long will not go on by itself. */
const STALLED_AFTER_MS = 15_000
/** After an answer that did not come in time, how long to wait for it lest it be taken for the next one. */
const LATE_ANSWERS_MS = 300

/**
 * Questions and answers on one open connection to a printer. Every call ends in bounded time. One call at a time.
 * Bytes nobody waits for are dropped.
 */
export class PrinterLine {
  readonly #transport: Transport
  readonly #clock: Clock
  /** Calls that wait and have to end when the connection does. */
  readonly #waiting = new Set<() => void>()
  #onStatus: ((byte: number) => void) | undefined
  #onMarkers: (() => void) | undefined
  #markersOutstanding = 0
  /** Also at first: what an earlier process asked may still be answered. */
  #mayAnswerLate = true
  #isGone = false

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport
    this.#clock = clock
    transport.onClose(() => {
      this.#isGone = true
      for (const end of [...this.#waiting]) end()
    })
    transport.onData((bytes) => {
      for (const byte of bytes) this.#received(byte)
    })
  }

  get isGone(): boolean {
    return this.#isGone
  }

  async write(bytes: Uint8Array): Promise<Result<void, LineError>> {
    const written = this.#transport.write(bytes).then(
      () => ok(undefined),
      () => err('gone' as const),
    )
    return (await this.#within(STALLED_AFTER_MS, written)) ?? err('stalled')
  }

  /** Asks for all four status bytes. */
  async status(): Promise<Result<PrinterStatus, LineError>> {
    await this.#passLateAnswers()
    const bytes = { 1: 0, 2: 0, 3: 0, 4: 0 }
    for (const kind of [1, 2, 3, 4] as const satisfies readonly StatusKind[]) {
      const byte = await this.#ask(kind)
      if (!byte.ok) return byte
      bytes[kind] = byte.value
    }
    return ok(readStatus(bytes))
  }

  /** Asks for the marker that comes when the printer has processed all that was written before. */
  async requestMarker(): Promise<Result<void, LineError>> {
    this.#markersOutstanding++
    return this.write(markerRequest())
  }

  /** Waits for all markers asked for; may be called again after `silent`. */
  async awaitMarkers(withinMs: number): Promise<Result<void, LineError>> {
    if (this.#markersOutstanding === 0) return ok(undefined)
    const all = new Promise<Result<void, LineError>>((resolve) => {
      this.#onMarkers = () => resolve(ok(undefined))
    })
    const came = await this.#within(withinMs, all)
    this.#onMarkers = undefined
    return came ?? err('silent')
  }

  /** Markers the printer does not know are not waited for any longer. */
  forgetMarkers(): void {
    this.#markersOutstanding = 0
  }

  #received(byte: number): void {
    const kind = classify(byte)
    if (kind === 'real-time-status') this.#onStatus?.(byte)
    if (kind !== 'marker' || this.#markersOutstanding === 0) return
    this.#markersOutstanding--
    if (this.#markersOutstanding === 0) this.#onMarkers?.()
  }

  async #ask(kind: StatusKind): Promise<Result<number, LineError>> {
    const came = new Promise<Result<number, LineError>>((resolve) => {
      this.#onStatus = (byte) => resolve(ok(byte))
    })
    const written = await this.write(statusRequest(kind))
    const answer = written.ok
      ? ((await this.#within(STATUS_WITHIN_MS, came)) ?? err('silent' as const))
      : written
    this.#onStatus = undefined
    if (!answer.ok) this.#mayAnswerLate = true
    return answer
  }

  async #passLateAnswers(): Promise<void> {
    if (!this.#mayAnswerLate) return
    this.#mayAnswerLate = false
    await this.#within(LATE_ANSWERS_MS, new Promise<never>(() => {}))
  }

  /** Undefined after `ms`; `gone` as soon as the connection is. */
  async #within<T>(ms: number, promise: Promise<T>): Promise<T | Result<never, 'gone'> | undefined> {
    if (this.#isGone) return err('gone')
    const { promise: end, resolve } = Promise.withResolvers<'late' | 'gone'>()
    const timer = this.#clock.setTimeout(() => resolve('late'), ms)
    const gone = () => resolve('gone')
    this.#waiting.add(gone)
    const first = await Promise.race([promise.then((value) => ({ value })), end])
    this.#waiting.delete(gone)
    this.#clock.clearTimeout(timer)
    if (first === 'gone') return err('gone')
    return first === 'late' ? undefined : first.value
  }
}
