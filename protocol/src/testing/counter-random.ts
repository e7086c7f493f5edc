import { concatBytes, utf8 } from '../bytes.ts'
import type { RandomBytes } from '../group/group.ts'
import { sha512 } from '../hash.ts'

/**
 * Repeatable bytes for vectors and tests, never for keys: the concatenation of SHA-512(label ‖ u32 counter)
 * in counter order, handed out from the front.
 */
export function counterRandom(label: string): RandomBytes {
  let counter = 0
  let left = new Uint8Array(0)
  return (length) => {
    while (left.length < length) {
      const block = new Uint8Array(4)
      new DataView(block.buffer).setUint32(0, counter++)
      left = concatBytes(left, sha512(utf8(label), block)) as Uint8Array<ArrayBuffer>
    }
    const out = left.slice(0, length)
    left = left.slice(length)
    return out
  }
}
