import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expectOk, ok } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { PostgresCluster } from '../testing/postgres-cluster.ts'
import { engineConformance } from './conformance.ts'
import type { LedgerEngine, WaitingRecord } from './engine.ts'
import { openPostgresEngine, type PostgresEngineOptions } from './postgres-engine.ts'
import { whatWouldLose } from './postgres-probe.ts'
import { MIGRATIONS } from './postgres-schema.ts'
import { parsePostgresUrl } from './postgres-url.ts'

let cluster: PostgresCluster
let databases = 0
beforeAll(async () => {
  cluster = await PostgresCluster.start({ nodes: 1, fsync: false })
})
afterAll(() => cluster?.close())

async function createStore(): Promise<{
  database: string
  open(more?: Partial<PostgresEngineOptions>): ReturnType<typeof openPostgresEngine>
}> {
  const database = `store${++databases}`
  await cluster.primary.query(`CREATE DATABASE ${database}`)
  const targets = expectOk(parsePostgresUrl(cluster.url(database)))
  return { database, open: (more) => openPostgresEngine({ targets, requireQuorum: false, ...more }) }
}

/** Emptied between tests: a third of the time of a new one. */
let conformance: Awaited<ReturnType<typeof createStore>> | undefined
engineConformance('the postgres engine keeps the promises of every engine', async () => {
  conformance ??= await createStore()
  const { database, open } = conformance
  return {
    open: async () => expectOk(await open()),
    async dispose() {
      const tables = await cluster.primary.query(
        "SELECT string_agg(relname, ', ') AS names FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'schema_version'",
        database,
      )
      await cluster.primary.query(`TRUNCATE ${tables[0]?.names}; INSERT INTO head DEFAULT VALUES`, database)
    },
  }
})

const ballot = (n: number): WaitingRecord => ({
  id: new Uint8Array(32).fill(n),
  leaf: Uint8Array.of(0x10, n),
  spends: { credential: n, promise: `promise ${n}\n` },
})

test('after a batch neither the place of a row nor its transaction number tells when it came', async () => {
  const { database, open } = await createStore()
  const engine = expectOk(await open())
  for (const n of [9, 1, 5, 3, 7]) expectOk(await engine.accept([ballot(n)], []))
  const order = async (table: string, key: string) =>
    (await cluster.primary.query(`SELECT ${key} AS key, xmin FROM ${table} ORDER BY ctid`, database)) as {
      key: number
      xmin: string
    }[]
  expect((await order('spent', 'credential')).map(({ key }) => key)).toEqual([9, 1, 5, 3, 7])
  expectOk(
    await engine.transaction(async (tx) => {
      await tx.insertEntries(0, [ballot(5).leaf])
      await tx.markSpent([{ credential: 5, id: ballot(5).id, position: 0 }])
      await tx.moveHead(0, { size: 1, root: new Uint8Array(32), checkpoint: 'one\n' })
      await tx.clearWaiting([ballot(5).id])
      return ok(undefined)
    }),
  )
  await vi.waitFor(async () => {
    for (const [table, key, expected] of [
      ['spent', 'credential', [1, 3, 5, 7, 9]],
      ['waiting', 'get_byte(id, 0)', [1, 3, 7, 9]],
    ] as const) {
      const rows = await order(table, key)
      expect(rows.map((row) => row.key)).toEqual(expected)
      expect(new Set(rows.map(({ xmin }) => xmin)).size).toBe(1)
    }
  })
  await engine.close()
})

test('an erased text is in no file of a table, once the store says that it is scrubbed', async () => {
  const { database, open } = await createStore()
  const engine = expectOk(await open())
  const text = (n: number, words: string) => ({
    id: new Uint8Array(32).fill(n),
    leaf: Uint8Array.of(0x20, n),
    text: { id: new Uint8Array(32).fill(n), salt: new Uint8Array(16), text: words },
  })
  expectOk(await engine.accept([text(1, 'this one goes away'), text(2, 'this one stays here')], []))
  const files = async () => {
    const [row] = await cluster.primary.query(
      "SELECT pg_relation_filepath('proposal_text') AS path",
      database,
    )
    await cluster.primary.query('CHECKPOINT')
    return join(cluster.primary.dataDir, row?.path as string)
  }
  const before = await files()
  expect((await readFile(before)).includes('goes away')).toBe(true)
  expectOk(
    await engine.transaction(async (tx) => {
      await tx.eraseTexts([new Uint8Array(32).fill(1)])
      return ok(undefined)
    }),
  )
  expect(expectOk(await engine.scrub())).toBe(true)
  const after = await readFile(await files())
  expect(after.includes('goes away')).toBe(false)
  expect(after.includes('stays here')).toBe(true)
  // Unlinked with the checkpoint; an empty file may stay until the next one.
  const old = await readFile(before).catch(() => Buffer.alloc(0))
  expect(old.length).toBe(0)
  await engine.close()
})

test('a session whose mark could not be made is not written with', async () => {
  const { database, open } = await createStore()
  const engine = expectOk(await open())
  await cluster.primary.query(
    `CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$;
     CREATE TRIGGER no_room BEFORE INSERT ON commit_mark EXECUTE FUNCTION no_room()`,
    database,
  )
  expect(await engine.accept([ballot(1)], [])).toMatchObject({ ok: false, error: 'disk-full' })
  await cluster.primary.query('DROP TRIGGER no_room ON commit_mark', database)
  expect(expectOk(await engine.accept([ballot(1)], []))).toEqual(['stored'])
  const marked = 'SELECT count(*)::int AS writers FROM commit_mark WHERE mark > 0'
  expect(await cluster.primary.query(marked, database)).toEqual([{ writers: 1 }])
  await engine.close()
})

test('a newer schema is refused and left alone; an older one is migrated, once for all that start together', async () => {
  const { database, open } = await createStore()
  const later = [
    ...MIGRATIONS,
    { version: 2, sql: 'CREATE TABLE later (n integer); INSERT INTO later VALUES (1)' },
  ]
  await expectOk(await open()).close()
  const engines = await Promise.all([1, 2, 3].map(() => open({ migrations: later })))
  for (const engine of engines) await expectOk(engine).close()
  expect(await cluster.primary.query('SELECT n FROM later', database)).toEqual([{ n: 1 }])
  expect(await open()).toMatchObject({ ok: false, error: 'schema-version' })
})

test('two engines on one store agree on who leads, and each hears of the other one’s head', async () => {
  const { open } = await createStore()
  const [one, two] = [expectOk(await open()), expectOk(await open())] as [LedgerEngine, LedgerEngine]
  let heard = 0
  two.onHeadMoved(() => heard++)
  expectOk(
    await one.transaction(async (tx) => {
      await tx.insertEntries(0, [Uint8Array.of(1)])
      await tx.moveHead(0, { size: 1, root: new Uint8Array(32), checkpoint: 'one\n' })
      return ok(undefined)
    }),
  )
  await vi.waitFor(() => expect(heard).toBeGreaterThan(0))
  expect(await one.lead()).not.toBeNull()
  expect(await two.lead()).toBeNull()
  await one.close()
  await vi.waitFor(async () => expect((await two.lead())?.isHeld).toBe(true))
  await two.close()
})

test('a server that would lose ballots is refused with what to set', async () => {
  const { open } = await createStore()
  const refused = await open({ requireQuorum: true, openWaitMs: 2_000 })
  expect(refused).toMatchObject({
    ok: false,
    error: 'store-unsafe',
    detail: expect.stringContaining('set fsync = on'),
  })
  const safe = { fsync: 'on', pages: 'on', names: 'ANY 1 (n1, n2)', commit: 'on' }
  expect(whatWouldLose(safe)).toBeUndefined()
  expect(whatWouldLose({ ...safe, names: ' ' })).toContain('synchronous_standby_names')
  expect(whatWouldLose({ ...safe, commit: 'remote_write' })).toContain('set synchronous_commit = on')
  expect(whatWouldLose({ ...safe, pages: 'off' })).toContain('set full_page_writes = on')
})

test('the address names every server, and what it cannot mean is said', () => {
  const url =
    'postgresql://hanpyo:p%40ss@db1.example.org,[2001:db8::2]:5433,%2Frun%2Fpg/ledger?sslmode=verify-full'
  expect(expectOk(parsePostgresUrl(url))).toEqual([
    {
      host: 'db1.example.org',
      port: 5432,
      user: 'hanpyo',
      password: 'p@ss',
      database: 'ledger',
      ssl: { rejectUnauthorized: true },
    },
    {
      host: '2001:db8::2',
      port: 5433,
      user: 'hanpyo',
      password: 'p@ss',
      database: 'ledger',
      ssl: { rejectUnauthorized: true },
    },
    { host: '/run/pg', port: 5432, user: 'hanpyo', password: 'p@ss', database: 'ledger' },
  ])
  expect(expectOk(parsePostgresUrl('postgres://u@db/x'))[0]?.ssl).toEqual({ rejectUnauthorized: true })
  for (const wrong of [
    'postgresql://db/x',
    'postgresql://u@db',
    'postgresql://u@db:0/x',
    'postgresql://u@/x',
    'postgresql://u@db/x?sslmode=prefer',
    'postgresql://u@db/x?target_session_attrs=any',
    'postgresql://u@db/x?sslrootcert=/nowhere/ca.pem',
  ])
    expect(parsePostgresUrl(wrong), wrong).toMatchObject({ ok: false, error: 'postgres-url' })
  expect(parsePostgresUrl('postgresql://u:p@db/x', 'q')).toMatchObject({ ok: false })
})
