/** Refilled steadily, emptied by use: `burst` at once, `perSecond` in the long run. */
export interface BucketRate {
  readonly perSecond: number
  readonly burst: number
}

export interface TokenBuckets {
  /** Takes one token of this key. 0 when it was there; otherwise whole seconds until one will be, at least 1. */
  take(key: string): number
  /** Takes more of a key afterwards, whether they are there or not: what is owed has to be refilled first. */
  charge(key: string, tokens: number): void
  /** Keys that are remembered now. */
  readonly size: number
}

export interface TokenBucketsOptions extends BucketRate {
  /** Real or simulated milliseconds that never go back far; a step back refills nothing. */
  readonly now: () => number
  /** Keys remembered at once; default 10,000, about 2 MB. */
  readonly maxKeys?: number
}

interface Bucket {
  tokens: number
  atMs: number
}

/**
 * A token bucket for each key, in bounded memory. A full bucket is the same as none, so that forgetting the key that was
 * used longest ago gives away at most one burst, and only to somebody who has filled the table with other keys.
 */
export function createTokenBuckets(options: TokenBucketsOptions): TokenBuckets {
  const { perSecond, burst, now, maxKeys = 10_000 } = options
  if (!(perSecond > 0)) throw new RangeError('perSecond must be positive')
  if (!(burst >= 1)) throw new RangeError('burst must be at least 1')
  // In the order of last use, the longest ago first.
  const buckets = new Map<string, Bucket>()
  const refilled = (key: string): Bucket => {
    const nowMs = now()
    const bucket = buckets.get(key) ?? { tokens: burst, atMs: nowMs }
    const sinceMs = Math.max(0, nowMs - bucket.atMs)
    bucket.tokens = Math.min(burst, bucket.tokens + (sinceMs / 1000) * perSecond)
    bucket.atMs = nowMs
    buckets.delete(key)
    buckets.set(key, bucket)
    if (buckets.size > maxKeys) buckets.delete(buckets.keys().next().value as string)
    return bucket
  }
  return {
    get size() {
      return buckets.size
    },
    take(key) {
      const bucket = refilled(key)
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1
        return 0
      }
      return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond))
    },
    charge(key, tokens) {
      if (tokens > 0) refilled(key).tokens -= tokens
    },
  }
}
