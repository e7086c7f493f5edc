import type { Findings, Remark } from '@hanpyo/protocol/checks/findings.ts'
import { CiphertextCollector } from '@hanpyo/protocol/count/collect.ts'
import type { ContestStage } from '@hanpyo/protocol/count/count-state.ts'
import { parseDecryption, parseMix } from '@hanpyo/protocol/count/records.ts'
import { type CountedLeaf, CountReplay } from '@hanpyo/protocol/count/replay.ts'
import { type ContestTally, tallyContest } from '@hanpyo/protocol/count/tally.ts'
import { type Leaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { isStopping, type Violation } from '@hanpyo/protocol/election/rules.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { type BatchGroup, createLocalBatch } from '@hanpyo/protocol/group/batch.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { combineShares } from '@hanpyo/protocol/proofs/combine.ts'
import { splitCiphertexts } from '@hanpyo/protocol/proofs/shuffle.ts'
import { readBlob } from './key-lists.ts'
import type { ContestReport, CountReport } from './report.ts'
import type { Source } from './source/source.ts'

/** The largest blob that the count of N ballots names is a shuffle proof, 160 N + 288 bytes. */
const PROOF_BYTES_A_BALLOT = 160
/** A little more is read, so that a blob that is too long fails for its length and not as one that is missing. */
const PROOF_BYTES = 288 + 65_536

export interface CountCheckInput {
  readonly backend: CryptoBackend
  readonly source: Source
  readonly state: ElectionState
  readonly findings: Findings
  /** One for many runs saves compiling it each time. */
  readonly batch?: BatchGroup | undefined
  /** Told before each mix, share or result how many were checked and how many an election of this kind has. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * Recomputes mixes, decryption and result from the ballots, record by record as they are read. Blobs are fetched one
 * record at a time. Memory: 64 bytes for each ballot and contest, up to twice that while reading, and the blobs of
 * one record (224 bytes a ballot).
 */
export class CountCheck {
  readonly #input: CountCheckInput
  readonly #ballots: CiphertextCollector
  #replay: CountReplay | undefined
  #local: BatchGroup | undefined
  readonly #contests: ContestReport[] = []
  readonly #mixes: { contest: number; mixer: number; index: number; valid: boolean }[] = []
  readonly #shares: { contest: number; trustee: number; index: number; valid: boolean }[] = []
  readonly #skipped: Violation[] = []
  #done = 0

  constructor(input: CountCheckInput) {
    this.#input = input
    this.#ballots = new CiphertextCollector(input.state.manifest, input.state.context())
  }

  /** Takes a leaf that broke no stopping rule. */
  async apply(index: number, bytes: Uint8Array, leaf: Leaf): Promise<void> {
    if (leaf.type === RECORD.ballot) this.#ballots.add(bytes)
    if (leaf.type < RECORD.mix || leaf.type > RECORD.result) return
    this.#done += 1
    this.#input.onProgress?.(this.#done, this.#expectedRecords())
    const counted = await this.#opened().apply(index, bytes)
    this.#list(counted, leaf)
    for (const { rule, detail } of counted.violations.filter(isStopping)) {
      this.#input.findings.fail(rule, index, detail)
    }
    this.#skipped.push(...counted.violations.filter((violation) => !isStopping(violation)))
  }

  /** Says what the count lacks, for a log that should be final. `last` is the index of the last record. */
  finish(last: number): void {
    const { findings } = this.#input
    const replay = this.#opened()
    for (const { rule, detail } of replay.finish(last)) findings.fail(rule, null, detail)
    const { threshold, mixers } = this.#input.state.manifest
    for (const { id, withheld, mixed, shares } of replay.state.stages()) {
      if (withheld) continue
      if (mixed.length < mixers.length) findings.skip('mixes', tooFewMixes(id, mixed.length, mixers.length))
      if (shares.size < threshold) findings.skip('shares', tooFewShares(id, shares.size, threshold))
    }
    if (replay.result === undefined) findings.skip('plaintexts', NO_RESULT)
  }

  /** What the checks of the count found beyond PASS and FAIL, once everything was read. */
  remark(): void {
    const { findings } = this.#input
    if (this.#done === 0) return
    const proofs = this.#mixes.filter(({ valid }) => valid).length
    findings.remark('mixes', {
      en: `${proofs} shuffle proofs`,
      ko: `섞기 증명 ${proofs}건`,
    })
    findings.remark('shares', sharesRemark(this.#opened().state.stages(), this.#skipped))
    const contests = this.contests().filter((contest) => !('withheld' in contest))
    if (contests.length > 0) findings.remark('plaintexts', plaintextsRemark(contests))
  }

  report(): CountReport {
    return {
      mixes: this.#mixes,
      shares: this.#shares,
      skipped: this.#skipped.map(({ index, rule, detail }) =>
        detail === undefined ? { index, rule } : { index, rule, detail },
      ),
    }
  }

  /** The result of every contest as the ledger gives it, whatever was announced; contests not counted yet are left out. */
  contests(): readonly ContestReport[] {
    return this.#contests
  }

  /** Counts every contest once all records are read. */
  async settle(): Promise<void> {
    if (this.#input.state.polls !== 'sealed' || this.#done === 0) return
    const replay = this.#opened()
    const announced = new Map(replay.result?.contests.map((entry) => [entry.id, entry]))
    for (const stage of replay.state.stages()) {
      const { id, total, withheld } = stage
      const entry = announced.get(id)
      if (withheld) this.#contests.push({ id, total, withheld: 'below-minimum' })
      // A result that the replay took has exactly the totals that it recomputed.
      else if (entry !== undefined && 'counts' in entry) {
        const { blank, invalid, counts } = entry
        this.#contests.push({ id, total, blank, invalid: invalid as ContestTally['invalid'], counts })
      } else this.#contests.push(...(await this.#recount(stage)))
    }
  }

  /** Combines the first valid shares of as many trustees as needed, when no valid result says the outcome. */
  async #recount(stage: ContestStage): Promise<ContestReport[]> {
    const { manifest } = this.#input.state
    const contest = manifest.contests.find(({ id }) => id === stage.id)
    if (contest === undefined || stage.shares.size < manifest.threshold) return []
    const used = [...stage.shares].map(([index, shares]) => ({ index, shares })).slice(0, manifest.threshold)
    const batch = this.#batch()
    const points = await combineShares(batch, splitCiphertexts(stage.list).beta, used)
    return [tallyContest(batch.group, contest, points)]
  }

  #batch(): BatchGroup {
    this.#local ??= this.#input.batch ?? createLocalBatch(this.#input.backend.group)
    return this.#local
  }

  #opened(): CountReplay {
    const { source, state } = this.#input
    const maxBytes = PROOF_BYTES_A_BALLOT * state.ballotCount + PROOF_BYTES
    this.#replay ??= new CountReplay({
      batch: this.#batch(),
      manifest: state.manifest,
      manifestHash: state.manifestHash,
      ballots: (contest) => this.#ballots.list(contest),
      blob: async (hash) => {
        const read = await readBlob(source, hash, maxBytes)
        return 'bytes' in read ? read.bytes : null
      },
    })
    return this.#replay
  }

  #list({ index, violations }: CountedLeaf, { type, body }: Leaf): void {
    const note = parseNote(body)
    if (!note.ok) return
    const valid = violations.length === 0
    const mix = type === RECORD.mix ? parseMix(note.value.text) : undefined
    if (mix?.ok) this.#mixes.push({ contest: mix.value.contest, mixer: mix.value.mixer, index, valid })
    const shares = type === RECORD.decryption ? parseDecryption(note.value.text) : undefined
    if (shares?.ok) {
      const { contest, trustee } = shares.value
      this.#shares.push({ contest, trustee, index, valid })
    }
  }

  /** Every mixer and as many trustees as needed for each contest that is opened, and the result. */
  #expectedRecords(): number {
    const { manifest } = this.#input.state
    const opened = this.#opened()
      .state.stages()
      .filter(({ withheld }) => !withheld)
    return Math.max(this.#done, opened.length * (manifest.mixers.length + manifest.threshold) + 1)
  }
}

const NO_RESULT: Remark = {
  en: 'there is no result that holds',
  ko: '맞는 결과가 없습니다',
}

function tooFewMixes(contest: number, mixed: number, mixers: number): Remark {
  return {
    en: `contest ${contest}: ${mixed} of ${mixers} mixes`,
    ko: `안건 ${contest}: 섞기 ${mixers}번 가운데 ${mixed}번`,
  }
}

function tooFewShares(contest: number, valid: number, threshold: number): Remark {
  return {
    en: `contest ${contest}: valid shares of ${valid} trustees, ${threshold} are needed`,
    ko: `안건 ${contest}: 올바른 해독 조각 ${valid}명, ${threshold}명이 필요합니다`,
  }
}

function sharesRemark(stages: readonly ContestStage[], skipped: readonly Violation[]): Remark {
  const trustees = new Set(stages.flatMap(({ shares }) => [...shares.keys()]))
  const list = [...trustees].sort((a, b) => a - b).join(', ')
  const records = skipped.map(({ index, rule }) => `${index} ${rule}`).join(', ')
  return {
    en: `trustees ${list}${records === '' ? '' : `; skipped: record ${records}`}`,
    ko: `수탁자 ${list}${records === '' ? '' : `; 건너뛴 기록: ${records}`}`,
  }
}

function plaintextsRemark(contests: readonly ContestReport[]): Remark {
  const line = (words: { valid: string; blank: string; invalid: string; contest: string }): string =>
    contests
      .flatMap((contest) => {
        if ('withheld' in contest) return []
        const invalid = invalidCount(contest)
        const valid = contest.total - contest.blank - invalid
        const { blank, total, id } = contest
        return [
          `${words.contest} ${id}: ${total} = ${valid} ${words.valid} + ${blank} ${words.blank} + ${invalid} ${words.invalid}`,
        ]
      })
      .join('; ')
  return {
    en: line({ contest: 'contest', valid: 'valid', blank: 'blank', invalid: 'invalid' }),
    ko: line({ contest: '안건', valid: '유효', blank: '백지', invalid: '무효' }),
  }
}

/** Ballots of a contest that are no permitted selection. */
export function invalidCount(contest: {
  readonly invalid: Readonly<Partial<Record<string, number>>>
}): number {
  return Object.values(contest.invalid).reduce<number>((sum, count) => sum + (count ?? 0), 0)
}
