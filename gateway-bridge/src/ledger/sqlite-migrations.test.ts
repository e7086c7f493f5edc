import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@hanpyo/platform/sqlite.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSqliteEngine } from './sqlite-engine.ts'
import { MIGRATIONS, migrate } from './sqlite-migrations.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-migrations-'))
})
afterAll(() => rm(dir, { recursive: true }))

const open = (name: string) => openDatabase(join(dir, name), { journal: 'DELETE', synchronous: 'EXTRA' })
const next = { version: 2, sql: 'CREATE TABLE later (one INTEGER) STRICT; INSERT INTO later VALUES (1)' }
const broken = { version: 3, sql: 'CREATE TABLE half (one INTEGER) STRICT; INSERT INTO nowhere VALUES (1)' }

test('an old store is brought up to date once, and keeps what is in it', () => {
  const database = open('old.db')
  expect(migrate(database)).toMatchObject({ ok: true })
  database.exec("INSERT INTO meta VALUES ('manifest', 'kept')")
  for (let n = 0; n < 2; n++) expect(migrate(database, [...MIGRATIONS, next])).toMatchObject({ ok: true })
  expect(database.prepare('SELECT count(*) AS n FROM later').get()).toEqual({ n: 1 })
  expect(database.prepare('SELECT key, value FROM meta ORDER BY key').all()).toEqual([
    { key: 'manifest', value: 'kept' },
    { key: 'schema', value: '2' },
  ])
  database.close()
})

test('a step that fails leaves the store as it was', () => {
  const database = open('failing.db')
  migrate(database)
  expect(() => migrate(database, [...MIGRATIONS, next, broken])).toThrow('nowhere')
  expect(database.prepare("SELECT value FROM meta WHERE key = 'schema'").get()).toEqual({ value: '1' })
  expect(database.prepare("SELECT 1 FROM sqlite_schema WHERE name IN ('later', 'half')").all()).toEqual([])
  database.close()
})

test.each(['2', 'x', '-1', '1.5'])('a store of version %s is not touched', async (version) => {
  const name = `version-${version}.db`
  const database = open(name)
  migrate(database)
  database.prepare("UPDATE meta SET value = ? WHERE key = 'schema'").run(version)
  database.close()
  const before = await readFile(join(dir, name))
  const again = open(name)
  expect(migrate(again)).toMatchObject({ error: 'schema-version' })
  again.close()
  expect(await readFile(join(dir, name))).toEqual(before)
  expect(openSqliteEngine({ path: join(dir, name) })).toMatchObject({ error: 'schema-version' })
})
