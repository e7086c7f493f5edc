import { chmod, copyFile, mkdtemp, open, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { makeDurableDirectory, moveFile, syncDirectory } from '@hanpyo/platform/durable-file.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { SqliteError } from '@hanpyo/platform/sqlite.ts'
import { promiseDeadline } from '@hanpyo/protocol/link/promise.ts'
import { ok, type Result } from '@hanpyo/protocol/result.ts'
import { type BridgeConfig, loadBridgeConfig } from '../config.ts'
import { BRIDGE_EXIT, ERRORS, explain, type StartError } from '../errors.ts'
import type { LedgerEngine } from '../ledger/engine.ts'
import { openLedgerEngine } from '../ledger/open-engine.ts'
import { restore } from '../ledger/restore.ts'
import { openSqliteEngine } from '../ledger/sqlite-engine.ts'
import { lockStore } from '../ledger/sqlite-writer.ts'
import { readBridgeKeys } from '../setup/key-files.ts'
import type { WitnessView } from '../witnessing/witnessing.ts'
import { askWitnesses } from './ask-witnesses.ts'
import { backupStore, checkCopy, exists, isBareStore } from './backup.ts'
import { CopyError, openCopy, type ReadCopy } from './copy-source.ts'
import { type Rebuilt, rebuildStore } from './rebuild.ts'

const EXITS = `Exit codes: 0 done, 1 not done and may pass, 2 wrong arguments, ${BRIDGE_EXIT.ledger} the ledger, ${BRIDGE_EXIT.config} configuration or keys.`
const LEDGER = 'ledger.db'

const backup: Command = {
  name: 'bridge backup',
  summary: 'Copies the store of a bridge, which may be running, into one file.',
  usage: `hanpyo bridge backup --config bridge.toml --out FILE

Writes a compact copy as of one moment, checks it, and gives it its name only then. As private as the store: it holds which slips
are spent. For a ledger on PostgreSQL take deploy/postgres/backup.sh.

${EXITS}`,
  async run(args, io) {
    const { values } = parseArgs({ args, options: { config: { type: 'string' }, out: { type: 'string' } } })
    if (values.out === undefined) throw new UsageError('--out is missing')
    const config = await configOf(values.config, io)
    if (typeof config === 'number') return config
    if (config.ledger.engine === 'postgres')
      throw new UsageError(
        'the ledger of this configuration is on PostgreSQL: take deploy/postgres/backup.sh',
      )
    const path = join(config.dataDir, LEDGER)
    if (!(await exists(path))) return fail(io, 'not-initialised', path)
    const out = resolve(io.cwd, values.out)
    const made = await backupStore(path, out)
    if (!made.ok) return fail(io, made.error, made.detail)
    io.stdout(`${out}: ${made.value.size} leaves, and everything that waits.`)
    return EXIT.ok
  },
}

const restoreCommand: Command = {
  name: 'bridge restore',
  summary: 'Puts a backup back, unless the world has seen more of the ledger than it holds.',
  usage: `hanpyo bridge restore --config bridge.toml --from FILE

Reads the backup through the whole rule book, asks every witness and mirror what it holds, and puts the backup in place only when
nobody holds more: a shorter store would fork the ledger. Refuses a data folder that holds a ledger.
When the backup is too short: "hanpyo bridge rebuild --from <mirror>" makes a store from any mirror.

${EXITS}`,
  async run(args, io) {
    const { values } = parseArgs({ args, options: { config: { type: 'string' }, from: { type: 'string' } } })
    if (values.from === undefined) throw new UsageError('--from is missing')
    const config = await configOf(values.config, io)
    if (typeof config === 'number') return config
    const from = resolve(io.cwd, values.from)
    return intoEmptyFolder(config, io, async (unfinished) => {
      try {
        await copyFile(from, unfinished)
        await chmod(unfinished, 0o600)
        const sound = checkCopy(unfinished)
        return sound.ok ? ok(`${sound.value.size} leaves`) : sound
      } catch (error) {
        const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
        if (error instanceof SqliteError || isMissing)
          return { ok: false, error: 'storage-broken', detail: from }
        throw error
      }
    })
  },
}

const rebuild: Command = {
  name: 'bridge rebuild',
  summary: 'Makes the store anew from a mirror, after the loss of everything.',
  usage: `hanpyo bridge rebuild --config bridge.toml --from <mirror's URL or folder>

Needs the key files and the configuration, nothing else. Takes every record of the copy, believes nothing but what leads to a root
that this log key has signed, reads all of it through the rule book and asks every witness and mirror whether it knows more.
Ballots that were acknowledged and not published are not in any copy: kiosks keep them and send them again.

${EXITS}`,
  async run(args, io) {
    const { values } = parseArgs({ args, options: { config: { type: 'string' }, from: { type: 'string' } } })
    if (values.from === undefined) throw new UsageError('--from is missing')
    const config = await configOf(values.config, io)
    if (typeof config === 'number') return config
    const backend = await createNodeBackend()
    const keys = await readBridgeKeys(backend.ed25519, config.keys)
    if (!keys.ok) return fail(io, keys.error, keys.detail)
    const read = sameCheckpoint(openCopy(values.from, io.cwd, fetch))
    const fill = async (engine: LedgerEngine): Promise<Result<Rebuilt, StartError>> => {
      try {
        const nowSeconds = Math.floor(Date.now() / 1000)
        const { bridge: bridgeId } = config
        return await rebuildStore({ engine, backend, read, bridgeId, keys: keys.value, nowSeconds })
      } catch (error) {
        if (!(error instanceof CopyError)) throw error
        return { ok: false, error: 'copy-unreadable', detail: error.message }
      }
    }
    if (config.ledger.engine === 'postgres') return intoDatabase(config, io, fill)
    return intoEmptyFolder(config, io, async (unfinished) => {
      const engine = openSqliteEngine({ path: unfinished })
      if (!engine.ok) return engine
      const made = await fill(engine.value).finally(() => engine.value.close())
      return made.ok ? ok(describe(made.value, io)) : made
    })
  },
}

function describe({ head, ballots, missingBlobs }: Rebuilt, io: CommandIo): string {
  for (const name of missingBlobs) io.stderr(`missing: blob ${name}. Whoever brought it brings it again.`)
  return `${head.size} leaves, ${ballots} ballots`
}

/** A mirror that grows meanwhile is read up to where it stood first. */
function sameCheckpoint(read: ReadCopy): ReadCopy {
  let first: Promise<Uint8Array | null> | undefined
  return (path, maxBytes) => {
    if (path !== 'checkpoint') return read(path, maxBytes)
    first ??= read(path, maxBytes)
    return first
  }
}

export const recoveryCommands: readonly Command[] = [backup, restoreCommand, rebuild]

/**
 * Makes a store beside its place, examines it, and moves it there when nobody knows more. Holds the lock of the place meanwhile: a bridge
 * that was started, or a second restoring, would otherwise make a store of its own there.
 */
async function intoEmptyFolder(
  config: BridgeConfig,
  io: CommandIo,
  make: (unfinished: string) => Promise<Result<string, StartError>>,
): Promise<number> {
  if (config.ledger.engine !== 'sqlite')
    throw new UsageError('the ledger of this configuration is on PostgreSQL')
  await makeDurableDirectory(config.dataDir, 0o700)
  const lock = lockStore(join(config.dataDir, LEDGER))
  if (!lock.ok) return fail(io, lock.error, lock.detail)
  try {
    return await intoLockedFolder(config, io, make)
  } finally {
    lock.value.close()
  }
}

async function intoLockedFolder(
  config: BridgeConfig,
  io: CommandIo,
  make: (unfinished: string) => Promise<Result<string, StartError>>,
): Promise<number> {
  const place = join(config.dataDir, LEDGER)
  const inTheWay = await clearBareStore(place)
  if (inTheWay !== undefined) return fail(io, 'already-initialised', inTheWay)
  const unfinished = join(config.dataDir, 'ledger.unfinished.db')
  const clear = async () => {
    for (const suffix of ['', '-wal', '-shm', '.lock', '.lock-journal'])
      await rm(`${unfinished}${suffix}`, { force: true })
  }
  await clear()
  try {
    const made = await make(unfinished)
    if (!made.ok) return fail(io, made.error, made.detail)
    const engine = openSqliteEngine({ path: unfinished })
    if (!engine.ok) return fail(io, engine.error, engine.detail)
    const examined = await examine(config, engine.value).finally(() => engine.value.close())
    if (!examined.ok) return fail(io, examined.error, examined.detail)
    // The file alone is moved. Its log goes when it is closed, unless the disk is full or somebody else reads it.
    if (await exists(`${unfinished}-wal`))
      return fail(
        io,
        'storage-unavailable',
        `not all of it is in ${unfinished}; free space, end what reads it`,
      )
    const file = await open(unfinished, 'r+')
    await file.sync().finally(() => file.close())
    await moveFile(unfinished, place)
    await syncDirectory(config.dataDir)
    report(io, made.value, examined.value)
    return EXIT.ok
  } finally {
    await clear()
  }
}

/** Takes away what a bridge has left that was started too early. The file that is in the way; `undefined` when there is none. */
async function clearBareStore(place: string): Promise<string | undefined> {
  const log = `${place}-wal`
  if (await exists(place)) {
    if (!isBareStore(place)) return place
    for (const path of [log, `${place}-shm`, place]) await rm(path, { force: true })
  }
  // A log that was left behind would be played into the new file when that is opened.
  return (await exists(log)) ? log : undefined
}

/**
 * A database has no place beside its place: the store is made and examined in a file first, and only when nobody knows more made
 * again in the database. An attempt that was broken off there is finished by the next one.
 */
async function intoDatabase(
  config: BridgeConfig,
  io: CommandIo,
  fill: (engine: LedgerEngine) => Promise<Result<Rebuilt, StartError>>,
): Promise<number> {
  const engine = await openLedgerEngine(config, {
    onWaiting: (why) => io.stderr(`Waiting for the database: ${why}`),
  })
  if (!engine.ok) return fail(io, engine.error, engine.detail)
  try {
    if ((await engine.value.identity()) !== null) return fail(io, 'already-initialised', undefined)
    const examined = await examineInFile(config, fill)
    if (!examined.ok) return fail(io, examined.error, examined.detail)
    const made = await fill(engine.value)
    if (!made.ok) return fail(io, made.error, made.detail)
    report(io, describe(made.value, io), examined.value)
    return EXIT.ok
  } finally {
    await engine.value.close()
  }
}

async function examineInFile(
  config: BridgeConfig,
  fill: (engine: LedgerEngine) => Promise<Result<Rebuilt, StartError>>,
): Promise<Result<readonly WitnessView[], StartError>> {
  await makeDurableDirectory(config.dataDir, 0o700)
  const dir = await mkdtemp(join(config.dataDir, 'rebuild-'))
  try {
    const engine = openSqliteEngine({ path: join(dir, LEDGER) })
    if (!engine.ok) return engine
    try {
      const made = await fill(engine.value)
      return made.ok ? await examine(config, engine.value) : made
    } finally {
      await engine.value.close()
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** Reads a store as a starting bridge does, and asks the witnesses. */
async function examine(
  config: BridgeConfig,
  engine: LedgerEngine,
): Promise<Result<readonly WitnessView[], StartError>> {
  const backend = await createNodeBackend()
  const clock = createRealClock()
  const restored = await restore(engine, backend, (maxDelaySeconds, tickSeconds) =>
    promiseDeadline(clock.now(), maxDelaySeconds, tickSeconds),
  )
  if (!restored.ok) return restored
  return askWitnesses(engine, restored.value.state.manifest, restored.value.log.head, {
    ed25519: backend.ed25519,
    clock,
    log: silentLogger,
    fetch,
    timeoutMs: config.witnesses.timeoutSeconds * 1000,
  })
}

function report(io: CommandIo, made: string, witnesses: readonly WitnessView[]): void {
  const asked = witnesses.filter(({ url }) => url !== null)
  const silent = asked.filter(({ problem }) => problem !== null)
  io.stdout(
    `In place: ${made}. ${asked.length - silent.length} of ${asked.length} witnesses and mirrors know no more.`,
  )
  for (const { name, problem } of silent) {
    io.stderr(
      `${name}: ${problem}. It is asked again when the bridge starts, and later; it may still know more.`,
    )
  }
}

async function configOf(path: string | undefined, io: CommandIo): Promise<BridgeConfig | number> {
  if (path === undefined) throw new UsageError('--config is missing')
  const config = await loadBridgeConfig(resolve(io.cwd, path), io.env)
  return config.ok ? config.value : fail(io, config.error, config.detail)
}

function fail(io: CommandIo, error: StartError, detail: string | undefined): number {
  for (const line of explain(error, detail)) io.stderr(line)
  if (error === 'ledger-behind-witnesses')
    io.stderr(
      '"hanpyo bridge rebuild --from <URL of the mirror that holds most>" makes a store that is as long.',
    )
  return ERRORS[error].exit
}
