/**
 * Long lists of void slips travel as a blob: bit (i mod 8) of byte ⌊i/8⌋ is slip i, ⌈count/8⌉ bytes, bits past
 * the last slip are zero. The record names the blob by its SHA-256.
 */

/** The bitmap of ascending or unordered slip numbers below `count`. Throws `RangeError` for other numbers. */
export function encodeVoidBitmap(slips: readonly number[], count: number): Uint8Array {
  const out = new Uint8Array(Math.ceil(count / 8))
  for (const slip of slips) {
    if (!Number.isInteger(slip) || slip < 0 || slip >= count) throw new RangeError(`"slips" holds ${slip}`)
    out[slip >> 3] = (out[slip >> 3] as number) | (1 << (slip & 7))
  }
  return out
}

/** The slip numbers of a bitmap, ascending; `null` for a wrong length or a bit past the last slip. */
export function bitmapSlips(bitmap: Uint8Array, count: number): number[] | null {
  if (bitmap.length !== Math.ceil(count / 8)) return null
  const slips: number[] = []
  for (let slip = 0; slip < bitmap.length * 8; slip++) {
    if (((bitmap[slip >> 3] as number) >> (slip & 7)) & 1) slips.push(slip)
  }
  const last = slips.at(-1)
  return last !== undefined && last >= count ? null : slips
}
