import { type OutlineFont, openKoreanOutlines } from '@hanpyo/platform/font.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { type Connection, keepConnected, type LineDeviceOptions } from '../keep-connected.ts'
import { printPicture } from './escpos/print-job.ts'
import { PrinterLine } from './escpos/printer-line.ts'
import { type PrinterAddress, parsePrinterUri } from './printer-uri.ts'
import { renderReceipt } from './raster/render-receipt.ts'
import { TypeSetter } from './raster/type-setter.ts'
import type { Receipt } from './receipt.ts'
import type { PrinterError, PrinterStatus, ReceiptPrinter } from './receipt-printer.ts'

export interface PrinterOptions extends LineDeviceOptions {
  /** Default the committed Korean font. */
  readonly font?: OutlineFont
}

/** Receipts that may wait; voters come one at a time, so more is a mistake. */
const MOST_WAITING = 8
const POLL_MS = 10_000
/** How long a print waits for a connection that broke to come back: 10 s. */
const RECONNECT_TRIES = 10
const RECONNECT_EVERY_MS = 1_000

const NOT_CONNECTED: PrinterStatus = { paper: 'unknown', problem: 'printer-not-connected' }
const READY_UNASKED: PrinterStatus = { paper: 'unknown', problem: undefined }

/**
 * Opens an ESC/POS receipt printer by its URI (see `parsePrinterUri`). It need not be there yet: it is looked for
 * until `close`. Fails only for a URI that cannot be understood.
 */
export async function openReceiptPrinter(
  uri: string,
  options: PrinterOptions,
): Promise<Result<ReceiptPrinter, 'device-uri'>> {
  const address = parsePrinterUri(uri)
  if (!address.ok) return address
  const setter = new TypeSetter(options.font ?? (await openKoreanOutlines()))
  return ok(new EscPosPrinter(address.value, setter, options))
}

class EscPosPrinter implements ReceiptPrinter {
  readonly #address: PrinterAddress
  readonly #setter: TypeSetter
  readonly #options: PrinterOptions
  readonly #connection: Connection
  readonly #closing = new AbortController()
  readonly #listeners = new Set<(status: PrinterStatus) => void>()
  #line: PrinterLine | undefined
  #last: PrinterStatus = NOT_CONNECTED
  #queue: Promise<unknown> = Promise.resolve()
  #waiting = 0
  readonly #polling: Promise<void>

  constructor(address: PrinterAddress, setter: TypeSetter, options: PrinterOptions) {
    this.#address = address
    this.#setter = setter
    this.#options = options
    this.#connection = keepConnected(address.transportUri, {
      ...options,
      name: 'printer',
      onOpened: (transport) => {
        this.#line = new PrinterLine(transport, options.clock)
        if (this.#address.hasStatus) void this.status()
        else this.#tell(READY_UNASKED)
      },
      onGone: () => {
        this.#line = undefined
        this.#tell(NOT_CONNECTED)
      },
    })
    this.#polling = this.#poll()
  }

  get lastStatus(): PrinterStatus {
    return this.#last
  }

  onStatus(listener: (status: PrinterStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async print(receipt: Receipt): Promise<Result<void, PrinterError>> {
    const picture = renderReceipt(receipt, this.#address.paperWidthMm, this.#setter)
    if (!picture.ok) return picture
    if (this.#waiting >= MOST_WAITING) return err('printer-busy')
    this.#waiting++
    const printed = await this.#inTurn(async (): Promise<Result<void, PrinterError>> => {
      let line = await this.#reachable(0)
      if (line === undefined) return err('printer-not-connected')
      let outcome = await printPicture(picture.value, { ...this.#job(line), isSecondTry: false })
      let isTorn = false
      if (outcome.kind === 'connection-lost') {
        isTorn = outcome.isPartly
        line = await this.#reachable(RECONNECT_TRIES)
        if (line !== undefined)
          outcome = await printPicture(picture.value, { ...this.#job(line), isSecondTry: isTorn })
      }
      if (outcome.kind === 'printed') return ok(undefined)
      isTorn ||= outcome.isPartly
      if (outcome.kind === 'connection-lost') {
        return isTorn ? err('print-interrupted', PARTLY_PRINTED) : err('printer-not-connected')
      }
      // What the printer still holds is of no use to the next person; a new connection starts clean.
      if (outcome.isPartly) await this.#connection.transport?.close()
      return err(outcome.error, isTorn ? PARTLY_PRINTED : undefined)
    })
    this.#waiting--
    return printed
  }

  async status(): Promise<Result<PrinterStatus, PrinterError>> {
    return this.#inTurn(async () => {
      const line = await this.#reachable(0)
      if (line === undefined) return err('printer-not-connected')
      if (!this.#address.hasStatus) return ok(READY_UNASKED)
      return this.#ask(line)
    })
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('printer is closed'))
    await this.#connection.close()
    await this.#queue
    await this.#polling
  }

  #job(line: PrinterLine) {
    return {
      line,
      clock: this.#options.clock,
      signal: this.#closing.signal,
      hasStatus: this.#address.hasStatus,
      onStatus: (status: PrinterStatus) => this.#tell(status),
    }
  }

  async #ask(line: PrinterLine): Promise<Result<PrinterStatus, PrinterError>> {
    const status = await line.status()
    if (status.ok) {
      this.#tell(status.value)
      return status
    }
    if (status.error === 'gone') return err('printer-not-connected')
    this.#tell({ paper: 'unknown', problem: 'printer-silent' })
    return err('printer-silent')
  }

  /** The open line; tries to open it at once, then every second, `tries` times. */
  async #reachable(tries: number): Promise<PrinterLine | undefined> {
    for (let left = tries; ; left--) {
      if (this.#openLine() === undefined) await this.#connection.retryNow()
      const line = this.#openLine()
      if (line !== undefined || this.#closing.signal.aborted || left === 0) return line
      await this.#options.clock.sleep(RECONNECT_EVERY_MS, this.#closing.signal).catch(() => {})
    }
  }

  /** The connection is told that it broke a moment after the line itself. */
  #openLine(): PrinterLine | undefined {
    return this.#line?.isGone === true ? undefined : this.#line
  }

  /** One call after another; whatever a call under way came to, `printer-closed` once the printer is closed. */
  #inTurn<T>(work: () => Promise<Result<T, PrinterError>>): Promise<Result<T, PrinterError>> {
    const closed = () => this.#closing.signal.aborted
    const turn = this.#queue.then(async () => {
      if (closed()) return err('printer-closed' as const)
      const result = await work()
      return closed() && !result.ok ? err('printer-closed' as const) : result
    })
    this.#queue = turn.catch(() => {})
    return turn
  }

  async #poll(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#closing
    for (;;) {
      await clock.sleep(POLL_MS, signal).catch(() => {})
      if (signal.aborted) return
      if (this.#line !== undefined && this.#waiting === 0) await this.status()
    }
  }

  #tell(status: PrinterStatus): void {
    const { paper, problem } = this.#last
    if (paper === status.paper && problem === status.problem) return
    this.#last = status
    for (const listener of [...this.#listeners]) listener(status)
  }
}

/** The detail of an error after which a part of the receipt may be on paper. */
export const PARTLY_PRINTED = 'partly-printed'
