import { parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import { fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { parseDevice, parseLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { parseRefusal } from '@hanpyo/protocol/election/refusal.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import type { BallotJob, BallotPool } from './ballot-pool.ts'

/** A ballot that verified. */
export interface VerifiedAhead {
  /** The kiosk key it verified under, 32 bytes. */
  readonly under: Uint8Array
  /** Of its proof; empty where they were not computed. */
  readonly commitments: Uint8Array
}

/** What was found out for each record; undefined for everything that is not a valid ballot. */
export type LookedAhead = readonly (VerifiedAhead | undefined)[]

/**
 * Verifies the ballots of records that are still to come, in parallel, under the kiosk keys that will probably
 * be live then. That is a guess, made without checking signatures: whoever applies the record compares the key
 * with the live one and verifies again when they differ.
 */
export class LookAhead {
  readonly #state: ElectionState
  readonly #pool: BallotPool
  /** The key that a device record read so far named last for a kiosk. */
  readonly #guessedKeys = new Map<number, Uint8Array>()

  constructor(state: ElectionState, pool: BallotPool) {
    this.#state = state
    this.#pool = pool
  }

  /** Starts on the records of a bundle; they must come in ledger order, with commitments of anybody where there are some. */
  async verify(
    leaves: readonly (Uint8Array | undefined)[],
    commitments: readonly Uint8Array[] = [],
  ): Promise<LookedAhead> {
    const jobs = leaves.map((leaf, at) => {
      const job = this.#jobOf(leaf)
      return job && { ...job, commitments: commitments[at] }
    })
    const found = jobs.filter((job) => job !== undefined)
    const verdicts = await this.#pool.verify(found)
    const verdictOf = new Map(found.map((job, i) => [job, verdicts[i] ?? null]))
    return jobs.map((job) => {
      const verdict = job === undefined ? null : (verdictOf.get(job) ?? null)
      return job === undefined || verdict === null ? undefined : { under: job.kioskKey, commitments: verdict }
    })
  }

  #jobOf(bytes: Uint8Array | undefined): BallotJob | undefined {
    const leaf = bytes === undefined ? undefined : parseLeaf(bytes)
    if (!leaf?.ok) return undefined
    const { type, body } = leaf.value
    if (type === RECORD.device) this.#guessKey(body)
    if (type === RECORD.ballot) return this.#ballotJob(body)
    if (type !== RECORD.refusal) return undefined
    const refusal = parseRefusal(body)
    return refusal.ok ? this.#ballotJob(refusal.value.canonical) : undefined
  }

  #ballotJob(canonical: Uint8Array): BallotJob | undefined {
    const ballot = parseBallot(canonical)
    if (!ballot.ok) return undefined
    const { credentialIndex, kioskId } = ballot.value
    const credential = this.#state.context().credential(credentialIndex)
    const kioskKey = this.#guessedKeys.get(kioskId)
    if (credential === undefined || kioskKey === undefined) return undefined
    // A view of a whole bundle would be copied to the worker with every ballot in it.
    return { canonical: canonical.slice(), credentialIndex, credential, kioskKey }
  }

  #guessKey(body: Uint8Array): void {
    const note = parseNote(body)
    const device = note.ok ? parseDevice(note.value.text) : note
    if (device.ok && device.value.action === 'enrol') {
      this.#guessedKeys.set(device.value.kiosk, fromBase64(device.value.ed25519))
    }
  }
}
