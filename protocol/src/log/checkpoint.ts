import { equalBytes, parseBase64, toBase64 } from '../bytes.ts'
import type { Ed25519 } from '../group/group.ts'
import { err, ok, type Result } from '../result.ts'
import { isSize, parseDecimal } from './decimal.ts'
import { EMPTY_ROOT } from './merkle.ts'
import {
  isKeyName,
  type Note,
  type NoteError,
  type NoteVerifier,
  type NoteVerifyError,
  parseNote,
  signNote,
  verifyNote,
} from './note.ts'

/** A signed tree head: which log, how many leaves, which RFC 6962 root (32 bytes). */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

export type CheckpointError =
  | 'checkpoint-malformed'
  | 'checkpoint-extension'
  | 'checkpoint-size'
  | 'checkpoint-root'
  | 'checkpoint-empty-root'

/** Note text of a checkpoint (C2SP tlog-checkpoint): origin, size, base64 root; never extension lines. */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { origin, size, root } = checkpoint
  if (!isKeyName(origin)) throw new RangeError(`"origin" is not a schema-less URL: ${origin}`)
  if (!isSize(size)) throw new RangeError(`"size" is not a tree size: ${size}`)
  if (root.length !== 32) throw new RangeError('"root" is not 32 bytes')
  if (size === 0 && !equalBytes(root, EMPTY_ROOT))
    throw new RangeError('"root" is not that of the empty tree')
  return `${origin}\n${size}\n${toBase64(root)}\n`
}

/**
 * Reads the text of a checkpoint of one of our logs. Extension lines are an error here, although the
 * specification allows them: witnesses refuse them, and auditors cannot check them.
 */
export function parseCheckpoint(text: string): Result<Checkpoint, CheckpointError> {
  if (!text.endsWith('\n')) return err('checkpoint-malformed')
  const lines = text.slice(0, -1).split('\n')
  if (lines.length < 3 || lines.some((line) => line === '')) return err('checkpoint-malformed')
  if (lines.length > 3) return err('checkpoint-extension')
  const [origin, sizeText, rootText] = lines as [string, string, string]
  if (!isKeyName(origin)) return err('checkpoint-malformed')
  const size = parseDecimal(sizeText)
  if (size === null) return err('checkpoint-size')
  const root = parseBase64(rootText)
  if (root === null || root.length !== 32) return err('checkpoint-root')
  if (size === 0 && !equalBytes(root, EMPTY_ROOT)) return err('checkpoint-empty-root')
  return ok({ origin, size, root })
}

/** The signed note of a checkpoint; the log's key name is its origin. */
export function signCheckpoint(signer: {
  readonly ed25519: Ed25519
  readonly seed: Uint8Array
  readonly checkpoint: Checkpoint
}): string {
  const { ed25519, seed, checkpoint } = signer
  return signNote({ ed25519, name: checkpoint.origin, seed, text: formatCheckpoint(checkpoint) })
}

/** A checkpoint whose log signature has been verified, with the note it came from. */
export interface OpenedCheckpoint {
  readonly checkpoint: Checkpoint
  readonly note: Note
}

/**
 * Parses a signed checkpoint and verifies the log's signature; the verifier's name must be the origin.
 * Cosignatures are not looked at: that is the policy's work.
 */
export function openCheckpoint(
  input: Uint8Array | string,
  log: NoteVerifier,
): Result<OpenedCheckpoint, NoteError | NoteVerifyError | CheckpointError | 'checkpoint-origin'> {
  const note = parseNote(input)
  if (!note.ok) return note
  const verified = verifyNote(note.value, [log])
  if (!verified.ok) return verified
  const checkpoint = parseCheckpoint(note.value.text)
  if (!checkpoint.ok) return checkpoint
  if (checkpoint.value.origin !== log.name) return err('checkpoint-origin', checkpoint.value.origin)
  return ok({ checkpoint: checkpoint.value, note: note.value })
}
