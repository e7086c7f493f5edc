/**
 * The rules of mixing, decryption and result, as a state machine over the records 0x30 to 0x32 after the polls are sealed.
 * Authority and verifier use the same class: trustees ask it for their input, the verifier applies what the ledger holds.
 * Records are applied one after the other; applying one while another is being checked throws.
 */
import { fromBase64, toHex } from '../bytes.ts'
import type { Manifest } from '../election/manifest.ts'
import type { BatchGroup } from '../group/batch.ts'
import { sha256 } from '../hash.ts'
import { canonicalJson } from '../json.ts'
import { verifyCombination } from '../proofs/combine.ts'
import { verifyShares } from '../proofs/decryption.ts'
import type { Generators } from '../proofs/generators.ts'
import { splitCiphertexts } from '../proofs/shuffle.ts'
import { verifyShuffle } from '../proofs/shuffle-verify.ts'
import { err, ok, type Result } from '../result.ts'
import { mixContext, sharesContext } from './context.ts'
import type { CountedContest, DecryptionRecord, MixRecord, ResultRecord } from './records.ts'
import { tallyContest } from './tally.ts'

export type CountError =
  | 'mix.contest'
  | 'mix.turn'
  | 'mix.input'
  | 'mix.blob'
  | 'mix.proof'
  | 'decryption.contest'
  | 'decryption.minimum'
  | 'decryption.mix'
  | 'decryption.repeated'
  | 'decryption.blob'
  | 'decryption.proof'
  | 'result.repeated'
  | 'result.contests'
  | 'result.minimum'
  | 'result.trustees'
  | 'result.points'
  | 'result.totals'

/** One stage of one contest as the ledger stands. */
export interface ContestStage {
  readonly id: number
  /** Ballots of the contest. */
  readonly total: number
  /** Mixers whose turn is over, in order. */
  readonly mixed: readonly number[]
  /** The newest list of α ‖ β and its SHA-256 in hex. */
  readonly list: Uint8Array
  readonly listHash: string
  /** Trustees with verified shares, 32 bytes a ballot. */
  readonly shares: ReadonlyMap<number, Uint8Array>
  /** Whether too few ballots were cast to open the contest. */
  readonly withheld: boolean
}

export interface CountInput {
  readonly batch: BatchGroup
  readonly manifest: Manifest
  readonly manifestHash: Uint8Array
  /** Generators for the manifest's label and at least `count` ballots. */
  readonly generators: (count: number) => Promise<Generators>
  /** The ciphertexts of a contest up to `sealed`, in ledger order: α ‖ β, 64 bytes each. */
  readonly ballots: (contest: number) => Uint8Array
  /** A blob by the hex of its SHA-256, whose hash was checked. */
  readonly blob: (hash: string) => Uint8Array | undefined
}

interface Stage {
  readonly id: number
  readonly total: number
  readonly mixed: number[]
  list: Uint8Array
  listHash: string
  readonly shares: Map<number, Uint8Array>
  readonly withheld: boolean
}

export class CountState {
  readonly #input: CountInput
  readonly #stages: Map<number, Stage>
  #result: ResultRecord | undefined
  #isBusy = false

  constructor(input: CountInput) {
    this.#input = input
    const stages = input.manifest.contests.map(({ id }): [number, Stage] => {
      const list = input.ballots(id)
      const total = list.length / 64
      const withheld = total < Math.max(2, input.manifest.minimumCount)
      return [id, { id, total, mixed: [], list, listHash: toHex(sha256(list)), shares: new Map(), withheld }]
    })
    this.#stages = new Map(stages)
  }

  get result(): ResultRecord | undefined {
    return this.#result
  }

  stages(): readonly ContestStage[] {
    return [...this.#stages.values()]
  }

  stage(contest: number): ContestStage | undefined {
    return this.#stages.get(contest)
  }

  /** The mixer whose turn it is, `null` when all have mixed or the contest is withheld. */
  nextMixer(contest: number): number | null {
    const stage = this.#stages.get(contest)
    if (stage === undefined || stage.withheld) return null
    return this.#input.manifest.mixers[stage.mixed.length] ?? null
  }

  /** Whether all mixers have mixed, so that trustees may decrypt. */
  isMixed(contest: number): boolean {
    const stage = this.#stages.get(contest)
    return stage !== undefined && !stage.withheld && stage.mixed.length === this.#input.manifest.mixers.length
  }

  /** Takes a mix whose signature was checked. On an error nothing changes. */
  applyMix(record: MixRecord): Promise<Result<null, CountError>> {
    return this.#alone(() => this.#checkMix(record))
  }

  async #checkMix(record: MixRecord): Promise<Result<null, CountError>> {
    const stage = this.#stages.get(record.contest)
    if (stage === undefined) return err('mix.contest', `contest ${record.contest}`)
    const turn = this.nextMixer(record.contest)
    if (turn !== record.mixer)
      return err('mix.turn', `mixer ${record.mixer}, it is the turn of ${turn ?? 'nobody'}`)
    if (record.input !== stage.listHash || record.count !== stage.total) return err('mix.input')
    const output = this.#input.blob(record.output)
    const proof = this.#input.blob(record.proof)
    if (output === undefined || proof === undefined) return err('mix.blob', 'a blob is missing')
    if (output.length !== stage.list.length) return err('mix.blob', `${output.length} bytes`)
    const { h, list } = await this.#input.generators(stage.total)
    const statement = {
      context: mixContext(this.#input.manifestHash, record.contest, record.mixer, record.input),
      publicKey: fromBase64(this.#input.manifest.jointKey),
      input: stage.list,
      output,
      generators: { h, list: list.subarray(0, 32 * stage.total) },
    }
    const verified = await verifyShuffle(this.#input.batch, statement, proof)
    if (!verified.ok) return err('mix.proof', [verified.error, verified.detail].filter(Boolean).join(', '))
    stage.mixed.push(record.mixer)
    stage.list = output
    stage.listHash = record.output
    return ok(null)
  }

  /** Takes a trustee's shares whose signature was checked. On an error nothing changes: such shares are skipped. */
  applyDecryption(record: DecryptionRecord): Promise<Result<null, CountError>> {
    return this.#alone(() => this.#checkDecryption(record))
  }

  async #checkDecryption(record: DecryptionRecord): Promise<Result<null, CountError>> {
    const stage = this.#stages.get(record.contest)
    const trustee = this.#input.manifest.trustees.find(({ id }) => id === record.trustee)
    if (stage === undefined || trustee === undefined)
      return err('decryption.contest', `contest ${record.contest}`)
    if (stage.withheld) return err('decryption.minimum', `${stage.total} ballots`)
    if (!this.isMixed(record.contest) || record.mix !== stage.listHash || record.count !== stage.total) {
      return err('decryption.mix')
    }
    if (stage.shares.has(record.trustee)) return err('decryption.repeated', `trustee ${record.trustee}`)
    const shares = this.#input.blob(record.shares)
    if (shares === undefined || shares.length !== 32 * stage.total) return err('decryption.blob')
    const statement = {
      context: sharesContext(this.#input.manifestHash, record.contest, record.trustee, record.mix),
      verificationKey: fromBase64(trustee.verificationKey),
      alphas: splitCiphertexts(stage.list).alpha,
      shares,
    }
    const verified = await verifyShares(this.#input.batch, statement, fromBase64(record.proof))
    if (!verified.ok)
      return err('decryption.proof', [verified.error, verified.detail].filter(Boolean).join(', '))
    stage.shares.set(record.trustee, shares)
    return ok(null)
  }

  /** Takes the result: every contest in order, its points recomputed from the shares, its totals from the points. */
  applyResult(record: ResultRecord): Promise<Result<null, CountError>> {
    return this.#alone(() => this.#checkResult(record))
  }

  async #checkResult(record: ResultRecord): Promise<Result<null, CountError>> {
    if (this.#result !== undefined) return err('result.repeated')
    const { manifest } = this.#input
    const named = record.contests.map(({ id }) => id).join()
    if (named !== manifest.contests.map(({ id }) => id).join()) return err('result.contests', named)
    for (const entry of record.contests) {
      const checked = await this.#checkContest(entry)
      if (!checked.ok)
        return err(checked.error, [`contest ${entry.id}`, checked.detail].filter(Boolean).join(', '))
    }
    this.#result = record
    return ok(null)
  }

  /** Two mixes checked at the same time would both find that it is their turn. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isBusy) throw new Error('a record of the count is still being checked')
    this.#isBusy = true
    try {
      return await work()
    } finally {
      this.#isBusy = false
    }
  }

  async #checkContest(entry: ResultRecord['contests'][number]): Promise<Result<null, CountError>> {
    const stage = this.#stages.get(entry.id) as Stage
    if (entry.total !== stage.total)
      return err('result.totals', `${entry.total}, the ledger has ${stage.total}`)
    if ('withheld' in entry !== stage.withheld) return err('result.minimum', `${stage.total} ballots`)
    return 'withheld' in entry ? ok(null) : this.#checkCounted(entry, stage)
  }

  async #checkCounted(entry: CountedContest, stage: Stage): Promise<Result<null, CountError>> {
    const { batch, manifest } = this.#input
    const used = new Set(entry.trustees)
    const trustees = [...used].map((index) => ({ index, shares: stage.shares.get(index) }))
    if (used.size !== entry.trustees.length || used.size < manifest.threshold) {
      return err('result.trustees', `${used.size} of ${manifest.threshold}`)
    }
    const verified = trustees.flatMap(({ index, shares }) =>
      shares === undefined ? [] : [{ index, shares }],
    )
    if (verified.length !== trustees.length) return err('result.trustees', 'shares without a valid proof')
    const points = this.#input.blob(entry.points)
    if (points === undefined || points.length !== 32 * stage.total) return err('result.points', 'blob')
    const { beta } = splitCiphertexts(stage.list)
    const combined = await verifyCombination(batch, beta, verified, points)
    if (!combined.ok) return err('result.points', combined.error)
    const contest = manifest.contests.find(({ id }) => id === entry.id)
    if (contest === undefined) return err('result.contests')
    const tally = tallyContest(batch.group, contest, points)
    const claimed = {
      id: entry.id,
      total: entry.total,
      blank: entry.blank,
      invalid: entry.invalid,
      counts: entry.counts,
    }
    return canonicalJson(claimed) === canonicalJson({ ...tally }) ? ok(null) : err('result.totals')
  }
}
