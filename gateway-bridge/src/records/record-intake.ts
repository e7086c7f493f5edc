import { concatBytes, fromBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import {
  type Leaf,
  parseChallenged,
  parseKioskManifest,
  parseLeaf,
  RECORD,
} from '@hanpyo/protocol/election/records.ts'
import { RULES, type Violation } from '@hanpyo/protocol/election/rules.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { recordId } from '@hanpyo/protocol/link/record-id.ts'
import { parseModeration } from '@hanpyo/protocol/proposal/moderation.ts'
import { claimOf } from '../admission/admission.ts'
import type { GroupCommit } from '../admission/group-commit.ts'
import type { WaitingChallenged, WaitingNote, WaitingRoom } from '../admission/waiting-room.ts'
import type { LedgerEngine } from '../ledger/engine.ts'
import { type BlobLookup, blobLookupFor, noteText } from './named-blob.ts'
import { noteEffect } from './note-effect.ts'

/**
 * What became of a record. `stored`: on disk, in the log from `position` on or waiting for a tick (`null`).
 * `deferred`: something that waits has to be logged first; sending it again later is right. `rejected`: it breaks
 * a rule, and sending it again is useless unless the log changes.
 */
export type RecordOutcome =
  | { readonly outcome: 'stored'; readonly id: Uint8Array; readonly position: number | null }
  | { readonly outcome: 'deferred' }
  | {
      readonly outcome: 'rejected'
      readonly id: Uint8Array
      readonly rule: string
      readonly message: string
    }

/** Who brings the record: anybody over HTTP, or one kiosk on its authenticated route, which speaks for itself only. */
export type RecordSource = { readonly kioskId: number } | 'http'

export interface RecordIntakeDeps {
  readonly state: ElectionState
  readonly waiting: WaitingRoom
  readonly engine: LedgerEngine
  readonly groupCommit: GroupCommit
  /** Position of a logged record by hex record id. */
  loggedAt(idHex: string): number | undefined
  /** When something that arrives now has to be published, tick-aligned unix seconds. */
  deadline(): number
  /** Follows a store that other replicas write to; nothing to do where there are none. */
  catchUp(): Promise<void>
}

/** How often a record is checked again because others were faster; then it is sent once more. */
const MOST_CHECKS = 6

/** Types the log takes from outside that are not ballots; the rule book decides about each of them. */
const FROM_HTTP: ReadonlySet<number> = new Set([
  RECORD.polls,
  RECORD.device,
  RECORD.voidSlips,
  RECORD.turnout,
  RECORD.testSlips,
  RECORD.incident,
  RECORD.challenged,
  RECORD.kioskManifest,
  RECORD.moderation,
  RECORD.mix,
  RECORD.decryption,
  RECORD.result,
])
/** What a kiosk signs. */
export const FROM_KIOSK: ReadonlySet<number> = new Set([
  RECORD.challenged,
  RECORD.kioskManifest,
  RECORD.moderation,
])

/** Takes signed records: checks them by the rule book against log and waiting room, then stores them durably. */
export class RecordIntake {
  readonly #deps: RecordIntakeDeps
  readonly #committing = new Map<string, Promise<unknown>>()

  constructor(deps: RecordIntakeDeps) {
    this.#deps = deps
  }

  /** `type ‖ body` is at once the record's datagram and its leaf. */
  async submit(type: number, body: Uint8Array, source: RecordSource): Promise<RecordOutcome> {
    const datagram = concatBytes(Uint8Array.of(type), body)
    const id = recordId(datagram)
    const leaf = parseLeaf(datagram)
    const known = await this.#known(id)
    if (known !== undefined) return known
    if (!leaf.ok) return { outcome: 'rejected', id, rule: 'leaf.format', message: leaf.error }
    if (!(source === 'http' ? FROM_HTTP : FROM_KIOSK).has(type)) {
      return {
        outcome: 'rejected',
        id,
        rule: 'leaf.type',
        message: 'records of this type are not taken on this route',
      }
    }
    const text = noteText(body)
    if (source !== 'http' && signingKiosk(type, text) !== source.kioskId) {
      return { outcome: 'rejected', id, rule: 'kiosk-route', message: 'the record is about another kiosk' }
    }
    const blob = await blobLookupFor(this.#deps.engine, datagram)
    for (let checked = 0; checked < MOST_CHECKS; checked++) {
      if (checked > 0) await this.#deps.catchUp()
      const outcome = await this.#checkAndStore(id, datagram, leaf.value, text, blob)
      if (outcome !== 'again') return outcome
    }
    return { outcome: 'deferred' }
  }

  /** One turn of the event loop from the check to the waiting room, so that nothing can come in between. */
  async #checkAndStore(
    id: Uint8Array,
    datagram: Uint8Array,
    leaf: Leaf,
    text: string,
    blob: BlobLookup,
  ): Promise<RecordOutcome | 'again'> {
    const { state, waiting, groupCommit } = this.#deps
    const known = await this.#known(id)
    if (known !== undefined) return known
    const item =
      leaf.type === RECORD.challenged
        ? challengedItem(id, datagram, text, this.#deps.deadline())
        : noteItem(id, datagram, leaf, blob)
    if (item === undefined) {
      return { outcome: 'rejected', id, rule: 'note.content', message: RULES['note.content'].en }
    }
    if (this.#mustFollow(item) || this.#isAboutWaiting(leaf, text)) return { outcome: 'deferred' }
    const stopping = state.check(datagram, { blob }).find((violation) => RULES[violation.rule].stops)
    if (stopping !== undefined) return rejected(id, stopping)

    waiting.add(item)
    const key = toHex(id)
    const record =
      item.kind === 'note'
        ? ({ id, leaf: datagram, isNote: true } as const)
        : { id, leaf: datagram, claims: item.c1.map(claimOf) }
    const stored = groupCommit.store(record).then((outcome) => {
      this.#committing.delete(key)
      if (outcome === 'stored') waiting.markStored(id)
      else waiting.remove(id)
      return outcome === 'stored'
    })
    this.#committing.set(key, stored)
    return (await stored) ? { outcome: 'stored', id, position: null } : 'again'
  }

  async #known(id: Uint8Array): Promise<RecordOutcome | undefined> {
    const key = toHex(id)
    const position = this.#deps.loggedAt(key)
    if (position !== undefined) return { outcome: 'stored', id, position }
    if (this.#deps.waiting.get(id) === undefined) return undefined
    await this.#committing.get(key)
    const logged = this.#deps.loggedAt(key)
    // Another replica may have been faster with something that excludes it.
    if (logged === undefined && this.#deps.waiting.get(id) === undefined) return undefined
    return { outcome: 'stored', id, position: logged ?? null }
  }

  /** Whether a moderation is about a proposal that is not logged yet. */
  #isAboutWaiting({ type }: Leaf, text: string): boolean {
    const moderation = type === RECORD.moderation ? parseModeration(text) : undefined
    return moderation?.ok === true && this.#deps.waiting.hasProposal(fromBase64(moderation.value.proposal))
  }

  /** Whether the answer depends on something that waits. */
  #mustFollow(item: WaitingNote | WaitingChallenged): boolean {
    const { waiting } = this.#deps
    if (waiting.notes().some(({ effect }) => effect.polls === 'sealed')) return true
    if (item.kind === 'note') return waiting.hasSubject(item.effect.subjects)
    const held = { kioskId: item.kioskId, credential: Number.NaN }
    return waiting.usesC1(item.c1) || waiting.notes().some(({ effect }) => effect.holdsBack(held))
  }
}

/** A note as the waiting room keeps it. */
export function noteItem(id: Uint8Array, datagram: Uint8Array, leaf: Leaf, blob: BlobLookup): WaitingNote {
  return { kind: 'note', id, leaf: datagram, effect: noteEffect(leaf), blob }
}

/** A challenged ballot as the waiting room keeps it; `undefined` when the text is not one. */
export function challengedItem(
  id: Uint8Array,
  leaf: Uint8Array,
  text: string,
  deadline: number,
): WaitingChallenged | undefined {
  const record = parseChallenged(text)
  if (!record.ok) return undefined
  const { kiosk, tracker, C } = record.value
  return {
    kind: 'challenged',
    id,
    leaf,
    kioskId: kiosk,
    deadline,
    c1: C.map((ciphertext) => toHex(fromBase64(ciphertext).subarray(0, 32))),
    tracker: fromBase64(tracker),
  }
}

function rejected(id: Uint8Array, { rule, message, detail }: Violation): RecordOutcome {
  return { outcome: 'rejected', id, rule, message: detail === undefined ? message : `${message} (${detail})` }
}

/** The kiosk that a record of `FROM_KIOSK` speaks for; `undefined` when its text does not say. */
export function signingKiosk(type: number, text: string): number | undefined {
  if (type === RECORD.moderation) {
    const moderation = parseModeration(text)
    return moderation.ok ? moderation.value.kiosk : undefined
  }
  const record = type === RECORD.challenged ? parseChallenged(text) : parseKioskManifest(text)
  return record.ok ? record.value.kiosk : undefined
}
