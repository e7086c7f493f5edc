/**
 * The secret on a paper slip and the two key pairs it yields: the credential that signs the ballot and the
 * support key for proposals. Their tags differ, so that nobody can link a supporter to a ballot.
 */
import { ByteWriter, concatBytes, tag, utf8 } from '../bytes.ts'
import type { Group } from '../group/group.ts'
import { reduceWide } from '../group/scalar.ts'
import { sha256, sha512 } from '../hash.ts'
import { err, ok, type Result } from '../result.ts'
import { encodeCrockford, normalizeCrockford, parseCrockford } from './crockford.ts'

export const SEED_BYTES = 16
const PREFIX = 'HP1'
const TWO_PART_PREFIX = 'HP2'
const SEED_CHARACTERS = 26
const CHECK_CHARACTERS = 4

const SLIP_CHECK_TAG = tag('hanpyo/slip-check/v1')
const CREDENTIAL_TAG = tag('hanpyo/credential/v1')
const SUPPORT_TAG = tag('hanpyo/support/v1')

export type SlipError = 'slip-not-ours' | 'slip-damaged' | 'slip-two-part'

/** A secret scalar and its public element, 32 bytes each. */
export interface KeyPair {
  readonly secret: Uint8Array
  readonly publicKey: Uint8Array
}

/**
 * QR text of a 16-byte seed: `HP1` ‖ 26 Crockford characters (seed and two zero bits) ‖ 4 check characters,
 * the first 20 bits of SHA-256(tag `hanpyo/slip-check/v1` ‖ seed). 33 characters of QR's alphanumeric set.
 */
export function slipText(seed: Uint8Array): string {
  assertSeed(seed)
  return PREFIX + encodeCrockford(seed, SEED_CHARACTERS) + checkCharacters(seed)
}

/**
 * The seed of a scanned or typed slip. Case, surrounding space, and the look-alikes i, l, o do not matter.
 * - `slip-not-ours`: another QR code, without our prefix.
 * - `slip-two-part`: `HP2`, reserved for slips printed by two bodies.
 * - `slip-damaged`: ours, but misread: wrong length, a foreign character, or a wrong check.
 */
export function parseSlip(text: string): Result<Uint8Array, SlipError> {
  const trimmed = text.trim().toUpperCase()
  if (trimmed.startsWith(TWO_PART_PREFIX)) return err('slip-two-part')
  if (!trimmed.startsWith(PREFIX)) return err('slip-not-ours')
  const body = trimmed.slice(PREFIX.length)
  if (body.length !== SEED_CHARACTERS + CHECK_CHARACTERS) return err('slip-damaged')
  const seed = parseCrockford(body.slice(0, SEED_CHARACTERS), SEED_BYTES)
  if (seed === null) return err('slip-damaged')
  const check = normalizeCrockford(body.slice(SEED_CHARACTERS))
  return check === checkCharacters(seed) ? ok(seed) : err('slip-damaged')
}

/** `k = wideReduce(SHA-512(tag hanpyo/credential/v1 ‖ u8 len ‖ election id ‖ seed))`, `K = k·G`. */
export function deriveCredential(group: Group, seed: Uint8Array, electionId: string): KeyPair {
  return deriveKeyPair(group, CREDENTIAL_TAG, seed, electionId)
}

/** The same under tag `hanpyo/support/v1`: signs support for a proposal, unlinkable to the credential. */
export function deriveSupportKey(group: Group, seed: Uint8Array, electionId: string): KeyPair {
  return deriveKeyPair(group, SUPPORT_TAG, seed, electionId)
}

function deriveKeyPair(group: Group, purpose: Uint8Array, seed: Uint8Array, electionId: string): KeyPair {
  assertSeed(seed)
  const id = utf8(electionId)
  const input = new ByteWriter().raw(purpose).u8(id.length).raw(id, seed).bytes()
  const secret = reduceWide(sha512(input))
  input.fill(0)
  return { secret, publicKey: group.multiplyBase(secret) }
}

function checkCharacters(seed: Uint8Array): string {
  return encodeCrockford(sha256(concatBytes(SLIP_CHECK_TAG, seed)), CHECK_CHARACTERS)
}

function assertSeed(seed: Uint8Array): void {
  if (seed.length !== SEED_BYTES) throw new RangeError(`"seed" is not ${SEED_BYTES} bytes: ${seed.length}`)
}
