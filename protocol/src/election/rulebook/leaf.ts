import { parseLeaf, RECORD } from '../leaf.ts'
import type { ApplyOptions } from '../state.ts'
import { examineBallot, examineRefusal } from './ballot.ts'
import { examineBatch, orderFindings } from './batch.ts'
import { examineChallenged } from './challenged.ts'
import { examineDecryption, examineMix, examineResult } from './count.ts'
import { broken, type ElectionData, type Examine, type Outcome } from './data.ts'
import { examineDevice } from './device.ts'
import { examineKioskManifest } from './kiosk-manifest.ts'
import { examinePolls } from './polls.ts'
import { examineModeration, examineProposal, examineSupport } from './proposal.ts'
import { examineIncident, examineTestSlips, examineTurnout, examineVoidSlips } from './registrar.ts'

/** The rule for each type of leaf that this version knows. */
const EXAMINE = new Map<number, Examine>([
  [RECORD.polls, examinePolls],
  [RECORD.device, examineDevice],
  [RECORD.voidSlips, examineVoidSlips],
  [RECORD.turnout, examineTurnout],
  [RECORD.testSlips, examineTestSlips],
  [RECORD.incident, examineIncident],
  [RECORD.ballot, examineBallot],
  [RECORD.challenged, examineChallenged],
  [RECORD.kioskManifest, examineKioskManifest],
  [RECORD.refusal, examineRefusal],
  [RECORD.batch, examineBatch],
  [RECORD.proposal, examineProposal],
  [RECORD.support, examineSupport],
  [RECORD.moderation, examineModeration],
  [RECORD.mix, examineMix],
  [RECORD.decryption, examineDecryption],
  [RECORD.result, examineResult],
])

/** Types that may follow the leaf that seals the polls. */
export const AFTER_SEALED: ReadonlySet<number> = new Set([
  RECORD.voidSlips,
  RECORD.turnout,
  RECORD.testSlips,
  RECORD.incident,
  RECORD.batch,
  RECORD.moderation,
  RECORD.mix,
  RECORD.decryption,
  RECORD.result,
])

/** Looks at the next leaf without changing anything; total on arbitrary bytes. */
export function examineLeaf(data: ElectionData, bytes: Uint8Array, options: ApplyOptions): Outcome {
  const leaf = parseLeaf(bytes)
  if (!leaf.ok) return broken('leaf.format', leaf.error)
  const { type, body } = leaf.value
  if (type === RECORD.manifest) return broken('leaf.manifest-again')
  const examine = EXAMINE.get(type)
  if (examine === undefined) return broken('leaf.type', `0x${type.toString(16).padStart(2, '0')}`)
  if (data.polls === 'sealed' && !AFTER_SEALED.has(type)) return broken('polls.after-sealed')
  const outcome = examine(data, body, options)
  if (type === RECORD.batch) return outcome
  return { ...outcome, findings: [...orderFindings(data, type, outcome.sortKey), ...outcome.findings] }
}
