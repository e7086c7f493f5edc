import { encodePoint } from '@hanpyo/protocol/ballot/encoding.ts'
import { encodePlaintext } from '@hanpyo/protocol/ballot/plaintext.ts'
import { concatBytes } from '@hanpyo/protocol/bytes.ts'
import { type Counted, countSteps, type Entry } from './count.ts'
import { WITHHELD } from './election.ts'
import { flipped, type Mutation } from './mutation.ts'
import { step } from './plan.ts'
import { announcing, lastList, mixOf, moved, order, recounted, sharing } from './recount.ts'

/** Lies of trustees about shares and of the authority about the result. */
export const RESULTS: readonly Mutation[] = [
  {
    name: 'trustees decrypt before all mixers have mixed',
    rule: 'decryption.mix',
    plan: async (e) => e.plan.without('shares').after('mix 2', e.plan.step('shares')),
  },
  {
    name: 'trustees decrypt the ballots as they were cast',
    rule: 'decryption.mix',
    plan: async (e) =>
      sharing(e, async (shares) => await e.count.share(1, shares.trustee, e.count.ballots(1, order(e)))),
  },
  {
    name: 'trustees decrypt the output of the first mixer',
    rule: 'decryption.mix',
    plan: async (e) =>
      sharing(e, async (shares) => await e.count.share(1, shares.trustee, (await mixOf(e, 1, 1)).output)),
  },
  {
    name: 'trustees decrypt a subset of the ballots',
    rule: 'decryption.mix',
    plan: async (e) => sharing(e, async (shares) => ({ ...shares, count: shares.count - 1 })),
  },
  {
    name: 'trustees decrypt a contest with too few ballots',
    rule: 'decryption.minimum',
    plan: async (e) => {
      const shares = await e.count.share(WITHHELD, 1, e.count.ballots(WITHHELD, order(e)))
      return e.plan
        .change('shares', ({ notes }) => ({ notes: [...notes, e.count.sharesLeaf(shares)] }))
        .withBlobs([shares.shares])
    },
  },
  {
    name: 'a trustee decrypts a contest that does not exist',
    rule: 'decryption.contest',
    plan: async (e) => {
      const shares = { ...(await e.count.honestShare(1, 2, await lastList(e, 1))), contest: 99 }
      return e.plan.change('shares', ({ notes }) => ({ notes: [...notes, e.count.sharesLeaf(shares)] }))
    },
  },
  {
    name: 'a trustee floods the log with shares',
    rule: 'decryption.limit',
    plan: async (e) => {
      const good = await e.count.honestShare(1, 2, await lastList(e, 1))
      const notes = [0, 1, 2, 3, 4].map((i) => e.count.sharesLeaf({ ...good, proof: flipped(good.proof, i) }))
      return e.plan.after('shares', step('flood', { notes })).withBlobs([good.shares])
    },
  },
  {
    name: 'one trustee posts shares in the name of another',
    rule: 'note.signature',
    plan: async (e) => {
      const shares = await e.count.honestShare(1, 1, await lastList(e, 1))
      return e.plan.change('shares', ({ notes }) => ({
        notes: [e.count.sharesLeaf(shares, 2), ...notes.slice(1)],
      }))
    },
  },
  {
    name: 'a trustee posts a wrong share, and the result uses it',
    rule: 'result.trustees',
    plan: async (e) =>
      sharing(e, async (shares) =>
        shares.trustee === 3
          ? { ...shares, shares: concatBytes(shares.shares.subarray(32, 64), shares.shares.subarray(32)) }
          : shares,
      ),
  },
  {
    name: 'a trustee decrypts with the key of another',
    rule: 'result.trustees',
    plan: async (e) =>
      sharing(e, async (shares) =>
        shares.trustee === 3 ? await e.count.share(1, 3, await lastList(e, 1), 4) : shares,
      ),
  },
  {
    name: 'a trustee uses the proof of another contest',
    rule: 'result.trustees',
    plan: async (e) =>
      sharing(e, async (shares) =>
        shares.trustee === 1
          ? { ...shares, proof: (await e.count.honestShare(2, 1, await lastList(e, 2))).proof }
          : shares,
      ),
  },
  {
    name: 'a trustee changes a bit of its proof before signing',
    rule: 'result.trustees',
    plan: async (e) => sharing(e, async (shares) => ({ ...shares, proof: flipped(shares.proof, 70) })),
  },
  {
    name: 'a trustee posts shares of fewer ballots',
    rule: 'result.trustees',
    plan: async (e) => {
      const shares = await e.count.honestShare(1, 1, await lastList(e, 1))
      const fewer = shares.shares.slice(32)
      const leaf = e.count.sharesLeaf({ ...shares, shares: fewer })
      return e.plan.change('shares', ({ notes }) => ({ notes: [leaf, ...notes.slice(1)] })).withBlobs([fewer])
    },
  },
  {
    name: 'the result rests on the shares of t−1 trustees',
    rule: 'result.trustees',
    plan: async (e) => recounted(e, { combine: [1, 3] }),
  },
  {
    name: 'the result names a trustee twice',
    rule: 'result.trustees',
    plan: async (e) => announcing(e, async (entry) => ({ ...entry, trustees: [1, 3, 3] })),
  },
  {
    name: 'the result names a trustee who posted nothing',
    rule: 'result.trustees',
    plan: async (e) => announcing(e, async (entry) => ({ ...entry, trustees: [1, 2, 3] })),
  },
  {
    name: 'the ballots are opened with the coefficients of other trustees',
    rule: 'result.points',
    plan: async (e) =>
      announcing(e, async (entry) => {
        const list = await lastList(e, 1)
        const shares = await Promise.all(
          [1, 3, 5].map(async (trustee, i) => ({
            ...(await e.count.honestShare(1, trustee, list)),
            trustee: i + 1,
          })),
        )
        const points = await e.count.points(list, shares)
        return { ...entry, ...e.count.tally(1, points), points }
      }),
  },
  {
    name: 'the authority replaces an opened ballot and counts accordingly',
    rule: 'result.points',
    plan: async (e) =>
      announcing(e, async (entry) => {
        const vote = encodePoint(e.fixture.backend.group, encodePlaintext({ kind: 'approve', options: [2] }))
        const points = concatBytes(vote, entry.points.subarray(32))
        return { ...entry, ...e.count.tally(1, points), points }
      }),
  },
  {
    name: 'the authority changes the order of the opened ballots',
    rule: 'result.points',
    plan: async (e) =>
      announcing(e, async (entry) => ({
        ...entry,
        points: concatBytes(entry.points.subarray(32), entry.points.subarray(0, 32)),
      })),
  },
  {
    name: 'the authority leaves an opened ballot out',
    rule: 'result.points',
    plan: async (e) => announcing(e, async (entry) => ({ ...entry, points: entry.points.subarray(32) })),
  },
  {
    name: 'the authority takes the plaintexts of another contest',
    rule: 'result.points',
    plan: async (e) =>
      recounted(e, {
        result: async ([first, second, ...rest]) => {
          const points = (second as Counted).points
          return [{ ...(first as Counted), ...e.count.tally(1, points), points }, second as Entry, ...rest]
        },
      }),
  },
  {
    name: 'the authority counts an invalid ballot as valid',
    rule: 'result.totals',
    plan: async (e) =>
      announcing(e, async (entry) => ({ ...entry, invalid: {}, counts: moved(entry.counts, 1, 0) })),
  },
  {
    name: 'the authority calls a blank ballot invalid',
    rule: 'result.totals',
    plan: async (e) =>
      announcing(e, async (entry) => ({
        ...entry,
        blank: 0,
        invalid: { ...entry.invalid, 'unknown-format': 1 },
      })),
  },
  {
    name: 'the authority gives another reason for an invalid ballot',
    rule: 'result.totals',
    plan: async (e) => announcing(e, async (entry) => ({ ...entry, invalid: { 'option-out-of-range': 1 } })),
  },
  {
    name: 'the authority moves a vote from one option to another',
    rule: 'result.totals',
    plan: async (e) => announcing(e, async (entry) => ({ ...entry, counts: moved(entry.counts, 1, -1) })),
  },
  {
    name: 'the authority adds ten votes',
    rule: 'result.totals',
    plan: async (e) => announcing(e, async (entry) => ({ ...entry, counts: moved(entry.counts, 10, 0) })),
  },
  {
    name: 'the authority reports more ballots than there are',
    rule: 'result.totals',
    plan: async (e) => announcing(e, async (entry) => ({ ...entry, total: entry.total + 1 })),
  },
  {
    name: 'the result leaves an option out',
    rule: 'result.totals',
    plan: async (e) => announcing(e, async (entry) => ({ ...entry, counts: entry.counts.slice(1) })),
  },
  {
    name: 'the result leaves a contest out',
    rule: 'result.contests',
    plan: async (e) => recounted(e, { result: (entries) => entries.slice(1) }),
  },
  {
    name: 'the contests of the result are swapped',
    rule: 'result.contests',
    plan: async (e) => recounted(e, { result: ([a, b, c]) => [b, a, c] as Entry[] }),
  },
  {
    name: 'a contest below the minimum is opened',
    rule: 'result.minimum',
    plan: async (e) =>
      recounted(e, {
        result: async ([first, second]) => {
          const list = e.count.ballots(WITHHELD, order(e))
          const shares = await Promise.all([1, 3, 5].map((trustee) => e.count.share(WITHHELD, trustee, list)))
          const points = await e.count.points(list, shares)
          const opened = { ...e.count.tally(WITHHELD, points), trustees: [1, 3, 5], points }
          return [first, second, opened] as Entry[]
        },
      }),
  },
  {
    name: 'a contest with enough ballots is withheld',
    rule: 'result.minimum',
    plan: async (e) =>
      recounted(e, {
        result: ([first, ...rest]) => {
          const { id, total } = first as Counted
          return [{ id, total, withheld: 'below-minimum' }, ...rest]
        },
      }),
  },
  {
    name: 'a second result is announced',
    rule: 'result.repeated',
    plan: async (e) => {
      const { times } = e.fixture.manifest
      let entries: readonly Entry[] = []
      await countSteps(e.count, order(e), { result: (honest) => (entries = honest) })
      const again = e.count.resultLeaf(entries, { at: times.sealedBy + 1 })
      return e.plan.after('result', step('once more', { notes: [again] }))
    },
  },
  {
    name: 'the result comes before the shares',
    rule: 'result.trustees',
    plan: async (e) => e.plan.without('result').before('shares', e.plan.step('result')),
  },
]
