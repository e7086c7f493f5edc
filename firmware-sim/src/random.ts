import { createHash } from 'node:crypto'

/**
 * Repeatable randomness for the simulation (never for keys of real devices). The same seed gives the same
 * sequence on every machine.
 */
export interface SeededRandom {
  /** A number in [0, 1). */
  next(): number
  /** An integer in [0, bound). */
  integer(bound: number): number
  /** `length` bytes. */
  bytes(length: number): Uint8Array
  /** A normally distributed number with mean 0 and standard deviation 1. */
  gaussian(): number
  /** An independent generator, fixed by this one's seed and `label` only, not by what was drawn before. */
  fork(label: string): SeededRandom
}

/** sfc32 (Doty-Humphrey, PractRand) seeded from SHA-256 of the seed text. */
export function createSeededRandom(seed: string): SeededRandom {
  const digest = createHash('sha256').update(seed).digest()
  let a = digest.readUInt32BE(0)
  let b = digest.readUInt32BE(4)
  let c = digest.readUInt32BE(8)
  let counter = 1

  const next32 = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
  const next = () => next32() / 2 ** 32
  return {
    next,
    integer: (bound) => Math.floor(next() * bound),
    bytes: (length) => Uint8Array.from({ length }, () => next32() & 0xff),
    gaussian: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    fork: (label) => createSeededRandom(`${seed}/${label}`),
  }
}
