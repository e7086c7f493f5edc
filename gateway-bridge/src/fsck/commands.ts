import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { readIfPresent } from '@hanpyo/platform/durable-file.ts'
import { openDatabase, SqliteError } from '@hanpyo/platform/sqlite.ts'
import { loadBridgeConfig } from '../config.ts'
import { BRIDGE_EXIT, ERRORS, explain } from '../errors.ts'
import { exportLog } from './export-log.ts'
import { checkStore, type StoreReport } from './store-fsck.ts'

export const fsckCommand: Command = {
  name: 'bridge fsck',
  summary: 'Check the store of a bridge against itself, and export the ledger in it.',
  usage: `hanpyo bridge fsck --config bridge.toml [--export DIR] [--json]

Checks SQLite's own structure, then head, entries, hash tiles, spent slips, waiting records, promises and blobs against each
other, and the records against the rules. Changes nothing; the bridge may be running.

  --config FILE   configuration of the bridge
  --export DIR    write the published ledger into DIR as well; "hanpyo fsck DIR" and "hanpyo verify DIR" then check it
                  without any code of the bridge
  --json          print one JSON line

Exit codes: 0 sound, 1 something is wrong, 2 wrong arguments, ${BRIDGE_EXIT.ledger} the store cannot be read, ${BRIDGE_EXIT.config} configuration.`,
  async run(args, io) {
    const { values } = parseArgs({
      args,
      options: {
        config: { type: 'string' },
        export: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    if (values.config === undefined) throw new UsageError('--config is missing')
    const config = await loadBridgeConfig(resolve(io.cwd, values.config), io.env)
    if (!config.ok) {
      for (const line of explain(config.error, config.detail)) io.stderr(line)
      return ERRORS[config.error].exit
    }
    const path = join(config.value.dataDir, 'ledger.db')
    if (!existsSync(path)) {
      io.stderr(`${path} is missing. If the ledger is on PostgreSQL, export it over HTTP with "hanpyo copy".`)
      return BRIDGE_EXIT.ledger
    }
    const note = await readIfPresent(join(config.value.dataDir, 'published.checkpoint'))
    try {
      const database = openDatabase(path, { journal: 'WAL', synchronous: 'FULL' })
      try {
        const report = await checkStore({
          database,
          backend: await createNodeBackend(),
          publishedNote: note === null ? null : new TextDecoder().decode(note),
        })
        if (values.json) io.stdout(JSON.stringify(report))
        else for (const line of linesOf(report)) io.stdout(line)
        if (values.export !== undefined) await exportLog(database, resolve(io.cwd, values.export))
        return report.sound ? EXIT.ok : EXIT.failed
      } finally {
        database.close()
      }
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error
      io.stderr(`${path} cannot be read: ${error.message}`)
      io.stderr(
        'Stop the bridge, keep a copy of the data folder as it is, and restore the newest backup beside it.',
      )
      return BRIDGE_EXIT.ledger
    }
  },
}

function linesOf({ sound, head, counts, problems, problemCount }: StoreReport): string[] {
  const more = problemCount - problems.length
  return [
    head === null ? 'no ledger' : `${head.origin}: ${head.size} ${head.root}`,
    `${counts.waiting} records wait, ${counts.spent} slips are spent, ${counts.promises} promises are kept`,
    ...problems.map(({ part, what }) => `${part}: ${what}`),
    ...(more > 0 ? [`and ${more} more`] : []),
    sound
      ? 'SOUND'
      : `NOT SOUND: ${problemCount} problems. Keep a copy of the data folder before anything else.`,
  ]
}
