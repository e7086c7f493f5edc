import { toBase64 } from '../bytes.ts'
import { parseCheckpoint } from '../log/checkpoint.ts'
import { cosignatureTimestamp } from '../log/cosignature.ts'
import { type Note, parseNote } from '../log/note.ts'

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
  const times = cosigners(parsed.value)
    .map(({ at }) => at)
    .sort((a, b) => a - b)
  const { size, root } = checkpoint.value
  return { size, root: toBase64(root), time: times[times.length >> 1] ?? null }
}

/** Who has put a time to a note, by name. Signatures are not checked here. */
export function cosigners({ signatures }: Note): { readonly name: string; readonly at: number }[] {
  return signatures.flatMap(({ name, signature }) => {
    const at = cosignatureTimestamp(signature) ?? 0
    return at > 0 ? [{ name, at }] : []
  })
}
