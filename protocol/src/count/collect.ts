import { parseBallot } from '../ballot/layout.ts'
import type { BallotContext } from '../ballot/verify.ts'
import { concatBytes } from '../bytes.ts'
import { parseLeaf, RECORD } from '../election/leaf.ts'
import type { Manifest } from '../election/manifest.ts'

/** Bytes of one ciphertext, α ‖ β. */
export const CIPHERTEXT_BYTES = 64

/** Grows by doubling, so that a long ledger can be read leaf by leaf. */
interface List {
  bytes: Uint8Array
  length: number
}

/**
 * The mix input of every contest: the ciphertexts of the 0x10 leaves whose slip's style holds it, in index order. Hand
 * in the leaves that broke no stopping rule, up to the one that seals the polls; `CountReplay` does both. Every ballot
 * in the log counts: void slips block only later ballots and nothing removes one. Memory: 64 bytes a ciphertext, up to
 * twice that while it grows.
 *
 * @example
 * const collector = new CiphertextCollector(state.manifest, state.context())
 * for (const leaf of leaves) if (!state.apply(leaf).some(isStopping)) collector.add(leaf)
 * collector.list(1) // α ‖ β of contest 1
 */
export class CiphertextCollector {
  readonly #lists: Map<number, List>
  readonly #context: Pick<BallotContext, 'credential'>

  constructor(manifest: Manifest, context: Pick<BallotContext, 'credential'>) {
    this.#context = context
    this.#lists = new Map(manifest.contests.map(({ id }) => [id, { bytes: new Uint8Array(0), length: 0 }]))
  }

  /** Takes the ciphertexts of a ballot; every other leaf has none. Throws for a ballot that was not verified. */
  add(leaf: Uint8Array): void {
    const parsed = parseLeaf(leaf)
    if (!parsed.ok || parsed.value.type !== RECORD.ballot) return
    const ballot = parseBallot(parsed.value.body)
    const contestIds = ballot.ok && this.#context.credential(ballot.value.credentialIndex)?.contestIds
    if (!ballot.ok || !contestIds || contestIds.length !== ballot.value.ciphertexts.length) {
      throw new RangeError('"leaf" is not a ballot that the rule book accepted')
    }
    ballot.value.ciphertexts.forEach(({ c1, c2 }, i) => {
      append(this.#lists.get(contestIds[i] as number) as List, concatBytes(c1, c2))
    })
  }

  /** α ‖ β of all ballots of a contest, 64 bytes each; empty for a contest that does not exist. */
  list(contest: number): Uint8Array {
    const { bytes, length } = this.#lists.get(contest) ?? { bytes: new Uint8Array(0), length: 0 }
    return bytes.subarray(0, length)
  }
}

function append(list: List, bytes: Uint8Array): void {
  const needed = list.length + bytes.length
  if (needed > list.bytes.length) {
    const grown = new Uint8Array(Math.max(needed, 2 * list.bytes.length, 64 * CIPHERTEXT_BYTES))
    grown.set(list.bytes.subarray(0, list.length))
    list.bytes = grown
  }
  list.bytes.set(bytes, list.length)
  list.length = needed
}
