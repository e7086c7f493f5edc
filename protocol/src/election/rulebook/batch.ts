import { compareBytes, decodeUtf8, toBase64 } from '../../bytes.ts'
import { leafHash } from '../../log/merkle.ts'
import { RECORD } from '../leaf.ts'
import { type BatchRecord, parseBatch } from '../records.ts'
import { MAX_REFUSALS_PER_CREDENTIAL, MAX_REFUSALS_PER_KIOSK } from '../refusal.ts'
import type { NextBatch } from '../state.ts'
import { broken, type ElectionData, type Examine, type Finding, finding, unmet } from './data.ts'

/** Whom a 0x13 leaf counts for. */
export interface RefusalOf {
  readonly kioskId: number
  readonly credential: number
}

/** Sections of a batch in order; every other type is a note. */
const SECTION = new Map<number, number>([
  [RECORD.ballot, 1],
  [RECORD.challenged, 2],
  [RECORD.refusal, 3],
  [RECORD.proposal, 4],
  [RECORD.support, 5],
])
/** The first section that is batched apart from ballots. */
const FIRST_OF_PROPOSALS = 4

/** 0x14: closes a batch; unsigned, because everything in it follows from the leaves before. */
export const examineBatch: Examine = (data, body) => {
  const parsed = parseBatch(textOf(body))
  if (!parsed.ok) return broken('batch.content', parsed.detail ?? parsed.error)
  const { value } = parsed
  const next = nextBatch(data)
  if (next.count === 0) return broken('batch.empty')
  return {
    findings: [
      ...unmet(
        [
          value.first === next.first && value.count === next.count,
          'batch.range',
          `${value.count} from ${value.first}, should be ${next.count} from ${next.first}`,
        ],
        [value.number === next.number, 'batch.number', `${value.number}, should be ${next.number}`],
        [value.prev === toBase64(next.prev), 'batch.prev'],
      ),
      ...refusedMoreFindings(data, value),
    ],
    effect: () => {
      for (const [id, count] of Object.entries(value.refusedMore)) {
        const slot = data.slots.get(Number(id))
        if (slot !== undefined) slot.refusedMore += count
      }
    },
  }
}

/** What the next batch leaf has to say. */
export function nextBatch(data: ElectionData): NextBatch {
  return {
    first: data.batch.first,
    number: data.batch.number + 1,
    prev: data.batch.hash,
    count: data.nextIndex - data.batch.first,
  }
}

/** Order of a leaf inside its batch: sections ascend, and sort keys ascend strictly inside a section. */
export function orderFindings(data: ElectionData, type: number, sortKey: Uint8Array | undefined): Finding[] {
  const section = sectionOf(type)
  const { section: current, lastKey, hasBallots, hasProposals } = data.batch
  const isMixed = section >= FIRST_OF_PROPOSALS ? hasBallots : section > 0 && hasProposals
  if (isMixed) return [finding('order.batch-mixed')]
  if (section < current) return [finding('order.batch-section')]
  const isSorted =
    section > current || sortKey === undefined || lastKey === undefined || compareBytes(lastKey, sortKey) < 0
  return isSorted ? [] : [finding('order.batch-sort')]
}

/** Takes the leaf's place in tree and batch, whatever rules it breaks. */
export function advance(
  data: ElectionData,
  type: number,
  leaf: Uint8Array,
  sortKey: Uint8Array | undefined,
): void {
  const { batch } = data
  data.nextIndex++
  if (type === RECORD.batch) {
    batch.first = data.nextIndex
    batch.number++
    batch.hash = leafHash(leaf)
    batch.section = 0
    batch.lastKey = undefined
    batch.hasBallots = false
    batch.hasProposals = false
    return
  }
  const section = sectionOf(type)
  if (section >= FIRST_OF_PROPOSALS) batch.hasProposals = true
  else if (section > 0) batch.hasBallots = true
  if (section < batch.section) return
  if (section > batch.section) batch.lastKey = undefined
  batch.section = section
  if (section > 0 && sortKey !== undefined) batch.lastKey = sortKey
}

function sectionOf(type: number): number {
  return SECTION.get(type) ?? 0
}

/** Counting replaces logging only at a limit; after sealing late ballots may be counted freely. */
function refusedMoreFindings(data: ElectionData, { refusedMore }: BatchRecord): Finding[] {
  const early = Object.keys(refusedMore).filter((id) => !mayCountRefusals(data, Number(id), []))
  return unmet([early.length === 0, 'batch.refused-more', `kiosks ${early.join(', ')}`])
}

/** Whether a batch leaf may count refusals of a kiosk when `logged` are in its batch. */
export function mayCountRefusals(data: ElectionData, kioskId: number, logged: readonly RefusalOf[]): boolean {
  const slot = data.slots.get(kioskId)
  if (slot === undefined) return false
  if (data.polls === 'sealed' || data.credentialsAtLimit > 0) return true
  const ofKiosk = logged.filter((one) => one.kioskId === kioskId).length
  if (slot.refusalCount + ofKiosk >= MAX_REFUSALS_PER_KIOSK) return true
  const ofCredential = new Map<number, number>()
  for (const { credential } of logged) {
    const count = (ofCredential.get(credential) ?? data.refusalsOf.get(credential) ?? 0) + 1
    if (count >= MAX_REFUSALS_PER_CREDENTIAL) return true
    ofCredential.set(credential, count)
  }
  return false
}

function textOf(body: Uint8Array): string {
  try {
    return decodeUtf8(body)
  } catch {
    return ''
  }
}
