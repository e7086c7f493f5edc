import { ByteWriter, concatBytes, tag, utf8 } from '../bytes.ts'
import type { Group } from '../group/group.ts'
import { sha512 } from '../hash.ts'

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
export function deriveGenerators(group: Group, label: string, count: number): Generators {
  const name = utf8(label)
  if (name.length === 0 || name.length > 255) throw new RangeError('"label" is not 1..255 bytes')
  const prefix = concatBytes(tag('hanpyo/gen/v1'), Uint8Array.of(name.length), name)
  const derive = (i: number): Uint8Array =>
    group.fromUniformBytes(sha512(prefix, new ByteWriter().u32(i).bytes()))
  const list = new Uint8Array(count * 32)
  for (let i = 1; i <= count; i++) list.set(derive(i), (i - 1) * 32)
  return { h: derive(0), list }
}
