import { ByteWriter, concatBytes } from '../bytes.ts'
import { readShortIntegers } from '../group/scalar-vector.ts'
import { sha512 } from '../hash.ts'

/**
 * Weights first .. end−1 of 128 bits: SHA-512(prefix ‖ u32 block) holds weights 4·block .. 4·block+3, little-endian, so that
 * any range is computed without the ones before it.
 */
export function shortWeights(prefix: Uint8Array, first: number, end: number): bigint[] {
  const firstBlock = Math.floor(first / 4)
  const blocks = Array.from({ length: Math.ceil(end / 4) - firstBlock }, (_, i) =>
    sha512(prefix, new ByteWriter().u32(firstBlock + i).bytes()),
  )
  return readShortIntegers(concatBytes(...blocks)).slice(first - 4 * firstBlock, end - 4 * firstBlock)
}
