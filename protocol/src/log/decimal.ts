/**
 * An ASCII decimal without sign or leading zeros, as all C2SP formats write integers. `null` for anything
 * else, and for numbers above 2^53 − 1, which no log of ours reaches.
 */
export function parseDecimal(text: string): number | null {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return null
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : null
}

/** Whether the value can be a tree size or a leaf index. */
export function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
