/** A QR code on a receipt. The module size follows from the paper: as large as fits, at most `largestModuleDots`. */
export interface ReceiptQr {
  readonly kind: 'qr'
  readonly text: string
  /** `alphanumeric` packs `0-9 A-Z $%*+-./:` and space tighter. */
  readonly encoding?: 'alphanumeric' | 'byte'
  readonly errorCorrection?: 'low' | 'medium' | 'quartile' | 'high'
  /** At 203 dpi 8 dots are 1 mm. Default 6 (0.75 mm). */
  readonly largestModuleDots?: number
}

/** One block of a receipt, from top to bottom. Text wraps at spaces, and inside a word that is longer than a line. */
export type ReceiptPart =
  | { readonly kind: 'text'; readonly text: string; readonly align?: 'left' | 'centre' }
  /** For what has to be read out or compared: tracker groups, a slip number. */
  | { readonly kind: 'big'; readonly text: string }
  /** A label at the left edge and a value at the right one; the value goes onto a line of its own when both do not fit. */
  | { readonly kind: 'pair'; readonly label: string; readonly value: string }
  | ReceiptQr
  | { readonly kind: 'rule' }
  | { readonly kind: 'space' }

/**
 * What a person takes home, as data. It has no field for a time, and printers add none: the order in which ballots
 * were cast must not be found on paper. The same receipt gives the same bytes.
 */
export interface Receipt {
  readonly title: string
  readonly parts: readonly ReceiptPart[]
}

/** Width of the paper roll. Printed are 48 mm (384 dots) of 58, and 72 mm (576 dots) of 80. */
export type PaperWidthMm = 58 | 80
