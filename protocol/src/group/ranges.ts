/** Terms of one piece of a weighted sum: wide windows pay, and a piece still needs only some megabytes. */
const TERMS_IN_PIECE = 32_768
/** Below this many terms a piece is not worth a thread. */
const LEAST_TERMS = 2_048

export interface Range {
  readonly first: number
  /** Exclusive. */
  readonly end: number
}

/** Cuts 0 .. count−1 into pieces for a weighted sum with `termsEach` terms an item, evenly over `parallel` lanes. */
export function* ranges(count: number, termsEach: number, parallel: number): Generator<Range> {
  const most = Math.max(1, Math.floor(TERMS_IN_PIECE / termsEach))
  const least = Math.ceil(LEAST_TERMS / termsEach)
  const size = Math.min(most, Math.max(least, Math.ceil(count / parallel)))
  for (let first = 0; first < count; first += size) yield { first, end: Math.min(count, first + size) }
}
