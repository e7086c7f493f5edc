import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { BlobLookup } from '../records/named-blob.ts'
import type { NoteEffect } from '../records/note-effect.ts'
import type { KioskBacklog } from '../sequencer/release.ts'

interface Waiting {
  /** Ballot id or record id. */
  readonly id: Uint8Array
  readonly leaf: Uint8Array
}

interface FromKiosk extends Waiting {
  readonly kioskId: number
  /** Tick-aligned unix seconds by which it has to be published. */
  readonly deadline: number
  /** Hex of the first ciphertext halves, by which reuse of randomness is seen. */
  readonly c1: readonly string[]
}

export interface WaitingBallot extends FromKiosk {
  readonly kind: 'ballot'
  readonly credential: number
}

export interface WaitingChallenged extends FromKiosk {
  readonly kind: 'challenged'
  /** What batches sort challenged ballots by; 32 bytes. */
  readonly tracker: Uint8Array
}

export interface WaitingRefusal extends FromKiosk {
  readonly kind: 'refusal'
  readonly credential: number
  /** The ballot inside the leaf, to judge it again when it is published. */
  readonly canonical: Uint8Array
  readonly reason: number
}

export interface WaitingNote extends Waiting {
  readonly kind: 'note'
  readonly effect: NoteEffect
  /** Finds the blob the note names. */
  readonly blob: BlobLookup
}

export type WaitingItem = WaitingBallot | WaitingChallenged | WaitingRefusal | WaitingNote

/**
 * What is promised and not yet logged, in memory: the mirror of the engine's waiting table, with the questions
 * that admission and sequencer ask. Keyed by id; insertion order carries no meaning.
 */
export class WaitingRoom {
  readonly #items = new Map<string, WaitingItem>()
  readonly #byKind = {
    ballot: new Map<string, WaitingBallot>(),
    challenged: new Map<string, WaitingChallenged>(),
    refusal: new Map<string, WaitingRefusal>(),
    note: new Map<string, WaitingNote>(),
  }
  readonly #c1 = new Map<string, number>()
  readonly #onDisk = new Set<string>()

  /** A new item counts in every judgement at once, but is published only when `markStored` says it is on disk. */
  add(item: WaitingItem): void {
    const key = toHex(item.id)
    this.#items.set(key, item)
    const sameKind: Map<string, WaitingItem> = this.#byKind[item.kind]
    sameKind.set(key, item)
    for (const c1 of c1Of(item)) this.#c1.set(c1, (this.#c1.get(c1) ?? 0) + 1)
  }

  markStored(id: Uint8Array): void {
    this.#onDisk.add(toHex(id))
  }

  isStored({ id }: WaitingItem): boolean {
    return this.#onDisk.has(toHex(id))
  }

  remove(id: Uint8Array): void {
    const key = toHex(id)
    this.#onDisk.delete(key)
    const item = this.#items.get(key)
    if (item === undefined) return
    this.#items.delete(key)
    this.#byKind[item.kind].delete(key)
    for (const c1 of c1Of(item)) {
      const left = (this.#c1.get(c1) ?? 0) - 1
      if (left > 0) this.#c1.set(c1, left)
      else this.#c1.delete(c1)
    }
  }

  get(id: Uint8Array): WaitingItem | undefined {
    return this.#items.get(toHex(id))
  }

  get size(): number {
    return this.#items.size
  }

  count(kind: WaitingItem['kind']): number {
    return this.#byKind[kind].size
  }

  ballots(): IteratorObject<WaitingBallot> {
    return this.#byKind.ballot.values()
  }

  challenged(): IteratorObject<WaitingChallenged> {
    return this.#byKind.challenged.values()
  }

  refusals(): IteratorObject<WaitingRefusal> {
    return this.#byKind.refusal.values()
  }

  notes(): IteratorObject<WaitingNote> {
    return this.#byKind.note.values()
  }

  /** Whether some waiting ballot, challenged ballot or refusal uses one of these first halves. */
  usesC1(c1: readonly string[]): boolean {
    return c1.some((one) => this.#c1.has(one))
  }

  /** Whether a note that shares a subject with `subjects` waits. */
  hasSubject(subjects: readonly string[]): boolean {
    return this.notes().some(({ effect }) => effect.subjects.some((subject) => subjects.includes(subject)))
  }

  /** Everything of kiosks that still waits, by kiosk id. */
  backlogs(): Map<number, KioskBacklog> {
    const finals = new Set<number>()
    for (const { effect } of this.notes()) if (effect.endsKiosk !== undefined) finals.add(effect.endsKiosk)
    const backlogs = new Map<number, KioskBacklog>()
    for (const item of this.#items.values()) {
      if (item.kind === 'note') continue
      const known = backlogs.get(item.kioskId)
      backlogs.set(item.kioskId, {
        ballotCount: (known?.ballotCount ?? 0) + (item.kind === 'ballot' ? 1 : 0),
        deadline: Math.min(known?.deadline ?? Number.POSITIVE_INFINITY, item.deadline),
        hasFinalManifest: finals.has(item.kioskId),
      })
    }
    return backlogs
  }
}

function c1Of(item: WaitingItem): readonly string[] {
  return item.kind === 'note' ? [] : item.c1
}
