import { err, expectOk, ok } from '@hanpyo/protocol/result.ts'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { EngineFixture } from './conformance.ts'
import type { Head, LedgerEngine, WaitingRecord } from './engine.ts'

const id = (n: number) => new Uint8Array(32).fill(n)
const record = (n: number, more: Partial<WaitingRecord> = {}): WaitingRecord => ({
  id: id(n),
  leaf: Uint8Array.of(0x10, n),
  ...more,
})
const headOf = (size: number): Head => ({ size, root: id(size), checkpoint: `checkpoint ${size}\n` })

/** What several replicas rely on, for one handle; a store that is shared shows the rest with a second one. */
export function replicaConformance(name: string, createFixture: () => Promise<EngineFixture>): void {
  describe(`${name}, where several replicas rely on it`, () => {
    let fixture: EngineFixture
    let engine: LedgerEngine
    const moveHead = (from: number, to: number, ids: readonly Uint8Array[] = []) =>
      engine.transaction(async (tx) => {
        await tx.insertEntries(from, new Array(to - from).fill(Uint8Array.of(1)))
        if (!(await tx.moveHead(from, headOf(to)))) return err('head-moved')
        await tx.clearWaiting(ids)
        return ok(undefined)
      })

    beforeEach(async () => {
      fixture = await createFixture()
      engine = await fixture.open()
    })
    afterEach(async () => {
      await engine.close()
      await fixture.dispose()
    })

    test('what was judged before a note or a head that others stored is stale, and nothing of it is there', async () => {
      const { revision } = await engine.snapshot()
      expectOk(await engine.accept([record(1), record(2)], [], revision))
      expect((await engine.snapshot()).revision).toBe(revision)
      expectOk(await engine.accept([record(3, { isNote: true })], [], revision))
      expect(await engine.accept([record(4)], [7], revision)).toMatchObject({ ok: false, error: 'stale' })
      expect((await engine.snapshot()).waiting).toEqual([id(1), id(2), id(3)])
      expect(await engine.refusedMore()).toEqual(new Map())
      const afterNote = (await engine.snapshot()).revision
      expect(afterNote).toBe(revision + 1)
      expectOk(await moveHead(0, 3))
      expect(await engine.accept([record(4)], [], afterNote)).toMatchObject({ ok: false, error: 'stale' })
      const moved = await engine.snapshot()
      expect(moved).toMatchObject({ revision: afterNote + 1, head: headOf(3) })
      expectOk(await engine.accept([record(4)], [], moved.revision))
    })

    test('a head that was not moved and a note that was there already leave the revision as it is', async () => {
      expectOk(await engine.accept([record(1, { isNote: true })], []))
      const { revision } = await engine.snapshot()
      expectOk(await engine.accept([record(1, { isNote: true })], [], revision))
      expect((await moveHead(5, 6)).ok).toBe(false)
      expect((await engine.snapshot()).revision).toBe(revision)
    })

    test('a claim is held until its record leaves the waiting table, and the record it keeps out leaves no trace', async () => {
      const rival = record(2, { spends: { credential: 4, promise: 'p\n' }, claims: ['c1 bb', 'c1 aa'] })
      expectOk(await engine.accept([record(1, { claims: ['c1 aa'] })], []))
      expect(expectOk(await engine.accept([rival, record(1, { claims: ['c1 aa'] })], []))).toEqual([
        'claim-taken',
        'already-stored',
      ])
      expect(await engine.promise(id(2))).toBeNull()
      expect(expectOk(await engine.accept([record(3, { claims: ['c1 bb'] })], []))).toEqual(['stored'])
      expectOk(await moveHead(0, 2, [id(1), id(3)]))
      expect(expectOk(await engine.accept([rival], []))).toEqual(['stored'])
    })

    test('waiting records are fetched by id, and what does not wait is left out', async () => {
      expectOk(await engine.accept([record(1), record(2, { spends: { credential: 9, promise: 'p\n' } })], []))
      expect(await engine.waitingRecords([id(2), id(8)])).toEqual([
        { id: id(2), leaf: Uint8Array.of(0x10, 2), promise: 'p\n' },
      ])
      expect(await engine.waitingRecords([])).toEqual([])
    })

    test('the published note never goes back, survives a restart, and takes more cosignatures of its size', async () => {
      expect(await engine.published()).toBeNull()
      expect(expectOk(await engine.publish(5, 'five\n'))).toBe(true)
      expect(expectOk(await engine.publish(4, 'four\n'))).toBe(false)
      expect(expectOk(await engine.publish(5, 'five, cosigned again\n'))).toBe(true)
      await engine.close()
      engine = await fixture.open()
      expect(await engine.published()).toBe('five, cosigned again\n')
    })

    test('packets in the making change only for the one who knows what is there', async () => {
      const { fragments } = engine
      const device = '24e124ffff000003'
      expect(expectOk(await fragments.swap(device, null, Uint8Array.of(1)))).toBe(true)
      expect(expectOk(await fragments.swap(device, null, Uint8Array.of(2)))).toBe(false)
      expect(expectOk(await fragments.swap(device, Uint8Array.of(9), Uint8Array.of(2)))).toBe(false)
      expect(expectOk(await fragments.swap(device, Uint8Array.of(1), Uint8Array.of(2)))).toBe(true)
      expect(await fragments.get(device)).toEqual(Uint8Array.of(2))
      expect(await fragments.devices()).toEqual([device])
      expect(expectOk(await fragments.swap(device, Uint8Array.of(2), null))).toBe(true)
      expect(await fragments.get(device)).toBeNull()
    })

    test('a moved head and a published note are told to those who listen', async () => {
      let told = 0
      const stop = engine.onHeadMoved(() => void told++)
      expectOk(await moveHead(0, 2))
      await vi.waitFor(() => expect(told).toBeGreaterThan(0))
      const before = told
      expectOk(await engine.publish(2, 'two\n'))
      await vi.waitFor(() => expect(told).toBeGreaterThan(before))
      stop()
    })

    test('one leads at a time, and another may when it lets go', async () => {
      const leads = await engine.lead()
      expect(leads?.isHeld).toBe(true)
      if (engine.isShared) {
        const other = await fixture.open()
        try {
          expect(await other.lead()).toBeNull()
          await leads?.release()
          await vi.waitFor(async () => expect((await other.lead())?.isHeld).toBe(true))
        } finally {
          await other.close()
        }
      }
      await leads?.release()
    })
  })
}
