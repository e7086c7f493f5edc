/**
 * The two public key lists a manifest commits to. A credential entry is K_i ‖ u8 style (33 bytes), a support entry
 * is the support key (32 bytes); entries are sorted bytewise and distinct. Position in the list = slip number.
 */
import { compareBytes, concatBytes, toBase64, toHex } from '../bytes.ts'
import { sha256 } from '../hash.ts'
import { rootOf } from '../log/merkle.ts'
import { err, ok, type Result } from '../result.ts'

export const CREDENTIAL_ENTRY_BYTES = 33
export const SUPPORT_ENTRY_BYTES = 32

/** Slip numbers are u24 in a ballot. */
export const MAX_LIST_COUNT = 1 << 24

export interface CredentialEntry {
  /** K_i, 32 bytes. */
  readonly publicKey: Uint8Array
  /** Style id of the manifest, 0..255. */
  readonly style: number
}

export type KeyListError = 'keylist-length' | 'keylist-order'

/** What the manifest says about a list: entry count, RFC 6962 root (base64) and hex SHA-256 of all entries. */
export interface KeyListCommitment {
  readonly count: number
  readonly root: string
  readonly blob: string
}

/** Sorts the entries bytewise by key and joins them. Throws `RangeError` for a wrong length, style or a repeated key. */
export function encodeCredentialList(entries: readonly CredentialEntry[]): Uint8Array {
  const encoded = entries.map(({ publicKey, style }) => {
    if (publicKey.length !== 32) throw new RangeError(`"publicKey" is not 32 bytes: ${publicKey.length}`)
    if (!Number.isInteger(style) || style < 0 || style > 0xff)
      throw new RangeError(`"style" is not a byte: ${style}`)
    return concatBytes(publicKey, Uint8Array.of(style))
  })
  return joinSorted(encoded)
}

/** Sorts and joins 32-byte support keys. Throws `RangeError` for a wrong length or a repeated key. */
export function encodeSupportList(publicKeys: readonly Uint8Array[]): Uint8Array {
  for (const key of publicKeys) {
    if (key.length !== SUPPORT_ENTRY_BYTES) throw new RangeError(`"publicKeys" holds ${key.length} bytes`)
  }
  return joinSorted(publicKeys)
}

/** Splits a credential list; entries are views into `bytes`. Keys must ascend strictly; points are not checked here. */
export function parseCredentialList(bytes: Uint8Array): Result<CredentialEntry[], KeyListError> {
  const entries = splitEntries(bytes, CREDENTIAL_ENTRY_BYTES)
  if (!entries.ok) return entries
  return ok(entries.value.map((entry) => ({ publicKey: entry.subarray(0, 32), style: entry[32] as number })))
}

/** Splits a support key list; entries are views into `bytes`. */
export function parseSupportList(bytes: Uint8Array): Result<Uint8Array[], KeyListError> {
  return splitEntries(bytes, SUPPORT_ENTRY_BYTES)
}

/** Slip number of a credential key: binary search in a list that is sorted. `undefined` when it is not listed. */
export function findCredential(list: readonly CredentialEntry[], publicKey: Uint8Array): number | undefined {
  return findSorted(list.length, (at) => compareBytes((list[at] as CredentialEntry).publicKey, publicKey))
}

/** Support index of a key: the same in a list of support keys. */
export function findSupportKey(list: readonly Uint8Array[], publicKey: Uint8Array): number | undefined {
  return findSorted(list.length, (at) => compareBytes(list[at] as Uint8Array, publicKey))
}

function findSorted(count: number, compareAt: (at: number) => number): number | undefined {
  let low = 0
  let high = count - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const order = compareAt(middle)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return undefined
}

/** RFC 6962 root over the entries of a list; 32 bytes. Throws `RangeError` unless the length is a multiple. */
export function keyListRoot(list: Uint8Array, entryBytes: number = CREDENTIAL_ENTRY_BYTES): Uint8Array {
  if (list.length % entryBytes !== 0) throw new RangeError(`"list" is not a multiple of ${entryBytes} bytes`)
  const entries: Uint8Array[] = []
  for (let at = 0; at < list.length; at += entryBytes) entries.push(list.subarray(at, at + entryBytes))
  return rootOf(entries)
}

/** The commitment of a list as the manifest carries it. */
export function commitKeyList(
  list: Uint8Array,
  entryBytes: number = CREDENTIAL_ENTRY_BYTES,
): KeyListCommitment {
  return {
    count: list.length / entryBytes,
    root: toBase64(keyListRoot(list, entryBytes)),
    blob: toHex(sha256(list)),
  }
}

function joinSorted(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length > MAX_LIST_COUNT) throw new RangeError(`too many entries: ${entries.length}`)
  const sorted = [...entries].sort(compareBytes)
  for (let i = 1; i < sorted.length; i++) {
    if (!isKeyBefore(sorted[i - 1] as Uint8Array, sorted[i] as Uint8Array))
      throw new RangeError('a key repeats')
  }
  const out = new Uint8Array(sorted.reduce((sum, entry) => sum + entry.length, 0))
  let offset = 0
  for (const entry of sorted) {
    out.set(entry, offset)
    offset += entry.length
  }
  return out
}

function splitEntries(bytes: Uint8Array, entryBytes: number): Result<Uint8Array[], KeyListError> {
  if (bytes.length % entryBytes !== 0 || bytes.length / entryBytes > MAX_LIST_COUNT)
    return err('keylist-length')
  const entries: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += entryBytes) {
    const entry = bytes.subarray(at, at + entryBytes)
    const previous = entries.at(-1)
    if (previous !== undefined && !isKeyBefore(previous, entry)) {
      return err('keylist-order', `entry ${entries.length}`)
    }
    entries.push(entry)
  }
  return ok(entries)
}

function isKeyBefore(a: Uint8Array, b: Uint8Array): boolean {
  return compareBytes(a.subarray(0, 32), b.subarray(0, 32)) < 0
}
