import { concatBytes, equalBytes, toHex } from '@hanpyo/protocol/bytes.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import type { ElectionState, StatementVerdict } from '@hanpyo/protocol/election/state.ts'
import { recordId } from '@hanpyo/protocol/link/record-id.ts'
import { type ProposalParcel, parseProposalParcel } from '@hanpyo/protocol/proposal/datagram.ts'
import { type Proposal, proposalId, type Support, supportOrder } from '@hanpyo/protocol/proposal/layout.ts'
import { STATEMENT_REFUSAL, type StatementRefusal } from '@hanpyo/protocol/proposal/status.ts'
import { checkText, textCommitment } from '@hanpyo/protocol/proposal/text.ts'
import { decodeText, type TextCompressor } from '@hanpyo/protocol/proposal/text-coding.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { GroupCommit } from '../admission/group-commit.ts'
import type { WaitingRoom, WaitingStatement } from '../admission/waiting-room.ts'
import type { ProposalText } from '../ledger/engine.ts'

/**
 * What became of a proposal or support. `recorded` and `refused` may be acknowledged under `id`, the record id of
 * the datagram. `deferred` means "not now": nothing was stored, the kiosk sends it again. `dropped`: nothing an enrolled
 * kiosk and a listed key made; nobody is answered.
 */
export type StatementOutcome =
  | { readonly outcome: 'recorded'; readonly id: Uint8Array; readonly isNew: boolean }
  | { readonly outcome: 'refused'; readonly id: Uint8Array; readonly status: StatementRefusal }
  | { readonly outcome: 'deferred' }
  | { readonly outcome: 'dropped'; readonly reason: string }

export interface StatementIntakeDeps {
  readonly state: ElectionState
  readonly waiting: WaitingRoom
  readonly groupCommit: GroupCommit
  readonly compressor: TextCompressor
  /** Position of a logged record by hex record id. */
  loggedAt(idHex: string): number | undefined
  /** When something that arrives now has to be published, tick-aligned unix seconds. */
  deadline(): number
  /** Follows a store that other replicas write to; nothing to do where there are none. */
  catchUp(): Promise<void>
}

/** How often a statement is judged again because others were faster; then the kiosk sends it once more. */
const MOST_JUDGEMENTS = 6

interface ReadStatement {
  readonly leaf: Uint8Array
  /** Proposal id or `supportOrder`. */
  readonly key: Uint8Array
  readonly parcel?: ProposalParcel
}

/** A kiosk that sends faster than batches are cut is answered later; a slip's own limit holds besides. */
export const MOST_WAITING_PER_KIOSK = 500

/**
 * The way of a proposal or support into the bridge. From the verdict to the waiting room it is one turn of the event
 * loop, so that no two that exclude each other can both pass; leaf, salt and text are on disk before anybody is answered.
 */
export class StatementIntake {
  readonly #deps: StatementIntakeDeps
  readonly #committing = new Map<string, Promise<unknown>>()

  constructor(deps: StatementIntakeDeps) {
    this.#deps = deps
  }

  /** `type ‖ rest` is the datagram; `kioskId` is vouched for by the route. */
  async submit(type: number, rest: Uint8Array, kioskId: number): Promise<StatementOutcome> {
    const id = recordId(concatBytes(Uint8Array.of(type), rest))
    const read = this.#read(type, rest)
    if (!read.ok) return { outcome: 'dropped', reason: read.error }
    for (let judged = 0; judged < MOST_JUDGEMENTS; judged++) {
      if (judged > 0) await this.#deps.catchUp()
      const outcome = await this.#judge(id, read.value, kioskId)
      if (outcome !== 'again') return outcome
    }
    return { outcome: 'deferred' }
  }

  /** `again`: nothing was stored, because another replica was faster with something. */
  async #judge(
    id: Uint8Array,
    { leaf, key, parcel }: ReadStatement,
    kioskId: number,
  ): Promise<StatementOutcome | 'again'> {
    if (this.#isKnown(leaf, key)) {
      await this.#committing.get(toHex(key))
      return this.#isKnown(leaf, key) ? { outcome: 'recorded', id, isNew: false } : 'again'
    }
    if (this.#isHeldBack(kioskId)) return { outcome: 'deferred' }
    const verdict = this.#deps.state.judgeStatement(leaf, this.#deps.waiting)
    switch (verdict.verdict) {
      case 'drop':
        return { outcome: 'dropped', reason: verdict.error }
      case 'later':
        return { outcome: 'deferred' }
      case 'duplicate':
        return { outcome: 'recorded', id, isNew: false }
      case 'refuse':
        return { outcome: 'refused', id, status: verdict.status }
      case 'accept':
        return this.#accept(id, leaf, verdict, parcel, kioskId)
    }
  }

  async #accept(
    id: Uint8Array,
    leaf: Uint8Array,
    { statement, id: key }: StatementVerdict & { verdict: 'accept' },
    parcel: ProposalParcel | undefined,
    kioskId: number,
  ): Promise<StatementOutcome | 'again'> {
    if (statement.kioskId !== kioskId) return { outcome: 'dropped', reason: 'kiosk-route' }
    const { waiting, groupCommit } = this.#deps
    const text = this.#textOf(statement, key, parcel)
    if (!text.ok) return { outcome: 'refused', id, status: REFUSED_TEXT[text.error] }
    const item = statementItem(key, leaf, statement, this.#deps.deadline())
    const { supportIndex, about, is } = item
    // What a slip may hand in is limited; each that waits has a place, so that replicas together keep the limit.
    const place =
      is === 'proposal'
        ? `proposal ${supportIndex}: ${waiting.proposalsOf(supportIndex)}`
        : `support ${supportIndex}: ${about}`
    waiting.add(item)
    const record = {
      id: key,
      leaf,
      claims: [place],
      ...(text.value === undefined ? {} : { text: text.value }),
    }
    const hex = toHex(key)
    const stored = groupCommit.store(record).then((outcome) => {
      this.#committing.delete(hex)
      if (outcome === 'stored') waiting.markStored(key)
      else waiting.remove(key)
      return outcome === 'stored'
    })
    this.#committing.set(hex, stored)
    return (await stored) ? { outcome: 'recorded', id, isNew: true } : 'again'
  }

  #read(type: number, rest: Uint8Array): Result<ReadStatement, string> {
    if (type === RECORD.support) {
      return ok({ leaf: concatBytes(Uint8Array.of(type), rest), key: supportOrder(rest) })
    }
    const parcel = parseProposalParcel(rest)
    if (!parcel.ok) return err(parcel.error)
    const { body } = parcel.value
    const key = proposalId(this.#deps.state.manifestHash, body)
    return ok({ leaf: concatBytes(Uint8Array.of(type), body), key, parcel: parcel.value })
  }

  /** The same again is success and changes nothing, whatever the limits say by now. */
  #isKnown(leaf: Uint8Array, key: Uint8Array): boolean {
    return (
      this.#deps.waiting.get(key) !== undefined || this.#deps.loggedAt(toHex(recordId(leaf))) !== undefined
    )
  }

  #isHeldBack(kioskId: number): boolean {
    const { waiting } = this.#deps
    if (waiting.statementsOfKiosk(kioskId) >= MOST_WAITING_PER_KIOSK) return true
    const who = { kioskId, credential: Number.NaN }
    return waiting.notes().some(({ effect }) => effect.holdsBack(who))
  }

  /** Salt and text of a proposal that opens its commitment; nothing for a support. */
  #textOf(
    statement: Proposal | Support,
    id: Uint8Array,
    parcel: ProposalParcel | undefined,
  ): Result<ProposalText | undefined, keyof typeof REFUSED_TEXT> {
    if (statement.kind === 'support' || parcel === undefined) return ok(undefined)
    const decoded = decodeText(this.#deps.compressor, parcel.coded)
    if (!decoded.ok) return err('text-refused')
    const most = this.#deps.state.manifest.proposals?.maxCharacters ?? 0
    if (!checkText(decoded.value, most).ok) return err('text-refused')
    const { salt } = parcel
    return equalBytes(textCommitment(salt, decoded.value), statement.textCommitment)
      ? ok({ id, salt, text: decoded.value })
      : err('text-mismatch')
  }
}

const REFUSED_TEXT = {
  'text-refused': STATEMENT_REFUSAL.textRefused,
  'text-mismatch': STATEMENT_REFUSAL.textMismatch,
} as const

/** A statement as the waiting room keeps it, under its proposal id or `supportOrder`. */
export function statementItem(
  id: Uint8Array,
  leaf: Uint8Array,
  statement: Proposal | Support,
  deadline: number,
): WaitingStatement {
  const { kioskId, supportIndex, kind } = statement
  const about = kind === 'support' ? statement.proposalId : id
  return { kind: 'statement', id, leaf, kioskId, deadline, supportIndex, about: toHex(about), is: kind }
}
