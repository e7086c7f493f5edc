/** A bank card, ISO/IEC 7810 ID-1: everybody has one, and they are all the same size. */
export const CARD_MM = { width: 85.6, height: 53.98 } as const

/** CSS pixels per metre: an integer, fine enough for a hundredth of a millimetre on any screen. */
export const PX_PER_METRE_RANGE = { least: 1_000, most: 20_000 } as const

const DIAGONAL_MM = { least: 150, most: 1_650 }
/** Coarser than any screen made for reading at arm's length; finer means that pixels were mistaken for CSS pixels. */
const USUAL = { least: 1_800, most: 12_000 }

export interface Calibration {
  readonly pxPerMetre: number
  /** Of the whole screen, in CSS pixels. */
  readonly widthPx: number
  readonly heightPx: number
}

/** Why a calibration is not believed; `null`: it may be right. 6 to 65 inches are believed. */
export function calibrationProblem(
  calibration: Calibration,
): 'too-coarse' | 'too-fine' | 'screen-small' | 'screen-large' | null {
  const { pxPerMetre } = calibration
  if (pxPerMetre < USUAL.least) return 'too-coarse'
  if (pxPerMetre > USUAL.most) return 'too-fine'
  const diagonal = diagonalMm(calibration)
  if (diagonal < DIAGONAL_MM.least) return 'screen-small'
  return diagonal > DIAGONAL_MM.most ? 'screen-large' : null
}

/** The screen's diagonal that follows from a calibration. */
export function diagonalMm({ pxPerMetre, widthPx, heightPx }: Calibration): number {
  return Math.hypot(widthPx, heightPx) / (pxPerMetre / 1000)
}
