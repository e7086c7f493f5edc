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

export interface HistoryInput {
  readonly ed25519: Ed25519
  readonly policy: Policy
  readonly tree: TreeHashes
}

/** One answer; hosts give at most 10,000 heads at once, each with a kilobyte of signatures. */
const MAX_ANSWER_BYTES = 16 * 2 ** 20
/** More answers one after another than any polling day fills. */
const MOST_ANSWERS = 50
const HOUR = 3600
/** More hours than any polls are open; each costs a few signatures. */
const MOST_HOURS = 240
/** Notes of one hour that are tried until one holds. */
const MOST_TRIES = 3

/**
 * The heads that a host published (`GET /history`), the last one of each hour. Times are taken from the cosignatures, never from
 * the host's word, and each root is compared with that of the records. Only what is new is asked for.
 */
export class History {
  readonly #host: Pick<Host, 'read'>
  readonly #input: HistoryInput
  readonly #lastOfHour = new Map<number, PublishedHead>()
  #after = 0
  #isOffered = false

  constructor(host: Pick<Host, 'read'>, input: HistoryInput) {
    this.#host = host
    this.#input = input
  }

  /** Growing heads, or null when the host offers no history. */
  get heads(): readonly PublishedHead[] | null {
    return this.#isOffered ? [...this.#lastOfHour.values()].sort((a, b) => a.size - b.size) : null
  }

  /** Asks for what was published since the last time. Rejects with `HostError`. */
  async update(): Promise<void> {
    for (let answers = 0; answers < MOST_ANSWERS; answers++) {
      const bytes = await this.#host.read(`history?after=${this.#after}`, MAX_ANSWER_BYTES)
      const entries = bytes === null ? null : parseEntries(bytes)
      if (entries === null) return
      this.#isOffered = true
      if (!this.#take(entries)) return
    }
  }

  /** Whether anything was new. */
  #take(entries: readonly HistoryEntry[]): boolean {
    const before = this.#after
    // The claimed time only decides which notes of an hour are verified.
    const newest = new Map<number, string[]>()
    for (const { size, time, note } of entries) {
      if (size <= this.#after || size > this.#input.tree.size) continue
      this.#after = size
      const hour = Math.floor(time / HOUR)
      newest.set(hour, [note, ...(newest.get(hour) ?? []).slice(0, MOST_TRIES - 1)])
    }
    for (const notes of [...newest.values()].slice(-MOST_HOURS)) {
      const head = this.#firstThatHolds(notes)
      if (head !== undefined) this.#lastOfHour.set(Math.floor(head.at / HOUR), head)
    }
    return this.#after > before
  }

  #firstThatHolds(notes: readonly string[]): PublishedHead | undefined {
    for (const note of notes) {
      const head = publishedHead(note, this.#input)
      if (head !== null) return head
    }
    return undefined
  }
}

interface HistoryEntry {
  readonly size: number
  readonly time: number
  readonly note: string
}

/** Entries that are none are passed over; null for anything that is no list. */
function parseEntries(bytes: Uint8Array): HistoryEntry[] | null {
  let list: unknown
  try {
    list = JSON.parse(decodeUtf8(bytes))
  } catch {
    return null
  }
  if (!Array.isArray(list)) return null
  return list.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return []
    const { size, time, note } = entry as Record<string, unknown>
    if (!Number.isSafeInteger(size) || !Number.isSafeInteger(time) || typeof note !== 'string') return []
    return [{ size: size as number, time: time as number, note }]
  })
}

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
