import { err, expectOk, ok } from '@hanpyo/protocol/result.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { replicaConformance } from './conformance-replicas.ts'
import type { Head, LedgerEngine, WaitingRecord } from './engine.ts'

/** One store that can be closed and opened again, as after a restart. */
export interface EngineFixture {
  open(): Promise<LedgerEngine>
  dispose(): Promise<void>
}

const id = (n: number) => new Uint8Array(32).fill(n)
const leaf = (n: number) => Uint8Array.of(0x10, n)
const headOf = (size: number): Head => ({ size, root: id(size), checkpoint: `checkpoint ${size}\n` })

function ballot(n: number, credential: number): WaitingRecord {
  return { id: id(n), leaf: leaf(n), spends: { credential, promise: `promise ${n}\n` } }
}

/** The promises of `LedgerEngine`, as tests: every engine runs through this suite and no other. */
export function engineConformance(name: string, createFixture: () => Promise<EngineFixture>): void {
  replicaConformance(name, createFixture)
  describe(name, () => {
    let fixture: EngineFixture
    let engine: LedgerEngine
    const reopen = async () => {
      await engine.close()
      engine = await fixture.open()
    }
    const append = (first: number, leaves: Uint8Array[]) =>
      engine.transaction(async (tx) => {
        await tx.insertEntries(first, leaves)
        return (await tx.moveHead(first, headOf(first + leaves.length))) ? ok(undefined) : err('head-moved')
      })

    beforeEach(async () => {
      fixture = await createFixture()
      engine = await fixture.open()
    })
    afterEach(async () => {
      await engine.close()
      await fixture.dispose()
    })

    test('an empty store has no election, no head and nothing waiting', async () => {
      expect(await engine.identity()).toBeNull()
      expect(await engine.head()).toBeNull()
      expect(await engine.waiting()).toEqual([])
      expect(await engine.entries(0, 10)).toEqual([])
      expect(await engine.tile(0, 0)).toBeNull()
      expect(await engine.blob(id(1))).toBeNull()
    })

    test('a store belongs to one election for good', async () => {
      const initialise = () =>
        engine.transaction(async (tx) => {
          await tx.initialise(id(7))
          return ok(undefined)
        })
      expectOk(await initialise())
      await reopen()
      expect(await engine.identity()).toEqual(id(7))
      await expect(initialise()).rejects.toThrow('already')
    })

    test('accepted records survive a restart, sorted by id, with their promises', async () => {
      expectOk(await engine.accept([ballot(9, 1), ballot(2, 2), { id: id(5), leaf: leaf(5) }], []))
      await reopen()
      expect(await engine.waiting()).toEqual([
        { id: id(2), leaf: leaf(2), promise: 'promise 2\n' },
        { id: id(5), leaf: leaf(5), promise: null },
        { id: id(9), leaf: leaf(9), promise: 'promise 9\n' },
      ])
    })

    test('the same id again is known and changes nothing, not even its promise', async () => {
      expectOk(await engine.accept([ballot(3, 1)], []))
      const again: WaitingRecord = { ...ballot(3, 1), spends: { credential: 1, promise: 'other\n' } }
      expect(expectOk(await engine.accept([again, { id: id(4), leaf: leaf(4) }], []))).toEqual([
        'already-stored',
        'stored',
      ])
      expect(expectOk(await engine.accept([{ id: id(4), leaf: leaf(4) }], []))).toEqual(['already-stored'])
      expect(await engine.promise(id(3))).toBe('promise 3\n')
      expect(await engine.waiting()).toHaveLength(2)
    })

    test('of two ballots for one credential one is stored, also within one call', async () => {
      expect(expectOk(await engine.accept([ballot(1, 7), ballot(2, 7)], []))).toEqual([
        'stored',
        'credential-taken',
      ])
      const races = await Promise.all([3, 4, 5, 6].map((n) => engine.accept([ballot(n, 8)], [])))
      const outcomes = races.flatMap((result) => expectOk(result))
      expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome === 'credential-taken')).toHaveLength(3)
    })

    test('a published ballot keeps its credential and its promise and waits no more', async () => {
      expectOk(await engine.accept([ballot(1, 7), ballot(2, 8)], []))
      expectOk(
        await engine.transaction(async (tx) => {
          await tx.insertEntries(0, [leaf(1)])
          await tx.markSpent([{ credential: 7, id: id(1), position: 0 }])
          await tx.clearWaiting([id(1)])
          await tx.moveHead(0, headOf(1))
          return ok(undefined)
        }),
      )
      await reopen()
      expect((await engine.waiting()).map((row) => row.id)).toEqual([id(2)])
      expect(await engine.promise(id(1))).toBe('promise 1\n')
      expect(expectOk(await engine.accept([ballot(3, 7), ballot(1, 7)], []))).toEqual([
        'credential-taken',
        'already-stored',
      ])
    })

    test('a batch that claims a credential its ballot has not spent is a bug, and nothing of it stays', async () => {
      expectOk(await engine.accept([ballot(1, 7)], []))
      const attempt = engine.transaction(async (tx) => {
        await tx.insertEntries(0, [leaf(2)])
        await tx.markSpent([{ credential: 7, id: id(2), position: 0 }])
        return ok(undefined)
      })
      await expect(attempt).rejects.toThrow()
      expect(await engine.entries(0, 1)).toEqual([])
    })

    test('entries come back by range, and fewer at the end', async () => {
      expectOk(await append(0, [leaf(0), leaf(1), leaf(2)]))
      expectOk(await append(3, [leaf(3)]))
      expect(await engine.entries(1, 2)).toEqual([leaf(1), leaf(2)])
      expect(await engine.entries(2, 256)).toEqual([leaf(2), leaf(3)])
      expect(await engine.head()).toEqual(headOf(4))
    })

    test('the head moves only from the size the writer saw; the loser leaves nothing behind', async () => {
      expectOk(await append(0, [leaf(0)]))
      const lost = await engine.transaction(async (tx) => {
        await tx.insertEntries(5, [leaf(5)])
        await tx.putTiles([{ level: 0, number: 5, hashes: id(5) }])
        return (await tx.moveHead(5, headOf(6))) ? ok(undefined) : err('head-moved')
      })
      expect(lost).toEqual({ ok: false, error: 'head-moved' })
      expect(await append(0, []).then((result) => result.ok)).toBe(false)
      await reopen()
      expect(await engine.head()).toEqual(headOf(1))
      expect(await engine.entries(0, 10)).toEqual([leaf(0)])
      expect(await engine.tile(0, 5)).toBeNull()
    })

    test('a reader sees nothing of a transaction that is not committed', async () => {
      const reached = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const running = engine.transaction(async (tx) => {
        await tx.insertEntries(0, [leaf(0)])
        await tx.moveHead(0, headOf(1))
        reached.resolve()
        await goOn.promise
        return ok(undefined)
      })
      await reached.promise
      expect(await engine.head()).toBeNull()
      expect(await engine.entries(0, 1)).toEqual([])
      const accepted = engine.accept([ballot(1, 1)], [])
      goOn.resolve()
      expectOk(await running)
      expectOk(await accepted)
      expect(await engine.head()).toEqual(headOf(1))
    })

    test('a tile is replaced as it fills', async () => {
      const put = (hashes: Uint8Array) =>
        engine.transaction(async (tx) => {
          await tx.putTiles([{ level: 1, number: 0, hashes }])
          return ok(undefined)
        })
      expectOk(await put(id(1)))
      expectOk(await put(new Uint8Array(64).fill(1)))
      expect(await engine.tile(1, 0)).toEqual(new Uint8Array(64).fill(1))
    })

    test('unlogged refusals are counted by kiosk; counts that come after a batch was cut stay', async () => {
      expectOk(await engine.accept([], [17, 17, 18]))
      expect(await engine.refusedMore()).toEqual(
        new Map([
          [17, 2],
          [18, 1],
        ]),
      )
      expectOk(await engine.accept([], [17]))
      expectOk(
        await engine.transaction(async (tx) => {
          await tx.takeRefusedMore(
            new Map([
              [17, 2],
              [18, 1],
            ]),
          )
          return ok(undefined)
        }),
      )
      expect(await engine.refusedMore()).toEqual(new Map([[17, 1]]))
      expectOk(
        await engine.transaction(async (tx) => {
          await tx.addRefusedMore(
            new Map([
              [19, 1],
              [17, 2],
            ]),
          )
          return ok(undefined)
        }),
      )
      expect(await engine.refusedMore()).toEqual(
        new Map([
          [17, 3],
          [19, 1],
        ]),
      )
    })

    test('a text is there with its record or not at all, and survives a restart', async () => {
      const text = { id: id(9), salt: new Uint8Array(16).fill(3), text: '가로등을 더 놓아 주세요.' }
      expectOk(await engine.accept([{ id: id(9), leaf: leaf(9), text }], []))
      expectOk(await engine.accept([{ id: id(9), leaf: leaf(9), text: { ...text, text: 'another' } }], []))
      await reopen()
      expect(await engine.proposalText(id(9))).toEqual({ salt: text.salt, text: text.text })
      expect(await engine.proposalText(id(8))).toBeNull()
    })

    test('texts are erased with the transaction that says so, and only those', async () => {
      const records = [1, 2, 3].map((n) => ({
        id: id(n),
        leaf: leaf(n),
        text: { id: id(n), salt: new Uint8Array(16).fill(n), text: `text ${n}` },
      }))
      expectOk(await engine.accept(records, []))
      const erase = (commit: boolean) =>
        engine.transaction(async (tx) => {
          await tx.eraseTexts([id(2), id(7)])
          return commit ? ok(undefined) : err('changed-my-mind')
        })
      expect((await erase(false)).ok).toBe(false)
      expect(await engine.proposalText(id(2))).not.toBeNull()
      expectOk(await erase(true))
      expect(expectOk(await engine.scrub())).toBe(true)
      expect(await engine.proposalText(id(2))).toBeNull()
      await reopen()
      expect((await engine.proposalText(id(1)))?.text).toBe('text 1')
      expect((await engine.proposalText(id(3)))?.text).toBe('text 3')
      expectOk(
        await engine.accept([{ ...records[0]!, id: id(4), text: { ...records[0]!.text, id: id(4) } }], []),
      )
      expect((await engine.proposalText(id(4)))?.text).toBe('text 1')
    })

    test('blobs are stored once and survive a restart', async () => {
      expectOk(await engine.putBlob(id(1), Uint8Array.of(1, 2, 3)))
      expectOk(await engine.putBlob(id(1), Uint8Array.of(1, 2, 3)))
      await reopen()
      expect(await engine.blob(id(1))).toEqual(Uint8Array.of(1, 2, 3))
    })
  })
}
