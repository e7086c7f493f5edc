import { concatBytes } from '../bytes.ts'
import type { PROPOSAL_RULES } from '../election/rulebook/catalogue-proposals.ts'
import { encodeScalar } from '../group/scalar.ts'
import { beforeSignature, type StatementKind, statementSignatureMessage } from '../proposal/layout.ts'
import { createElectionFixture, type ElectionFixture, type FixtureKiosk } from './election-fixture.ts'
import { moderationLeaf, proposalLeaf, supportLeaf } from './proposal-fixture.ts'
import { RuleScript } from './rule-script.ts'

export { withProposals } from './proposal-fixture.ts'

const RESPONSE_FROM_END = 32 + 64

/** Cases of the rules about proposals; kiosk 1 is of one centre, kiosks 2 and 3 of another, 3 not enrolled. */
export function proposalRuleCases(
  election: ElectionFixture,
): Record<keyof typeof PROPOSAL_RULES, () => RuleScript> {
  const [first, second, third] = election.kiosks as readonly [FixtureKiosk, FixtureKiosk, FixtureKiosk]
  const opened = (): RuleScript => new RuleScript(election).opened()
  const proposal = (slip = 0, kiosk = first, topic = 1) =>
    proposalLeaf(election, { slip, kiosk, topic, text: `A bench for slip ${slip}` })
  /** A body with bytes replaced and the kiosk signature made anew. */
  const rewrittenAt = (leaf: Uint8Array, at: number, bytes: Uint8Array, kind: StatementKind = 'proposal') => {
    const body = leaf.slice(1)
    body.set(bytes, at < 0 ? body.length + at : at)
    const before = beforeSignature(body)
    const message = statementSignatureMessage(kind, election.manifestHash, before)
    return concatBytes(leaf.subarray(0, 1), before, election.backend.ed25519.sign(first.seed, message))
  }
  const published = () => {
    const one = proposal()
    return { script: opened().batch(one.leaf), id: one.id }
  }

  return {
    'proposal.not-offered': () => {
      const plain = createElectionFixture({ backend: election.backend, slipCount: 4 })
      const [kiosk] = plain.kiosks as readonly [FixtureKiosk, ...FixtureKiosk[]]
      const { leaf } = proposalLeaf(plain, { slip: 0, kiosk, text: 'A bench' })
      return new RuleScript(plain).opened().add([leaf])
    },
    'proposal.layout': () => opened().add([proposal().leaf.slice(0, -1)]),
    'proposal.topic': () => opened().add([proposal(0, first, 2).leaf]),
    'proposal.support-index': () =>
      opened().add([rewrittenAt(proposal().leaf, 1, Uint8Array.of(0xff, 0, 0))]),
    'proposal.kiosk': () => opened().add([proposal(0, third).leaf]),
    'proposal.scalar': () =>
      opened().add([rewrittenAt(proposal().leaf, -RESPONSE_FROM_END, new Uint8Array(32).fill(0xff))]),
    'proposal.kiosk-signature': () => {
      const { leaf } = proposal()
      leaf.set([(leaf[leaf.length - 64] as number) ^ 0x10], leaf.length - 64)
      return opened().add([leaf])
    },
    'proposal.support-proof': () =>
      opened().add([rewrittenAt(proposal().leaf, -RESPONSE_FROM_END, encodeScalar(5n))]),
    'proposal.repeated': () => {
      const { leaf } = proposal()
      return opened().batch(leaf).add([leaf])
    },
    'proposal.limit': () => {
      const many = opened()
      for (let i = 0; i < 3; i++) many.batch(proposal().leaf)
      return many
    },
    'support.unknown': () => {
      const one = proposal()
      return opened().add([one.leaf, supportLeaf(election, 1, second, one.id)])
    },
    'support.repeated': () => {
      const { script, id } = published()
      return script.batch(supportLeaf(election, 1, second, id)).add([supportLeaf(election, 1, first, id)])
    },
    'moderation.kiosk': () => {
      const { script, id } = published()
      return script.add([moderationLeaf(election, third, id)])
    },
    'moderation.proposal': () => opened().add([moderationLeaf(election, first, proposal().id)]),
    'moderation.centre': () => {
      const { script, id } = published()
      return script.add([moderationLeaf(election, second, id)])
    },
    'moderation.erased': () => {
      const { script, id } = published()
      return script
        .batch(moderationLeaf(election, undefined, id, { action: 'erase' }))
        .add([moderationLeaf(election, undefined, id, { action: 'show' })])
    },
  }
}
