import { encodePoint } from '@hanpyo/protocol/ballot/encoding.ts'
import { encodePlaintext } from '@hanpyo/protocol/ballot/plaintext.ts'
import { concatBytes } from '@hanpyo/protocol/bytes.ts'
import { mixContext } from '@hanpyo/protocol/count/context.ts'
import { deriveGenerators } from '@hanpyo/protocol/proofs/generators.ts'
import { type Counted, countSteps, type Entry, type Lies, type Mix, type Shares } from './count.ts'
import { type Election, OPENED, WITHHELD } from './election.ts'
import { flipped, type Mutation } from './mutation.ts'
import { type Plan, step } from './plan.ts'

/** Lies of mixers, trustees and authority after the seal. */
export const COUNTS: readonly Mutation[] = [
  {
    name: 'a mixer replaces a ballot by a copy of another',
    rule: 'mix.proof',
    plan: (e) =>
      mixing(e, 2, (mix) => ({ ...mix, output: withCiphertext(mix.output, 0, mix.output.slice(64, 128)) })),
  },
  {
    name: 'a mixer replaces a ballot by one of its own',
    rule: 'mix.proof',
    plan: (e) => mixing(e, 1, (mix) => ({ ...mix, output: withCiphertext(mix.output, 3, ownVote(e)) })),
  },
  {
    name: 'a mixer re-marks a ballot without opening it',
    rule: 'mix.proof',
    plan: (e) =>
      mixing(e, 3, (mix) => {
        const { group } = e.fixture.backend
        const [alpha, beta] = [mix.output.slice(0, 32), mix.output.slice(32, 64)]
        return {
          ...mix,
          output: withCiphertext(mix.output, 0, concatBytes(alpha, group.add(beta, e.count.publicKey))),
        }
      }),
  },
  {
    name: 'a mixer swaps halves of two ballots',
    rule: 'mix.proof',
    plan: (e) =>
      mixing(e, 2, (mix) => {
        const output = mix.output.slice()
        output.set(mix.output.subarray(32, 64), 96)
        output.set(mix.output.subarray(96, 128), 32)
        return { ...mix, output }
      }),
  },
  {
    name: 'a mixer shuffles once more after making the proof',
    rule: 'mix.proof',
    plan: (e) =>
      mixing(e, 2, (mix) => {
        const { output } = mix
        return {
          ...mix,
          output: concatBytes(output.subarray(64, 128), output.subarray(0, 64), output.subarray(128)),
        }
      }),
  },
  {
    name: 'a mixer drops a ballot',
    rule: 'mix.blob',
    plan: (e) => mixing(e, 1, (mix) => ({ ...mix, output: mix.output.subarray(64) })),
  },
  {
    name: 'a mixer drops a ballot and says so in its count',
    rule: 'mix.input',
    plan: (e) => mixing(e, 1, (mix, input) => ({ ...e.count.mix(1, 1, input.slice(64)), input: mix.input })),
  },
  {
    name: 'a mixer adds a ballot',
    rule: 'mix.blob',
    plan: (e) => mixing(e, 3, (mix) => ({ ...mix, output: concatBytes(mix.output, ownVote(e)) })),
  },
  {
    name: 'a mixer starts from a list without one ballot, with a proof for that',
    rule: 'mix.input',
    plan: (e) => mixing(e, 1, (_mix, input) => e.count.mix(1, 1, withCiphertext(input, 5, ownVote(e)))),
  },
  {
    name: 'the second mixer ignores the first and mixes the ballots',
    rule: 'mix.input',
    plan: (e) => {
      let ballots: Uint8Array | undefined
      return recounted(e, {
        mix: (mix, input) => {
          if (mix.contest !== 1) return mix
          ballots ??= input
          return mix.mixer === 2 ? e.count.mix(1, 2, ballots) : mix
        },
      })
    },
  },
  {
    name: 'a mixer uses generators of another label, whose relations it may know',
    rule: 'mix.proof',
    plan: (e) =>
      mixing(e, 2, (mix, input) => {
        const generators = deriveGenerators(e.fixture.backend.group, 'another label', mix.count)
        return e.count.mix(1, 2, input, { generators })
      }),
  },
  {
    name: 'a mixer uses the proof of another contest',
    rule: 'mix.proof',
    plan: (e) => {
      let other: Mix | undefined
      return recounted(e, {
        mix: (mix) => {
          if (mix.mixer !== 2) return mix
          if (mix.contest === 1) other = mix
          return mix.contest === 2 ? { ...mix, proof: (other as Mix).proof } : mix
        },
      })
    },
  },
  {
    name: 'a mixer makes its proof for another contest',
    rule: 'mix.proof',
    plan: (e) => provedFor(e, (mix) => mixContext(e.fixture.manifestHash, 2, 2, mix.input)),
  },
  {
    name: 'a mixer makes its proof for another election',
    rule: 'mix.proof',
    plan: (e) => provedFor(e, (mix) => mixContext(flipped(e.fixture.manifestHash, 0), 1, 2, mix.input)),
  },
  {
    name: 'a mixer repeats the work of the mixer before it as its own',
    rule: 'mix.proof',
    plan: (e) => {
      let before: Mix | undefined
      return recounted(e, {
        mix: (mix) => {
          if (mix.contest !== 1) return mix
          if (mix.mixer === 1) before = mix
          return mix.mixer === 2 ? { ...(before as Mix), mixer: 2, input: mix.input } : mix
        },
      })
    },
  },
  ...[0, 500, -1].map(
    (at): Mutation => ({
      name: `a mixer changes byte ${at} of its proof before signing`,
      rule: 'mix.proof',
      plan: (e) => mixing(e, 2, (mix) => ({ ...mix, proof: flipped(mix.proof, at) })),
    }),
  ),
  {
    name: 'a mixer appends bytes to its proof',
    rule: 'mix.proof',
    plan: (e) => mixing(e, 2, (mix) => ({ ...mix, proof: concatBytes(mix.proof, new Uint8Array(32)) })),
  },
  {
    name: 'a mix puts something that is no ballot into the list',
    rule: 'mix.proof',
    plan: (e) => {
      const mix = mixOf(e, 1, 2)
      const output = withCiphertext(mix.output, 1, new Uint8Array(64).fill(0xff))
      return e.plan
        .change('mix 2', ({ notes }) => ({
          notes: [e.count.mixLeaf({ ...mix, output }), ...notes.slice(1)],
        }))
        .withBlobs([output])
    },
  },
  {
    name: 'a mix is skipped',
    rule: 'mix.turn',
    plan: (e) => e.plan.without('mix 2'),
  },
  {
    name: 'two mixers act in each other’s place',
    rule: 'mix.turn',
    plan: (e) => {
      const [first, second] = [e.plan.step('mix 1'), e.plan.step('mix 2')]
      return e.plan
        .without('mix 1')
        .after('mix 2', first)
        .change('mix 2', () => second)
    },
  },
  {
    name: 'a mixer mixes twice',
    rule: 'mix.turn',
    plan: (e) => {
      const list = lastList(e, 1)
      const again = e.count.mix(1, 3, list)
      return e.plan
        .after('mix 3', step('once more', { notes: [e.count.mixLeaf(again)] }))
        .withBlobs([again.output, again.proof])
    },
  },
  {
    name: 'one trustee mixes in the name of another',
    rule: 'note.signature',
    plan: (e) => {
      const mix = mixOf(e, 1, 2)
      return e.plan.change('mix 2', ({ notes }) => ({ notes: [e.count.mixLeaf(mix, 3), ...notes.slice(1)] }))
    },
  },
  {
    name: 'a contest that does not exist is mixed',
    rule: 'mix.contest',
    plan: (e) => {
      const mix = { ...mixOf(e, 1, 1), contest: 99 }
      return e.plan.change('mix 1', ({ notes }) => ({ notes: [...notes, e.count.mixLeaf(mix)] }))
    },
  },
  {
    name: 'a contest with too few ballots is mixed',
    rule: 'mix.turn',
    plan: (e) => {
      const mix = e.count.mix(WITHHELD, 1, e.count.ballots(WITHHELD, order(e)))
      return e.plan
        .change('mix 1', ({ notes }) => ({ notes: [...notes, e.count.mixLeaf(mix)] }))
        .withBlobs([mix.output, mix.proof])
    },
  },
  {
    name: 'mixing begins while ballots still come in',
    rule: 'count.not-sealed',
    plan: (e) => e.plan.without('sealing').after('result', e.plan.step('sealing')),
  },

  {
    name: 'trustees decrypt before all mixers have mixed',
    rule: 'decryption.mix',
    plan: (e) => e.plan.without('shares').after('mix 2', e.plan.step('shares')),
  },
  {
    name: 'trustees decrypt the ballots as they were cast',
    rule: 'decryption.mix',
    plan: (e) => sharing(e, (shares) => e.count.share(1, shares.trustee, e.count.ballots(1, order(e)))),
  },
  {
    name: 'trustees decrypt the output of the first mixer',
    rule: 'decryption.mix',
    plan: (e) => sharing(e, (shares) => e.count.share(1, shares.trustee, mixOf(e, 1, 1).output)),
  },
  {
    name: 'trustees decrypt a subset of the ballots',
    rule: 'decryption.mix',
    plan: (e) => sharing(e, (shares) => ({ ...shares, count: shares.count - 1 })),
  },
  {
    name: 'trustees decrypt a contest with too few ballots',
    rule: 'decryption.minimum',
    plan: (e) => {
      const shares = e.count.share(WITHHELD, 1, e.count.ballots(WITHHELD, order(e)))
      return e.plan
        .change('shares', ({ notes }) => ({ notes: [...notes, e.count.sharesLeaf(shares)] }))
        .withBlobs([shares.shares])
    },
  },
  {
    name: 'a trustee decrypts a contest that does not exist',
    rule: 'decryption.contest',
    plan: (e) => {
      const shares = { ...e.count.honestShare(1, 2, lastList(e, 1)), contest: 99 }
      return e.plan.change('shares', ({ notes }) => ({ notes: [...notes, e.count.sharesLeaf(shares)] }))
    },
  },
  {
    name: 'a trustee floods the log with shares',
    rule: 'decryption.limit',
    plan: (e) => {
      const good = e.count.honestShare(1, 2, lastList(e, 1))
      const notes = [0, 1, 2, 3, 4].map((i) => e.count.sharesLeaf({ ...good, proof: flipped(good.proof, i) }))
      return e.plan.after('shares', step('flood', { notes })).withBlobs([good.shares])
    },
  },
  {
    name: 'one trustee posts shares in the name of another',
    rule: 'note.signature',
    plan: (e) => {
      const shares = e.count.honestShare(1, 1, lastList(e, 1))
      return e.plan.change('shares', ({ notes }) => ({
        notes: [e.count.sharesLeaf(shares, 2), ...notes.slice(1)],
      }))
    },
  },
  {
    name: 'a trustee posts a wrong share, and the result uses it',
    rule: 'result.trustees',
    plan: (e) =>
      sharing(e, (shares) =>
        shares.trustee === 3
          ? { ...shares, shares: concatBytes(shares.shares.subarray(32, 64), shares.shares.subarray(32)) }
          : shares,
      ),
  },
  {
    name: 'a trustee decrypts with the key of another',
    rule: 'result.trustees',
    plan: (e) =>
      sharing(e, (shares) => (shares.trustee === 3 ? e.count.share(1, 3, lastList(e, 1), 4) : shares)),
  },
  {
    name: 'a trustee uses the proof of another contest',
    rule: 'result.trustees',
    plan: (e) =>
      sharing(e, (shares) =>
        shares.trustee === 1 ? { ...shares, proof: e.count.honestShare(2, 1, lastList(e, 2)).proof } : shares,
      ),
  },
  {
    name: 'a trustee changes a bit of its proof before signing',
    rule: 'result.trustees',
    plan: (e) => sharing(e, (shares) => ({ ...shares, proof: flipped(shares.proof, 70) })),
  },
  {
    name: 'a trustee posts shares of fewer ballots',
    rule: 'result.trustees',
    plan: (e) => {
      const shares = e.count.honestShare(1, 1, lastList(e, 1))
      const fewer = shares.shares.slice(32)
      const leaf = e.count.sharesLeaf({ ...shares, shares: fewer })
      return e.plan.change('shares', ({ notes }) => ({ notes: [leaf, ...notes.slice(1)] })).withBlobs([fewer])
    },
  },
  {
    name: 'the result rests on the shares of t−1 trustees',
    rule: 'result.trustees',
    plan: (e) => recounted(e, { combine: [1, 3] }),
  },
  {
    name: 'the result names a trustee twice',
    rule: 'result.trustees',
    plan: (e) => announcing(e, (entry) => ({ ...entry, trustees: [1, 3, 3] })),
  },
  {
    name: 'the result names a trustee who posted nothing',
    rule: 'result.trustees',
    plan: (e) => announcing(e, (entry) => ({ ...entry, trustees: [1, 2, 3] })),
  },
  {
    name: 'the ballots are opened with the coefficients of other trustees',
    rule: 'result.points',
    plan: (e) =>
      announcing(e, (entry) => {
        const shares = [1, 3, 5].map((trustee, i) => ({
          ...e.count.honestShare(1, trustee, lastList(e, 1)),
          trustee: i + 1,
        }))
        const points = e.count.points(lastList(e, 1), shares)
        return { ...entry, ...e.count.tally(1, points), points }
      }),
  },
  {
    name: 'the authority replaces an opened ballot and counts accordingly',
    rule: 'result.points',
    plan: (e) =>
      announcing(e, (entry) => {
        const vote = encodePoint(e.fixture.backend.group, encodePlaintext({ kind: 'approve', options: [2] }))
        const points = concatBytes(vote, entry.points.subarray(32))
        return { ...entry, ...e.count.tally(1, points), points }
      }),
  },
  {
    name: 'the authority changes the order of the opened ballots',
    rule: 'result.points',
    plan: (e) =>
      announcing(e, (entry) => ({
        ...entry,
        points: concatBytes(entry.points.subarray(32), entry.points.subarray(0, 32)),
      })),
  },
  {
    name: 'the authority leaves an opened ballot out',
    rule: 'result.points',
    plan: (e) => announcing(e, (entry) => ({ ...entry, points: entry.points.subarray(32) })),
  },
  {
    name: 'the authority takes the plaintexts of another contest',
    rule: 'result.points',
    plan: (e) =>
      recounted(e, {
        result: ([first, second, ...rest]) => {
          const points = (second as Counted).points
          return [{ ...(first as Counted), ...e.count.tally(1, points), points }, second as Entry, ...rest]
        },
      }),
  },
  {
    name: 'the authority counts an invalid ballot as valid',
    rule: 'result.totals',
    plan: (e) => announcing(e, (entry) => ({ ...entry, invalid: {}, counts: moved(entry.counts, 1, 0) })),
  },
  {
    name: 'the authority calls a blank ballot invalid',
    rule: 'result.totals',
    plan: (e) =>
      announcing(e, (entry) => ({ ...entry, blank: 0, invalid: { ...entry.invalid, 'unknown-format': 1 } })),
  },
  {
    name: 'the authority gives another reason for an invalid ballot',
    rule: 'result.totals',
    plan: (e) => announcing(e, (entry) => ({ ...entry, invalid: { 'option-out-of-range': 1 } })),
  },
  {
    name: 'the authority moves a vote from one option to another',
    rule: 'result.totals',
    plan: (e) => announcing(e, (entry) => ({ ...entry, counts: moved(entry.counts, 1, -1) })),
  },
  {
    name: 'the authority adds ten votes',
    rule: 'result.totals',
    plan: (e) => announcing(e, (entry) => ({ ...entry, counts: moved(entry.counts, 10, 0) })),
  },
  {
    name: 'the authority reports more ballots than there are',
    rule: 'result.totals',
    plan: (e) => announcing(e, (entry) => ({ ...entry, total: entry.total + 1 })),
  },
  {
    name: 'the result leaves an option out',
    rule: 'result.totals',
    plan: (e) => announcing(e, (entry) => ({ ...entry, counts: entry.counts.slice(1) })),
  },
  {
    name: 'the result leaves a contest out',
    rule: 'result.contests',
    plan: (e) => recounted(e, { result: (entries) => entries.slice(1) }),
  },
  {
    name: 'the contests of the result are swapped',
    rule: 'result.contests',
    plan: (e) => recounted(e, { result: ([a, b, c]) => [b, a, c] as Entry[] }),
  },
  {
    name: 'a contest below the minimum is opened',
    rule: 'result.minimum',
    plan: (e) =>
      recounted(e, {
        result: ([first, second]) => {
          const list = e.count.ballots(WITHHELD, order(e))
          const shares = [1, 3, 5].map((trustee) => e.count.share(WITHHELD, trustee, list))
          const points = e.count.points(list, shares)
          const opened = { ...e.count.tally(WITHHELD, points), trustees: [1, 3, 5], points }
          return [first, second, opened] as Entry[]
        },
      }),
  },
  {
    name: 'a contest with enough ballots is withheld',
    rule: 'result.minimum',
    plan: (e) =>
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
    plan: (e) => {
      const { times } = e.fixture.manifest
      let entries: readonly Entry[] = []
      countSteps(e.count, order(e), { result: (honest) => (entries = honest) })
      const again = e.count.resultLeaf(entries, { at: times.sealedBy + 1 })
      return e.plan.after('result', step('once more', { notes: [again] }))
    },
  },
  {
    name: 'the result comes before the shares',
    rule: 'result.trustees',
    plan: (e) => e.plan.without('result').before('shares', e.plan.step('result')),
  },
]

/** Trustee 2 posts shares that do not hold, although nobody needs them. */
export function withUselessShare(e: Election): Plan {
  const good = e.count.honestShare(1, 2, lastList(e, 1))
  const leaf = e.count.sharesLeaf({ ...good, proof: flipped(good.proof, 70) })
  return e.plan.change('shares', ({ notes }) => ({ notes: [leaf, ...notes] })).withBlobs([good.shares])
}

/** Positions of the ballots in the order of the ledger. */
function order(e: Election): number[] {
  return e.plan
    .publish()
    .leaves.map((leaf) => e.ballots.findIndex((cast) => cast.leaf.leaf === leaf))
    .filter((at) => at >= 0)
}

/** The count made anew where somebody lies; what follows builds on the lie. */
function recounted(e: Election, lies: Lies): Plan {
  const { steps, blobs } = countSteps(e.count, order(e), lies)
  return e.plan
    .until('sealing')
    .with([...e.plan.until('sealing').steps, ...steps])
    .withBlobs(blobs)
}

/** One mixer lies in contest 1. */
function mixing(e: Election, mixer: number, lie: (honest: Mix, input: Uint8Array) => Mix): Plan {
  return recounted(e, {
    mix: (mix, input) => (mix.contest === OPENED[0] && mix.mixer === mixer ? lie(mix, input) : mix),
  })
}

/** Mixer 2 makes its proof of contest 1 in another context. */
function provedFor(e: Election, context: (mix: Mix) => Uint8Array): Plan {
  return mixing(e, 2, (mix, input) => e.count.mix(1, 2, input, { context: context(mix) }))
}

/** Trustees lie about contest 1. */
function sharing(e: Election, lie: (honest: Shares) => Shares): Plan {
  return recounted(e, { shares: (shares) => (shares.contest === OPENED[0] ? lie(shares) : shares) })
}

/** The authority lies about contest 1. */
function announcing(e: Election, lie: (honest: Counted) => Counted): Plan {
  return recounted(e, {
    result: (entries) => entries.map((entry) => (entry.id === OPENED[0] ? lie(entry as Counted) : entry)),
  })
}

/** The honest mix of a contest by a mixer. */
function mixOf(e: Election, contest: number, mixer: number): Mix {
  let list = e.count.ballots(contest, order(e))
  for (const id of e.fixture.manifest.mixers) {
    const mix = e.count.honestMix(contest, id, list)
    if (id === mixer) return mix
    list = mix.output
  }
  throw new Error(`no mixer ${mixer}`)
}

function lastList(e: Election, contest: number): Uint8Array {
  return mixOf(e, contest, e.fixture.manifest.mixers.at(-1) as number).output
}

function ownVote(e: Election): Uint8Array {
  const vote = encodePlaintext({ kind: 'approve', options: [2] })
  return e.count.encryptElement(encodePoint(e.fixture.backend.group, vote))
}

function withCiphertext(list: Uint8Array, at: number, ciphertext: Uint8Array): Uint8Array {
  const changed = list.slice()
  changed.set(ciphertext, 64 * at)
  return changed
}

/** Votes added to the first option and to the second. */
function moved(counts: Counted['counts'], toFirst: number, toSecond: number): Counted['counts'] {
  return counts.map(({ option, votes }, i) => ({ option, votes: votes + ([toFirst, toSecond][i] ?? 0) }))
}
