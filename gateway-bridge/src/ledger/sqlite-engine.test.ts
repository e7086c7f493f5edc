import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@hanpyo/platform/sqlite.ts'
import { expectOk, ok } from '@hanpyo/protocol/result.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { engineConformance } from './conformance.ts'
import type { WaitingRecord } from './engine.ts'
import { openSqliteEngine, openThreadedSqliteEngine } from './sqlite-engine.ts'

const openers = {
  'on this thread': async (path: string, maxPageCount?: number) =>
    openSqliteEngine(maxPageCount === undefined ? { path } : { path, maxPageCount }),
  'on a thread of its own': (path: string, maxPageCount?: number) =>
    openThreadedSqliteEngine(maxPageCount === undefined ? { path } : { path, maxPageCount }),
}

for (const [where, openEngine] of Object.entries(openers)) {
  engineConformance(`the sqlite engine ${where} keeps the promises of every engine`, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hanpyo-engine-'))
    return {
      open: async () => expectOk(await openEngine(join(dir, 'ledger.db'))),
      dispose: () => rm(dir, { recursive: true }),
    }
  })
}

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-sqlite-'))
})
afterEach(() => rm(dir, { recursive: true }))

test.each(Object.entries(openers))(
  '%s, a file that is no database is named as broken',
  async (_, openEngine) => {
    const path = join(dir, 'ledger.db')
    await writeFile(path, 'this is no database, it is a text file of some length'.repeat(100))
    expect(await openEngine(path)).toMatchObject({ ok: false, error: 'storage-broken' })
  },
)

test.each(Object.entries(openers))(
  '%s, a second process is kept off a store that is in use, and may have it afterwards',
  async (_, openEngine) => {
    const path = join(dir, 'ledger.db')
    const first = expectOk(await openEngine(path))
    expect(await openEngine(path)).toMatchObject({ ok: false, error: 'store-in-use' })
    await first.close()
    await expectOk(await openEngine(path)).close()
  },
)

test('a writing thread that has ended answers that it has, instead of never', async () => {
  const engine = expectOk(await openThreadedSqliteEngine({ path: join(dir, 'ledger.db') }))
  await engine.close()
  await expect(engine.putBlob(new Uint8Array(32), new Uint8Array(1))).rejects.toThrow('has ended')
})

test('a store written by a later version is left alone', async () => {
  const path = join(dir, 'ledger.db')
  await expectOk(openSqliteEngine({ path })).close()
  const database = openDatabase(path, { journal: 'WAL', synchronous: 'FULL' })
  database.exec("UPDATE meta SET value = '99' WHERE key = 'schema'")
  database.close()
  expect(openSqliteEngine({ path })).toMatchObject({ ok: false, error: 'schema-version' })
})

test.each(Object.entries(openers))(
  '%s, a full disk is an answer, and what was stored stays',
  async (_, openEngine) => {
    const path = join(dir, 'ledger.db')
    const engine = expectOk(await openEngine(path, 60))
    const record = (n: number): WaitingRecord => ({
      id: new Uint8Array(32).fill(n),
      leaf: new Uint8Array(20_000).fill(n),
    })
    let stored = 0
    let full: unknown
    for (let n = 1; n < 50; n++) {
      const result = await engine.accept([record(n)], [])
      if (!result.ok) {
        full = result.error
        break
      }
      stored++
    }
    expect(full).toBe('disk-full')
    expect(await engine.waiting()).toHaveLength(stored)
    const appended = await engine.transaction(async (tx) => {
      await tx.insertEntries(0, [new Uint8Array(60_000), new Uint8Array(60_000), new Uint8Array(60_000)])
      return ok(undefined)
    })
    expect(appended).toMatchObject({ ok: false, error: 'disk-full' })
    expect(await engine.entries(0, 3)).toEqual([])
    await engine.close()

    const roomy = expectOk(openSqliteEngine({ path }))
    expectOk(await roomy.accept([record(stored + 1)], []))
    expect(await roomy.waiting()).toHaveLength(stored + 1)
    await roomy.close()
  },
)

test('the order in which ballots came is not in the waiting rows', async () => {
  const path = join(dir, 'ledger.db')
  const engine = expectOk(openSqliteEngine({ path }))
  for (const n of [9, 1, 5]) {
    const spends = { credential: n, promise: 'p\n' }
    expectOk(await engine.accept([{ id: new Uint8Array(32).fill(n), leaf: Uint8Array.of(n), spends }], []))
  }
  await engine.close()
  const database = openDatabase(path, { journal: 'WAL', synchronous: 'FULL', readOnly: true })
  const columns = database
    .prepare(
      "SELECT name FROM pragma_table_info('waiting') UNION SELECT name FROM pragma_table_info('promise')",
    )
    .all<{ name: string }>()
  expect(columns.map(({ name }) => name).sort()).toEqual(['id', 'leaf', 'note'])
  for (const table of ['waiting', 'promise']) {
    expect(() => database.prepare(`SELECT rowid FROM ${table}`)).toThrow('no such column')
  }
  database.close()
})
