import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { mixContext, sharesContext } from '@hanpyo/protocol/count/context.ts'
import { CountState } from '@hanpyo/protocol/count/count-state.ts'
import type { DecryptionRecord, MixRecord, ResultRecord } from '@hanpyo/protocol/count/records.ts'
import { cachedGenerators } from '@hanpyo/protocol/count/replay.ts'
import { tallyContest } from '@hanpyo/protocol/count/tally.ts'
import type { BatchGroup } from '@hanpyo/protocol/group/batch.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { combineShares } from '@hanpyo/protocol/proofs/combine.ts'
import { decryptionShares, proveShares } from '@hanpyo/protocol/proofs/decryption.ts'
import { shuffle, splitCiphertexts } from '@hanpyo/protocol/proofs/shuffle.ts'
import { proveShuffle } from '@hanpyo/protocol/proofs/shuffle-prove.ts'
import { benchElection, CONTEST, DECRYPTING, encryptBallots, LABEL, MANIFEST_HASH } from './election.ts'

/** What to count: a folder takes the blobs, as a ledger would. */
export interface CountCase {
  readonly ballots: number
  readonly mixers: number
  readonly folder: string
  readonly random: (length: number) => Uint8Array
}

export type Phase =
  | 'mix'
  | 'prove'
  | 'decrypt'
  | 'combine'
  | 'verify mixes'
  | 'verify shares'
  | 'verify result'

/** Milliseconds by phase, over all mixers and trustees. */
export type Times = Partial<Record<Phase, number>>

interface Records {
  readonly mixes: readonly MixRecord[]
  readonly shares: readonly DecryptionRecord[]
  readonly result: ResultRecord
}

class Stopwatch {
  readonly times: Times = {}

  async time<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    const start = performance.now()
    const value = await work()
    this.times[phase] = (this.times[phase] ?? 0) + performance.now() - start
    return value
  }
}

/** Mixers, trustees and authority: everything after the seal, into the folder. */
export async function makeCount(batch: BatchGroup, of: CountCase): Promise<Times> {
  const { folder, random, ballots: total } = of
  const watch = new Stopwatch()
  const { manifest, publicKey, secrets } = benchElection(batch, of.mixers)
  const put = (bytes: Uint8Array): string => {
    const name = toHex(sha256(bytes))
    writeFileSync(join(folder, name), bytes)
    return name
  }
  let list = await encryptBallots(batch, publicKey, total, random)
  writeFileSync(join(folder, 'ballots'), list)
  const generators = await watch.time('prove', () => cachedGenerators(batch, LABEL)(total))
  const field = toBase64(MANIFEST_HASH)
  const mixes: MixRecord[] = []
  for (const mixer of manifest.mixers) {
    const input = list
    const hash = toHex(sha256(input))
    const mixed = await watch.time('mix', () => shuffle(batch, random, publicKey, input))
    const context = mixContext(MANIFEST_HASH, CONTEST, mixer, hash)
    const statement = { context, publicKey, input, output: mixed.output, generators }
    const proof = await watch.time('prove', () => proveShuffle(batch, random, statement, mixed.witness))
    list = mixed.output
    mixes.push({
      manifest: field,
      contest: CONTEST,
      mixer,
      count: total,
      input: hash,
      output: put(list),
      proof: put(proof),
    })
  }
  const { alpha, beta } = splitCiphertexts(list)
  const mix = toHex(sha256(list))
  const shares: DecryptionRecord[] = []
  const used: { index: number; shares: Uint8Array }[] = []
  for (const trustee of DECRYPTING) {
    const secret = secrets[trustee - 1] as Uint8Array
    const own = await watch.time('decrypt', () => decryptionShares(batch, secret, alpha))
    const statement = {
      context: sharesContext(MANIFEST_HASH, CONTEST, trustee, mix),
      verificationKey: batch.group.multiplyBase(secret),
      alphas: alpha,
      shares: own,
    }
    const proof = await watch.time('decrypt', () => proveShares(batch, random, statement, secret))
    used.push({ index: trustee, shares: own })
    shares.push({
      manifest: field,
      contest: CONTEST,
      trustee,
      count: total,
      mix,
      shares: put(own),
      proof: toBase64(proof),
    })
  }
  const points = await watch.time('combine', () => combineShares(batch, beta, used))
  const { invalid, counts, ...tally } = tallyContest(batch.group, manifest.contests[0]!, points)
  const contest = {
    ...tally,
    trustees: DECRYPTING,
    points: put(points),
    invalid: { ...invalid },
    counts: counts.map(({ option, votes }) => ({ option, votes })),
  }
  const records: Records = { mixes, shares, result: { manifest: field, at: 1, contests: [contest] } }
  writeFileSync(join(folder, 'records.json'), JSON.stringify(records))
  return watch.times
}

/** What a verifier does with these records, blobs read one record at a time. Throws when anything does not hold. */
export async function checkCount(
  batch: BatchGroup,
  of: Pick<CountCase, 'folder' | 'mixers'>,
): Promise<Times> {
  const watch = new Stopwatch()
  const { manifest } = benchElection(batch, of.mixers)
  const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(of.folder, name)))
  const records = JSON.parse(readFileSync(join(of.folder, 'records.json'), 'utf8')) as Records
  const state = new CountState({
    batch,
    manifest,
    manifestHash: MANIFEST_HASH,
    generators: cachedGenerators(batch, LABEL),
    ballots: () => read('ballots'),
    blob: (name) => read(name),
  })
  const all = [
    ...records.mixes.map((mix) => ['verify mixes', () => state.applyMix(mix)] as const),
    ...records.shares.map((shares) => ['verify shares', () => state.applyDecryption(shares)] as const),
    ['verify result', () => state.applyResult(records.result)] as const,
  ]
  for (const [phase, apply] of all) {
    const applied = await watch.time(phase, apply)
    if (!applied.ok) throw new Error(`${applied.error} ${applied.detail ?? ''}`)
  }
  return watch.times
}

/** The votes of the announced result, option by option. */
export function announcedVotes(folder: string): number[] {
  const { result } = JSON.parse(readFileSync(join(folder, 'records.json'), 'utf8')) as Records
  return result.contests.flatMap((contest) =>
    'counts' in contest ? contest.counts.map(({ votes }) => votes) : [],
  )
}
