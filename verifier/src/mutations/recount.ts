import { encodePoint } from '@hanpyo/protocol/ballot/encoding.ts'
import { encodePlaintext } from '@hanpyo/protocol/ballot/plaintext.ts'
import { type Counted, countSteps, type Lies, type Mix, type Shares } from './count.ts'
import { type Election, OPENED } from './election.ts'
import { flipped } from './mutation.ts'
import type { Plan } from './plan.ts'

/** Trustee 2 posts shares that do not hold, although nobody needs them. */
export async function withUselessShare(e: Election): Promise<Plan> {
  const good = await e.count.honestShare(1, 2, await lastList(e, 1))
  const leaf = e.count.sharesLeaf({ ...good, proof: flipped(good.proof, 70) })
  return e.plan.change('shares', ({ notes }) => ({ notes: [leaf, ...notes] })).withBlobs([good.shares])
}

/** Positions of the ballots in the order of the ledger. */
export function order(e: Election): number[] {
  return e.plan
    .publish()
    .leaves.map((leaf) => e.ballots.findIndex((cast) => cast.leaf.leaf === leaf))
    .filter((at) => at >= 0)
}

/** The count made anew where somebody lies; what follows builds on the lie. */
export async function recounted(e: Election, lies: Lies): Promise<Plan> {
  const { steps, blobs } = await countSteps(e.count, order(e), lies)
  return e.plan
    .until('sealing')
    .with([...e.plan.until('sealing').steps, ...steps])
    .withBlobs(blobs)
}

/** One mixer lies in contest 1. */
export function mixing(
  e: Election,
  mixer: number,
  lie: (honest: Mix, input: Uint8Array) => Mix | Promise<Mix>,
): Promise<Plan> {
  return recounted(e, {
    mix: (mix, input) => (mix.contest === OPENED[0] && mix.mixer === mixer ? lie(mix, input) : mix),
  })
}

/** Mixer 2 makes its proof of contest 1 in another context. */
export function provedFor(e: Election, context: (mix: Mix) => Uint8Array): Promise<Plan> {
  return mixing(e, 2, (mix, input) => e.count.mix(1, 2, input, { context: context(mix) }))
}

/** Trustees lie about contest 1. */
export function sharing(e: Election, lie: (honest: Shares) => Shares | Promise<Shares>): Promise<Plan> {
  return recounted(e, { shares: (shares) => (shares.contest === OPENED[0] ? lie(shares) : shares) })
}

/** The authority lies about contest 1. */
export function announcing(e: Election, lie: (honest: Counted) => Counted | Promise<Counted>): Promise<Plan> {
  return recounted(e, {
    result: (entries) =>
      Promise.all(entries.map((entry) => (entry.id === OPENED[0] ? lie(entry as Counted) : entry))),
  })
}

/** The honest mix of a contest by a mixer. */
export async function mixOf(e: Election, contest: number, mixer: number): Promise<Mix> {
  let list = e.count.ballots(contest, order(e))
  for (const id of e.fixture.manifest.mixers) {
    const mix = await e.count.honestMix(contest, id, list)
    if (id === mixer) return mix
    list = mix.output
  }
  throw new Error(`no mixer ${mixer}`)
}

export async function lastList(e: Election, contest: number): Promise<Uint8Array> {
  const last = await mixOf(e, contest, e.fixture.manifest.mixers.at(-1) as number)
  return last.output
}

export function ownVote(e: Election): Uint8Array {
  const vote = encodePlaintext({ kind: 'approve', options: [2] })
  return e.count.encryptElement(encodePoint(e.fixture.backend.group, vote))
}

export function withCiphertext(list: Uint8Array, at: number, ciphertext: Uint8Array): Uint8Array {
  const changed = list.slice()
  changed.set(ciphertext, 64 * at)
  return changed
}

/** Votes added to the first option and to the second. */
export function moved(counts: Counted['counts'], toFirst: number, toSecond: number): Counted['counts'] {
  return counts.map(({ option, votes }, i) => ({ option, votes: votes + ([toFirst, toSecond][i] ?? 0) }))
}
