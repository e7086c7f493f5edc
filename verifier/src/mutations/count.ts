import type { PreparedBallot } from '@hanpyo/protocol/ballot/create.ts'
import { encrypt } from '@hanpyo/protocol/ballot/elgamal.ts'
import { concatBytes, fromBase64, toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { mixContext, sharesContext } from '@hanpyo/protocol/count/context.ts'
import { cachedGenerators } from '@hanpyo/protocol/count/replay.ts'
import { tallyContest } from '@hanpyo/protocol/count/tally.ts'
import type { ManifestContest } from '@hanpyo/protocol/election/manifest.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { type BatchGroup, createLocalBatch } from '@hanpyo/protocol/group/batch.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import type { Json } from '@hanpyo/protocol/json.ts'
import { combineShares } from '@hanpyo/protocol/proofs/combine.ts'
import { decryptionShares, proveShares } from '@hanpyo/protocol/proofs/decryption.ts'
import type { Generators } from '@hanpyo/protocol/proofs/generators.ts'
import { shuffle, splitCiphertexts } from '@hanpyo/protocol/proofs/shuffle.ts'
import { proveShuffle } from '@hanpyo/protocol/proofs/shuffle-prove.ts'
import { officialLeaf } from '@hanpyo/protocol/testing/build-ledger.ts'
import { trusteeLeaf } from '@hanpyo/protocol/testing/count-rule-cases.ts'
import type { ElectionFixture } from '@hanpyo/protocol/testing/election-fixture.ts'
import { type Step, step } from './plan.ts'

/** One mix as its mixer made it; a lying mixer changes any of it. */
export interface Mix {
  readonly contest: number
  readonly mixer: number
  readonly count: number
  readonly input: string
  readonly output: Uint8Array
  readonly proof: Uint8Array
}

export interface Shares {
  readonly contest: number
  readonly trustee: number
  readonly count: number
  readonly mix: string
  readonly shares: Uint8Array
  readonly proof: Uint8Array
}

export interface Counted {
  readonly id: number
  readonly total: number
  readonly trustees: readonly number[]
  readonly points: Uint8Array
  readonly blank: number
  readonly invalid: Readonly<Record<string, number>>
  readonly counts: readonly { readonly option: number; readonly votes: number }[]
}

export type Entry =
  | Counted
  | { readonly id: number; readonly total: number; readonly withheld: 'below-minimum' }

/** Where somebody may lie; what comes after is made honestly from the lie. */
export interface Lies {
  readonly mix?: (honest: Mix, input: Uint8Array) => Mix | Promise<Mix>
  readonly shares?: (honest: Shares) => Shares | Promise<Shares>
  readonly result?: (honest: readonly Entry[]) => readonly Entry[] | Promise<readonly Entry[]>
  /** Trustees whose shares the result combines, instead of all that decrypt. */
  readonly combine?: readonly number[]
}

export const DECRYPTING = [1, 3, 5] as const

export const hashOf = (bytes: Uint8Array): string => toHex(sha256(bytes))

/** Mixers, trustees and authority after the seal. Honest work on the same input is done once. */
export class Count {
  readonly fixture: ElectionFixture
  readonly batch: BatchGroup
  readonly publicKey: Uint8Array
  readonly #prepared: readonly PreparedBallot[]
  readonly #mixes = new Map<string, Promise<Mix>>()
  readonly #shares = new Map<string, Promise<Shares>>()

  constructor(fixture: ElectionFixture, prepared: readonly PreparedBallot[]) {
    this.fixture = fixture
    this.publicKey = fromBase64(fixture.manifest.jointKey)
    this.#prepared = prepared
    this.batch = createLocalBatch(fixture.backend.group)
    this.generators = cachedGenerators(this.batch, fixture.manifest.generatorLabel)
  }

  readonly generators: (count: number) => Promise<Generators>

  /** The ciphertexts of a contest, in the order of the ledger. */
  ballots(contest: number, order: readonly number[]): Uint8Array {
    return concatBytes(
      ...order.flatMap((at) => {
        const prepared = this.#prepared[at] as PreparedBallot
        const place = prepared.contestIds.indexOf(contest)
        const ciphertext = prepared.ciphertexts[place]
        return ciphertext === undefined ? [] : [ciphertext.c1, ciphertext.c2]
      }),
    )
  }

  /** An honest mix; `context` and `generators` can be those of another place. */
  async mix(
    contest: number,
    mixer: number,
    list: Uint8Array,
    other: { readonly context?: Uint8Array; readonly generators?: Generators } = {},
  ): Promise<Mix> {
    const { random, manifestHash } = this.fixture
    const input = hashOf(list)
    const count = list.length / 64
    const { output, witness } = await shuffle(this.batch, random, this.publicKey, list)
    const { h, list: all } = await this.generators(count)
    const statement = {
      context: mixContext(manifestHash, contest, mixer, input),
      publicKey: this.publicKey,
      input: list,
      output,
      generators: { h, list: all.subarray(0, 32 * count) },
      ...other,
    }
    const proof = await proveShuffle(this.batch, random, statement, witness)
    return { contest, mixer, count, input, output, proof }
  }

  /** Shares by the secret of one trustee, posted by another or the same. */
  async share(contest: number, trustee: number, list: Uint8Array, secretOf = trustee): Promise<Shares> {
    const { backend, random, manifestHash, shares: secrets } = this.fixture
    const secret = secrets[secretOf - 1] as Uint8Array
    const mix = hashOf(list)
    const { alpha } = splitCiphertexts(list)
    const shares = await decryptionShares(this.batch, secret, alpha)
    const statement = {
      context: sharesContext(manifestHash, contest, trustee, mix),
      verificationKey: backend.group.multiplyBase(secret),
      alphas: alpha,
      shares,
    }
    const proof = await proveShares(this.batch, random, statement, secret)
    return { contest, trustee, count: list.length / 64, mix, shares, proof }
  }

  points(list: Uint8Array, shares: readonly Shares[]): Promise<Uint8Array> {
    const used = shares.map(({ trustee, shares: bytes }) => ({ index: trustee, shares: bytes }))
    return combineShares(this.batch, splitCiphertexts(list).beta, used)
  }

  tally(id: number, points: Uint8Array): Pick<Counted, 'id' | 'total' | 'blank' | 'invalid' | 'counts'> {
    const contest = this.fixture.manifest.contests.find((each) => each.id === id) as ManifestContest
    const { counts, invalid, ...rest } = tallyContest(this.fixture.backend.group, contest, points)
    return {
      ...rest,
      invalid: { ...invalid },
      counts: counts.map(({ option, votes }) => ({ option, votes })),
    }
  }

  honestMix(contest: number, mixer: number, list: Uint8Array): Promise<Mix> {
    return remembered(this.#mixes, `${contest} ${mixer} ${hashOf(list)}`, () =>
      this.mix(contest, mixer, list),
    )
  }

  honestShare(contest: number, trustee: number, list: Uint8Array): Promise<Shares> {
    const key = `${contest} ${trustee} ${hashOf(list)}`
    return remembered(this.#shares, key, () => this.share(contest, trustee, list))
  }

  mixLeaf({ contest, mixer, count, input, output, proof }: Mix, signer = mixer): Uint8Array {
    const value = { contest, mixer, count, input, output: hashOf(output), proof: hashOf(proof) }
    return trusteeLeaf(this.fixture, signer, RECORD.mix, value)
  }

  sharesLeaf({ contest, trustee, count, mix, shares, proof }: Shares, signer = trustee): Uint8Array {
    const value = { contest, trustee, count, mix, shares: hashOf(shares), proof: toBase64(proof) }
    return trusteeLeaf(this.fixture, signer, RECORD.decryption, value)
  }

  resultLeaf(entries: readonly Entry[], more: Readonly<Record<string, Json>> = {}): Uint8Array {
    const contests = entries.map((entry) =>
      'points' in entry ? { ...entry, points: hashOf(entry.points) } : entry,
    ) as unknown as Json
    const at = this.fixture.manifest.times.sealedBy
    return officialLeaf(this.fixture, 'authority', RECORD.result, { at, contests, ...more })
  }

  /** A ciphertext of an element under the joint key, 64 bytes. */
  encryptElement(element: Uint8Array): Uint8Array {
    const { backend, random } = this.fixture
    const { c1, c2 } = encrypt(backend.group, this.publicKey, element, scalar(random))
    return concatBytes(c1, c2)
  }
}

/** Everything after the seal: three mixes, shares, the result. `order` is that of the ballots in the ledger. */
export async function countSteps(
  count: Count,
  order: readonly number[],
  lies: Lies = {},
): Promise<{ readonly steps: Step[]; readonly blobs: Uint8Array[] }> {
  const { manifest } = count.fixture
  const blobs: Uint8Array[] = []
  const lists = new Map(manifest.contests.map(({ id }) => [id, count.ballots(id, order)]))
  const opened = manifest.contests
    .map(({ id }) => id)
    .filter((id) => sizeOf(lists, id) >= manifest.minimumCount)
  const mixSteps: Step[] = []
  for (const mixer of manifest.mixers) {
    const notes: Uint8Array[] = []
    for (const contest of opened) {
      const input = lists.get(contest) as Uint8Array
      const honest = await count.honestMix(contest, mixer, input)
      const mix = (await lies.mix?.(honest, input)) ?? honest
      lists.set(contest, mix.output)
      blobs.push(mix.output, mix.proof)
      notes.push(count.mixLeaf(mix))
    }
    mixSteps.push(step(`mix ${mixer}`, { notes }))
  }
  const posted: Shares[] = []
  for (const trustee of DECRYPTING) {
    for (const contest of opened) {
      const honest = await count.honestShare(contest, trustee, lists.get(contest) as Uint8Array)
      const shares = (await lies.shares?.(honest)) ?? honest
      blobs.push(shares.shares)
      posted.push(shares)
    }
  }
  const honestEntries: Entry[] = []
  for (const { id } of manifest.contests) {
    const list = lists.get(id) as Uint8Array
    if (!opened.includes(id)) {
      honestEntries.push({ id, total: list.length / 64, withheld: 'below-minimum' })
      continue
    }
    const trustees = [...(lies.combine ?? DECRYPTING)]
    const used = posted.filter(({ contest, trustee }) => contest === id && trustees.includes(trustee))
    const points = await count.points(list, used)
    honestEntries.push({ ...count.tally(id, points), trustees, points })
  }
  const entries = (await lies.result?.(honestEntries)) ?? honestEntries
  blobs.push(...entries.flatMap((entry) => ('points' in entry ? [entry.points] : [])))
  const steps = [
    ...mixSteps,
    step('shares', { notes: posted.map((shares) => count.sharesLeaf(shares)) }),
    step('result', { notes: [count.resultLeaf(entries)] }),
  ]
  return { steps, blobs }
}

function sizeOf(lists: ReadonlyMap<number, Uint8Array>, id: number): number {
  return (lists.get(id)?.length ?? 0) / 64
}

function remembered<Value>(made: Map<string, Value>, key: string, make: () => Value): Value {
  const known = made.get(key)
  if (known !== undefined) return known
  const value = make()
  made.set(key, value)
  return value
}

function scalar(random: (length: number) => Uint8Array): Uint8Array {
  const bytes = random(32).slice()
  // below 2^252, so canonical
  bytes[31] = (bytes[31] as number) & 0x0f
  return bytes
}
