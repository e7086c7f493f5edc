import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { err, type Result } from '@hanpyo/protocol/result.ts'
import type { BridgeConfig } from '../config.ts'
import type { LedgerEngine } from './engine.ts'
import { openPostgresEngine } from './postgres-engine.ts'
import type { OpenWait, PostgresOpenError } from './postgres-opening.ts'
import { parsePostgresUrl } from './postgres-url.ts'
import { openThreadedSqliteEngine } from './sqlite-engine.ts'
import type { OpenError } from './sqlite-writer.ts'

export type OpenLedgerError =
  | OpenError
  | PostgresOpenError
  | 'postgres-url'
  | 'password-file'
  | 'key-file-readable-by-others'

/** Opens the store that the configuration names; the folder `dataDir` is there already. Only a cluster is waited for. */
export async function openLedgerEngine(
  config: Pick<BridgeConfig, 'dataDir' | 'ledger'>,
  wait: OpenWait = {},
): Promise<Result<LedgerEngine, OpenLedgerError>> {
  const { engine, postgres } = config.ledger
  if (engine === 'sqlite' || postgres === undefined)
    return openThreadedSqliteEngine({ path: join(config.dataDir, 'ledger.db') })
  const { url, passwordFile, requireQuorum } = postgres
  let password: string | undefined
  if (passwordFile !== undefined) {
    try {
      if (((await stat(passwordFile)).mode & 0o077) !== 0)
        return err('key-file-readable-by-others', passwordFile)
      password = (await readFile(passwordFile, 'utf8')).trim()
    } catch (error) {
      return err('password-file', (error as Error).message)
    }
  }
  const targets = parsePostgresUrl(url, password)
  return targets.ok ? openPostgresEngine({ ...wait, targets: targets.value, requireQuorum }) : targets
}
