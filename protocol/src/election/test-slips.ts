import { ByteWriter, tag } from '../bytes.ts'
import { sha512_256 } from '../hash.ts'

const TEST_SLIPS_TAG = tag('hanpyo/test-slips/v1')

/**
 * The commitment to the test slips that observers vote with: SHA-512/256(tag ‖ 32-byte salt ‖ u24 slip number …),
 * slip numbers ascending. An election without test slips commits to none. Throws `RangeError` for another salt length.
 */
export function testSlipCommitment(salt: Uint8Array, slips: readonly number[]): Uint8Array {
  if (salt.length !== 32) throw new RangeError(`"salt" is not 32 bytes: ${salt.length}`)
  const writer = new ByteWriter().raw(TEST_SLIPS_TAG, salt)
  for (const slip of slips) writer.uint(3, slip)
  return sha512_256(writer.bytes())
}
