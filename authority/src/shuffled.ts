import { ByteReader } from '@hanpyo/protocol/bytes.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'

/** A copy in uniformly random order (Fisher–Yates). */
export function shuffled<T>(random: RandomBytes, items: readonly T[]): T[] {
  const out = [...items]
  for (let i = out.length - 1; i > 0; i--) {
    const j = uniformBelow(random, i + 1)
    ;[out[i], out[j]] = [out[j] as T, out[i] as T]
  }
  return out
}

/** A uniform integer in 0..bound−1 by rejection; `bound` is at most 2^32. */
function uniformBelow(random: RandomBytes, bound: number): number {
  const limit = 2 ** 32 - (2 ** 32 % bound)
  for (;;) {
    const value = new ByteReader(random(4)).u32()
    if (value < limit) return value % bound
  }
}
