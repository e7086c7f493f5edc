import { concatBytes } from '@hanpyo/protocol/bytes.ts'
import { mixContext } from '@hanpyo/protocol/count/context.ts'
import { deriveGenerators } from '@hanpyo/protocol/proofs/generators.ts'
import type { Mix } from './count.ts'
import { WITHHELD } from './election.ts'
import { flipped, type Mutation } from './mutation.ts'
import { step } from './plan.ts'
import { lastList, mixing, mixOf, order, ownVote, provedFor, recounted, withCiphertext } from './recount.ts'

/** Lies of mixers after the seal. */
export const MIXES: readonly Mutation[] = [
  {
    name: 'a mixer replaces a ballot by a copy of another',
    rule: 'mix.proof',
    plan: async (e) =>
      mixing(e, 2, async (mix) => ({
        ...mix,
        output: withCiphertext(mix.output, 0, mix.output.slice(64, 128)),
      })),
  },
  {
    name: 'a mixer replaces a ballot by one of its own',
    rule: 'mix.proof',
    plan: async (e) =>
      mixing(e, 1, async (mix) => ({ ...mix, output: withCiphertext(mix.output, 3, ownVote(e)) })),
  },
  {
    name: 'a mixer re-marks a ballot without opening it',
    rule: 'mix.proof',
    plan: async (e) =>
      mixing(e, 3, async (mix) => {
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
    plan: async (e) =>
      mixing(e, 2, async (mix) => {
        const output = mix.output.slice()
        output.set(mix.output.subarray(32, 64), 96)
        output.set(mix.output.subarray(96, 128), 32)
        return { ...mix, output }
      }),
  },
  {
    name: 'a mixer shuffles once more after making the proof',
    rule: 'mix.proof',
    plan: async (e) =>
      mixing(e, 2, async (mix) => {
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
    plan: async (e) => mixing(e, 1, async (mix) => ({ ...mix, output: mix.output.subarray(64) })),
  },
  {
    name: 'a mixer drops a ballot and says so in its count',
    rule: 'mix.input',
    plan: async (e) =>
      mixing(e, 1, async (mix, input) => ({
        ...(await e.count.mix(1, 1, input.slice(64))),
        input: mix.input,
      })),
  },
  {
    name: 'a mixer adds a ballot',
    rule: 'mix.blob',
    plan: async (e) => mixing(e, 3, async (mix) => ({ ...mix, output: concatBytes(mix.output, ownVote(e)) })),
  },
  {
    name: 'a mixer starts from a list without one ballot, with a proof for that',
    rule: 'mix.input',
    plan: async (e) =>
      mixing(e, 1, async (_mix, input) => await e.count.mix(1, 1, withCiphertext(input, 5, ownVote(e)))),
  },
  {
    name: 'the second mixer ignores the first and mixes the ballots',
    rule: 'mix.input',
    plan: async (e) => {
      let ballots: Uint8Array | undefined
      return recounted(e, {
        mix: async (mix, input) => {
          if (mix.contest !== 1) return mix
          ballots ??= input
          return mix.mixer === 2 ? await e.count.mix(1, 2, ballots) : mix
        },
      })
    },
  },
  {
    name: 'a mixer uses generators of another label, whose relations it may know',
    rule: 'mix.proof',
    plan: async (e) =>
      mixing(e, 2, async (mix, input) => {
        const generators = await deriveGenerators(e.count.batch, 'another label', mix.count)
        return await e.count.mix(1, 2, input, { generators })
      }),
  },
  {
    name: 'a mixer uses the proof of another contest',
    rule: 'mix.proof',
    plan: async (e) => {
      let other: Mix | undefined
      return recounted(e, {
        mix: async (mix) => {
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
    plan: async (e) => provedFor(e, (mix) => mixContext(e.fixture.manifestHash, 2, 2, mix.input)),
  },
  {
    name: 'a mixer makes its proof for another election',
    rule: 'mix.proof',
    plan: async (e) => provedFor(e, (mix) => mixContext(flipped(e.fixture.manifestHash, 0), 1, 2, mix.input)),
  },
  {
    name: 'a mixer repeats the work of the mixer before it as its own',
    rule: 'mix.proof',
    plan: async (e) => {
      let before: Mix | undefined
      return recounted(e, {
        mix: async (mix) => {
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
      plan: async (e) => mixing(e, 2, async (mix) => ({ ...mix, proof: flipped(mix.proof, at) })),
    }),
  ),
  {
    name: 'a mixer appends bytes to its proof',
    rule: 'mix.proof',
    plan: async (e) =>
      mixing(e, 2, async (mix) => ({ ...mix, proof: concatBytes(mix.proof, new Uint8Array(32)) })),
  },
  {
    name: 'a mix puts something that is no ballot into the list',
    rule: 'mix.proof',
    plan: async (e) => {
      const mix = await mixOf(e, 1, 2)
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
    plan: async (e) => e.plan.without('mix 2'),
  },
  {
    name: 'two mixers act in each other’s place',
    rule: 'mix.turn',
    plan: async (e) => {
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
    plan: async (e) => {
      const list = await lastList(e, 1)
      const again = await e.count.mix(1, 3, list)
      return e.plan
        .after('mix 3', step('once more', { notes: [e.count.mixLeaf(again)] }))
        .withBlobs([again.output, again.proof])
    },
  },
  {
    name: 'one trustee mixes in the name of another',
    rule: 'note.signature',
    plan: async (e) => {
      const mix = await mixOf(e, 1, 2)
      return e.plan.change('mix 2', ({ notes }) => ({ notes: [e.count.mixLeaf(mix, 3), ...notes.slice(1)] }))
    },
  },
  {
    name: 'a contest that does not exist is mixed',
    rule: 'mix.contest',
    plan: async (e) => {
      const mix = { ...(await mixOf(e, 1, 1)), contest: 99 }
      return e.plan.change('mix 1', ({ notes }) => ({ notes: [...notes, e.count.mixLeaf(mix)] }))
    },
  },
  {
    name: 'a contest with too few ballots is mixed',
    rule: 'mix.turn',
    plan: async (e) => {
      const mix = await e.count.mix(WITHHELD, 1, e.count.ballots(WITHHELD, order(e)))
      return e.plan
        .change('mix 1', ({ notes }) => ({ notes: [...notes, e.count.mixLeaf(mix)] }))
        .withBlobs([mix.output, mix.proof])
    },
  },
  {
    name: 'mixing begins while ballots still come in',
    rule: 'count.not-sealed',
    plan: async (e) => e.plan.without('sealing').after('result', e.plan.step('sealing')),
  },
]
