import { toBase64 } from '../bytes.ts'
import { parseCheckpoint } from '../log/checkpoint.ts'
import { cosignatureTimestamp } from '../log/cosignature.ts'
import { parseNote } from '../log/note.ts'

/** A head that was made public. */
export interface Publication {
  readonly size: number
  /** Base64. */
  readonly root: string
  /** POSIX seconds: the median of its cosignatures; `null` without any. */
  readonly time: number | null
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
  const { size, root } = checkpoint.value
  return { size, root: toBase64(root), time: times[times.length >> 1] ?? null }
}
