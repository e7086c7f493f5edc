import { err, expectOk } from '@hanpyo/protocol/result.ts'
import type { Leadership, LedgerEngine } from '../ledger/engine.ts'
import { openSqliteEngine } from '../ledger/sqlite-engine.ts'

/** When a replica dies in a call to the store: before it has an effect, or after it and before the answer. */
export type Death = 'before' | 'after'

/** A number from 0 to `below - 1`; the test hands it in so that a run can be repeated. */
export type Choose = (below: number) => number

/**
 * One store as several processes see it: a SQLite engine that hands out handles, each of which may die at any call. Calls of
 * different handles overlap in an order that `choose` decides.
 */
export class SharedStore {
  readonly engine: LedgerEngine
  readonly #choose: Choose
  readonly #listeners = new Set<() => void>()
  readonly #handles = new Set<StoreHandle>()
  #leader: { readonly handle: StoreHandle; lost(): void; isHeld: boolean } | undefined

  private constructor(engine: LedgerEngine, choose: Choose) {
    this.engine = engine
    this.#choose = choose
    engine.onHeadMoved(() => {
      for (const listener of this.#listeners) listener()
    })
  }

  static open(path: string, choose: Choose = chooser(1)): SharedStore {
    return new SharedStore(expectOk(openSqliteEngine({ path })), choose)
  }

  /** Another process that uses the store. */
  handle(): StoreHandle {
    const handle = new StoreHandle(this, this.#choose)
    this.#handles.add(handle)
    return handle
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  lead(handle: StoreHandle): Leadership | null {
    if (this.#leader !== undefined) return null
    const lost = new Set<() => void>()
    const held = {
      handle,
      isHeld: true,
      lost() {
        held.isHeld = false
        for (const listener of lost) listener()
      },
    }
    this.#leader = held
    return {
      get isHeld() {
        return held.isHeld
      },
      onLost: (listener) => void (held.isHeld ? lost.add(listener) : listener()),
      release: async () => {
        held.isHeld = false
        if (this.#leader === held) this.#leader = undefined
      },
    }
  }

  /** The connection the lock hangs on breaks. Until the returned function is called its holder goes on believing. */
  breakLead(): () => void {
    const leader = this.#leader
    this.#leader = undefined
    return () => leader?.lost()
  }

  died(handle: StoreHandle): void {
    this.#handles.delete(handle)
    if (this.#leader?.handle === handle) this.#leader = undefined
  }
}

/** The engine as one process has it. */
export class StoreHandle {
  readonly #store: SharedStore
  readonly #choose: Choose
  /** Calls until death; `undefined`: it lives on. */
  #dies: { in: number; readonly how: Death } | undefined
  #isDead = false
  readonly #mourners = new Set<() => void>()
  readonly #stops: (() => void)[] = []
  /** What a replica is given. */
  readonly engine: LedgerEngine
  /** While true, this process cannot reach the store. */
  isCutOff = false

  constructor(store: SharedStore, choose: Choose) {
    this.#store = store
    this.#choose = choose
    const { engine } = store
    const call = <T>(work: () => Promise<T>) => this.#call(work)
    const written = <T>(work: () => Promise<T>) =>
      this.#call(() => (this.isCutOff ? Promise.resolve(err('storage-unavailable') as T) : work()))
    this.engine = {
      isShared: true,
      trouble: null,
      identity: () => call(() => engine.identity()),
      head: () => call(() => engine.head()),
      accept: (...args) => written(() => engine.accept(...args)),
      waiting: () => call(() => engine.waiting()),
      snapshot: () => call(() => engine.snapshot()),
      waitingRecords: (ids) => call(() => engine.waitingRecords(ids)),
      refusedMore: () => call(() => engine.refusedMore()),
      promise: (id) => call(() => engine.promise(id)),
      transaction: (work) => written(() => engine.transaction(work)),
      entries: (first, count) => call(() => engine.entries(first, count)),
      tile: (level, number) => call(() => engine.tile(level, number)),
      putBlob: (name, bytes) => written(() => engine.putBlob(name, bytes)),
      blob: (name) => call(() => engine.blob(name)),
      proposalText: (id) => call(() => engine.proposalText(id)),
      scrub: () => written(() => engine.scrub()),
      lead: () => call(async () => store.lead(this)),
      onHeadMoved: (listener) => {
        const stop = store.listen(() => void (this.#isDead || listener()))
        this.#stops.push(stop)
        return stop
      },
      published: () => call(() => engine.published()),
      publish: (size, note) => written(() => engine.publish(size, note)),
      fragments: {
        get: (devEui) => call(() => engine.fragments.get(devEui)),
        swap: (...args) => written(() => engine.fragments.swap(...args)),
        devices: () => call(() => engine.fragments.devices()),
      },
      async close() {},
    }
  }

  get isDead(): boolean {
    return this.#isDead
  }

  onDeath(listener: () => void): void {
    if (this.#isDead) listener()
    else this.#mourners.add(listener)
  }

  /** SIGKILL: nothing that it called is answered any more. */
  die(): void {
    this.#isDead = true
    for (const stop of this.#stops) stop()
    this.#store.died(this)
    for (const listener of this.#mourners) listener()
  }

  /** SIGKILL in one of the next calls to the store. */
  dieSoon(calls: number, how: Death): void {
    this.#dies = { in: calls, how }
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    const isLast = this.#dies !== undefined && this.#dies.in-- <= 0
    await this.#pause()
    if (isLast && this.#dies?.how === 'before') this.die()
    if (this.#isDead) return new Promise<never>(() => {})
    if (this.isCutOff) await this.#pause()
    const answer = await work()
    if (isLast) this.die()
    await this.#pause()
    return this.#isDead ? new Promise<never>(() => {}) : answer
  }

  /** Lets others come first, or not. */
  async #pause(): Promise<void> {
    for (let left = this.#choose(4); left > 0; left--) await Promise.resolve()
    if (this.#choose(8) === 0) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Numbers that follow from a seed, so that a run can be repeated. */
export function chooser(seed: number): Choose {
  let state = (seed ^ 0x9e3779b9) >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) % below
  }
}
