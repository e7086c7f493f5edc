import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandIo } from '@hanpyo/platform/command.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { serveFetch } from '@hanpyo/platform/http-server.ts'
import { type Database, openDatabase } from '@hanpyo/platform/sqlite.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { err, expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { engineLogReader } from '../ledger/log-reader.ts'
import { restore } from '../ledger/restore.ts'
import { openSqliteEngine } from '../ledger/sqlite-engine.ts'
import { createStaticFolder } from '../publish-static.ts'
import { ProcessBridge } from '../testing/process-bridge.ts'
import { FakePort, TestBridge } from '../testing/test-bridge.ts'
import { TestElection } from '../testing/test-election.ts'
import { recoveryCommands } from './commands.ts'
import { openCopy } from './copy-source.ts'
import { rebuildStore } from './rebuild.ts'

const backend = await createNodeBackend()
const election = new TestElection({ backend, slipCount: 12 })
const ballots = [0, 1, 2].map((slip) => election.ballot(slip))
let dir: string
let bridge: TestBridge
/** The ledger as a mirror has it, and the file that was backed up before the last batch. */
let mirror: string
let early: string
let late: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-recovery-'))
  bridge = await TestBridge.start({ election })
  await bridge.cast(ballots[0]!)
  await bridge.tick()
  early = join(dir, 'early.db')
  late = join(dir, 'late.db')
  expect(await backupOf(bridge.dir, early)).toMatchObject({ code: 0 })
  await bridge.cast(ballots[1]!)
  await bridge.tick()
  await bridge.cast(ballots[2]!)
  expect(await backupOf(bridge.dir, late)).toMatchObject({ code: 0 })
  mirror = join(dir, 'mirror')
  const reader = { ...engineLogReader(bridge.engine), checkpoint: async () => bridge.bridge.publishedNote() }
  const { size } = bridge.bridge.sequencer.logState.head
  await createStaticFolder(mirror, reader).rebuild(size, bridge.bridge.blobNames())
})

afterAll(async () => {
  await bridge.dispose()
  await rm(dir, { recursive: true })
})

/** A data folder of its own with everything an operator keeps apart from the ledger: configuration and keys. */
async function configFor(name: string): Promise<ProcessBridge> {
  return ProcessBridge.prepare({
    dir: join(dir, name),
    election,
    mqttUrl: 'mqtt://127.0.0.1:1',
    mqttVersion: 5,
  })
}

async function run(...args: string[]): Promise<{ code: number; output: string }> {
  const lines: string[] = []
  const io = {
    stdout: (line: string) => void lines.push(line),
    stderr: (line: string) => void lines.push(line),
    cwd: dir,
    env: {},
  } as unknown as CommandIo
  const name = args.slice(0, 2).join(' ')
  const command = recoveryCommands.find((one) => one.name === name)
  if (command === undefined) throw new Error(name)
  return { code: await command.run(args.slice(2), io), output: lines.join('\n') }
}

async function backupOf(dataDir: string, out: string) {
  const config = join(dir, `backup-${Math.random()}.toml`)
  const like = await readFile((await configFor('for-backup')).configPath, 'utf8')
  await writeFile(config, like.replace(/^dataDir = .*$/m, `dataDir = "${dataDir}"`))
  return run('bridge', 'backup', '--config', config, '--out', out)
}

test('a backup of a running bridge is private, complete and never overwrites another', async () => {
  expect((await stat(late)).mode & 0o777).toBe(0o600)
  expect(await backupOf(bridge.dir, late)).toMatchObject({ code: 1 })
  const files = await configFor('restored')
  expect(await run('bridge', 'restore', '--config', files.configPath, '--from', late)).toMatchObject({
    code: 0,
  })
  expect((await readdir(files.dataDir)).sort()).toEqual(['ledger.db', 'ledger.db.lock'])
  const engine = expectOk(openSqliteEngine({ path: join(files.dataDir, 'ledger.db') }))
  const { state, waiting } = expectOk(await restore(engine, backend, () => 0))
  expect(state.ballotCount).toBe(2)
  // What waited is in the backup too, with its promise.
  expect(waiting.size).toBe(1)
  expect(await engine.promise(ballotId(ballots[2]!))).not.toBeNull()
  await engine.close()
})

/** A mirror's server; `onAsked` comes before each answer. */
function serveMirror(onAsked = (): void => {}) {
  return serveFetch(async (request) => {
    onAsked()
    const path = join(mirror, new URL(request.url).pathname)
    return readFile(path).then(
      (bytes) => new Response(new Uint8Array(bytes)),
      () => new Response('', { status: 404 }),
    )
  })
}

test('over HTTP it is the same, and a copy with one changed byte is not taken', async () => {
  const server = await serveMirror()
  const files = await configFor('over-http')
  expect(await run('bridge', 'rebuild', '--config', files.configPath, '--from', server.url)).toMatchObject({
    code: 0,
  })
  await server.close()
  const changed = join(dir, 'changed')
  await cp(mirror, changed, { recursive: true })
  const [bundle] = await readdir(join(changed, 'tile/entries'), { recursive: true }).then((all) =>
    all.filter((name) => /p\/\d+$/.test(name)),
  )
  const path = join(changed, 'tile/entries', bundle as string)
  const bytes = await readFile(path)
  bytes[bytes.length - 10]! ^= 1
  await writeFile(path, bytes)
  const other = await configFor('changed-copy')
  const refused = await run('bridge', 'rebuild', '--config', other.configPath, '--from', changed)
  expect(refused).toMatchObject({ code: 65 })
  expect(refused.output).toContain('copy-not-signed')
  expect(await readdir(other.dataDir)).toEqual(['ledger.db.lock'])
  const nowhere = await run('bridge', 'rebuild', '--config', other.configPath, '--from', 'http://127.0.0.1:1')
  expect(nowhere.output).toContain('copy-unreadable')
})

test('neither restore nor rebuild touches a ledger that is there, and a damaged backup is not taken', async () => {
  const files = await configFor('restored-again')
  const damaged = join(dir, 'damaged.db')
  const bytes = await readFile(early)
  bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 4_096)
  await writeFile(damaged, bytes)
  expect((await run('bridge', 'restore', '--config', files.configPath, '--from', damaged)).code).toBe(65)
  expect(await run('bridge', 'restore', '--config', files.configPath, '--from', early)).toMatchObject({
    code: 0,
  })
  for (const [what, from] of [
    ['restore', late],
    ['rebuild', mirror],
  ] as const) {
    const done = await run('bridge', what, '--config', files.configPath, '--from', from)
    expect(done.code).toBe(65)
    expect(done.output).toContain('already-initialised')
  }
})

test('a write-ahead log that was left behind is not played into what is put back', async () => {
  const files = await configFor('left-behind')
  const path = join(files.dataDir, 'ledger.db')
  await mkdir(files.dataDir, { recursive: true })
  const engine = expectOk(openSqliteEngine({ path: join(dir, 'lost.db') }))
  expectOk(await engine.putBlob(new Uint8Array(32), new Uint8Array(9_000)))
  await cp(join(dir, 'lost.db-wal'), `${path}-wal`)
  await engine.close()
  for (const [what, from] of [
    ['restore', late],
    ['rebuild', mirror],
  ] as const) {
    const done = await run('bridge', what, '--config', files.configPath, '--from', from)
    expect(done.code).toBe(65)
    expect(done.output).toContain(`${path}-wal`)
  }
  expect((await readdir(files.dataDir)).sort()).toEqual(['ledger.db-wal', 'ledger.db.lock'])
})

test('a bridge that was started before its ledger was back is no obstacle, unless it still runs', async () => {
  const files = await configFor('started-early')
  await mkdir(files.dataDir, { recursive: true })
  const bare = expectOk(openSqliteEngine({ path: join(files.dataDir, 'ledger.db') }))
  const restoring = () => run('bridge', 'restore', '--config', files.configPath, '--from', late)
  const refused = await restoring()
  expect(refused.code).toBe(1)
  expect(refused.output).toContain('store-in-use')
  expect(await bare.head()).toBeNull()
  await bare.close()
  expect(await restoring()).toMatchObject({ code: 0 })
  expect((await restoring()).output).toContain('already-initialised')
})

test('while a store is put back nobody else opens its place', async () => {
  const files = await configFor('opened-meanwhile')
  const outcomes: unknown[] = []
  const server = await serveMirror(() => {
    const opened = openSqliteEngine({ path: join(files.dataDir, 'ledger.db') })
    outcomes.push(opened.ok || opened.error)
    if (opened.ok) void opened.value.close()
  })
  expect(await run('bridge', 'rebuild', '--config', files.configPath, '--from', server.url)).toMatchObject({
    code: 0,
  })
  await server.close()
  expect(new Set(outcomes)).toEqual(new Set(['store-in-use']))
})

test('a store whose records are still in its log is not put in place without them', async () => {
  const files = await configFor('read-meanwhile')
  const unfinished = join(files.dataDir, 'ledger.unfinished.db')
  let reader: Database | undefined
  const server = await serveMirror(() => {
    if (reader !== undefined) return
    reader = openDatabase(unfinished, { journal: 'WAL', synchronous: 'FULL', readOnly: true })
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM entry').get()
  })
  const rebuilding = () => run('bridge', 'rebuild', '--config', files.configPath, '--from', server.url)
  const refused = await rebuilding()
  expect(refused.code).toBe(1)
  expect(refused.output).toContain(`not all of it is in ${unfinished}`)
  reader?.close()
  expect(await rebuilding()).toMatchObject({ code: 0 })
  await server.close()
})

test('a rebuild that broke off between ballots and log is taken up by the next one', async () => {
  const engine = expectOk(openSqliteEngine({ path: join(dir, 'broken-off.db') }))
  const rebuilding = () =>
    rebuildStore({
      engine,
      backend,
      read: openCopy(mirror, dir, fetch),
      bridgeId: election.bridgeId,
      keys: election.bridgeKeys,
      nowSeconds: 0,
    })
  vi.spyOn(engine, 'transaction').mockResolvedValueOnce(err('storage-unavailable'))
  expect(await rebuilding()).toMatchObject({ ok: false, error: 'storage-unavailable' })
  expect((await engine.waiting()).length).toBeGreaterThan(0)
  expect(await rebuilding()).toMatchObject({ ok: true, value: { ballots: 2 } })
  expect(await engine.waiting()).toEqual([])
  expect((await restore(engine, backend, () => 0)).ok).toBe(true)
  await engine.close()
})

test('after the loss of the database a bridge goes on from a mirror, and knows every spent slip', async () => {
  const files = await configFor('rebuilt')
  const done = await run('bridge', 'rebuild', '--config', files.configPath, '--from', mirror)
  expect(done).toMatchObject({ code: 0 })
  await bridge.stop()
  for (const suffix of ['', '-wal', '-shm']) await rm(join(bridge.dir, `ledger.db${suffix}`), { force: true })
  await cp(join(files.dataDir, 'ledger.db'), join(bridge.dir, 'ledger.db'))
  bridge.uplink = new FakePort()
  bridge.downlink = new FakePort()
  expect(await bridge.open()).toMatchObject({ ok: true })
  // The second is in the log; the third was acknowledged, in no copy, and comes again because no proof reached its kiosk.
  const [, published, waited] = ballots as [Uint8Array, Uint8Array, Uint8Array]
  await bridge.cast(published)
  await bridge.cast(waited)
  const ids = [published, waited].map(ballotId)
  expect(await bridge.acks(1, ids)).toEqual(ids.map((id) => ({ id: toHex(id), status: 0 })))
  await bridge.tick()
  expect(bridge.bridge.state.ballotCount).toBe(3)
  expect(await bridge.verifyLog()).toEqual([])
  expect(bridge.fatal).toEqual([])
})
