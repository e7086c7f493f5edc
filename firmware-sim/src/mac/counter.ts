/** Largest counter; a session ends when it is used up. */
export const MAX_FCNT = 0xffff_ffff

/**
 * The full 32-bit counter for the 16 bits on air: the smallest one that is not below `nextExpected` and ends in
 * these bits, except that the bits of the frame just seen mean a repetition of it.
 */
export function fullCounter(fCnt16: number, nextExpected: number): number {
  if (nextExpected > 0 && fCnt16 === ((nextExpected - 1) & 0xffff)) return nextExpected - 1
  return nextExpected + ((fCnt16 - (nextExpected & 0xffff) + 0x1_0000) & 0xffff)
}
