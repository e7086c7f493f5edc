import { parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import { compareBytes, fromBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { encodeLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import {
  encodeRefusal,
  MAX_REFUSALS_PER_CREDENTIAL,
  MAX_REFUSALS_PER_KIOSK,
} from '@hanpyo/protocol/election/refusal.ts'
import { RULES } from '@hanpyo/protocol/election/rules.ts'
import type { ElectionState, RefusalOf } from '@hanpyo/protocol/election/state.ts'
import { parseModeration } from '@hanpyo/protocol/proposal/moderation.ts'
import type { WaitingItem, WaitingNote, WaitingRefusal, WaitingRoom } from '../admission/waiting-room.ts'
import { noteText } from '../records/named-blob.ts'
import { type BatchPlan, type PublishedRecord, publishedIn, type SurplusRefusal } from './commit-batch.ts'

/**
 * Chooses from what is due what the next batch publishes; changes nothing. Every choice is valid after the
 * log as it stands, whatever else is in the batch: notes that depend on others, and refusals whose reason is still
 * waiting itself, are left for the batch after this one, which the same tick cuts.
 */
export function planBatch(
  state: ElectionState,
  waiting: WaitingRoom,
  due: ReadonlySet<WaitingItem>,
  refusedMore: ReadonlyMap<number, number>,
): BatchPlan {
  const withdrawn: Uint8Array[] = []
  const notes = readyNotes(state, waiting, due, withdrawn)
  const surplus: SurplusRefusal[] = []
  const refusals = readyRefusals(state, waiting, due, withdrawn, surplus)
  const ballots = [...waiting.ballots()]
    .filter((item) => due.has(item))
    .map(({ id, leaf, credential }) => ({ id, key: id, leaf, credential }))
  const challenged = readyChallenged(state, waiting, due, withdrawn)
  // A count says that the limit is reached, so it stands after the refusals that reached it. Some that seemed to reach it may
  // never be logged; then the count waits for the seal.
  const mayCount = ([kioskId]: readonly [number, number]) => state.mayCountRefusals(kioskId, refusals)
  return {
    notes,
    ballots,
    challenged,
    refusals,
    proposals: [],
    supports: [],
    withdrawn,
    surplus,
    erasedTexts: notes.flatMap(({ leaf }) => erasedBy(leaf)),
    refusedMore: new Map([...refusedMore].filter(mayCount)),
  }
}

/** Whether a plan appends nothing; then there is no batch. */
export function isWithoutGrowth(plan: BatchPlan): boolean {
  return publishedIn(plan).length === 0
}

/** The proposal whose text a moderation deletes. */
function erasedBy(leaf: Uint8Array): Uint8Array[] {
  if (leaf[0] !== RECORD.moderation) return []
  const record = parseModeration(noteText(leaf.subarray(1)))
  return record.ok && record.value.action === 'erase' ? [fromBase64(record.value.proposal)] : []
}

function readyNotes(
  state: ElectionState,
  waiting: WaitingRoom,
  due: ReadonlySet<WaitingItem>,
  withdrawn: Uint8Array[],
): PublishedRecord[] {
  const ready: WaitingNote[] = []
  for (const note of waiting.notes()) {
    if (!due.has(note) || note.effect.isPrecededBy(waiting)) continue
    const broken = state.check(note.leaf, { trusted: true, blob: note.blob })
    if (broken.some(({ rule }) => RULES[rule].stops)) withdrawn.push(note.id)
    else ready.push(note)
  }
  return ready
    .sort((a, b) => (a.leaf[0] as number) - (b.leaf[0] as number) || compareBytes(a.id, b.id))
    .map(({ id, leaf }) => ({ id, key: id, leaf }))
}

/**
 * Each was checked alone, when it came in. Two things can go wrong between them: two records may open the same
 * ciphertexts, and with them show the same tracker, and after its final manifest a kiosk may send more than it counted.
 * So one batch takes no tracker twice and one record of a kiosk that is done; the next one checks the rest again.
 */
function readyChallenged(
  state: ElectionState,
  waiting: WaitingRoom,
  due: ReadonlySet<WaitingItem>,
  withdrawn: Uint8Array[],
): PublishedRecord[] {
  const ready: PublishedRecord[] = []
  const taken = new Set<string | number>()
  for (const item of waiting.challenged()) {
    if (!due.has(item)) continue
    if (isStopped(state, item.leaf)) {
      withdrawn.push(item.id)
      continue
    }
    const tracker = toHex(item.tracker)
    if (taken.has(tracker) || taken.has(item.kioskId)) continue
    taken.add(tracker)
    if (state.kiosk(item.kioskId)?.device?.finalManifest !== undefined) taken.add(item.kioskId)
    ready.push({ id: item.id, key: item.tracker, leaf: item.leaf })
  }
  return ready
}

function isStopped(state: ElectionState, leaf: Uint8Array): boolean {
  return state.check(leaf, { trusted: true }).some(({ rule }) => RULES[rule].stops)
}

/**
 * Refusals are judged anew: the reason in the log is the one that follows from the leaves before it. Replicas that each saw a
 * place within the limits may together have stored too many; those go to `surplus`, chosen by id and not by arrival.
 */
function readyRefusals(
  state: ElectionState,
  waiting: WaitingRoom,
  due: ReadonlySet<WaitingItem>,
  withdrawn: Uint8Array[],
  surplus: SurplusRefusal[],
): (PublishedRecord & RefusalOf)[] {
  const ready: (PublishedRecord & RefusalOf)[] = []
  const ofKiosk = new Map<number, number>()
  const ofCredential = new Map<number, number>()
  const refusals = [...waiting.refusals()].filter((refusal) => due.has(refusal))
  for (const refusal of refusals.sort((a, b) => compareBytes(a.id, b.id))) {
    const { id, kioskId, credential } = refusal
    const verdict = judgeAgain(state, refusal)
    if (verdict.verdict !== 'refuse') {
      withdrawn.push(id)
      continue
    }
    if (verdict.leafIndex === null) continue
    const kioskCount = ofKiosk.get(kioskId) ?? state.kiosk(kioskId)?.refusalCount ?? 0
    const credentialCount = ofCredential.get(credential) ?? state.refusalsOf(credential)
    if (kioskCount >= MAX_REFUSALS_PER_KIOSK || credentialCount >= MAX_REFUSALS_PER_CREDENTIAL) {
      surplus.push({ id, kioskId })
      continue
    }
    ofKiosk.set(kioskId, kioskCount + 1)
    ofCredential.set(credential, credentialCount + 1)
    const leaf = encodeLeaf(RECORD.refusal, encodeRefusal(verdict.reason, refusal.canonical))
    ready.push({ id, key: id, leaf, kioskId, credential })
  }
  return ready
}

function judgeAgain(state: ElectionState, { canonical, kioskId }: WaitingRefusal) {
  const ballot = parseBallot(canonical)
  const kioskKey = state.context().kioskKey(kioskId)
  // It was verified before it was stored.
  const verified = ballot.ok && kioskKey !== undefined ? { verified: { ballot: ballot.value, kioskKey } } : {}
  return state.judge(canonical, verified)
}
