import { decodeUtf8, parseBase64, toBase64, toHex, utf8 } from '../bytes.ts'
import { sha256 } from '../hash.ts'
import { err, ok, type Result } from '../result.ts'
import { parseDecimal } from './decimal.ts'
import { MAX_NOTE_BYTES, type NoteSignature, parseSignatureLine } from './note.ts'

/** A consistency proof between trees below 2^64 leaves never has more hashes (C2SP tlog-witness). */
export const MAX_CONSISTENCY_LINES = 63
/** `old`, proof and note together. */
export const MAX_ADD_CHECKPOINT_BYTES = MAX_NOTE_BYTES
/** Content type of the answer 409, whose body is the size the witness knows. */
export const TLOG_SIZE_TYPE = 'text/x.tlog.size'

/** The body of `POST <submission prefix>/add-checkpoint` (C2SP tlog-witness). */
export interface AddCheckpoint {
  /** The size of the checkpoint the witness cosigned last, as the sender believes; 0 for none. */
  readonly oldSize: number
  /** Consistency proof from `oldSize`, 32 bytes each, in RFC 6962 order. */
  readonly proof: readonly Uint8Array[]
  /** The log's signed checkpoint note. */
  readonly note: string
}

/** `old <N>\n`, proof lines in base64, an empty line, the note. */
export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  return `old ${oldSize}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${note}`
}

/** Splits a body; nothing of the note is checked but that it is UTF-8. Total on arbitrary bytes. */
export function parseAddCheckpoint(body: Uint8Array): Result<AddCheckpoint, 'add-checkpoint-malformed'> {
  if (body.length > MAX_ADD_CHECKPOINT_BYTES) return err('add-checkpoint-malformed', 'too large')
  const text = decodeStrictly(body)
  const end = text?.indexOf('\n\n') ?? -1
  if (text === null || end < 0) return err('add-checkpoint-malformed', 'no empty line')
  const [first, ...lines] = text.slice(0, end).split('\n')
  const oldSize = first?.startsWith('old ') ? parseDecimal(first.slice(4)) : null
  if (oldSize === null) return err('add-checkpoint-malformed', 'the first line is not "old N"')
  if (lines.length > MAX_CONSISTENCY_LINES) return err('add-checkpoint-malformed', 'too many proof lines')
  const proof: Uint8Array[] = []
  for (const line of lines) {
    const hash = parseBase64(line)
    if (hash === null || hash.length !== 32) return err('add-checkpoint-malformed', 'a proof line is no hash')
    proof.push(hash)
  }
  return ok({ oldSize, proof, note: text.slice(end + 2) })
}

/**
 * The signature lines of a witness's answer 200; `null` unless the body is one or more such lines and nothing else.
 * Nothing is verified: append the lines to the note and verify that.
 */
export function parseCosignatureLines(body: Uint8Array): readonly NoteSignature[] | null {
  const text = body.length > MAX_NOTE_BYTES ? null : decodeStrictly(body)
  if (text === null || !text.endsWith('\n')) return null
  const lines = text.slice(0, -1).split('\n').map(parseSignatureLine)
  return lines.every((line) => line !== null) ? lines : null
}

/** `<hex SHA-256 of the origin>/checkpoint`, below a witness's monitoring prefix. */
export function monitoringPath(origin: string): string {
  return `${toHex(sha256(utf8(origin)))}/checkpoint`
}

function decodeStrictly(bytes: Uint8Array): string | null {
  try {
    return decodeUtf8(bytes)
  } catch {
    return null
  }
}
