import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { makeDurableDirectory } from '@hanpyo/platform/durable-file.ts'
import { createLifecycle } from '@hanpyo/platform/lifecycle.ts'
import { createLogger } from '@hanpyo/platform/logger.ts'
import { type BridgeConfig, loadBridgeConfig } from './config.ts'
import { BRIDGE_EXIT, ERRORS, explain, type StartError } from './errors.ts'
import { fsckCommand } from './fsck/commands.ts'
import { openLedgerEngine } from './ledger/open-engine.ts'
import { runBridge } from './main.ts'
import { recoveryCommands } from './recovery/commands.ts'
import { initialise } from './setup/initialise.ts'
import { readLogSeed } from './setup/key-files.ts'

const init: Command = {
  name: 'bridge init',
  summary: 'Makes the ledger of an election in an empty data folder.',
  usage: `hanpyo bridge init --config bridge.toml --election DIR
hanpyo bridge init --config bridge.toml --manifest FILE --blobs DIR

Writes the manifest as leaf 0 and signs the first checkpoint. Refuses a data folder, or a database, that holds a ledger. On
PostgreSQL it makes the tables, and waits a quarter of a minute for a primary whose standby confirms.

  --config FILE     configuration of the bridge (data folder and log key are taken from it)
  --election DIR    folder of "hanpyo election new": DIR/manifest.note and DIR/blobs
  --manifest FILE   the signed manifest note
  --blobs DIR       files named by their SHA-256: credential list, support key list, key ceremony
  --json            print one JSON line

Exit codes: 0 done, 1 failed, 2 wrong arguments, ${BRIDGE_EXIT.ledger} ledger or manifest, ${BRIDGE_EXIT.config} configuration or keys.`,
  async run(args, io) {
    const { values } = parseArgs({
      args,
      options: {
        config: { type: 'string' },
        election: { type: 'string' },
        manifest: { type: 'string' },
        blobs: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    const config = await configFrom(values.config, io)
    if (typeof config === 'number') return config
    const sources = electionSources(values, io)
    const backend = await createNodeBackend()
    const logSeed = await readLogSeed(backend.ed25519, config.keys.log)
    if (!logSeed.ok) return fail(io, logSeed.error, logSeed.detail)
    await makeDurableDirectory(config.dataDir, 0o700)
    const engine = await openLedgerEngine(config, {
      onWaiting: (why) => io.stderr(`Waiting for the database: ${why}`),
    })
    if (!engine.ok) return fail(io, engine.error, engine.detail)
    try {
      const made = await initialise({
        engine: engine.value,
        backend,
        manifestNote: await readFile(sources.manifest, 'utf8'),
        blobs: await readAll(sources.blobs),
        logSeed: logSeed.value,
      })
      if (!made.ok) return fail(io, made.error, made.detail)
      const { size, checkpoint } = made.value
      const [origin, , root] = checkpoint.split('\n')
      io.stdout(
        values.json
          ? JSON.stringify({ ok: true, origin, size, root })
          : `Ledger of ${origin}: ${size} leaves.`,
      )
      return EXIT.ok
    } finally {
      await engine.value.close()
    }
  },
}

const run: Command = {
  name: 'bridge run',
  summary: 'Takes ballots from the broker, writes them to the ledger, sends receipts back.',
  usage: `hanpyo bridge run --config bridge.toml [--close-with-parent]

Prints one JSON line when it is ready: {"ready":true,"url":…,"election":…,"size":…,"mqtt":"online"}. Logs go to
standard error. SIGTERM lets what is being committed finish. Without a primary of the database it waits, says so in the log and
at /healthz, and starts when there is one.

  --close-with-parent   end when standard input ends

Exit codes: 0 stopped, 2 wrong arguments, ${BRIDGE_EXIT.ledger} the ledger cannot be served, ${BRIDGE_EXIT.config} configuration or keys
(both need a person: do not restart), ${BRIDGE_EXIT.bug} a bug came to light (restart).`,
  async run(args, io) {
    const { values } = parseArgs({
      args,
      options: { config: { type: 'string' }, 'close-with-parent': { type: 'boolean', default: false } },
    })
    const config = await configFrom(values.config, io)
    if (typeof config === 'number') return config
    const log = createLogger({ name: 'bridge', level: config.log.level })
    const lifecycle = createLifecycle({ log, closeWithParent: values['close-with-parent'] })
    const running = await runBridge(config, lifecycle, log)
    if (!running.ok) {
      await lifecycle.close(running.error)
      return running.error === 'stopped' ? EXIT.ok : fail(io, running.error, running.detail)
    }
    const { bridge, server, exitCode } = running.value
    const { state, sequencer } = bridge
    io.stdout(
      JSON.stringify({
        ready: true,
        url: server.url,
        election: state.manifest.id,
        size: sequencer.logState.head.size,
        mqtt: bridge.isOnline ? 'online' : 'offline',
      }),
    )
    await lifecycle.closed
    return exitCode()
  },
}

export const commands: Command[] = [init, run, fsckCommand, ...recoveryCommands]

async function configFrom(path: string | undefined, io: CommandIo): Promise<BridgeConfig | number> {
  if (path === undefined) throw new UsageError('--config is missing')
  const config = await loadBridgeConfig(resolve(io.cwd, path), io.env)
  return config.ok ? config.value : fail(io, config.error, config.detail)
}

function electionSources(
  values: { election?: string | undefined; manifest?: string | undefined; blobs?: string | undefined },
  io: CommandIo,
): { manifest: string; blobs: string } {
  const inElection = (name: string) =>
    values.election === undefined ? undefined : join(values.election, name)
  const manifest = values.manifest ?? inElection('manifest.note')
  const blobs = values.blobs ?? inElection('blobs')
  if (manifest === undefined || blobs === undefined) {
    throw new UsageError('give --election, or --manifest and --blobs')
  }
  return { manifest: resolve(io.cwd, manifest), blobs: resolve(io.cwd, blobs) }
}

async function readAll(dir: string): Promise<Uint8Array[]> {
  const entries = await readdir(dir, { withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => join(dir, name))
  return Promise.all(files.map(async (file) => new Uint8Array(await readFile(file))))
}

function fail(io: CommandIo, error: StartError, detail: string | undefined): number {
  for (const line of explain(error, detail)) io.stderr(line)
  return ERRORS[error].exit
}
