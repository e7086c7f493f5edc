import type { LineFile } from './line-file.ts'

/** What a note says about the head it publishes, as `GET /history` lists it. */
export interface Publication {
  readonly size: number
  /** Base64. */
  readonly root: string
  /** POSIX seconds; `null` where nobody has put a time to it. */
  readonly time: number | null
}

/** A line is not what was written. */
export class HistoryDamagedError extends Error {
  override readonly name = 'HistoryDamagedError'
}

/** Reads a note; `null` for a text that is none. */
export type DescribeNote = (note: string) => Publication | null

/** Every head that a host has made public, the first note of each size, and who is told of new ones. */
export interface PublicHistory {
  /** Takes a note that is public now. A size that is known, or smaller than the last, adds nothing. */
  published(note: string): Promise<void>
  /** JSON objects `{size, time, note}` of heads larger than `after`, oldest first, at most `limit`. */
  read(after: number, limit: number): Promise<readonly string[]>
}

const LINES_AT_ONCE = 256

/**
 * Reads the sizes of what is there and goes on. `tell` gets `{size, root, time}` of each new head as JSON; the last one is told
 * again at once, so that readers who come after a restart learn of it.
 *
 * @throws {HistoryDamagedError}
 */
export async function openPublicHistory(
  lines: Pick<LineFile, 'count' | 'append' | 'read'>,
  describe: DescribeNote,
  tell: (head: string) => void,
): Promise<PublicHistory> {
  const sizes: number[] = []
  let last: string | undefined
  for (let first = 0; first < lines.count; first += LINES_AT_ONCE) {
    for (const line of await lines.read(first, LINES_AT_ONCE)) {
      const head = readHead(line)
      if (head === null) throw new HistoryDamagedError(`line ${sizes.length + 1}`)
      sizes.push(head.size)
      last = head.note
    }
  }
  const known = last === undefined ? null : describe(last)
  if (known !== null) tell(JSON.stringify(known))
  let writing: Promise<unknown> = Promise.resolve()
  const write = async (note: string): Promise<void> => {
    const publication = describe(note)
    if (publication === null || publication.size <= (sizes.at(-1) ?? 0)) return
    const { size, time } = publication
    await lines.append(JSON.stringify({ size, time, note }))
    sizes.push(size)
    tell(JSON.stringify(publication))
  }
  return {
    published(note) {
      const written = writing.then(() => write(note))
      writing = written.catch(() => undefined)
      return written
    },
    read: (after, limit) => lines.read(countUpTo(sizes, after), limit),
  }
}

function readHead(line: string): { readonly size: number; readonly note: string } | null {
  try {
    const { size, note } = JSON.parse(line) as { readonly size?: unknown; readonly note?: unknown }
    return typeof size === 'number' && typeof note === 'string' ? { size, note } : null
  } catch {
    return null
  }
}

/** How many of the sorted sizes are at most `limit`. */
function countUpTo(sizes: readonly number[], limit: number): number {
  let low = 0
  let high = sizes.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sizes[middle] as number) <= limit) low = middle + 1
    else high = middle
  }
  return low
}
