import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import type { AcceptOutcome, LedgerEngine, StorageError, WaitingRecord } from '../ledger/engine.ts'
import { createGroupCommit, type StorageWatch } from './group-commit.ts'

type Answer = Result<AcceptOutcome[], StorageError>

/** A store whose commits end when the test says so. */
class SlowStore {
  readonly calls: { records: readonly WaitingRecord[]; refused: readonly number[] }[] = []
  readonly #answers: ((answer: Answer) => void)[] = []
  #called = Promise.withResolvers<void>()

  accept(records: readonly WaitingRecord[], refused: readonly number[]): Promise<Answer> {
    this.calls.push({ records, refused })
    this.#called.resolve()
    return new Promise((resolve) => this.#answers.push(resolve))
  }

  async nextCall(): Promise<void> {
    await this.#called.promise
    this.#called = Promise.withResolvers()
  }

  finish(answer?: Answer): void {
    const { records } = this.calls.at(-1)!
    this.#answers.shift()?.(answer ?? ok(records.map(() => 'stored')))
  }
}

function setUp() {
  const store = new SlowStore()
  const events: string[] = []
  const watch: StorageWatch = {
    stalled: (error) => void events.push(`stalled ${error}`),
    recovered: () => void events.push('recovered'),
    broken: () => void events.push('broken'),
  }
  const clock = createVirtualClock()
  const commit = createGroupCommit({ engine: store as unknown as LedgerEngine, clock, watch, retryMs: 1000 })
  return { store, events, clock, commit }
}

const record = (n: number): WaitingRecord => ({
  id: new Uint8Array(32).fill(n),
  leaf: Uint8Array.of(0x12, n),
})

test('nobody hears "stored" before the commit that holds the record has returned', async () => {
  const { store, commit } = setUp()
  let isStored = false
  const stored = commit.store(record(1)).then(() => {
    isStored = true
  })
  await store.nextCall()
  await new Promise((resolve) => setImmediate(resolve))
  expect(isStored).toBe(false)
  expect(commit.pendingCount).toBe(1)
  store.finish()
  await stored
  expect(isStored).toBe(true)
  expect(commit.pendingCount).toBe(0)
})

test('what arrives while a commit runs shares the next one', async () => {
  const { store, commit } = setUp()
  const first = commit.store(record(1))
  await store.nextCall()
  const rest = [2, 3, 4].map((n) => commit.store(record(n)))
  const counted = commit.countRefusal(17)
  store.finish()
  await first
  await store.nextCall()
  store.finish()
  await Promise.all([...rest, counted])
  expect(store.calls.map(({ records }) => records.length)).toEqual([1, 3])
  expect(store.calls[1]!.refused).toEqual([17])
})

test('while the disk is full nothing resolves, and when there is space the same group is stored', async () => {
  const { store, commit, events, clock } = setUp()
  const stored = commit.store(record(1))
  await store.nextCall()
  store.finish(err('disk-full'))
  await clock.advance(1000)
  await store.nextCall()
  store.finish(err('disk-full'))
  await clock.advance(1000)
  await store.nextCall()
  store.finish()
  expect(await stored).toBe('stored')
  expect(events).toEqual(['stalled disk-full', 'recovered'])
  expect(store.calls).toHaveLength(3)
})

test('a broken store is reported once and nothing is stored after it', async () => {
  const { store, commit, events } = setUp()
  let isStored = false
  void commit.store(record(1)).then(() => {
    isStored = true
  })
  await store.nextCall()
  store.finish(err('storage-broken'))
  void commit.store(record(2))
  await new Promise((resolve) => setImmediate(resolve))
  expect(events).toEqual(['broken'])
  expect(isStored).toBe(false)
  expect(store.calls).toHaveLength(1)
})

test('each record gets its own outcome', async () => {
  const { store, commit } = setUp()
  const outcomes = [commit.store(record(1)), commit.countRefusal(1), commit.store(record(2))]
  await store.nextCall()
  store.finish(ok(['stored', 'credential-taken']))
  expect(await Promise.all(outcomes)).toEqual(['stored', undefined, 'credential-taken'])
})

test('closing lets a running commit end and be heard, and takes nothing more', async () => {
  const { store, commit } = setUp()
  const stored = commit.store(record(1))
  await store.nextCall()
  let isLateStored = false
  void commit.store(record(2)).then(() => {
    isLateStored = true
  })
  const closed = commit.close()
  store.finish()
  await closed
  expect(await stored).toBe('stored')
  await new Promise((resolve) => setImmediate(resolve))
  expect(isLateStored).toBe(false)
  expect(store.calls).toHaveLength(1)
})

test('closing ends the waiting for a full disk', async () => {
  const { store, commit } = setUp()
  void commit.store(record(1))
  await store.nextCall()
  store.finish(err('disk-full'))
  await new Promise((resolve) => setImmediate(resolve))
  await commit.close()
  expect(store.calls).toHaveLength(1)
})
