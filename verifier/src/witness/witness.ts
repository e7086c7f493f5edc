import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { parseAddCheckpoint } from '@hanpyo/protocol/log/add-checkpoint.ts'
import { formatCheckpoint, openCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { cosign, cosignatureVerifier, cosignerVkey } from '@hanpyo/protocol/log/cosignature.ts'
import { EMPTY_ROOT, verifyConsistency } from '@hanpyo/protocol/log/merkle.ts'
import { formatNote, type Note, noteVerifier, parseNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Cosigned, WitnessStore } from './store.ts'

/** Why a checkpoint was not cosigned, with the status of C2SP tlog-witness. */
export const WITNESS_STATUS = {
  malformed: 400,
  'old-larger-than-size': 400,
  'signature-not-trusted': 403,
  'unknown-log': 404,
  /** The detail is the size this witness cosigned last. */
  'other-old-size': 409,
  'not-consistent': 422,
  'empty-tree-with-a-root': 422,
  /** Nothing was stored or signed; the sender may try again. */
  'clock-behind': 500,
} as const

export type WitnessError = keyof typeof WITNESS_STATUS

/** How far the clock may step back (a correction by NTP) before the witness stops telling times. */
const CLOCK_STEP_SECONDS = 5

export interface WitnessDeps {
  readonly ed25519: Ed25519
  readonly store: WitnessStore
  /** The witness's name and 32-byte seed; this key signs nothing else. */
  readonly name: string
  readonly seed: Uint8Array
  /** POSIX seconds. */
  readonly now: () => number
}

/**
 * A witness (C2SP tlog-witness): for each log it trusts it remembers the largest checkpoint it has seen and cosigns a new
 * one only when a proof shows that the log did nothing but grow. It sees hashes, never ballots.
 */
export class Witness {
  readonly #deps: WitnessDeps

  constructor(deps: WitnessDeps) {
    this.#deps = deps
  }

  get name(): string {
    return this.#deps.name
  }

  /**
   * Judges the body of an `add-checkpoint` request and answers with its cosignature line, newline included. The checkpoint
   * is on disk before the line is given out. A checkpoint of the same size is cosigned again with a fresh time.
   */
  addCheckpoint(body: Uint8Array): Result<string, WitnessError> {
    const parsed = parseAddCheckpoint(body)
    if (!parsed.ok) return err('malformed', parsed.detail ?? '')
    const { oldSize, proof, note } = parsed.value
    const { ed25519, store, name, seed } = this.#deps
    const origin = note.slice(0, Math.max(note.indexOf('\n'), 0))
    const known = store.read(origin)
    if (known === undefined) return err('unknown-log', origin)
    const log = noteVerifier(ed25519, known.vkey)
    if (!log.ok) throw new Error(`the stored key of ${origin} is unusable: ${log.error}`)
    const opened = openCheckpoint(note, log.value)
    if (!opened.ok) return err(refusalOf(opened.error), opened.error)
    const { checkpoint } = opened.value
    const isSameSize = checkpoint.size === known.size && checkpoint.size > 0
    if (isSameSize && !equalBytes(checkpoint.root, known.root)) this.#keep(opened.value.note, known, true)
    if (oldSize > checkpoint.size) return err('old-larger-than-size')
    if (oldSize !== known.size) return err('other-old-size', String(known.size))
    const oldRoot = known.size === 0 ? EMPTY_ROOT : known.root
    const grows = { oldSize, oldRoot, newSize: checkpoint.size, newRoot: checkpoint.root, proof }
    if (!verifyConsistency(grows)) {
      if (!isSameSize) this.#keep(opened.value.note, known, false)
      return err('not-consistent')
    }
    const timestamp = this.#timestamp(known.timestamp)
    if (timestamp === null) return err('clock-behind')
    // Signed is what was understood, not what was received.
    const checkpointText = formatCheckpoint(checkpoint)
    const cosignature = cosign({ ed25519, name, seed, timestamp, checkpointText })
    const signed = opened.value.note.signatures.find(
      (line) => line.name === log.value.name && line.keyId === log.value.keyId,
    )
    if (signed === undefined) throw new Error('a verified note without its signature')
    const stored = formatNote(checkpointText, [signed, cosignature])
    if (!store.replace(oldSize, { checkpoint, note: stored, timestamp })) {
      return err('other-old-size', String(store.read(origin)?.size ?? 0))
    }
    return ok(`${cosignature.raw}\n`)
  }

  /** Both signed notes stay on disk: what a log has signed it cannot take back. */
  #keep(note: Note, { note: against, vkey }: Cosigned, isProof: boolean): void {
    const { ed25519, store } = this.#deps
    const log = noteVerifier(ed25519, vkey)
    const own = note.signatures.filter(
      ({ name, keyId }) => log.ok && name === log.value.name && keyId === log.value.keyId,
    )
    const origin = note.text.slice(0, note.text.indexOf('\n'))
    store.keepConflict({ origin, note: formatNote(note.text, own), against, isProof })
  }

  /** Whether a note carries a valid cosignature of this witness, whenever it was made. */
  hasCosigned(note: string): boolean {
    const { ed25519, name, seed } = this.#deps
    const parsed = parseNote(note)
    const own = cosignatureVerifier(ed25519, cosignerVkey(ed25519, name, seed))
    return parsed.ok && own.ok && verifyNote(parsed.value, [own.value]).ok
  }

  /** The size it cosigned last for a log; 0 for none. */
  cosignedSize(origin: string): number {
    return this.#deps.store.read(origin)?.size ?? 0
  }

  /** The newest cosigned note of a log, or `null` before the first. */
  cosignedNote(origin: string): string | null {
    const note = this.#deps.store.read(origin)?.note ?? ''
    return note === '' ? null : note
  }

  /** Never zero and never before an earlier one; `null` when the clock has gone back too far to be believed. */
  #timestamp(last: number): number | null {
    const now = Math.floor(this.#deps.now())
    if (now >= Math.max(last, 1)) return now
    return last > 0 && last - now <= CLOCK_STEP_SECONDS ? last : null
  }
}

function refusalOf(error: string): WitnessError {
  if (error === 'checkpoint-empty-root') return 'empty-tree-with-a-root'
  if (error.startsWith('checkpoint-')) return 'malformed'
  // An unreadable signature and a wrong one are both "not trusted"; a broken note is neither.
  if (['note-signature-invalid', 'note-signature-missing', 'note-signature-line'].includes(error)) {
    return 'signature-not-trusted'
  }
  return 'malformed'
}
