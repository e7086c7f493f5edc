/**
 * 30 bytes in a ristretto255 element by try-and-increment, the shape used by Sequent's strand
 * (docs/protocol.md, "Encoding"). The candidate is `2i ‖ 30 bytes ‖ j`; about one in four decodes.
 */
import { equalBytes } from '../bytes.ts'
import { ELEMENT_BYTES, type Group } from '../group/group.ts'
import { err, ok, type Result } from '../result.ts'
import { PLAINTEXT_BYTES } from './plaintext.ts'

const LOW_VALUES = 128
const HIGH_VALUES = 64
/** The number of tries depends on the vote; this many are always made so that the time does not tell. */
const LEAST_TRIES = 32

/**
 * The first element in the order j = 0..63 (outer), i = 0..127 (inner). Throws `RangeError` for another
 * length. 30 zero bytes, which no plaintext is, give the identity.
 */
export function encodePoint(group: Group, plaintext: Uint8Array): Uint8Array {
  return firstElement(group, plaintext, LEAST_TRIES)
}

function firstElement(group: Group, plaintext: Uint8Array, leastTries: number): Uint8Array {
  if (plaintext.length !== PLAINTEXT_BYTES) {
    throw new RangeError(`"plaintext" is not ${PLAINTEXT_BYTES} bytes: ${plaintext.length}`)
  }
  const candidate = new Uint8Array(ELEMENT_BYTES)
  candidate.set(plaintext, 1)
  let found: Uint8Array | undefined
  for (let attempt = 0; attempt < LOW_VALUES * HIGH_VALUES; attempt++) {
    if (found !== undefined && attempt >= leastTries) break
    candidate[0] = 2 * (attempt % LOW_VALUES)
    candidate[31] = Math.floor(attempt / LOW_VALUES)
    if (group.isElement(candidate)) found ??= candidate.slice()
  }
  if (found === undefined) throw new Error('no candidate decodes, which happens once in 2^3400 plaintexts')
  return found
}

/**
 * The 30 bytes of an element that `encodePoint` could have made. Encoding again and comparing closes the 13
 * bits that i and j would otherwise leave for a mark. Decrypted points are public, so no try is made for time's sake.
 */
export function decodePoint(group: Group, point: Uint8Array): Result<Uint8Array, 'not-a-plaintext-point'> {
  if (point.length !== ELEMENT_BYTES) return err('not-a-plaintext-point')
  const plaintext = point.slice(1, 1 + PLAINTEXT_BYTES)
  return equalBytes(firstElement(group, plaintext, 1), point) ? ok(plaintext) : err('not-a-plaintext-point')
}
