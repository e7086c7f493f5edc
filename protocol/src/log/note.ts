import { ByteReader, concatBytes, decodeUtf8, fromHex, parseBase64, toBase64, toHex, utf8 } from '../bytes.ts'
import type { Ed25519 } from '../group/group.ts'
import { err, ok, type Result } from '../result.ts'
import { encodeVkey, isKeyName, keyId, parseVkey, SIGNATURE_TYPE, type Vkey, type VkeyError } from './vkey.ts'

export {
  encodeSkey,
  encodeVkey,
  isKeyName,
  keyId,
  parseSkey,
  parseVkey,
  SIGNATURE_TYPE,
  type Skey,
  type SkeyError,
  type Vkey,
  type VkeyError,
} from './vkey.ts'

/** No note of ours is larger, and nothing larger is read: 128 KiB, the cap of public witnesses. */
export const MAX_NOTE_BYTES = 128 * 1024
/** The specification asks for at least 16; a post-quantum cosignature has 3.3 kB, so the size cap comes first. */
export const MAX_NOTE_SIGNATURES = 100

/** One signature line. `signature` excludes the four bytes of the key id; `raw` is the line without newline. */
export interface NoteSignature {
  readonly name: string
  readonly keyId: string
  readonly signature: Uint8Array
  readonly raw: string
}

/** A note split into its text, which ends with a newline, and its signature lines. Nothing is verified yet. */
export interface Note {
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

export type NoteError =
  | 'note-too-large'
  | 'note-not-utf8'
  | 'note-control-character'
  | 'note-malformed'
  | 'note-signature-line'
  | 'note-too-many-signatures'

export type NoteVerifyError = 'note-signature-invalid' | 'note-signature-missing' | 'note-signature-surplus'

/** Something that checks the signatures of one (name, key id) pair. */
export interface NoteVerifier {
  readonly name: string
  readonly keyId: string
  /** `text` includes its final newline; `signature` excludes the key id. Returns false, never throws, for any bytes. */
  verify(text: Uint8Array, signature: Uint8Array): boolean
}

/**
 * Splits a signed note (C2SP signed-note) strictly: valid UTF-8, no control character but newline, the last
 * empty line separates, every line after it is a well-formed signature line with canonical base64.
 */
export function parseNote(input: Uint8Array | string): Result<Note, NoteError> {
  const decoded = decodeNote(input)
  if (!decoded.ok) return decoded
  const whole = decoded.value
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u0009\u000b-\u001f]/.test(whole)) return err('note-control-character')
  const split = whole.lastIndexOf('\n\n')
  if (split < 0 || !whole.endsWith('\n') || split + 2 === whole.length) return err('note-malformed')
  const lines = whole.slice(split + 2, -1).split('\n')
  if (lines.length > MAX_NOTE_SIGNATURES) return err('note-too-many-signatures')
  const signatures: NoteSignature[] = []
  for (const line of lines) {
    const signature = parseSignatureLine(line)
    if (signature === null) return err('note-signature-line')
    signatures.push(signature)
  }
  return ok({ text: whole.slice(0, split + 1), signatures })
}

/** One `— name base64` line without its newline; `null` unless it is exactly that. */
export function parseSignatureLine(line: string): NoteSignature | null {
  if (!line.startsWith('— ')) return null
  const space = line.indexOf(' ', 2)
  if (space < 0) return null
  const name = line.slice(2, space)
  const blob = parseBase64(line.slice(space + 1))
  if (!isKeyName(name) || blob === null || blob.length < 5) return null
  const reader = new ByteReader(blob)
  return { name, keyId: toHex(reader.take(4)), signature: reader.rest(), raw: line }
}

/**
 * Joins text and signature lines. Throws `RangeError` when the text does not end with a newline or holds a
 * control character, or without a signature; what it returns always parses back to the same note.
 */
export function formatNote(
  text: string,
  signatures: readonly Pick<NoteSignature, 'name' | 'keyId' | 'signature'>[],
): string {
  if (signatures.length === 0) throw new RangeError('"signatures" is empty')
  return joinNote(text, signatures.map(formatSignatureLine))
}

function joinNote(text: string, lines: readonly string[]): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (!text.endsWith('\n') || !text.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(text)) {
    throw new RangeError('"text" is not the text of a note')
  }
  return `${text}\n${lines.map((line) => `${line}\n`).join('')}`
}

/** A signature line without its newline. */
export function formatSignatureLine(signature: Pick<NoteSignature, 'name' | 'keyId' | 'signature'>): string {
  if (!isKeyName(signature.name)) throw new RangeError(`"name" is not a key name: ${signature.name}`)
  return `— ${signature.name} ${toBase64(concatBytes(fromHex(signature.keyId), signature.signature))}`
}

/** The Ed25519 (type 0x01) signature of `name` over `text`, which must end with a newline. */
export function noteSignature(signer: {
  readonly ed25519: Ed25519
  readonly name: string
  readonly seed: Uint8Array
  readonly text: string
}): NoteSignature {
  const id = keyId(signer.name, SIGNATURE_TYPE.ed25519, signer.ed25519.publicKey(signer.seed))
  const signature = signer.ed25519.sign(signer.seed, utf8(signer.text))
  const line = { name: signer.name, keyId: id, signature }
  return { ...line, raw: formatSignatureLine(line) }
}

/** A whole note with one Ed25519 signature by `name`. */
export function signNote(signer: {
  readonly ed25519: Ed25519
  readonly name: string
  readonly seed: Uint8Array
  readonly text: string
}): string {
  return createNoteSigner(signer)(signer.text)
}

/** `signNote` for one key that signs many texts: what depends on the key alone is computed once. */
export function createNoteSigner(key: {
  readonly ed25519: Ed25519
  readonly name: string
  readonly seed: Uint8Array
}): (text: string) => string {
  const { ed25519, name, seed } = key
  if (!isKeyName(name)) throw new RangeError(`"name" is not a key name: ${name}`)
  const id = fromHex(keyId(name, SIGNATURE_TYPE.ed25519, ed25519.publicKey(seed)))
  return (text) => {
    const signature = ed25519.sign(seed, utf8(text))
    return joinNote(text, [`— ${name} ${toBase64(concatBytes(id, signature))}`])
  }
}

/** The verifier for an Ed25519 key of type 0x01; refuses other types and keys that fail the key check. */
export function noteVerifier(
  ed25519: Ed25519,
  key: string | Vkey,
): Result<NoteVerifier, VkeyError | 'vkey-type' | 'vkey-weak'> {
  const parsed = typeof key === 'string' ? parseVkey(key) : ok(key)
  if (!parsed.ok) return parsed
  const { name, keyId: id, type, publicKey } = parsed.value
  if (type !== SIGNATURE_TYPE.ed25519) return err('vkey-type')
  if (!ed25519.isAcceptableKey(publicKey)) return err('vkey-weak')
  return ok({
    name,
    keyId: id,
    verify: (text, signature) => signature.length === 64 && ed25519.verify(publicKey, text, signature),
  })
}

/** The vkey text of an Ed25519 seed under a name. */
export function vkeyOf(ed25519: Ed25519, name: string, seed: Uint8Array): string {
  return encodeVkey(name, SIGNATURE_TYPE.ed25519, ed25519.publicKey(seed))
}

/**
 * Checks a parsed note against known keys and returns the signatures that verified. Lines of unknown
 * (name, key id) pairs are ignored; a known pair whose signature fails rejects the whole note, and so does a
 * note that no known key signed. With `exactly`, every verifier must have signed once and nobody else may
 * have: that is the rule for the documents of an election.
 */
export function verifyNote(
  note: Note,
  verifiers: readonly NoteVerifier[],
  options: { readonly exactly?: boolean } = {},
): Result<readonly NoteSignature[], NoteVerifyError> {
  const text = utf8(note.text)
  const verified: NoteSignature[] = []
  const seen = new Set<NoteVerifier>()
  for (const signature of note.signatures) {
    const verifier = verifiers.find((v) => v.name === signature.name && v.keyId === signature.keyId)
    if (verifier === undefined) {
      if (options.exactly) return err('note-signature-surplus', signature.name)
      continue
    }
    if (seen.has(verifier) && options.exactly) return err('note-signature-surplus', signature.name)
    if (!verifier.verify(text, signature.signature)) return err('note-signature-invalid', signature.name)
    if (!seen.has(verifier)) verified.push(signature)
    seen.add(verifier)
  }
  if (verified.length === 0 || (options.exactly && seen.size !== verifiers.length)) {
    return err('note-signature-missing')
  }
  return ok(verified)
}

function decodeNote(input: Uint8Array | string): Result<string, NoteError> {
  if (typeof input === 'string') {
    if (input.length > MAX_NOTE_BYTES || utf8(input).length > MAX_NOTE_BYTES) return err('note-too-large')
    return input.isWellFormed() ? ok(input) : err('note-not-utf8')
  }
  if (input.length > MAX_NOTE_BYTES) return err('note-too-large')
  try {
    return ok(decodeUtf8(input))
  } catch {
    return err('note-not-utf8')
  }
}
