import { decodeUtf8, fromBase64, toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { parseResult } from '@hanpyo/protocol/count/records.ts'
import {
  parseBatch,
  parseIncident,
  parseLeaf,
  parseTurnout,
  RECORD,
  recordName,
} from '@hanpyo/protocol/election/records.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { parseModeration } from '@hanpyo/protocol/proposal/moderation.ts'
import type { BatchView, ContestResult, IncidentView, ProposalView, ResultView } from '../snapshot.ts'

type Moderation = NonNullable<ProposalView['moderation']>

/** What the records say, for people to read. Hand in the leaves that broke no stopping rule, in order. */
export class LedgerFacts {
  readonly batches: BatchView[] = []
  readonly incidents: IncidentView[] = []
  readonly turnout = new Map<string, { readonly issued: number; readonly returned: number }>()
  /** The last hiding, showing or erasing of a proposal, by its id in hex. */
  readonly moderations = new Map<string, Moderation>()
  result: ResultView | null = null
  refused = 0
  challenged = 0
  #types: Record<string, number> = {}
  #lastBatch: Uint8Array = new Uint8Array(32)
  readonly #ballots: number[] = []

  take(bytes: Uint8Array, index: number): void {
    const leaf = parseLeaf(bytes)
    if (!leaf.ok) return
    const { type, body } = leaf.value
    if (type === RECORD.batch) {
      this.#batch(bytes, body)
      return
    }
    const name = recordName(type) ?? 'unknown'
    this.#types[name] = (this.#types[name] ?? 0) + 1
    if (type === RECORD.ballot) this.#ballots.push(index)
    else if (type === RECORD.refusal) this.refused++
    else if (type === RECORD.challenged) this.challenged++
    else this.#note(type, body, index)
  }

  /** How many ballots stand among the first `size` leaves. */
  ballotsBefore(size: number): number {
    return countBelow(this.#ballots, size)
  }

  /** Number of the batch that holds a leaf; null for one that no batch has closed. */
  batchOf(index: number): number | null {
    const at = countBelow(
      this.batches.map(({ first }) => first),
      index + 1,
    )
    const batch = this.batches[at - 1]
    return batch !== undefined && index <= batch.first + batch.count ? batch.number : null
  }

  get lastBatchBallots(): number {
    return this.batches.at(-1)?.types.ballot ?? 0
  }

  #batch(bytes: Uint8Array, body: Uint8Array): void {
    const parsed = parseBatch(textOf(body))
    if (parsed.ok) {
      const { number, first, count, prev } = parsed.value
      this.batches.push({
        number,
        first,
        count,
        prev: toHex(fromBase64(prev)),
        isChained: prev === toBase64(this.#lastBatch),
        types: this.#types,
      })
    }
    this.#types = {}
    this.#lastBatch = leafHash(bytes)
  }

  #note(type: number, body: Uint8Array, record: number): void {
    const note = parseNote(body)
    if (!note.ok) return
    const { text } = note.value
    if (type === RECORD.turnout) {
      const parsed = parseTurnout(text)
      if (parsed.ok) this.turnout.set(parsed.value.centre, parsed.value)
    } else if (type === RECORD.incident) {
      const parsed = parseIncident(text)
      if (!parsed.ok) return
      const { kiosk, at } = parsed.value
      this.incidents.push({ record, kiosk: kiosk ?? null, text: parsed.value.text, at })
    } else if (type === RECORD.moderation) {
      const parsed = parseModeration(text)
      if (!parsed.ok) return
      const { proposal, reason, kiosk } = parsed.value
      const by = kiosk === undefined ? 'authority' : 'centre'
      this.moderations.set(toHex(fromBase64(proposal)), { reason, by, record })
    } else if (type === RECORD.result) {
      const parsed = parseResult(text)
      if (parsed.ok) {
        const { at, contests } = parsed.value
        this.result = { record, at, contests: contests as readonly ContestResult[] }
      }
    }
  }
}

function countBelow(sorted: readonly number[], limit: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] as number) < limit) low = middle + 1
    else high = middle
  }
  return low
}

function textOf(body: Uint8Array): string {
  try {
    return decodeUtf8(body)
  } catch {
    return ''
  }
}
