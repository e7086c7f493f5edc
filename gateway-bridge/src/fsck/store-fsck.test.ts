import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { type Database, openDatabase } from '@hanpyo/platform/sqlite.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestBridge } from '../testing/test-bridge.ts'
import { TestElection } from '../testing/test-election.ts'
import { checkStore, type StoreReport } from './store-fsck.ts'

const backend = await createNodeBackend()
const election = new TestElection({ backend, slipCount: 20 })
let bridge: TestBridge
let database: Database

beforeAll(async () => {
  bridge = await TestBridge.start({ election })
  for (let slip = 0; slip < 3; slip++) await bridge.cast(election.ballot(slip))
  await bridge.tick(3600)
  const ceremony = utf8('ceremony')
  expectOk(await bridge.engine.putBlob(sha256(ceremony), ceremony))
  await bridge.cast(election.ballot(3))
  await bridge.stop()
  database = openDatabase(join(bridge.dir, 'ledger.db'), { journal: 'WAL', synchronous: 'FULL' })
})

afterAll(async () => {
  database.close()
  await bridge.dispose()
})

function check(): Promise<StoreReport> {
  return checkStore({ database, backend, publishedNote: null })
}

test('the store of a bridge that was stopped is sound', async () => {
  expect(await check()).toMatchObject({
    sound: true,
    problems: [],
    counts: { waiting: 1, spent: 4, promises: 4 },
  })
})

const DAMAGES: readonly (readonly [string, string, string])[] = [
  ['a changed leaf', "UPDATE entry SET leaf = x'14' WHERE position = 2", 'head'],
  ['a missing leaf', 'DELETE FROM entry WHERE position = 3', 'entries'],
  ['a leaf beyond the head', "INSERT INTO entry SELECT max(position) + 1, x'14' FROM entry", 'entries'],
  ['a head of another size', 'UPDATE head SET size = size - 1', 'head'],
  ['a changed tile', 'UPDATE tile SET hashes = zeroblob(length(hashes))', 'tiles'],
  ['a missing tile', 'DELETE FROM tile', 'tiles'],
  ['a slip that is free again', 'DELETE FROM spent WHERE position IS NOT NULL', 'spent'],
  ['a slip spent for nothing', "INSERT INTO spent VALUES (19, x'00', NULL)", 'spent'],
  ['a slip noted elsewhere', 'UPDATE spent SET position = 0 WHERE position IS NOT NULL', 'spent'],
  ['a lost ballot that waited', 'DELETE FROM waiting', 'spent'],
  ['a waiting ballot whose slip is free', 'DELETE FROM spent WHERE position IS NULL', 'waiting'],
  ['a lost promise', 'DELETE FROM promise', 'promises'],
  ['a promise for something else', "UPDATE promise SET note = 'no'", 'promises'],
  ['a lost blob', 'DELETE FROM blob', 'blobs'],
  ['a changed blob', "UPDATE blob SET bytes = x'00'", 'blobs'],
  ['another election', "UPDATE meta SET value = '00' WHERE key = 'manifest'", 'store'],
]

test.each(DAMAGES)('%s is found', async (_, sql, part) => {
  const backup = join(bridge.dir, `damaged-${part}-${sql.length}.db`)
  database.backup(backup)
  const damaged = openDatabase(backup, { journal: 'WAL', synchronous: 'FULL' })
  try {
    damaged.exec(sql)
    const { sound, problems } = await checkStore({ database: damaged, backend, publishedNote: null })
    expect(sound).toBe(false)
    expect(problems.map((problem) => problem.part)).toContain(part)
  } finally {
    damaged.close()
  }
})

test('a public note of more records than are stored is found', async () => {
  const { head } = await check()
  const publishedNote = `${head?.origin}\n999\n${head?.root}\n\n— a AAAAAAAA\n`
  const { problems } = await checkStore({ database, backend, publishedNote })
  expect(problems).toEqual([{ part: 'published', what: `999 records were shown, ${head?.size} are stored` }])
})
