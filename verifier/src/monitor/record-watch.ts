import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import { parseLeaf, parsePolls, RECORD } from '@hanpyo/protocol/election/records.ts'
import { AFTER_SEALED } from '@hanpyo/protocol/election/rulebook/leaf.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { CompactRange, leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { noteVerifier, parseNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { TILE_WIDTH, tileWidth } from '@hanpyo/protocol/log/tiles.ts'
import { readBundle } from '../leaves.ts'
import type { Source } from '../source/source.ts'
import { KioskLists, type ListedFact } from './kiosk-lists.ts'

/** A record of a type that may not come once the polls are sealed. */
export interface LateRecord {
  readonly index: number
  readonly type: number
}

/**
 * Reads every new record once: the state of the polls, what comes after `sealed`, and which ballots kiosks list. Memory: one
 * bundle, 53 hashes, and what `KioskLists` keeps.
 */
export class RecordWatch {
  readonly #ed25519: Ed25519
  readonly #manifest: Manifest
  /** Which listed ballots are missing, up to what was read. */
  readonly lists: KioskLists
  #range = new CompactRange()
  #polls: 'not-open' | 'open' | 'closed' | 'sealed' = 'not-open'

  constructor(ed25519: Ed25519, manifest: Manifest) {
    this.#ed25519 = ed25519
    this.#manifest = manifest
    this.lists = new KioskLists(ed25519, manifest)
  }

  get polls(): 'not-open' | 'open' | 'closed' | 'sealed' {
    return this.#polls
  }

  /** Reads up to `size`; `null` when the records do not lead to `root`, and then nothing is remembered of them. */
  async read(source: Source, size: number, root: Uint8Array): Promise<LateRecord[] | null> {
    const range = CompactRange.from(this.#range.size, this.#range.hashes)
    const late: LateRecord[] = []
    const facts: ListedFact[] = []
    let polls = this.#polls
    for (let index = Math.floor(range.size / TILE_WIDTH); index * TILE_WIDTH < size; index++) {
      const { entries, problem } = await readBundle(source, { index, width: tileWidth(size, 0, index) })
      if (problem !== undefined) return null
      for (const entry of entries.slice(Math.max(0, range.size - index * TILE_WIDTH))) {
        if (entry === undefined) return null
        const leaf = parseLeaf(entry)
        const type = entry[0] ?? 0
        if (polls === 'sealed' && !AFTER_SEALED.has(type)) late.push({ index: range.size, type })
        const fact = leaf.ok ? this.lists.factOf(type, leaf.value.body) : null
        if (fact !== null) facts.push(fact)
        if (leaf.ok && type === RECORD.polls) polls = this.#stateOf(leaf.value.body) ?? polls
        range.append(leafHash(entry))
      }
    }
    if (!equalBytes(range.root(), root)) return null
    for (const fact of facts) this.lists.apply(fact)
    this.#range = range
    this.#polls = polls
    return late
  }

  #stateOf(body: Uint8Array): 'open' | 'closed' | 'sealed' | null {
    const note = parseNote(body)
    const authority = noteVerifier(this.#ed25519, this.#manifest.keys.authority)
    if (!note.ok || !authority.ok || !verifyNote(note.value, [authority.value]).ok) return null
    const record = parsePolls(note.value.text)
    return record.ok ? record.value.state : null
  }
}
