import { toHex } from '@hanpyo/protocol/bytes.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { type BatchLeafFields, batchLeaf, type KeyedLeaf, orderBatch } from '@hanpyo/protocol/log/batch.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import type { ElectionFixture } from '@hanpyo/protocol/testing/election-fixture.ts'
import { LedgerBuilder } from '@hanpyo/protocol/testing/ledger-builder.ts'

/** One batch of a ledger before it is published. */
export interface Step {
  readonly name: string
  readonly notes: readonly Uint8Array[]
  readonly ballots: readonly KeyedLeaf[]
  readonly challenged: readonly KeyedLeaf[]
  readonly refusals: readonly KeyedLeaf[]
  /** Changes the order in which the leaves are logged, or what the batch leaf says. */
  readonly reorder?: (leaves: readonly Uint8Array[]) => readonly Uint8Array[]
  readonly batch?: Partial<BatchLeafFields>
  /** No batch leaf is written. */
  readonly unfinished?: boolean
}

/** A step with everything that is not given left out. */
export function step(name: string, contents: Partial<Omit<Step, 'name'>>): Step {
  return { name, notes: [], ballots: [], challenged: [], refusals: [], ...contents }
}

/** A whole ledger as batches and blobs. Every change gives a new plan, so that one election serves all mutations. */
export class Plan {
  readonly fixture: ElectionFixture
  readonly steps: readonly Step[]
  readonly blobs: ReadonlyMap<string, Uint8Array>

  constructor(fixture: ElectionFixture, steps: readonly Step[], blobs: ReadonlyMap<string, Uint8Array>) {
    this.fixture = fixture
    this.steps = steps
    this.blobs = blobs
  }

  step(name: string): Step {
    const found = this.steps.find((candidate) => candidate.name === name)
    if (found === undefined) throw new Error(`no step ${name}`)
    return found
  }

  change(name: string, change: (step: Step) => Partial<Step>): Plan {
    const old = this.step(name)
    return this.with(this.steps.map((each) => (each === old ? { ...each, ...change(each) } : each)))
  }

  /** Puts steps before the one named. */
  before(name: string, ...added: readonly Step[]): Plan {
    const at = this.steps.indexOf(this.step(name))
    return this.with([...this.steps.slice(0, at), ...added, ...this.steps.slice(at)])
  }

  after(name: string, ...added: readonly Step[]): Plan {
    const at = this.steps.indexOf(this.step(name)) + 1
    return this.with([...this.steps.slice(0, at), ...added, ...this.steps.slice(at)])
  }

  /** The steps up to and including the one named. */
  until(name: string): Plan {
    return this.with(this.steps.slice(0, this.steps.indexOf(this.step(name)) + 1))
  }

  without(...names: readonly string[]): Plan {
    for (const name of names) this.step(name)
    return this.with(this.steps.filter(({ name }) => !names.includes(name)))
  }

  with(steps: readonly Step[]): Plan {
    return new Plan(this.fixture, steps, this.blobs)
  }

  withBlobs(blobs: Iterable<Uint8Array>): Plan {
    const all = new Map(this.blobs)
    for (const bytes of blobs) all.set(toHex(sha256(bytes)), bytes)
    return new Plan(this.fixture, this.steps, all)
  }

  /** The published log: leaves, batch chain, tiles, bundles, blobs and a checkpoint that the log operator signs. */
  publish(): LedgerBuilder {
    const { backend, manifest, seeds } = this.fixture
    const log = new LedgerBuilder({ ed25519: backend.ed25519, origin: manifest.id, logSeed: seeds.log })
    for (const bytes of this.blobs.values()) log.addBlob(bytes)
    let prev: Uint8Array = new Uint8Array(32)
    let number = 0
    for (const { reorder, batch, unfinished, ...contents } of this.steps) {
      const first = log.size
      const ordered = orderBatch(contents)
      log.addLeaves(reorder?.(ordered) ?? ordered)
      if (unfinished) continue
      number = batch?.number ?? number + 1
      const fields = { count: log.size - first, first, number, prev, refusedMore: {}, ...batch }
      const leaf = batchLeaf(fields)
      prev = leafHash(leaf)
      log.addLeaves([leaf])
    }
    log.publish()
    return log
  }
}
