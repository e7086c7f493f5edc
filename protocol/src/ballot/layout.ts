/**
 * Ballot suite 0x01: the byte layout, its compact link form, and nothing about whether a ballot is valid
 * (docs/protocol.md, "Ballot"). All offsets of a ballot are known here only.
 */
import { ByteReader, ByteWriter, concatBytes, tag } from '../bytes.ts'
import { err, ok, type Result } from '../result.ts'

export const SUITE = 0x01
/** Most contests one slip style may hold: the count minus one has three bits. */
export const MAX_CONTESTS = 8
export const HEADER_BYTES = 11
export const ETAG_BYTES = 4
export const CHALLENGE_BYTES = 16
export const SIGNATURE_BYTES = 64
const CIPHERTEXT_BYTES = 64
const FIXED_BYTES = 123
const BYTES_PER_CONTEST = 96
/** Suite, etag and kiosk id go, one context byte comes. */
const COMPACT_SAVING = 6
const REVISION_MASK = 0x1f

const KIOSK_BALLOT_TAG = tag('hanpyo/kiosk-ballot/v1')

/** One ElGamal ciphertext: `c1 = r·G`, `c2 = M + r·Y`; 32 bytes each. */
export interface Ciphertext {
  readonly c1: Uint8Array
  readonly c2: Uint8Array
}

export interface BallotHeader {
  readonly contestCount: number
  readonly revision: number
  /** First 4 bytes of the manifest hash; a routing hint that `verifyBallot` checks. */
  readonly etag: Uint8Array
  readonly credentialIndex: number
  readonly kioskId: number
}

/** A ballot taken apart. The fields are copies; `bytes` is the canonical form they came from. */
export interface Ballot extends BallotHeader {
  readonly ciphertexts: readonly Ciphertext[]
  readonly challenge: Uint8Array
  readonly sK: Uint8Array
  readonly sR: readonly Uint8Array[]
  readonly signature: Uint8Array
  readonly bytes: Uint8Array
}

export type LayoutError = 'ballot-length' | 'ballot-suite' | 'ballot-revision'
export type CompactError = 'compact-length' | 'compact-context' | 'kiosk-id'

/** Canonical length: 123 + 96n bytes for n = 1..8 contests (219 for one). */
export function ballotLength(contestCount: number): number {
  return FIXED_BYTES + BYTES_PER_CONTEST * contestCount
}

/** Link length: 117 + 96n bytes (213 for one contest, one LoRaWAN frame at DR4/DR5). */
export function compactLength(contestCount: number): number {
  return ballotLength(contestCount) - COMPACT_SAVING
}

/** The 11 header bytes. Throws `RangeError` for values that do not fit. */
export function encodeBallotHeader(header: BallotHeader): Uint8Array {
  const { contestCount, revision, etag, credentialIndex, kioskId } = header
  if (!Number.isInteger(contestCount) || contestCount < 1 || contestCount > MAX_CONTESTS) {
    throw new RangeError(`"contestCount" is not 1..${MAX_CONTESTS}: ${contestCount}`)
  }
  if (revision !== 0) throw new RangeError(`"revision" is not 0: ${revision}`)
  if (etag.length !== ETAG_BYTES) throw new RangeError('"etag" is not 4 bytes')
  return new ByteWriter()
    .u8(SUITE)
    .u8((contestCount - 1) << 5)
    .raw(etag)
    .uint(3, credentialIndex)
    .u16(kioskId)
    .bytes()
}

/** Header and ciphertexts: what the tracker covers, known before the voter chooses to cast. */
export function encodeFirstPart(header: Uint8Array, ciphertexts: readonly Ciphertext[]): Uint8Array {
  return concatBytes(header, ...ciphertexts.flatMap(({ c1, c2 }) => [c1, c2]))
}

/** Takes canonical bytes apart. Total on arbitrary bytes; says nothing about points, scalars or signatures. */
export function parseBallot(bytes: Uint8Array): Result<Ballot, LayoutError> {
  const [suite, shape] = bytes
  if (suite === undefined || shape === undefined) return err('ballot-length', `${bytes.length} bytes`)
  if (suite !== SUITE) return err('ballot-suite', `suite ${suite}`)
  const contestCount = (shape >> 5) + 1
  const revision = shape & REVISION_MASK
  if (revision !== 0) return err('ballot-revision', `revision ${revision}`)
  if (bytes.length !== ballotLength(contestCount)) {
    return err('ballot-length', `${bytes.length} bytes, ${ballotLength(contestCount)} wanted`)
  }
  const reader = new ByteReader(bytes)
  reader.take(2)
  const etag = reader.take(ETAG_BYTES)
  const credentialIndex = reader.u24()
  const kioskId = reader.u16()
  const each = Array.from({ length: contestCount })
  const ciphertexts = each.map(() => ({ c1: reader.take(32), c2: reader.take(32) }))
  const challenge = reader.take(CHALLENGE_BYTES)
  const sK = reader.take(32)
  const sR = each.map(() => reader.take(32))
  const signature = reader.take(SIGNATURE_BYTES)
  reader.end()
  return ok({
    contestCount,
    revision,
    etag,
    credentialIndex,
    kioskId,
    ciphertexts,
    challenge,
    sK,
    sR,
    signature,
    bytes: bytes.slice(),
  })
}

/** `canonical[0 .. 11+64n)` of a parsed ballot. */
export function firstPartOf(ballot: Ballot): Uint8Array {
  return ballot.bytes.slice(0, HEADER_BYTES + CIPHERTEXT_BYTES * ballot.contestCount)
}

/** The 11 header bytes of a parsed ballot. */
export function headerOf(ballot: Ballot): Uint8Array {
  return ballot.bytes.slice(0, HEADER_BYTES)
}

/** Everything before the kiosk signature. */
export function signedPart(canonical: Uint8Array): Uint8Array {
  return canonical.slice(0, Math.max(0, canonical.length - SIGNATURE_BYTES))
}

/** What the kiosk signs: tag `hanpyo/kiosk-ballot/v1` ‖ manifest hash ‖ all bytes before the signature. */
export function kioskSignatureMessage(manifestHash: Uint8Array, beforeSignature: Uint8Array): Uint8Array {
  return concatBytes(KIOSK_BALLOT_TAG, manifestHash, beforeSignature)
}

/** `0x80 | (H_m[0] & 0x7F)`: the datagram kind of this election's ballots and the compact form's first byte. */
export function contextByte(manifestHash: Uint8Array): number {
  const [first] = manifestHash
  if (first === undefined) throw new RangeError('"manifestHash" is empty')
  return 0x80 | (first & 0x7f)
}

/** Canonical to link form: context byte ‖ shape byte ‖ index ‖ everything from the ciphertexts on. */
export function toCompact(canonical: Uint8Array, manifestHash: Uint8Array): Uint8Array {
  const reader = new ByteReader(canonical)
  reader.u8()
  const shape = reader.u8()
  reader.take(ETAG_BYTES)
  const index = reader.take(3)
  reader.u16()
  return concatBytes(Uint8Array.of(contextByte(manifestHash), shape), index, reader.rest())
}

/**
 * Link form to canonical, for one election and the kiosk id that the authenticated route vouches for. Only
 * length and context byte are checked; `verifyBallot` judges the outcome.
 */
export function fromCompact(
  compact: Uint8Array,
  manifestHash: Uint8Array,
  kioskId: number,
): Result<Uint8Array, CompactError> {
  const [context, shape] = compact
  if (context === undefined || shape === undefined) return err('compact-length', `${compact.length} bytes`)
  if (context !== contextByte(manifestHash)) return err('compact-context')
  const contestCount = (shape >> 5) + 1
  if (compact.length !== compactLength(contestCount)) {
    return err('compact-length', `${compact.length} bytes, ${compactLength(contestCount)} wanted`)
  }
  if (!Number.isInteger(kioskId) || kioskId < 0 || kioskId > 0xffff) return err('kiosk-id', String(kioskId))
  const head = Uint8Array.of(SUITE, shape)
  const etag = manifestHash.subarray(0, ETAG_BYTES)
  const kiosk = Uint8Array.of(kioskId >> 8, kioskId & 0xff)
  return ok(concatBytes(head, etag, compact.subarray(2, 5), kiosk, compact.subarray(5)))
}
