import { encodePlaintext } from '@hanpyo/protocol/ballot/plaintext.ts'
import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import type { KeyedLeaf } from '@hanpyo/protocol/log/batch.ts'
import { pollsLeaf, refusalLeaf } from '@hanpyo/protocol/testing/build-ledger.ts'
import { vote } from './ballots.ts'
import { type Cast, type Election, finalLeaf, openedLeaf, prepareVote } from './election.ts'
import { flipped, type Mutation } from './mutation.ts'
import { type Plan, step } from './plan.ts'

/** Lies about the kiosks' own lists, about checked ballots and about refusals. */
export const KIOSKS: readonly Mutation[] = [
  {
    name: 'a bridge drops a ballot that its kiosk listed',
    rule: 'kiosk-manifest.unmatched',
    plan: (e) => sealedLate(e).change('noon', ({ ballots }) => ({ ballots: ballots.slice(1) })),
  },
  {
    name: 'a bridge drops a refusal that the kiosk listed',
    rule: 'kiosk-manifest.unmatched',
    plan: (e) => sealedLate(e).change('noon', () => ({ refusals: [] })),
  },
  {
    name: 'a bridge adds a ballot that no kiosk listed',
    rule: 'kiosk-manifest.unlisted',
    plan: (e) => e.plan.change('morning', ({ ballots }) => ({ ballots: [...ballots, vote(e, 1)] })),
  },
  {
    name: 'the root in a list is of other ballots',
    rule: 'kiosk-manifest.root',
    plan: (e) => withFinalList(e, { root: toBase64(new Uint8Array(32)) }),
  },
  {
    name: "the chain of a kiosk's lists begins in the middle",
    rule: 'kiosk-manifest.chain',
    plan: (e) => withFinalList(e, { prev: toBase64(new Uint8Array(32)) }),
  },
  {
    name: 'a list counts more ballots in all than it names',
    rule: 'kiosk-manifest.total',
    plan: (e) => withFinalList(e, { total: 99 }),
  },
  {
    name: 'a list names fewer ballots than it counts',
    rule: 'kiosk-manifest.ids',
    plan: (e) => withFinalList(e, { ids: '' }),
  },
  {
    name: 'a list of few ballots is not the last one',
    rule: 'kiosk-manifest.size',
    plan: (e) => withFinalList(e, { final: false }),
  },
  {
    name: 'a kiosk says that it goes on after its final list',
    rule: 'kiosk-manifest.state',
    plan: (e) => withFinalList(e, { state: 'open' }),
  },
  {
    name: 'a kiosk makes a second final list',
    rule: 'kiosk-manifest.after-final',
    plan: (e) =>
      e.plan.after('finals', step('once more', { notes: [finalLeaf(e.fixture, e.kiosks[0], [])] })),
  },
  {
    name: 'a kiosk makes no list',
    rule: 'kiosk-manifest.final-missing',
    plan: (e) => sealedLate(e).change('finals', ({ notes }) => ({ notes: notes.slice(1) })),
  },
  {
    name: 'a kiosk that is not enrolled makes a list',
    rule: 'kiosk-manifest.kiosk',
    plan: (e) =>
      e.plan.change('finals', ({ notes }) => ({ notes: [...notes, finalLeaf(e.fixture, e.kiosks[3], [])] })),
  },
  {
    name: 'a bridge drops a ballot that a voter checked',
    rule: 'kiosk-manifest.challenged',
    plan: (e) => sealedLate(e).change('morning', () => ({ challenged: [] })),
  },

  {
    name: 'a kiosk encrypted something else than the voter chose',
    rule: 'challenged.opening',
    plan: (e) => {
      const prepared = prepareVote(e.fixture, e.spare[0] as number, e.kiosks[1])
      const choices = prepared.contestIds.map((contest) => ({
        contest,
        plaintext: toBase64(encodePlaintext({ kind: 'blank' })),
      }))
      return checked(e, openedLeaf(e.fixture, prepared, e.kiosks[1], { choices }))
    },
  },
  {
    name: 'a checked ballot has another tracker than the printed one',
    rule: 'challenged.opening',
    plan: (e) => {
      const prepared = prepareVote(e.fixture, e.spare[0] as number, e.kiosks[1])
      const r = prepared.randomness.map((bytes) => toBase64(flipped(bytes, 0)))
      return checked(e, openedLeaf(e.fixture, prepared, e.kiosks[1], { r }))
    },
  },
  {
    name: 'a checked ballot has contests that no slip has together',
    rule: 'challenged.style',
    plan: (e) => {
      const prepared = prepareVote(e.fixture, e.spare[0] as number, e.kiosks[1])
      const choices = prepared.plaintexts.map((plaintext, i) => ({
        contest: 2 + i,
        plaintext: toBase64(plaintext),
      }))
      return checked(e, openedLeaf(e.fixture, prepared, e.kiosks[1], { choices }))
    },
  },
  {
    name: 'one kiosk opens a ballot in the name of another',
    rule: 'note.signature',
    plan: (e) => {
      const prepared = prepareVote(e.fixture, e.spare[0] as number, e.kiosks[1])
      return checked(e, openedLeaf(e.fixture, prepared, e.kiosks[0], { kiosk: 2 }))
    },
  },
  {
    name: 'a kiosk that is not enrolled opens a ballot',
    rule: 'challenged.kiosk',
    plan: (e) =>
      checked(
        e,
        openedLeaf(e.fixture, prepareVote(e.fixture, e.spare[0] as number, e.kiosks[3]), e.kiosks[3]),
      ),
  },
  {
    name: 'a ballot is opened twice',
    rule: 'challenged.c1-twice',
    plan: (e) => e.plan.change('noon', () => ({ challenged: e.plan.step('morning').challenged })),
  },

  {
    name: 'a bridge refuses a valid ballot',
    rule: 'refusal.reason',
    plan: (e) => {
      const { canonical } = e.ballots[0] as Cast
      return e.plan.change('morning', ({ ballots }) => ({
        ballots: ballots.filter(({ leaf }) => leaf !== e.ballots[0]?.leaf.leaf),
        refusals: [refusalLeaf(1, canonical)],
      }))
    },
  },
  {
    name: 'a bridge gives another reason for a refusal than the true one',
    rule: 'refusal.reason',
    plan: (e) =>
      e.plan.change('noon', ({ refusals }) => ({
        refusals: refusals.map(({ key, leaf }) => ({ key, leaf: flipped(leaf, 1, 1 ^ 5) })),
      })),
  },
  {
    name: 'a bridge gives a reason for a refusal that does not exist',
    rule: 'refusal.content',
    plan: (e) =>
      e.plan.change('noon', ({ refusals }) => ({
        refusals: refusals.map(({ key, leaf }) => ({ key, leaf: flipped(leaf, 1, 1 ^ 77) })),
      })),
  },
  {
    name: 'a bridge fills the log with refusals of forged ballots',
    rule: 'refusal.ballot',
    plan: (e) => {
      const forged = flipped((e.ballots[0] as Cast).canonical, -1)
      return e.plan.change('noon', ({ refusals }) => ({ refusals: [...refusals, refusalLeaf(1, forged)] }))
    },
  },
  {
    name: 'a bridge refuses a ballot that it has logged',
    rule: 'refusal.ballot-logged',
    plan: (e) => {
      const again = refusalLeaf(1, (e.ballots[0] as Cast).canonical)
      return e.plan.change('noon', ({ refusals }) => ({ refusals: [...refusals, again] }))
    },
  },
  {
    name: 'a bridge logs a refusal twice',
    rule: 'refusal.repeated',
    plan: (e) => e.plan.after('noon', step('refused again', { refusals: e.plan.step('noon').refusals })),
  },
]

/** The authority waits until the delivery deadline: from then on the polls may be sealed with something missing. */
function sealedLate({ fixture, plan }: Election): Plan {
  const at = fixture.manifest.deliveryDeadline + 1
  return plan.change('sealing', () => ({ notes: [pollsLeaf(fixture, 'sealed', at)] }))
}

/** One more opened ballot in the morning. */
function checked(e: Election, leaf: KeyedLeaf): Plan {
  return e.plan.change('morning', ({ challenged }) => ({ challenged: [...challenged, leaf] }))
}

/** The final list of kiosk 1 with fields changed before it was signed. */
function withFinalList(
  e: Election,
  change: NonNullable<Parameters<typeof finalLeaf>[3]>['change'] & object,
): Plan {
  const ids = e.ballots.filter(({ kiosk }) => kiosk === e.kiosks[0]).map(({ leaf }) => leaf.key)
  return e.plan.change('finals', ({ notes }) => ({
    notes: [finalLeaf(e.fixture, e.kiosks[0], ids, { change }), ...notes.slice(1)],
  }))
}
