import { toHex } from '../bytes.ts'
import { parseLeaf, RECORD } from '../election/leaf.ts'
import type { Manifest } from '../election/manifest.ts'
import { RULES, type Violation, violationOf } from '../election/rules.ts'
import type { BatchGroup } from '../group/batch.ts'
import { sha256 } from '../hash.ts'
import { parseNote } from '../log/note.ts'
import { deriveGenerators, type Generators } from '../proofs/generators.ts'
import type { Result } from '../result.ts'
import { type ContestStage, type CountError, CountState } from './count-state.ts'
import { parseDecryption, parseMix, parseResult, type ResultRecord } from './records.ts'

export interface CountReplayInput {
  readonly batch: BatchGroup
  readonly manifest: Manifest
  readonly manifestHash: Uint8Array
  /** The mix input of a contest, from `CiphertextCollector`. */
  readonly ballots: (contest: number) => Uint8Array
  /** Reads a blob by the hex of its SHA-256; `null` when it is not there. Its hash is checked here. */
  readonly blob: (hash: string) => Promise<Uint8Array | null>
}

/** A record 0x30 to 0x32 as the proofs see it. */
export interface CountedLeaf {
  readonly index: number
  readonly type: number
  /** Empty when it holds. Breaches of `skips` rules mean that the record counts for nothing. */
  readonly violations: readonly Violation[]
}

/**
 * Mixing, decryption and result of one ledger, record by record with all proofs: for the verifier, and for trustees, who
 * check everything before them. Blobs are read one record at a time and not kept.
 *
 * @example
 * const replay = new CountReplay({ batch: createLocalBatch(group), manifest, manifestHash, ballots, blob: reader.blob })
 * for (const [index, leaf] of leavesAfterSealed) report(await replay.apply(index, leaf))
 * report(replay.finish(size - 1))
 */
export class CountReplay {
  readonly #input: CountReplayInput
  readonly #state: CountState
  #blobs = new Map<string, Uint8Array>()

  constructor(input: CountReplayInput) {
    this.#input = input
    const { batch, manifest, manifestHash, ballots } = input
    this.#state = new CountState({
      batch,
      manifest,
      manifestHash,
      ballots,
      generators: cachedGenerators(batch, manifest.generatorLabel),
      blob: (hash) => this.#blobs.get(hash),
    })
  }

  /** The lists, mixers and shares so far. */
  get state(): CountState {
    return this.#state
  }

  get result(): ResultRecord | undefined {
    return this.#state.result
  }

  stage(contest: number): ContestStage | undefined {
    return this.#state.stage(contest)
  }

  /** Takes the next leaf; one that is about something else breaks no rule. Its signature was checked before. */
  async apply(index: number, leaf: Uint8Array): Promise<CountedLeaf> {
    const type = leaf[0] ?? 0
    const outcome = await this.#outcome(leaf)
    this.#blobs = new Map()
    const violations = outcome.ok ? [] : [violationOf(index, type, outcome.error, outcome.detail)]
    return { index, type, violations }
  }

  /** What a finished count lacks; `index` is the last leaf. */
  finish(index: number): Violation[] {
    return this.#state.result === undefined ? [violationOf(index, RECORD.result, 'result.missing')] : []
  }

  async #outcome(bytes: Uint8Array): Promise<Result<null, CountError>> {
    const nothing = { ok: true, value: null } as const
    const leaf = parseLeaf(bytes)
    if (!leaf.ok) return nothing
    const note = parseNote(leaf.value.body)
    if (!note.ok) return nothing
    const { text } = note.value
    switch (leaf.value.type) {
      case RECORD.mix: {
        const mix = parseMix(text)
        if (!mix.ok) return nothing
        await this.#fetch(mix.value.output, mix.value.proof)
        return this.#state.applyMix(mix.value)
      }
      case RECORD.decryption: {
        const decryption = parseDecryption(text)
        if (!decryption.ok) return nothing
        await this.#fetch(decryption.value.shares)
        return this.#state.applyDecryption(decryption.value)
      }
      case RECORD.result: {
        const result = parseResult(text)
        if (!result.ok) return nothing
        await this.#fetch(
          ...result.value.contests.flatMap((entry) => ('points' in entry ? [entry.points] : [])),
        )
        return this.#state.applyResult(result.value)
      }
      default:
        return nothing
    }
  }

  /** A blob with another hash than its name counts as missing. */
  async #fetch(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      const bytes = await this.#input.blob(name)
      if (bytes !== null && toHex(sha256(bytes)) === name) this.#blobs.set(name, bytes)
    }
  }
}

/** Whether a record with these violations is passed over while the count goes on. */
export function isSkipped(violations: readonly Violation[]): boolean {
  return violations.length > 0 && violations.every(({ rule }) => 'skips' in RULES[rule])
}

/** Generators for the label, computed again only when more are needed. */
export function cachedGenerators(batch: BatchGroup, label: string): (count: number) => Promise<Generators> {
  let made: Generators | undefined
  return async (count) => {
    if (made === undefined || made.list.length < 32 * count)
      made = await deriveGenerators(batch, label, count)
    return made
  }
}
