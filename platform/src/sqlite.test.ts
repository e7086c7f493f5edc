import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, isVersionAtLeast, openDatabase, SqliteError } from './sqlite.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanpyo-sqlite-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
const WAL = { journal: 'WAL', synchronous: 'FULL' } as const
function newPath(): string {
  return join(folder, `${files++}.db`)
}
function open(path = newPath()): Database {
  const database = openDatabase(path, WAL)
  database.exec('CREATE TABLE IF NOT EXISTS item (id BLOB PRIMARY KEY, name TEXT UNIQUE) WITHOUT ROWID')
  return database
}
function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof SqliteError) return error.code
    throw error
  }
  return 'no error'
}

test('a new file, its log and its journal are for their owner alone', () => {
  const path = newPath()
  const database = open(path)
  database.prepare('INSERT INTO item VALUES (?, ?)').run(Uint8Array.of(1), 'one')
  const rights = (file: string) => statSync(file).mode & 0o777
  expect([rights(path), rights(`${path}-wal`)]).toEqual([0o600, 0o600])
  database.close()
  const other = newPath()
  const journalled = openDatabase(other, { journal: 'DELETE', synchronous: 'EXTRA' })
  journalled.exec('BEGIN; CREATE TABLE item (id INTEGER PRIMARY KEY)')
  expect([rights(other), rights(`${other}-journal`)]).toEqual([0o600, 0o600])
  journalled.exec('COMMIT')
  journalled.close()
})

test('rows come back with their types and survive closing', () => {
  const path = newPath()
  const first = open(path)
  expect(first.prepare('INSERT INTO item VALUES (?, ?)').run(Uint8Array.of(1, 2), 'ko 한국').changes).toBe(1)
  first.close()
  const second = open(path)
  expect({ ...second.prepare('SELECT * FROM item').get() }).toEqual({
    id: Uint8Array.of(1, 2),
    name: 'ko 한국',
  })
  expect(
    [...second.prepare('SELECT name FROM item').iterate<{ name: string }>()].map(({ name }) => name),
  ).toEqual(['ko 한국'])
  second.close()
})

test('a second row with the same key is "constraint-unique"', () => {
  const database = open()
  const insert = database.prepare('INSERT INTO item VALUES (?, ?)')
  insert.run(Uint8Array.of(1), 'a')
  expect(codeOf(() => insert.run(Uint8Array.of(1), 'b'))).toBe('constraint-unique')
  expect(codeOf(() => insert.run(Uint8Array.of(2), 'a'))).toBe('constraint-unique')
  database.close()
})

test('a transaction that throws leaves nothing behind', () => {
  const database = open()
  const insert = database.prepare('INSERT INTO item VALUES (?, ?)')
  const failing = () =>
    database.transaction(() => {
      insert.run(Uint8Array.of(1), 'a')
      throw new Error('changed my mind')
    })
  expect(failing).toThrow('changed my mind')
  expect(database.prepare('SELECT count(*) AS n FROM item').get()?.n).toBe(0)
  expect(database.transaction(() => insert.run(Uint8Array.of(1), 'a').changes)).toBe(1)
  database.close()
})

test('nested and async transactions are bugs', () => {
  const database = open()
  expect(() => database.transaction(() => database.transaction(() => 1))).toThrow('already open')
  expect(() => database.transaction(async () => 1)).toThrow('async')
  database.close()
})

test('a full disk is "disk-full", nothing of the transaction is kept, and it works again afterwards', () => {
  const database = open()
  database.exec('PRAGMA max_page_count = 20')
  const insert = database.prepare('INSERT INTO item VALUES (?, ?)')
  const fill = () =>
    database.transaction(() => {
      for (let i = 0; i < 100; i++) insert.run(Uint8Array.of(i), 'x'.repeat(3_000) + i)
    })
  expect(codeOf(fill)).toBe('disk-full')
  expect(database.prepare('SELECT count(*) AS n FROM item').get()?.n).toBe(0)
  insert.run(Uint8Array.of(1), 'small')
  database.close()
})

test('something that is not a database, and a damaged one, are "database-corrupt"', () => {
  const text = newPath()
  writeFileSync(text, 'this is no database, however long one looks at it'.repeat(100))
  expect(codeOf(() => openDatabase(text, WAL))).toBe('database-corrupt')

  const path = newPath()
  const database = open(path)
  const insert = database.prepare('INSERT INTO item VALUES (?, ?)')
  database.transaction(() => {
    for (let i = 0; i < 200; i++) insert.run(Uint8Array.of(i), `${i} ${'x'.repeat(500)}`)
  })
  database.close()
  const bytes = readFileSync(path)
  bytes.fill(0xff, 4096)
  writeFileSync(path, bytes)
  const damaged = openDatabase(path, WAL)
  expect(codeOf(() => damaged.prepare('SELECT * FROM item').all())).toBe('database-corrupt')
  damaged.close()
})

test('a folder that does not exist is "database-unavailable"', () => {
  expect(codeOf(() => openDatabase(join(folder, 'missing', 'x.db'), WAL))).toBe('database-unavailable')
})

test('a wrong statement is a bug and keeps its own error', () => {
  const database = open()
  expect(() => database.prepare('SELEKT')).toThrow(/syntax error/)
  database.close()
})

test('journal, synchronous and secure_delete are what was asked for', () => {
  const database = openDatabase(newPath(), { journal: 'DELETE', synchronous: 'EXTRA', secureDelete: true })
  const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0]
  expect([pragma('journal_mode'), pragma('synchronous'), pragma('secure_delete')]).toEqual(['delete', 3, 1])
  database.close()
})

test('deleted content is overwritten in the file', () => {
  const path = newPath()
  const database = openDatabase(path, { journal: 'DELETE', synchronous: 'EXTRA', secureDelete: true })
  database.exec('CREATE TABLE t (x TEXT)')
  database.prepare('INSERT INTO t VALUES (?)').run('SECRETSECRET')
  expect(readFileSync(path).includes('SECRETSECRET')).toBe(true)
  database.exec('DELETE FROM t')
  expect(readFileSync(path).includes('SECRETSECRET')).toBe(false)
  database.close()
})

test('a backup is a database of its own', () => {
  const database = open()
  database.prepare('INSERT INTO item VALUES (?, ?)').run(Uint8Array.of(1), 'a')
  const copy = newPath()
  database.backup(copy)
  const opened = openDatabase(copy, { ...WAL, readOnly: true })
  expect(opened.prepare('SELECT name FROM item').get()?.name).toBe('a')
  expect(codeOf(() => opened.exec('DELETE FROM item'))).toBe('database-unavailable')
  opened.close()
  database.close()
})

test('versions are compared number by number', () => {
  expect(isVersionAtLeast('3.51.3', [3, 51, 3])).toBe(true)
  expect(isVersionAtLeast('3.53', [3, 51, 3])).toBe(true)
  expect(isVersionAtLeast('3.9.9', [3, 51, 3])).toBe(false)
  expect(isVersionAtLeast('3.51.2', [3, 51, 3])).toBe(false)
})

test('after a failed sync a connection does nothing more, and another one reads what is on disk', async () => {
  const script = `
    import { openDatabase } from ${JSON.stringify(new URL('./sqlite.ts', import.meta.url).href)}
    const database = openDatabase(process.argv[1], { journal: 'WAL', synchronous: 'FULL' })
    const attempt = (sql) => { try { database.exec(sql); return 'done' } catch ({ code }) { return code } }
    console.log(attempt('CREATE TABLE t (a)'), attempt('INSERT INTO t VALUES (1)'), attempt('SELECT 1'))
    database.close()`
  const path = newPath()
  const node = [process.execPath, '--input-type=module', '-e', script, path]
  // The log is synced once for each commit after the one that made it.
  const strace = [
    '-f',
    '-o',
    '/dev/null',
    '-P',
    `${path}-wal`,
    '-e',
    'trace=fsync',
    '-e',
    'inject=fsync:error=EIO:when=3',
  ]
  const { stdout } = await promisify(execFile)('strace', [...strace, ...node])
  expect(stdout).toBe('done io-error io-error\n')
  const again = openDatabase(path, { journal: 'WAL', synchronous: 'FULL' })
  expect(again.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  again.close()
})
