import type { PrinterStatus } from '../receipt-printer.ts'
import type { StatusKind } from './commands.ts'

/** What a byte from the printer is, told apart by the bits that the command reference fixes. */
export type PrinterByte = 'real-time-status' | 'marker' | 'unknown'

/**
 * `DLE EOT n` answers have the form `0xx1xx10`; `GS r 1` answers `0xx0xxxx`. `0xx1xx00` begins an automatic status, which
 * is switched off; it, XON and XOFF (0x11, 0x13) and line noise are unknown.
 */
export function classify(byte: number): PrinterByte {
  if ((byte & 0x93) === 0x12) return 'real-time-status'
  if ((byte & 0x90) === 0x00) return 'marker'
  return 'unknown'
}

/** The bytes answered to `DLE EOT 1` to `4`, by kind. */
export type StatusBytes = Readonly<Record<StatusKind, number>>

/** Reads the four bytes. Any combination has a meaning: what a person has to act on first wins. */
export function readStatus(bytes: StatusBytes): PrinterStatus {
  const isPaperOut = (bytes[4] & 0x60) !== 0 || (bytes[2] & 0x20) !== 0
  const isPaperLow = (bytes[4] & 0x0c) !== 0
  return {
    paper: isPaperOut ? 'out' : isPaperLow ? 'low' : 'ok',
    problem: problemOf(bytes, isPaperOut),
  }
}

function problemOf(bytes: StatusBytes, isPaperOut: boolean): PrinterStatus['problem'] {
  if ((bytes[2] & 0x04) !== 0) return 'cover-open'
  if (isPaperOut) return 'paper-out'
  if ((bytes[3] & 0x08) !== 0) return 'cutter-jammed'
  // Unrecoverable, or one that ends by itself such as a hot head.
  if ((bytes[3] & 0x60) !== 0 || (bytes[2] & 0x40) !== 0) return 'printer-fault'
  if ((bytes[1] & 0x08) !== 0 || (bytes[2] & 0x08) !== 0) return 'printer-offline'
  return undefined
}
