import { concatBytes } from '@hanpyo/protocol/bytes.ts'
import { encodeScalar } from '@hanpyo/protocol/group/scalar.ts'
import { beforeSignature, statementSignatureMessage } from '@hanpyo/protocol/proposal/layout.ts'
import type { ElectionFixture, FixtureKiosk } from '@hanpyo/protocol/testing/election-fixture.ts'
import {
  moderationLeaf,
  proposalLeaf,
  supportIndexOf,
  supportLeaf,
} from '@hanpyo/protocol/testing/proposal-fixture.ts'
import { vote } from './ballots.ts'
import type { Election } from './election.ts'
import { flipped, type Mutation } from './mutation.ts'
import { type Plan, step } from './plan.ts'

/** A proposal by slip 0 at kiosk 1, a support by slip 1 at kiosk 2, hidden by kiosk 1. */
export function withHonestProposals(e: Election): { readonly plan: Plan; readonly id: Uint8Array } {
  const [first, second] = e.kiosks
  const { leaf, id } = propose(e, 0, first)
  const plan = e.plan.after(
    'noon',
    step('proposals', { notes: [leaf] }),
    step('supports', { notes: [supportLeaf(e.fixture, 1, second, id)] }),
    step('hiding', { notes: [moderationLeaf(e.fixture, first, id)] }),
  )
  return { plan, id }
}

/** Lies about proposals, supports and their moderation. */
export const PROPOSALS: readonly Mutation[] = [
  {
    name: 'a bridge counts a support twice',
    rule: 'support.repeated',
    plan: (e) => after(e, 'supports', (id) => supportLeaf(e.fixture, 1, e.kiosks[0], id)),
  },
  {
    name: 'a bridge lets an author support the own proposal',
    rule: 'support.repeated',
    plan: (e) => after(e, 'supports', (id) => supportLeaf(e.fixture, 0, e.kiosks[1], id)),
  },
  {
    name: 'a kiosk supports in the name of a slip that it does not have',
    rule: 'proposal.support-proof',
    plan: (e) => after(e, 'supports', (id) => otherProof(e.fixture, e.kiosks[1], id)),
  },
  {
    name: 'a bridge makes up a support',
    rule: 'proposal.kiosk-signature',
    plan: (e) => after(e, 'supports', (id) => flipped(supportLeaf(e.fixture, 2, e.kiosks[1], id), -64)),
  },
  {
    name: 'a support is for a proposal that nobody handed in',
    rule: 'support.unknown',
    plan: (e) => after(e, 'supports', () => supportLeaf(e.fixture, 2, e.kiosks[1], new Uint8Array(32))),
  },
  {
    name: 'a bridge logs a support in the batch of its proposal, before anybody could read it',
    rule: 'support.unknown',
    plan: (e) => {
      const { leaf, id } = propose(e, 2, e.kiosks[0])
      return withHonestProposals(e).plan.after(
        'hiding',
        step('both', { notes: [leaf, supportLeaf(e.fixture, 3, e.kiosks[0], id)] }),
      )
    },
  },
  {
    name: 'a slip hands in more proposals than it may',
    rule: 'proposal.limit',
    plan: (e) => {
      const more = [1, 2].map((i) => step(`more ${i}`, { notes: [propose(e, 0, e.kiosks[1]).leaf] }))
      return withHonestProposals(e).plan.after('hiding', ...more)
    },
  },
  {
    name: 'a bridge logs a ballot beside the proposal that was made with it',
    rule: 'order.batch-mixed',
    plan: (e) =>
      withHonestProposals(e).plan.after(
        'hiding',
        step('both', {
          ballots: [vote(e, 1)],
          reorder: (leaves) => [...leaves, propose(e, 2, e.kiosks[0]).leaf],
        }),
      ),
  },
  {
    name: 'a machine without a place in the election hands in a proposal',
    rule: 'proposal.kiosk',
    plan: (e) => after(e, 'hiding', () => propose(e, 2, e.kiosks[3]).leaf),
  },
  {
    name: 'staff of another centre hide a proposal',
    rule: 'moderation.centre',
    plan: (e) => after(e, 'hiding', (id) => moderationLeaf(e.fixture, e.kiosks[1], id)),
  },
  {
    name: 'staff erase a text, which only the authority may',
    rule: 'note.content',
    plan: (e) => after(e, 'hiding', (id) => moderationLeaf(e.fixture, e.kiosks[0], id, { action: 'erase' })),
  },
  {
    name: 'a bridge replays that a proposal was hidden after it was shown again',
    rule: 'note.repeated',
    plan: (e) => {
      const { plan, id } = withHonestProposals(e)
      const [hidden] = plan.step('hiding').notes as [Uint8Array]
      const shown = moderationLeaf(e.fixture, e.kiosks[0], id, { action: 'show' })
      return plan.after('hiding', step('showing', { notes: [shown] }), step('replay', { notes: [hidden] }))
    },
  },
]

function propose(e: Election, slip: number, kiosk: FixtureKiosk) {
  return proposalLeaf(e.fixture, { slip, kiosk, text: `A bench for slip ${slip}` })
}

function after(e: Election, name: string, leafOf: (id: Uint8Array) => Uint8Array): Plan {
  const { plan, id } = withHonestProposals(e)
  return plan.after(name, step('lie', { notes: [leafOf(id)] }))
}

/** A support with the index of another slip and a response that is any number, signed by the kiosk. */
function otherProof(election: ElectionFixture, kiosk: FixtureKiosk, id: Uint8Array): Uint8Array {
  const leaf = supportLeaf(election, 2, kiosk, id)
  const before = beforeSignature(leaf.subarray(1))
  const index = supportIndexOf(election, 3)
  before.set([index >> 16, (index >> 8) & 0xff, index & 0xff], 1)
  before.set(encodeScalar(7n), before.length - 32)
  const message = statementSignatureMessage('support', election.manifestHash, before)
  return concatBytes(leaf.subarray(0, 1), before, election.backend.ed25519.sign(kiosk.seed, message))
}
