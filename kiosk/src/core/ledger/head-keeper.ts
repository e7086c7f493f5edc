import { equalBytes } from '@hanpyo/protocol/bytes.ts'

/** A checkpoint that the log has signed. */
export interface SignedHead {
  /** As it was served. */
  readonly note: string
  readonly size: number
  readonly root: Uint8Array
}

/**
 * `went-back`: the log shows less than it has shown before. `forked`: two signed heads that no one tree contains, which proves
 * that the log lied to somebody.
 */
export type HeadConflict = 'went-back' | 'forked'

export interface HeadKeeperDeps {
  /** What was kept before this start; null at first. */
  readonly held: SignedHead | null
  /** Keeps it over restarts. Never rejects. */
  readonly save: (head: SignedHead) => Promise<void>
  /** Gets both notes of a conflict; the same pair once. */
  readonly onConflict: (conflict: HeadConflict, held: SignedHead, shown: SignedHead) => void
}

/** Different heads of a liar that are told of; more of them say nothing new. */
const MAX_CONFLICTS = 8

/** The largest head the log has ever shown to this kiosk. It only grows, over restarts too. */
export class HeadKeeper {
  readonly #deps: HeadKeeperDeps
  readonly #told = new Set<string>()
  #held: SignedHead | null

  constructor(deps: HeadKeeperDeps) {
    this.#deps = deps
    this.#held = deps.held
  }

  get held(): SignedHead | null {
    return this.#held
  }

  /** What contradicts the kept head at first sight; null when the leaves have to be read to tell. */
  conflictOf(shown: SignedHead): HeadConflict | null {
    const held = this.#held
    if (held === null || shown.size > held.size) return null
    if (shown.size < held.size) return this.#tell('went-back', held, shown)
    return equalBytes(shown.root, held.root) ? null : this.#tell('forked', held, shown)
  }

  /** The leaves under `shown` lead to another root at the kept size. */
  forked(shown: SignedHead): void {
    if (this.#held !== null) this.#tell('forked', this.#held, shown)
  }

  /** Its leaves were read and contain the kept head's. */
  async accept(shown: SignedHead): Promise<void> {
    this.#held = shown
    await this.#deps.save(shown)
  }

  #tell(conflict: HeadConflict, held: SignedHead, shown: SignedHead): HeadConflict {
    const name = `${held.size}/${shown.size}/${shown.root.join()}`
    if (!this.#told.has(name) && this.#told.size < MAX_CONFLICTS) {
      this.#told.add(name)
      this.#deps.onConflict(conflict, held, shown)
    }
    return conflict
  }
}
