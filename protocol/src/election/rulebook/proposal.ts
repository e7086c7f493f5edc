/** The rules of 0x20, 0x21 and 0x22: who may propose, support and moderate, and where it may stand. */
import { fromBase64, isZero } from '../../bytes.ts'
import {
  type Proposal,
  parseProposal,
  parseSupport,
  proposalId,
  type Support,
  supportOrder,
} from '../../proposal/layout.ts'
import { parseModeration } from '../../proposal/moderation.ts'
import {
  type ProposalContext,
  type StatementError,
  verifyProposal,
  verifySupport,
} from '../../proposal/verify.ts'
import { err, ok, type Result } from '../../result.ts'
import type { RuleId } from '../rules.ts'
import type { ApplyOptions } from '../state.ts'
import { broken, byteKey, type ElectionData, type Examine, finding, type Outcome, unmet } from './data.ts'
import { examineSigned } from './note.ts'

/** A proposal on the ledger and what became of it. */
export interface LoggedProposal {
  readonly index: number
  readonly id: Uint8Array
  readonly topic: number
  readonly kioskId: number
  readonly centre: string
  readonly textCommitment: Uint8Array
  /** Support indexes, the author's among them. */
  readonly supporters: Set<number>
  isHidden: boolean
  erasedAt: number | undefined
}

/** Everything the rules remember about proposals; bounded by the leaves. */
export interface ProposalData {
  /** Entries of the support key list; empty when the manifest takes no proposals. */
  readonly supportKeys: readonly Uint8Array[]
  /** By `byteKey` of the id, in the order of the log. */
  readonly logged: Map<string, LoggedProposal>
  /** Proposals by support index. */
  readonly handedIn: Map<number, number>
  supportCount: number
}

const RULES_OF: Readonly<Record<StatementError, RuleId>> = {
  'statement-length': 'proposal.layout',
  'statement-version': 'proposal.layout',
  'topic-unknown': 'proposal.topic',
  'support-index': 'proposal.support-index',
  'kiosk-unknown': 'proposal.kiosk',
  'scalar-not-canonical': 'proposal.scalar',
  'scalar-zero': 'proposal.scalar',
  'challenge-zero': 'proposal.scalar',
  'kiosk-signature': 'proposal.kiosk-signature',
  'support-proof': 'proposal.support-proof',
}

/** The facts `verifyProposal` and `verifySupport` ask for, as the log stands. */
export function proposalContext(data: ElectionData): ProposalContext {
  return {
    manifestHash: data.manifestHash,
    supportKey(index) {
      const key = data.proposals.supportKeys[index]
      // the list may be too long to check as a whole at start; a key that is no element must not reach the group
      return key === undefined || isZero(key) || !data.backend.group.isElement(key) ? undefined : key
    },
    kioskKey: (kioskId) => data.slots.get(kioskId)?.live?.ed25519,
    hasTopic: (topic) => data.manifest.proposals?.topics.some(({ id }) => id === topic) === true,
  }
}

/** 0x20: a proposal of a slip that has not handed in as many as it may. */
export const examineProposal: Examine = (data, body, options) => {
  const offer = data.manifest.proposals
  if (offer === undefined) return broken('proposal.not-offered')
  const { proposals } = data
  const id = proposalId(data.manifestHash, body)
  const key = byteKey(id)
  if (proposals.logged.has(key)) return { findings: [finding('proposal.repeated')], sortKey: id }
  const checked = checkStatement(data, body, options, parseProposal, verifyProposal)
  if (!checked.ok) return { findings: [finding(RULES_OF[checked.error], checked.detail)], sortKey: id }
  const { supportIndex, topic, kioskId, textCommitment } = checked.value
  const before = proposals.handedIn.get(supportIndex) ?? 0
  return {
    sortKey: id,
    findings: unmet([before < offer.perSlip, 'proposal.limit', `${before} before`]),
    effect: () => {
      proposals.handedIn.set(supportIndex, before + 1)
      proposals.logged.set(key, {
        index: data.nextIndex,
        id,
        topic,
        kioskId,
        centre: data.slots.get(kioskId)?.centre ?? '',
        textCommitment,
        supporters: new Set([supportIndex]),
        isHidden: false,
        erasedAt: undefined,
      })
    },
  }
}

/** 0x21: one support of a slip for a proposal that an earlier batch published. */
export const examineSupport: Examine = (data, body, options) => {
  if (data.manifest.proposals === undefined) return broken('proposal.not-offered')
  const sortKey = supportOrder(body)
  const checked = checkStatement(data, body, options, parseSupport, verifySupport)
  if (!checked.ok) return { findings: [finding(RULES_OF[checked.error], checked.detail)], sortKey }
  const { supportIndex, proposalId: id } = checked.value
  const proposal = publishedProposal(data, id)
  return {
    sortKey,
    findings: unmet(
      [proposal !== undefined, 'support.unknown'],
      [proposal?.supporters.has(supportIndex) !== true, 'support.repeated'],
    ),
    effect: () => {
      proposal?.supporters.add(supportIndex)
      data.proposals.supportCount++
    },
  }
}

/** 0x22: a kiosk hides and shows what its own centre relayed; the authority does so everywhere, and erases. */
export const examineModeration: Examine = (data, body, options) => {
  if (data.manifest.proposals === undefined) return broken('proposal.not-offered')
  return examineSigned(
    data,
    body,
    parseModeration,
    ({ kiosk }) =>
      kiosk === undefined
        ? data.signers.authority
        : (data.slots.get(kiosk)?.live?.verifier ?? 'moderation.kiosk'),
    options,
    ({ action, kiosk, proposal: id }): Outcome => {
      const proposal = publishedProposal(data, fromBase64(id))
      if (proposal === undefined) return broken('moderation.proposal')
      const isOwn = kiosk === undefined || data.slots.get(kiosk)?.centre === proposal.centre
      return {
        findings: unmet(
          [isOwn, 'moderation.centre', `kiosk ${kiosk}`],
          [proposal.erasedAt === undefined, 'moderation.erased', `at leaf ${proposal.erasedAt}`],
        ),
        effect: () => {
          proposal.isHidden = action !== 'show'
          if (action === 'erase') proposal.erasedAt = data.nextIndex
        },
      }
    },
  )
}

/** A proposal whose batch is closed. */
export function publishedProposal(data: ElectionData, id: Uint8Array): LoggedProposal | undefined {
  const proposal = data.proposals.logged.get(byteKey(id))
  return proposal !== undefined && proposal.index < data.batch.first ? proposal : undefined
}

function checkStatement<T extends Proposal | Support>(
  data: ElectionData,
  body: Uint8Array,
  options: ApplyOptions,
  parse: (body: Uint8Array) => Result<T, StatementError>,
  verify: (
    backend: ElectionData['backend'],
    body: Uint8Array,
    context: ProposalContext,
  ) => Result<T, StatementError>,
): Result<T, StatementError> {
  if (!options.trusted) return verify(data.backend, body, proposalContext(data))
  const parsed = parse(body)
  if (!parsed.ok) return parsed
  if (parsed.value.supportIndex >= data.proposals.supportKeys.length) return err('support-index')
  return data.slots.get(parsed.value.kioskId)?.live === undefined ? err('kiosk-unknown') : ok(parsed.value)
}
