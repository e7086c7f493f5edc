import type { Result } from '@hanpyo/protocol/result.ts'
import type { Receipt } from './receipt.ts'

/**
 * Why a receipt did not come out. `explainPrinterError` has sentences for people.
 * - `printer-not-connected`: the device cannot be opened; it is tried again by itself
 * - `printer-silent`: it is there but answers no status request in time
 * - `paper-out`, `cover-open`, `cutter-jammed`, `printer-fault` (its own error lamp is on), `printer-offline`
 *   (switched to offline, or somebody holds its feed button): as the printer says
 * - `print-interrupted`: the connection broke or the printer stopped half way; **a part of the receipt may be on paper**
 * - `receipt-unprintable`: a character the font lacks, a QR code that does not fit: a mistake in the receipt
 * - `printer-busy`: too many receipts wait
 * - `printer-closed`: `close` was called
 */
export type PrinterError =
  | 'printer-not-connected'
  | 'printer-silent'
  | 'paper-out'
  | 'cover-open'
  | 'cutter-jammed'
  | 'printer-fault'
  | 'printer-offline'
  | 'print-interrupted'
  | 'receipt-unprintable'
  | 'printer-busy'
  | 'printer-closed'

/** What a printer that answered said of itself. */
export interface PrinterStatus {
  /** `unknown`: the printer has no way back (`?status=no`). */
  readonly paper: 'ok' | 'low' | 'out' | 'unknown'
  /** What keeps it from printing; undefined when it is ready. */
  readonly problem: PrinterError | undefined
}

/**
 * A receipt printer. Calls may overlap: receipts are printed one after another, in the order of the calls. Every call
 * ends in bounded time. Nothing of a receipt is logged.
 */
export interface ReceiptPrinter {
  /**
   * Prints and cuts. Success means that the printer reported the paper as printed (or, with `?status=no`, took all
   * bytes). A connection that breaks half way is made again and the receipt printed anew, once; the torn piece is cut off.
   */
  print(receipt: Receipt): Promise<Result<void, PrinterError>>
  /** Asks the printer now. Fails only when it cannot be asked: paper out is a status, not a failure. */
  status(): Promise<Result<PrinterStatus, PrinterError>>
  /** What was last known; a printer that is not there has `problem: 'printer-not-connected'`. */
  readonly lastStatus: PrinterStatus
  /** Called when `lastStatus` changes: unplugged, plugged in again, paper low, cover open and so on. */
  onStatus(listener: (status: PrinterStatus) => void): () => void
  /** Ends a print under way with `printer-closed`. */
  close(): Promise<void>
}
