import { parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import { parseLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { parseRefusal } from '@hanpyo/protocol/election/refusal.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { parseProposal, parseSupport } from '@hanpyo/protocol/proposal/layout.ts'
import { c1Of } from '../admission/admission.ts'
import type { WaitingItem, WaitingRoom } from '../admission/waiting-room.ts'
import { statementItem } from '../proposals/statement-intake.ts'
import { deadlineOfPromise } from '../receipts/promise-maker.ts'
import { blobLookupFor, noteText } from '../records/named-blob.ts'
import { challengedItem, noteItem } from '../records/record-intake.ts'
import type { LedgerEngine, StoredWaiting } from './engine.ts'

/** A stored record as the waiting room keeps it, and what it reserves. */
export interface ReadWaiting {
  readonly item: WaitingItem
  /** Puts it into room and rule book, in one turn of the event loop. */
  enter(state: ElectionState, room: WaitingRoom): void
}

/**
 * Reads a waiting record back from the store; `null` when it is none.
 *
 * @param deadline for records without a promise: when they have to be published, tick-aligned unix seconds
 */
export async function readWaiting(
  engine: LedgerEngine,
  { id, leaf: bytes, promise }: StoredWaiting,
  deadline: number,
): Promise<ReadWaiting | null> {
  const leaf = parseLeaf(bytes)
  if (!leaf.ok) return null
  const { type, body } = leaf.value
  if (type === RECORD.ballot) return readBallot(id, bytes, body, promise)
  if (type === RECORD.refusal) return entering(readRefusal(id, bytes, body, deadline))
  if (type === RECORD.proposal || type === RECORD.support) {
    const statement = type === RECORD.proposal ? parseProposal(body) : parseSupport(body)
    return entering(statement.ok ? statementItem(id, bytes, statement.value, deadline) : undefined)
  }
  return entering(
    type === RECORD.challenged
      ? challengedItem(id, bytes, noteText(body), deadline)
      : noteItem(id, bytes, leaf.value, await blobLookupFor(engine, bytes)),
  )
}

function entering(item: WaitingItem | undefined): ReadWaiting | null {
  return item === undefined ? null : { item, enter: (_state, room) => room.add(item) }
}

function readBallot(
  id: Uint8Array,
  leaf: Uint8Array,
  body: Uint8Array,
  promise: string | null,
): ReadWaiting | null {
  const ballot = parseBallot(body)
  const deadline = promise === null ? undefined : deadlineOfPromise(promise)
  if (!ballot.ok || deadline === undefined) return null
  const { kioskId, credentialIndex: credential } = ballot.value
  const c1 = c1Of(ballot.value)
  const item: WaitingItem = { kind: 'ballot', id, leaf, kioskId, credential, deadline, c1 }
  return {
    item,
    enter(state, room) {
      state.reserve(ballot.value, id)
      room.add(item)
    },
  }
}

function readRefusal(
  id: Uint8Array,
  leaf: Uint8Array,
  body: Uint8Array,
  deadline: number,
): WaitingItem | undefined {
  const refusal = parseRefusal(body)
  const ballot = refusal.ok ? parseBallot(refusal.value.canonical) : refusal
  if (!refusal.ok || !ballot.ok) return undefined
  const { kioskId, credentialIndex: credential } = ballot.value
  const { reason, canonical } = refusal.value
  const c1 = c1Of(ballot.value)
  return { kind: 'refusal', id, leaf, kioskId, credential, deadline, c1, canonical, reason }
}
