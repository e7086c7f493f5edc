import { castBallot, type PreparedBallot } from '@hanpyo/protocol/ballot/create.ts'
import { concatBytes, fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { ORDER } from '@hanpyo/protocol/group/scalar.ts'
import type { KeyedLeaf } from '@hanpyo/protocol/log/batch.ts'
import { ballotLeaf, deviceLeaf } from '@hanpyo/protocol/testing/build-ledger.ts'
import { offsetsOf, replacementFor, rewritten } from '@hanpyo/protocol/testing/rule-script.ts'
import { type Cast, castPrepared, castVote, type Election, openedLeaf, prepareVote } from './election.ts'
import { flipped, type Mutation } from './mutation.ts'
import { type Plan, step } from './plan.ts'

/** Lies of kiosks, voters and bridges about ballots. */
export const BALLOTS: readonly Mutation[] = [
  {
    name: "a bridge changes a bit of a kiosk's signature",
    rule: 'ballot.kiosk-signature',
    plan: (e) => instead(e, (canonical) => flipped(canonical, -10)),
  },
  {
    name: 'a bridge changes a bit of a ciphertext',
    rule: 'ballot.kiosk-signature',
    plan: (e) =>
      instead(e, (canonical, cast) => {
        const changed = canonical.slice()
        changed.set((e.ballots[7] as Cast).canonical.subarray(43, 75), 43)
        return cast.slip < 0 ? canonical : changed
      }),
  },
  {
    name: 'a ballot has trailing bytes',
    rule: 'ballot.layout',
    plan: (e) => instead(e, (canonical) => concatBytes(canonical, Uint8Array.of(0))),
  },
  {
    name: 'a ballot has a revision that does not exist',
    rule: 'ballot.layout',
    plan: (e) =>
      instead(e, (canonical, { kiosk }) => rewritten(e.fixture, kiosk, canonical, 1, Uint8Array.of(0x21))),
  },
  {
    name: 'a kiosk adds the group order to a response',
    rule: 'ballot.scalar',
    plan: (e) =>
      instead(e, (canonical, { kiosk }) => {
        const { sK } = offsetsOf(canonical)
        return rewritten(e.fixture, kiosk, canonical, sK, plusOrder(canonical.subarray(sK, sK + 32)))
      }),
  },
  {
    name: 'a kiosk sends a challenge of zero',
    rule: 'ballot.scalar',
    plan: (e) =>
      instead(e, (canonical, { kiosk }) =>
        rewritten(e.fixture, kiosk, canonical, offsetsOf(canonical).challenge, new Uint8Array(16)),
      ),
  },
  {
    name: 'a kiosk sends the identity as a ciphertext',
    rule: 'ballot.element',
    plan: (e) =>
      instead(e, (canonical, { kiosk }) => rewritten(e.fixture, kiosk, canonical, 43, new Uint8Array(32))),
  },
  {
    name: 'a kiosk swaps the contests of a ballot',
    rule: 'ballot.credential-proof',
    plan: (e) =>
      instead(e, (canonical, { kiosk }) => {
        const swapped = concatBytes(canonical.subarray(75, 139), canonical.subarray(11, 75))
        return rewritten(e.fixture, kiosk, canonical, 11, swapped)
      }),
  },
  {
    name: 'a kiosk re-encrypts a ballot without the credential',
    rule: 'ballot.credential-proof',
    plan: (e) =>
      instead(e, (canonical, { kiosk }) => {
        const { group } = e.fixture.backend
        const doubled = group.add(canonical.slice(43, 75), e.count.publicKey)
        return rewritten(e.fixture, kiosk, canonical, 43, doubled)
      }),
  },
  {
    name: 'a kiosk votes with a slip whose secret it does not have',
    rule: 'ballot.credential-proof',
    plan: (e) => {
      const [slip, own] = e.spare as [number, number]
      return additional(e, castAs(e, prepareVote(e.fixture, slip, e.kiosks[0]), own))
    },
  },
  {
    name: 'the same element stands in both contests of a ballot',
    rule: 'ballot.c1-repeated',
    plan: (e) =>
      instead(e, (canonical, { kiosk }) =>
        rewritten(e.fixture, kiosk, canonical, 75, canonical.subarray(11, 43)),
      ),
  },
  {
    name: 'a ballot of another election is logged',
    rule: 'ballot.etag',
    plan: (e) => additional(e, foreign(e)),
  },
  {
    name: 'a ballot of another election is relabelled for this one',
    rule: 'ballot.credential-proof',
    plan: (e) => {
      const etag = e.fixture.manifestHash.subarray(0, 4)
      return additional(e, rewritten(e.fixture, e.kiosks[0], foreign(e), 2, etag))
    },
  },
  {
    name: 'a ballot names a slip that does not exist',
    rule: 'ballot.credential-index',
    plan: (e) =>
      instead(e, (canonical, { kiosk }) => rewritten(e.fixture, kiosk, canonical, 6, Uint8Array.of(0, 9, 9))),
  },
  {
    name: 'a voter leaves a contest of the slip out',
    rule: 'ballot.contest-count',
    plan: (e) => {
      const slip = e.fixture.slips.findIndex(({ style }, i) => style === 2 && !isSpent(e, i))
      const narrow = e.spare[1] as number
      const cast = castVote(e.fixture, narrow, e.kiosks[0])
      const index = Uint8Array.of(0, slip >> 8, slip & 0xff)
      return additional(e, rewritten(e.fixture, e.kiosks[0], cast.canonical, 6, index))
    },
  },
  {
    name: 'a kiosk that was never enrolled sends a ballot',
    rule: 'ballot.kiosk',
    plan: (e) => additional(e, castVote(e.fixture, e.spare[1] as number, e.kiosks[3]).canonical),
  },
  {
    name: 'a kiosk sends a ballot after it was revoked',
    rule: 'ballot.kiosk',
    plan: (e) =>
      e.plan.before('morning', step('revoked', { notes: [deviceLeaf(e.fixture, e.kiosks[0], 'revoke')] })),
  },
  {
    name: 'a stranger signs ballots in the name of a kiosk',
    rule: 'ballot.kiosk-signature',
    plan: (e) => {
      const stranger = replacementFor(e.fixture, e.kiosks[0])
      return additional(e, castVote(e.fixture, e.spare[1] as number, stranger).canonical)
    },
  },
  {
    name: 'a slip is used for two ballots that both count',
    rule: 'ballot.credential-twice',
    plan: (e) => additional(e, castVote(e.fixture, e.ballots[0]?.slip as number, e.kiosks[1]).canonical),
  },
  {
    name: 'a ballot is logged twice',
    rule: 'ballot.repeated',
    plan: (e) => additional(e, (e.ballots[0] as Cast).canonical),
  },
  {
    name: 'a kiosk copies a ciphertext under another slip',
    rule: 'ballot.c1-twice',
    plan: (e) => {
      const { prepared, kiosk } = e.ballots[0] as Cast
      const slip = e.spare[1] as number
      return additional(e, castPrepared(e.fixture, relabelled(prepared, slip), slip, kiosk))
    },
  },
  {
    name: 'a ballot that was opened for checking is cast all the same',
    rule: 'ballot.c1-twice',
    plan: (e) => {
      const slip = e.spare[2] as number
      const prepared = prepareVote(e.fixture, slip, e.kiosks[1])
      const opened = openedLeaf(e.fixture, prepared, e.kiosks[1])
      const cast = castPrepared(e.fixture, prepared, slip, e.kiosks[1])
      return e.plan.after(
        'morning',
        step('checked', { challenged: [opened] }),
        step('and cast', { ballots: [ballotLeaf(cast)] }),
      )
    },
  },
  {
    name: 'a ballot is logged before the polls open',
    rule: 'ballot.polls-not-open',
    plan: (e) => e.plan.before('opening', step('early', { ballots: [vote(e, 1)] })),
  },
  {
    name: 'a ballot of a void slip counts',
    rule: 'ballot.slip-void',
    plan: (e) =>
      e.plan.after('void', step('of a void slip', { ballots: [castVote(e.fixture, 31, e.kiosks[0]).leaf] })),
  },
  {
    name: 'a kiosk sends a ballot after its final list',
    rule: 'ballot.not-in-final',
    plan: (e) => e.plan.after('finals', step('later', { ballots: [vote(e, 1)] })),
  },
]

const isSpent = (e: Election, slip: number): boolean => e.ballots.some((cast) => cast.slip === slip)

/** A ballot of a slip that was not used, at kiosk 1. */
export function vote(e: Election, spare: number): KeyedLeaf {
  return castVote(e.fixture, e.spare[spare] as number, e.kiosks[0]).leaf
}

/** The first ballot, changed on its way into the log. */
function instead(e: Election, change: (canonical: Uint8Array, cast: Cast) => Uint8Array): Plan {
  const cast = e.ballots[0] as Cast
  const changed = ballotLeaf(change(cast.canonical, cast))
  return e.plan.change('morning', ({ ballots }) => ({
    ballots: ballots.map((each) => (each.leaf === cast.leaf.leaf ? changed : each)),
  }))
}

/** One more ballot at noon. */
function additional(e: Election, canonical: Uint8Array): Plan {
  return e.plan.change('noon', ({ ballots }) => ({ ballots: [...ballots, ballotLeaf(canonical)] }))
}

/** A prepared ballot cast with the credential of another slip. */
function castAs(e: Election, prepared: PreparedBallot, slip: number): Uint8Array {
  return castPrepared(e.fixture, prepared, slip, e.kiosks[0])
}

/** The same ciphertexts and randomness under another slip number. */
function relabelled(prepared: PreparedBallot, slip: number): PreparedBallot {
  const firstPart = prepared.firstPart.slice()
  firstPart.set(Uint8Array.of(0, slip >> 8, slip & 0xff), 6)
  return { ...prepared, firstPart, header: firstPart.slice(0, prepared.header.length) }
}

/** A ballot that was valid in an election with the same slips, trustees and kiosks and another manifest. */
function foreign(e: Election): Uint8Array {
  const slip = e.spare[1] as number
  const prepared = prepareVote(e.fixture, slip, e.kiosks[0])
  const manifestHash = flipped(e.fixture.manifestHash, 0)
  const firstPart = prepared.firstPart.slice()
  firstPart.set(manifestHash.subarray(0, 4), 2)
  return castBallot({
    backend: e.fixture.backend,
    random: e.fixture.random,
    deviceSecret: new Uint8Array(32),
    election: { manifestHash, jointKey: fromBase64(e.fixture.manifest.jointKey) },
    prepared: { ...prepared, firstPart, header: firstPart.slice(0, prepared.header.length) },
    contestIds: prepared.contestIds,
    credential: (e.fixture.slips[slip] as Election['fixture']['slips'][number]).keys,
    kiosk: e.kiosks[0],
  })
}

/** A scalar plus the group order: the same value in another, forbidden encoding. */
function plusOrder(scalar: Uint8Array): Uint8Array {
  let value = 0n
  for (const byte of scalar.toReversed()) value = (value << 8n) | BigInt(byte)
  value += ORDER
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
}
