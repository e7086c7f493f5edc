import type { Receipt } from '@hanpyo/devices/printer/receipt.ts'
import type { PrinterError, ReceiptPrinter } from '@hanpyo/devices/printer/receipt-printer.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import type { KioskView } from '../../contract/views.ts'
import type { Audit } from '../audit.ts'

export type ReceiptState = KioskView['receipt']

export interface ReceiptDeskDeps {
  /** `null`: this kiosk has no printer. */
  readonly printer: ReceiptPrinter | null
  readonly clock: Clock
  readonly audit: Audit
  readonly onChange: () => void
}

/**
 * Hands receipts to the printer and remembers how the newest one of this session went. Nothing waits for it: a vote is cast
 * whether or not there is paper.
 */
export class ReceiptDesk {
  readonly #deps: ReceiptDeskDeps
  #state: ReceiptState = 'none'
  /** Names the newest receipt, so that a late answer of an earlier one says nothing. */
  #newest = 0

  constructor(deps: ReceiptDeskDeps) {
    this.#deps = deps
  }

  get hasPrinter(): boolean {
    return this.#deps.printer !== null
  }

  get state(): ReceiptState {
    return this.#state
  }

  /** A voter's receipt. */
  print(receipt: Receipt): void {
    if (!this.hasPrinter) return
    const mine = ++this.#newest
    this.#state = 'printing'
    this.#start(receipt, (isPrinted) => {
      if (mine !== this.#newest) return
      this.#state = isPrinted ? 'printed' : 'failed'
      this.#deps.onChange()
    })
    this.#deps.onChange()
  }

  /** Staff's paper: no voter's screen says anything of it. */
  printReport(receipt: Receipt): void {
    this.#start(receipt, () => {})
  }

  #start(receipt: Receipt, onDone: (isPrinted: boolean) => void): void {
    const { printer, clock, audit } = this.#deps
    if (printer === null) return
    const settle = (problem: PrinterError | 'printer-bug' | null): void => {
      if (problem !== null) audit({ event: 'receipt-not-printed', problem })
      onDone(problem === null)
    }
    const start = (): void => {
      printer.print(receipt).then(
        (done) => settle(done.ok ? null : done.error),
        () => settle('printer-bug'),
      )
    }
    // Drawing the paper takes a moment; the voter's next screen goes out first.
    clock.setTimeout(start, 0)
  }

  /** Another voter: what was printed before is nobody's business. */
  reset(): void {
    this.#newest++
    this.#state = 'none'
  }
}
