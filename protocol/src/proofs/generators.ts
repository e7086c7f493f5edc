import { concatBytes, tag, utf8 } from '../bytes.ts'
import type { BatchGroup } from '../group/batch.ts'

/** Independent generators of the permutation commitment: `h` and `h_1 .. h_N`, 32 bytes each. */
export interface Generators {
  readonly h: Uint8Array
  /** h_1 ‖ … ‖ h_N. */
  readonly list: Uint8Array
}

/**
 * Generators nobody knows a discrete logarithm between: the one-way map of RFC 9496 section 4.3.4 over
 * SHA-512(tag `hanpyo/gen/v1` ‖ u8 length ‖ label ‖ u32 i), i = 0 for h. A verifier computes them from the public
 * label and never reads them (the 2019 Swiss Post finding). `label` is 1..255 bytes of UTF-8.
 */
export async function deriveGenerators(batch: BatchGroup, label: string, count: number): Promise<Generators> {
  const name = utf8(label)
  if (name.length === 0 || name.length > 255) throw new RangeError('"label" is not 1..255 bytes')
  const prefix = concatBytes(tag('hanpyo/gen/v1'), Uint8Array.of(name.length), name)
  const all = await batch.derive(prefix, 0, count + 1)
  return { h: all.slice(0, 32), list: all.subarray(32) }
}
