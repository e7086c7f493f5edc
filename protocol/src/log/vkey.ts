import {
  ByteReader,
  concatBytes,
  equalBytes,
  parseBase64,
  parseHex,
  toBase64,
  toHex,
  utf8,
} from '../bytes.ts'
import type { Ed25519 } from '../group/group.ts'
import { sha256 } from '../hash.ts'
import { err, ok, type Result } from '../result.ts'

/** Signature types of C2SP signed-note that this project uses. */
export const SIGNATURE_TYPE = { ed25519: 0x01, cosignature: 0x04 } as const

/** A verifier key: who signs, with which algorithm. `keyId` is eight lower-case hex digits. */
export interface Vkey {
  readonly name: string
  readonly keyId: string
  readonly type: number
  readonly publicKey: Uint8Array
}

export type VkeyError = 'vkey-malformed' | 'vkey-name' | 'vkey-key-id' | 'vkey-key-length'

/** A signing key: the seed and everything derived from it. */
export interface Skey extends Vkey {
  readonly seed: Uint8Array
}

export type SkeyError = 'skey-malformed' | 'skey-name' | 'skey-key-id' | 'skey-type'

/** Whether a key name is non-empty and holds no Unicode space, no plus and no control character. */
export function isKeyName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  return name.length > 0 && name.isWellFormed() && !/[\p{White_Space}+\u0000-\u001f]/u.test(name)
}

/** First four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key) as eight hex digits (C2SP signed-note). */
export function keyId(name: string, type: number, publicKey: Uint8Array): string {
  return toHex(sha256(utf8(`${name}\n`), Uint8Array.of(type), publicKey).subarray(0, 4))
}

/** `name+keyid+base64(type ‖ public key)`. Throws `RangeError` for a name that no note may carry. */
export function encodeVkey(name: string, type: number, publicKey: Uint8Array): string {
  if (!isKeyName(name)) throw new RangeError(`"name" is not a key name: ${name}`)
  return `${name}+${keyId(name, type, publicKey)}+${toBase64(concatBytes(Uint8Array.of(type), publicKey))}`
}

/**
 * Reads a verifier key and recomputes its key id. The two 32-byte Ed25519 types are checked for length; keys
 * of other types are returned as they are, so that a policy may name them.
 */
export function parseVkey(text: string): Result<Vkey, VkeyError> {
  const parts = splitKey(text)
  if (parts === null) return err('vkey-malformed')
  const { name, id, material } = parts
  if (!isKeyName(name)) return err('vkey-name')
  const type = material[0] as number
  const publicKey = material.slice(1)
  if ((type === SIGNATURE_TYPE.ed25519 || type === SIGNATURE_TYPE.cosignature) && publicKey.length !== 32) {
    return err('vkey-key-length')
  }
  if (keyId(name, type, publicKey) !== id) return err('vkey-key-id')
  return ok({ name, keyId: id, type, publicKey })
}

/** `PRIVATE+KEY+name+keyid+base64(type ‖ 32-byte seed)`: the convention of Go's sumdb/note. */
export function encodeSkey(key: {
  readonly ed25519: Ed25519
  readonly name: string
  readonly seed: Uint8Array
  readonly type?: number
}): string {
  if (!isKeyName(key.name)) throw new RangeError(`"name" is not a key name: ${key.name}`)
  if (key.seed.length !== 32) throw new RangeError('"seed" is not 32 bytes')
  const type = key.type ?? SIGNATURE_TYPE.ed25519
  const id = keyId(key.name, type, key.ed25519.publicKey(key.seed))
  return `PRIVATE+KEY+${key.name}+${id}+${toBase64(concatBytes(Uint8Array.of(type), key.seed))}`
}

/** Reads a signing key of either Ed25519 type; the key id must be that of the public key. */
export function parseSkey(ed25519: Ed25519, text: string): Result<Skey, SkeyError> {
  if (!text.startsWith('PRIVATE+KEY+')) return err('skey-malformed')
  const parts = splitKey(text.slice('PRIVATE+KEY+'.length))
  if (parts === null || parts.material.length !== 33) return err('skey-malformed')
  const { name, id, material } = parts
  if (!isKeyName(name)) return err('skey-name')
  const reader = new ByteReader(material)
  const type = reader.u8()
  if (type !== SIGNATURE_TYPE.ed25519 && type !== SIGNATURE_TYPE.cosignature) return err('skey-type')
  const seed = reader.rest()
  const publicKey = ed25519.publicKey(seed)
  if (keyId(name, type, publicKey) !== id) return err('skey-key-id')
  return ok({ name, keyId: id, type, publicKey, seed })
}

/** Whether two keys wrap the same public key, whatever their names and types (tlog-policy's "duplicate"). */
export function samePublicKey(a: Vkey, b: Vkey): boolean {
  return equalBytes(a.publicKey, b.publicKey)
}

function splitKey(text: string): { name: string; id: string; material: Uint8Array } | null {
  const first = text.indexOf('+')
  const second = text.indexOf('+', first + 1)
  if (first < 0 || second < 0) return null
  const id = text.slice(first + 1, second)
  if (id.length !== 8 || parseHex(id) === null) return null
  const material = parseBase64(text.slice(second + 1))
  if (material === null || material.length < 2) return null
  return { name: text.slice(0, first), id, material }
}
