import { decodeUtf8, equalBytes } from '@hanpyo/protocol/bytes.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import type { Policy } from '@hanpyo/protocol/log/policy.ts'
import { verifyWitnessed } from '@hanpyo/protocol/log/witnessed.ts'
import type { Host } from '../host/host.ts'
import type { TreeHashes } from './tree-hashes.ts'
import { medianTime } from './watchers.ts'

/** A published head: how many records there were, and when, by the median of its cosignatures. */
export interface PublishedHead {
  readonly size: number
  /** POSIX seconds. */
  readonly at: number
}

/** A day of ten-minute ticks has 20 kB of them a witness; a week of busy ones stays below this. */
const MAX_HISTORY_BYTES = 16 * 2 ** 20

const HOUR = 3600

export interface HistoryInput {
  readonly ed25519: Ed25519
  readonly policy: Policy
  readonly tree: TreeHashes
}

/**
 * The heads that the host published (`GET /history`), the last one of each hour. Its times are taken from the cosignatures, never
 * from the host's word, and each root is compared with that of the records. Null when the host offers no history.
 */
export async function readHistory(host: Host, input: HistoryInput): Promise<readonly PublishedHead[] | null> {
  const bytes = await host.read('history', MAX_HISTORY_BYTES)
  return bytes === null ? null : parseHistory(bytes, input)
}

/** The same from the bytes of the answer; null for anything that is no history. */
export function parseHistory(bytes: Uint8Array, input: HistoryInput): readonly PublishedHead[] | null {
  let list: unknown
  try {
    list = JSON.parse(decodeUtf8(bytes))
  } catch {
    return null
  }
  if (!Array.isArray(list)) return null
  // The claimed time only decides which note of an hour is verified.
  const lastOfHour = new Map<number, string>()
  for (const entry of list) {
    if (typeof entry !== 'object' || entry === null) continue
    const { time, note } = entry as Record<string, unknown>
    if (typeof note !== 'string' || !Number.isSafeInteger(time)) continue
    lastOfHour.set(Math.floor((time as number) / HOUR), note)
  }
  return [...lastOfHour.values()]
    .slice(-MOST_HOURS)
    .flatMap((note) => publishedHead(note, input) ?? [])
    .sort((a, b) => a.size - b.size)
}

/** More hours than any polls are open; each costs a few signatures. */
const MOST_HOURS = 240

function publishedHead(text: string, { ed25519, policy, tree }: HistoryInput): PublishedHead | null {
  const note = parseNote(text)
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : note
  if (!checkpoint.ok) return null
  const { size, root } = checkpoint.value
  if (size > tree.size || !equalBytes(tree.root(size), root)) return null
  const witnessed = verifyWitnessed(ed25519, policy, text)
  const at = witnessed.ok ? medianTime(witnessed.value.cosignatures.map(({ timestamp }) => timestamp)) : null
  return at === null ? null : { size, at }
}
