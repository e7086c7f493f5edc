import { parseCheckpoint } from '../log/checkpoint.ts'
import { cosignatureTimestamp } from '../log/cosignature.ts'
import { parseNote } from '../log/note.ts'

/** A head that was made public, as `GET /history` lists it. */
export interface Publication {
  readonly size: number
  /** POSIX seconds: the median of its cosignatures; `null` without any. */
  readonly time: number | null
  /** The signed note as it was served then. */
  readonly note: string
}

/**
 * What a served checkpoint note says about itself, for readers who verify it. Signatures are not checked here. `null` for a
 * text that is no checkpoint.
 */
export function publicationOf(note: string): Publication | null {
  const parsed = parseNote(note)
  const checkpoint = parsed.ok ? parseCheckpoint(parsed.value.text) : parsed
  if (!parsed.ok || !checkpoint.ok) return null
  const times = parsed.value.signatures
    .flatMap(({ signature }) => cosignatureTimestamp(signature) ?? [])
    .filter((at) => at > 0)
    .sort((a, b) => a - b)
  return { size: checkpoint.value.size, time: times[times.length >> 1] ?? null, note }
}
