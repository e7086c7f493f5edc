import { ByteReader, ByteWriter, utf8 } from '../bytes.ts'
import type { Ed25519 } from '../group/group.ts'
import { err, ok, type Result } from '../result.ts'
import {
  encodeVkey,
  formatSignatureLine,
  keyId,
  type NoteSignature,
  type NoteVerifier,
  parseVkey,
  SIGNATURE_TYPE,
  type Vkey,
  type VkeyError,
} from './note.ts'

const SIGNATURE_BYTES = 8 + 64
const MAX_TIMESTAMP = (1n << 63n) - 1n

/**
 * The bytes an Ed25519 cosignature/v1 signs (C2SP tlog-cosignature): `time` in POSIX seconds, then the whole
 * checkpoint text with its final newline.
 */
export function cosignatureMessage(checkpointText: string, timestamp: number | bigint): Uint8Array {
  return utf8(`cosignature/v1\ntime ${timestamp}\n${checkpointText}`)
}

/** The cosignature line of a witness at `timestamp` (POSIX seconds) over a checkpoint text. */
export function cosign(signer: {
  readonly ed25519: Ed25519
  readonly name: string
  readonly seed: Uint8Array
  readonly timestamp: number
  readonly checkpointText: string
}): NoteSignature {
  const { ed25519, name, seed, timestamp, checkpointText } = signer
  if (!Number.isSafeInteger(timestamp) || timestamp < 0)
    throw new RangeError('"timestamp" is not POSIX seconds')
  const signature = new ByteWriter()
    .u64(BigInt(timestamp))
    .raw(ed25519.sign(seed, cosignatureMessage(checkpointText, timestamp)))
    .bytes()
  const id = keyId(name, SIGNATURE_TYPE.cosignature, ed25519.publicKey(seed))
  const line = { name, keyId: id, signature }
  return { ...line, raw: formatSignatureLine(line) }
}

/** The vkey text of a witness's seed (type 0x04). */
export function cosignerVkey(ed25519: Ed25519, name: string, seed: Uint8Array): string {
  return encodeVkey(name, SIGNATURE_TYPE.cosignature, ed25519.publicKey(seed))
}

/** The POSIX seconds in a cosignature blob; `null` unless it has 72 bytes and the time is below 2^53. */
export function cosignatureTimestamp(signature: Uint8Array): number | null {
  if (signature.length !== SIGNATURE_BYTES) return null
  const timestamp = new ByteReader(signature).u64()
  return timestamp <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(timestamp) : null
}

/** The verifier for cosignatures of a type 0x04 key; refuses other types and keys that fail the key check. */
export function cosignatureVerifier(
  ed25519: Ed25519,
  key: string | Vkey,
): Result<NoteVerifier, VkeyError | 'vkey-type' | 'vkey-weak'> {
  const parsed = typeof key === 'string' ? parseVkey(key) : ok(key)
  if (!parsed.ok) return parsed
  const { name, keyId: id, type, publicKey } = parsed.value
  if (type !== SIGNATURE_TYPE.cosignature) return err('vkey-type')
  if (!ed25519.isAcceptableKey(publicKey)) return err('vkey-weak')
  return ok({
    name,
    keyId: id,
    verify: (text, signature) => {
      if (signature.length !== SIGNATURE_BYTES) return false
      const reader = new ByteReader(signature)
      const timestamp = reader.u64()
      if (timestamp > MAX_TIMESTAMP) return false
      const header = utf8(`cosignature/v1\ntime ${timestamp}\n`)
      return ed25519.verify(publicKey, new ByteWriter().raw(header, text).bytes(), reader.rest())
    },
  })
}
