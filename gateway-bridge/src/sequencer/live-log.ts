import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { applyLeaves } from '../ledger/apply-leaves.ts'
import type { Head, LedgerEngine } from '../ledger/engine.ts'
import { createTurnstile, type Turnstile } from '../ledger/turnstile.ts'
import type { LedgerFacts } from '../status/facts.ts'
import type { CheckpointSigner } from './checkpoint-signer.ts'
import type { CommittedBatch } from './commit-batch.ts'
import type { LogState } from './log-state.ts'

/** How the log has grown in this process, by one batch of its own or by some of others. */
export interface Growth {
  readonly log: LogState
  readonly leafCount: number
  /** Whether another replica has cut it. */
  readonly isFollowed: boolean
}

export interface LiveLogDeps {
  readonly engine: LedgerEngine
  readonly state: ElectionState
  readonly facts: LedgerFacts
  readonly signer: CheckpointSigner
  /** Why the log key did not sign this head. */
  checkpointProblem(head: Head): string | undefined
  /** Called after leaves are applied, before anybody is told: batches of our own and of others. */
  onBatch(growth: Growth): void | Promise<void>
}

/** Why a head that somebody else has moved cannot be followed: this store does not hold the log we know. */
export type FollowError = 'head-went-back' | 'head-of-another-log'

/** How many leaves are in memory at once while others' batches are read. */
const LEAVES_PER_READ = 1024

/** The committed log in the memory of this process. It grows in order, whoever has cut the batch. */
export class LiveLog {
  readonly #deps: LiveLogDeps
  /** Whoever makes it grow goes through here: a batch of our own, or following others, never both at once. */
  readonly exclusive: Turnstile = createTurnstile()
  #log: LogState
  /** What is applied already when reading others' leaves broke off half-way; its head is still the old one. */
  #applied: LogState['tree']
  readonly #publication = new Set<() => void>()

  constructor(deps: LiveLogDeps, log: LogState) {
    this.#deps = deps
    this.#log = log
    this.#applied = log.tree
    deps.signer.published(log.head)
  }

  get logState(): LogState {
    return this.#log
  }

  /** Resolves when the next batch is in. */
  nextPublication(): Promise<void> {
    return new Promise((resolve) => this.#publication.add(resolve))
  }

  /**
   * Takes a batch that this process has committed; `onApplied` runs before anybody is told. Throws for one that the rule book
   * stops: a bug.
   */
  async take(batch: CommittedBatch, onApplied: () => void): Promise<void> {
    this.#deps.signer.published(batch.log.head)
    const broken = await applyLeaves(this.#deps.engine, this.#deps, batch.leaves, batch.ballotIds)
    if (broken !== undefined) {
      throw new Error(`logged a leaf that breaks ${broken.rule} at ${broken.index}: ${broken.message}`)
    }
    await this.#grown({ log: batch.log, leafCount: batch.leaves.length, isFollowed: false }, onApplied)
  }

  /**
   * Takes everything up to a head that another replica has committed, and checks that the leaves lead to the root that the log
   * key has signed. Throws what the store throws; calling it again goes on where it broke off.
   */
  async follow(head: Head): Promise<Result<void, FollowError>> {
    const { engine, state, signer } = this.#deps
    const known = this.#log.head
    if (head.size < known.size) return err('head-went-back', `${head.size} after ${known.size}`)
    if (head.size === known.size) {
      return equalBytes(head.root, known.root) ? ok(undefined) : err('head-of-another-log', 'another root')
    }
    const problem = this.#deps.checkpointProblem(head)
    if (problem !== undefined) return err('head-of-another-log', problem)
    while (this.#applied.size < head.size) {
      const tree = this.#applied.clone()
      const wanted = Math.min(LEAVES_PER_READ, head.size - tree.size)
      const leaves = await engine.entries(tree.size, wanted)
      if (leaves.length !== wanted) return err('head-of-another-log', 'leaves are missing')
      tree.append(leaves.map(leafHash))
      const broken = await applyLeaves(engine, this.#deps, leaves)
      if (broken !== undefined) {
        return err('head-of-another-log', `leaf ${broken.index} breaks ${broken.rule}`)
      }
      this.#applied = tree
    }
    const tree = this.#applied
    if (tree.size !== head.size || !equalBytes(tree.root(), head.root)) {
      return err('head-of-another-log', `another root for size ${head.size}`)
    }
    if (!state.isAtBatchEnd) return err('head-of-another-log', 'the last leaf is no batch leaf')
    signer.published(head)
    const { number, prev } = state.nextBatch
    const log = { head, tree, batchNumber: number - 1, lastBatchHash: prev }
    await this.#grown({ log, leafCount: head.size - known.size, isFollowed: true })
    return ok(undefined)
  }

  async #grown(growth: Growth, onApplied?: () => void): Promise<void> {
    this.#log = growth.log
    this.#applied = growth.log.tree
    onApplied?.()
    await this.#deps.onBatch(growth)
    const waiters = [...this.#publication]
    this.#publication.clear()
    for (const resolve of waiters) resolve()
  }
}
