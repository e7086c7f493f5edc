import { beforeAll, expect, test } from 'vitest'
import { encodePoint } from '../ballot/encoding.ts'
import { encodePlaintext, type Selection } from '../ballot/plaintext.ts'
import { concatBytes, toBase64, toHex } from '../bytes.ts'
import type { Manifest } from '../election/manifest.ts'
import { type BatchGroup, createLocalBatch } from '../group/batch.ts'
import type { Group } from '../group/group.ts'
import { ORDER, randomScalar } from '../group/scalar.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import { sha256 } from '../hash.ts'
import { combineShares } from '../proofs/combine.ts'
import { decryptionShares, proveShares } from '../proofs/decryption.ts'
import { deriveGenerators } from '../proofs/generators.ts'
import { randomScalars, scalarBytes, shuffle, splitCiphertexts } from '../proofs/shuffle.ts'
import { proveShuffle } from '../proofs/shuffle-prove.ts'
import { mixContext, sharesContext } from './context.ts'
import { CountState } from './count-state.ts'
import type { DecryptionRecord, MixRecord, ResultRecord } from './records.ts'
import { tallyContest } from './tally.ts'

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
let batch: BatchGroup
const VOTES: Selection[] = [
  { kind: 'approve', options: [1, 2] },
  { kind: 'approve', options: [2] },
  { kind: 'blank' },
  { kind: 'approve', options: [2, 3] },
]
const FIELD = toBase64(new Uint8Array(32).fill(9))
let group: Group

beforeAll(async () => {
  group = await createSodiumGroup()
  batch = createLocalBatch(group)
})

/** An election whose polls are sealed: contest 1 with four ballots, contest 2 with one, 2 of 3 trustees, two mixers. */
function sealedElection() {
  const coefficients = randomScalars(random, 2)
  const secrets = [1n, 2n, 3n].map((i) => scalarBytes((coefficients[0]! + coefficients[1]! * i) % ORDER))
  const publicKey = group.multiplyBase(scalarBytes(coefficients[0]!))
  const title = { ko: '가', en: 'a' }
  const options = [1, 2, 3].map((id) => ({ id, title, summary: title }))
  const contest = { kind: 'approve', title, summary: title, options, minSelections: 1, maxSelections: 2 }
  const manifest = {
    contests: [
      { id: 1, ...contest },
      { id: 2, ...contest },
    ],
    mixers: [3, 1],
    trustees: secrets.map((secret, i) => ({
      id: i + 1,
      verificationKey: toBase64(group.multiplyBase(secret)),
    })),
    threshold: 2,
    jointKey: toBase64(publicKey),
    minimumCount: 2,
  } as unknown as Manifest
  const encryptAll = (votes: readonly Selection[]): Uint8Array =>
    concatBytes(
      ...votes.flatMap((vote) => {
        const r = randomScalar(random)
        const message = encodePoint(group, encodePlaintext(vote))
        return [group.multiplyBase(r), group.add(message, group.multiply(r, publicKey))]
      }),
    )
  const ballots = new Map([
    [1, encryptAll(VOTES)],
    [2, encryptAll(VOTES.slice(0, 1))],
  ])
  const blobs = new Map<string, Uint8Array>()
  const put = (bytes: Uint8Array): string => {
    const name = toHex(sha256(bytes))
    blobs.set(name, bytes)
    return name
  }
  const manifestHash = random(32)
  const open = (): CountState =>
    new CountState({
      batch,
      manifest,
      manifestHash,
      generators: (count) => deriveGenerators(batch, 'label', count),
      ballots: (id) => ballots.get(id) as Uint8Array,
      blob: (name) => blobs.get(name),
    })

  async function mix(state: CountState, mixer: number, contest = 1): Promise<MixRecord> {
    const { list, listHash, total } = state.stage(contest)!
    const { output, witness } = await shuffle(batch, random, publicKey, list)
    const statement = {
      context: mixContext(manifestHash, contest, mixer, listHash),
      publicKey,
      input: list,
      output,
      generators: await deriveGenerators(batch, 'label', total),
    }
    const proof = put(await proveShuffle(batch, random, statement, witness))
    return { manifest: FIELD, contest, mixer, count: total, input: listHash, output: put(output), proof }
  }

  async function decrypt(
    state: CountState,
    trustee: number,
    secret = secrets[trustee - 1]!,
  ): Promise<DecryptionRecord> {
    const { list, listHash, total } = state.stage(1)!
    const alphas = splitCiphertexts(list).alpha
    const shares = await decryptionShares(batch, secret, alphas)
    const context = sharesContext(manifestHash, 1, trustee, listHash)
    const statement = { context, verificationKey: group.multiplyBase(secret), alphas, shares }
    const proof = toBase64(await proveShares(batch, random, statement, secret))
    return { manifest: FIELD, contest: 1, trustee, count: total, mix: listHash, shares: put(shares), proof }
  }

  async function result(state: CountState, trustees: number[]): Promise<ResultRecord> {
    const { list, shares, total } = state.stage(1)!
    const used = trustees.flatMap((index) =>
      shares.has(index) ? [{ index, shares: shares.get(index)! }] : [],
    )
    const points = await combineShares(batch, splitCiphertexts(list).beta, used)
    const { blank, invalid, counts } = tallyContest(group, manifest.contests[0]!, points)
    const counted = {
      id: 1,
      total,
      trustees,
      points: put(points),
      blank,
      invalid: { ...invalid },
      counts: counts.map((c) => ({ ...c })),
    }
    return {
      manifest: FIELD,
      at: 1,
      contests: [counted as never, { id: 2, total: 1, withheld: 'below-minimum' }],
    }
  }

  return { open, mix, decrypt, result, put, blobs, secrets }
}

async function mixedElection() {
  const election = sealedElection()
  const state = election.open()
  for (const mixer of [3, 1]) expect((await state.applyMix(await election.mix(state, mixer))).ok).toBe(true)
  return { ...election, state }
}

const codeOf = (result: { ok: boolean; error?: string }): string =>
  result.ok ? 'ok' : (result.error as string)

test('two mixes, two of three trustees and a result give the scripted counts', async () => {
  const { state, decrypt, result } = await mixedElection()
  expect(state.isMixed(1)).toBe(true)
  for (const trustee of [1, 3])
    expect(codeOf(await state.applyDecryption(await decrypt(state, trustee)))).toBe('ok')
  expect(codeOf(await state.applyResult(await result(state, [1, 3])))).toBe('ok')
  expect(state.result?.contests[0]).toMatchObject({
    total: 4,
    blank: 1,
    counts: [
      { option: 1, votes: 1 },
      { option: 2, votes: 3 },
      { option: 3, votes: 1 },
    ],
  })
})

test('mixers act in the order of the manifest, once each, on the newest list', async () => {
  const election = sealedElection()
  const state = election.open()
  const tooEarly = await election.mix(state, 1)
  expect(codeOf(await state.applyMix(tooEarly))).toBe('mix.turn')
  const first = await election.mix(state, 3)
  expect(codeOf(await state.applyMix({ ...first, count: 3 }))).toBe('mix.input')
  expect(codeOf(await state.applyMix({ ...first, input: election.put(random(10)) }))).toBe('mix.input')
  expect(codeOf(await state.applyMix({ ...first, contest: 9 }))).toBe('mix.contest')
  expect(codeOf(await state.applyMix({ ...first, output: 'ab'.repeat(32) }))).toBe('mix.blob')
  expect(codeOf(await state.applyMix({ ...first, output: election.put(random(64)) }))).toBe('mix.blob')
  expect(codeOf(await state.applyMix({ ...first, proof: election.put(random(288 + 160 * 4)) }))).toBe(
    'mix.proof',
  )
  expect(codeOf(await state.applyMix(first))).toBe('ok')
  expect(codeOf(await state.applyMix(first))).toBe('mix.turn')
  expect(codeOf(await state.applyMix({ ...tooEarly }))).toBe('mix.input')
})

test('a mix of another election or contest does not verify', async () => {
  const [a, b] = [sealedElection(), sealedElection()]
  const state = a.open()
  const foreign = await b.mix(b.open(), 3)
  for (const name of [foreign.output, foreign.proof]) a.put(b.blobs.get(name)!)
  expect(codeOf(await state.applyMix({ ...foreign, input: state.stage(1)!.listHash }))).toBe('mix.proof')
})

test('a contest below the minimum is neither mixed nor opened', async () => {
  const { state, mix, decrypt } = await mixedElection()
  expect(state.nextMixer(2)).toBeNull()
  expect(codeOf(await state.applyMix(await mix(state, 3, 2)))).toBe('mix.turn')
  expect(codeOf(await state.applyDecryption({ ...(await decrypt(state, 1)), contest: 2 }))).toBe(
    'decryption.minimum',
  )
})

test('shares need all mixes, the last list, a true proof, and come once a trustee', async () => {
  const election = sealedElection()
  const early = election.open()
  expect(codeOf(await early.applyDecryption(await election.decrypt(early, 1)))).toBe('decryption.mix')
  const { state, decrypt, put, secrets } = await mixedElection()
  const good = await decrypt(state, 1)
  expect(codeOf(await state.applyDecryption({ ...good, mix: 'ab'.repeat(32) }))).toBe('decryption.mix')
  expect(codeOf(await state.applyDecryption({ ...good, shares: put(random(32)) }))).toBe('decryption.blob')
  expect(codeOf(await state.applyDecryption({ ...good, trustee: 2 }))).toBe('decryption.proof')
  expect(codeOf(await state.applyDecryption({ ...good, trustee: 4 }))).toBe('decryption.contest')
  expect(codeOf(await state.applyDecryption(await decrypt(state, 1, secrets[1])))).toBe('decryption.proof')
  expect(codeOf(await state.applyDecryption(good))).toBe('ok')
  expect(codeOf(await state.applyDecryption(good))).toBe('decryption.repeated')
})

test('a result with too few trustees, other points or other totals is refused, and there is one result', async () => {
  const { state, decrypt, result, put } = await mixedElection()
  for (const trustee of [1, 2]) await state.applyDecryption(await decrypt(state, trustee))
  const good = await result(state, [1, 2])
  const counted = good.contests[0] as never as Record<string, unknown>
  const changed = (change: object): ResultRecord => ({
    ...good,
    contests: [{ ...counted, ...change } as never, good.contests[1]!],
  })
  expect(codeOf(await state.applyResult(changed({ trustees: [1] })))).toBe('result.trustees')
  expect(codeOf(await state.applyResult(changed({ trustees: [1, 1] })))).toBe('result.trustees')
  expect(codeOf(await state.applyResult(changed({ trustees: [1, 3] })))).toBe('result.trustees')
  expect(codeOf(await state.applyResult(changed({ points: put(random(128)) })))).toBe('result.points')
  expect(codeOf(await state.applyResult(changed({ blank: 0 })))).toBe('result.totals')
  expect(codeOf(await state.applyResult(changed({ invalid: { 'unknown-format': 1 } })))).toBe('result.totals')
  expect(codeOf(await state.applyResult(changed({ total: 5 })))).toBe('result.totals')
  expect(codeOf(await state.applyResult({ ...good, contests: good.contests.toReversed() }))).toBe(
    'result.contests',
  )
  expect(codeOf(await state.applyResult({ ...good, contests: [good.contests[0]!] }))).toBe('result.contests')
  const opened = { ...counted, id: 2, total: 1 } as never
  expect(codeOf(await state.applyResult({ ...good, contests: [good.contests[0]!, opened] }))).toBe(
    'result.minimum',
  )
  expect(codeOf(await state.applyResult(good))).toBe('ok')
  expect(codeOf(await state.applyResult(good))).toBe('result.repeated')
})

test('a record that is applied while another is being checked is a bug and changes nothing', async () => {
  const { open, mix } = sealedElection()
  const state = open()
  const record = await mix(state, 3)
  const first = state.applyMix(record)
  await expect(state.applyMix(record)).rejects.toThrow(/still being checked/)
  expect((await first).ok).toBe(true)
  expect(state.stage(1)?.mixed).toEqual([3])
})
