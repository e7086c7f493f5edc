import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { BlobLookup } from '../records/named-blob.ts'
import type { NoteEffect } from '../records/note-effect.ts'

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

/** A proposal or support; its id is the proposal id or `supportOrder`. */
export interface WaitingStatement extends Waiting {
  readonly kind: 'statement'
  readonly is: 'proposal' | 'support'
  readonly kioskId: number
  readonly deadline: number
  readonly supportIndex: number
  /** Hex of the proposal it is, or supports. */
  readonly about: string
}

export interface WaitingNote extends Waiting {
  readonly kind: 'note'
  readonly effect: NoteEffect
  /** Finds the blob the note names. */
  readonly blob: BlobLookup
}

export type WaitingItem = WaitingBallot | WaitingChallenged | WaitingRefusal | WaitingStatement | WaitingNote

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
    statement: new Map<string, WaitingStatement>(),
    note: new Map<string, WaitingNote>(),
  }
  /** Statements by kiosk, by slip, and by slip and proposal: intake asks for each one that comes. */
  readonly #statements = new Tally()
  readonly #c1 = new Map<string, number>()
  readonly #spenders = new Map<number, WaitingBallot>()
  readonly #onDisk = new Set<string>()
  /** The same as items: a batch asks for each of thousands. */
  readonly #storedItems = new Set<WaitingItem>()
  readonly #listed = new Set<string>()
  readonly #isShared: boolean

  /** `isShared`: others accept records into the same store, and `markListed` tells what was seen there together. */
  constructor(options: { readonly isShared?: boolean } = {}) {
    this.#isShared = options.isShared ?? false
  }

  /** A new item counts in every judgement at once, but is published only when `markStored` says it is on disk. */
  add(item: WaitingItem): void {
    const key = toHex(item.id)
    this.#items.set(key, item)
    const sameKind: Map<string, WaitingItem> = this.#byKind[item.kind]
    sameKind.set(key, item)
    if (item.kind === 'ballot') this.#spenders.set(item.credential, item)
    for (const c1 of c1Of(item)) this.#c1.set(c1, (this.#c1.get(c1) ?? 0) + 1)
    for (const name of talliesOf(item)) this.#statements.add(name, 1)
  }

  markStored(id: Uint8Array): void {
    this.#noteStored(toHex(id))
  }

  #noteStored(key: string): void {
    const item = this.#items.get(key)
    if (item === undefined) return
    this.#onDisk.add(key)
    this.#storedItems.add(item)
  }

  /** It was seen in the store, together with everything that was there before it. */
  markListed(id: Uint8Array): void {
    const key = toHex(id)
    if (!this.#items.has(key)) return
    this.#noteStored(key)
    this.#listed.add(key)
  }

  /** Hex ids of all that is on disk. */
  storedKeys(): string[] {
    return [...this.#onDisk]
  }

  isStored(item: WaitingItem): boolean {
    return this.#storedItems.has(item)
  }

  isStoredId(id: Uint8Array): boolean {
    return this.#onDisk.has(toHex(id))
  }

  /**
   * Whether a batch may hold it. A note that this replica took itself has to be seen in the store first: what others had
   * accepted before it, and what must stand before it, is only then known here.
   */
  isReady(item: WaitingItem): boolean {
    if (!this.isStored(item)) return false
    return !this.#isShared || item.kind !== 'note' || this.#listed.has(toHex(item.id))
  }

  /** Everything that a batch may hold now. */
  ready(): Set<WaitingItem> {
    return new Set([...this.#storedItems].filter((item) => this.isReady(item)))
  }

  remove(id: Uint8Array): void {
    this.removeKey(toHex(id))
  }

  /** Removes this item, unless another one of its id has taken its place. */
  removeItem(item: WaitingItem): void {
    if (this.get(item.id) === item) this.remove(item.id)
  }

  /** The same by the hex of the id. */
  removeKey(key: string): void {
    this.#onDisk.delete(key)
    this.#listed.delete(key)
    const item = this.#items.get(key)
    if (item === undefined) return
    this.#storedItems.delete(item)
    this.#items.delete(key)
    this.#byKind[item.kind].delete(key)
    if (item.kind === 'ballot' && this.#spenders.get(item.credential) === item)
      this.#spenders.delete(item.credential)
    for (const name of talliesOf(item)) this.#statements.add(name, -1)
    for (const c1 of c1Of(item)) {
      const left = (this.#c1.get(c1) ?? 0) - 1
      if (left > 0) this.#c1.set(c1, left)
      else this.#c1.delete(c1)
    }
  }

  get(id: Uint8Array): WaitingItem | undefined {
    return this.getByKey(toHex(id))
  }

  /** The same by the hex of the id. */
  getByKey(key: string): WaitingItem | undefined {
    return this.#items.get(key)
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

  /** The ballot that spends a credential; it may not be on disk yet. */
  spenderOf(credential: number): WaitingBallot | undefined {
    return this.#spenders.get(credential)
  }

  challenged(): IteratorObject<WaitingChallenged> {
    return this.#byKind.challenged.values()
  }

  refusals(): IteratorObject<WaitingRefusal> {
    return this.#byKind.refusal.values()
  }

  statements(): IteratorObject<WaitingStatement> {
    return this.#byKind.statement.values()
  }

  statementsOfKiosk(kioskId: number): number {
    return this.#statements.of(`kiosk ${kioskId}`)
  }

  /** Proposals of a support key that wait. */
  proposalsOf(supportIndex: number): number {
    return this.#statements.of(`proposals ${supportIndex}`)
  }

  /** Whether a support of this key for this proposal waits. */
  supports(supportIndex: number, proposalId: Uint8Array): boolean {
    return this.#statements.of(`support ${supportIndex} ${toHex(proposalId)}`) > 0
  }

  hasProposal(proposalId: Uint8Array): boolean {
    return this.#byKind.statement.get(toHex(proposalId))?.is === 'proposal'
  }

  /** Whether anything of a kiosk but its notes waits. */
  hasFrom(kioskId: number): boolean {
    if (this.statementsOfKiosk(kioskId) > 0) return true
    return this.#items
      .values()
      .some((item) => item.kind !== 'note' && item.kind !== 'statement' && item.kioskId === kioskId)
  }

  /** Whether a note waits that everything of this kiosk has to stand before. */
  isAwaited(kioskId: number): boolean {
    return this.notes().some(({ effect }) => effect.awaits === kioskId)
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
}

function c1Of(item: WaitingItem): readonly string[] {
  return item.kind === 'note' || item.kind === 'statement' ? [] : item.c1
}

function talliesOf(item: WaitingItem): readonly string[] {
  if (item.kind !== 'statement') return []
  const { kioskId, supportIndex, about, is } = item
  const own = is === 'proposal' ? `proposals ${supportIndex}` : `support ${supportIndex} ${about}`
  return [`kiosk ${kioskId}`, own]
}

/** Counts by name; a name that falls to zero is forgotten. */
class Tally {
  readonly #counts = new Map<string, number>()

  of(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  add(name: string, change: 1 | -1): void {
    const count = this.of(name) + change
    if (count === 0) this.#counts.delete(name)
    else this.#counts.set(name, count)
  }
}
