import { REVISION_LOCK } from './postgres-accept.ts'
import type { Ending } from './postgres-lane.ts'
import type { PostgresSession } from './postgres-session.ts'

/** The tables that are filled ballot by ballot, with what they are sorted by. */
const BALLOT_BY_BALLOT: readonly [table: string, key: string][] = [
  ['waiting', 'id'],
  ['claim', 'key'],
  ['spent', 'credential'],
]
const TEXTS: readonly [table: string, key: string][] = [['proposal_text', 'id']]

/**
 * Writes tables into new files, sorted by key and by one transaction, and unlinks the old ones with the next checkpoint:
 * neither the place of a row nor its transaction number tells any more when it came, and deleted rows are in no page. CLUSTER
 * and VACUUM FULL would sort, but keep every row's transaction number.
 *
 * Accepting waits meanwhile (about 2 µs for each row). `storage-unavailable` after a second when a reader, such as a backup,
 * is in the way: then it is done after the next batch.
 */
export async function settle(
  session: PostgresSession,
  { texts }: { readonly texts: boolean },
): Promise<Ending<void>> {
  await session.script(`SET LOCAL lock_timeout = '1s'; SELECT ${REVISION_LOCK}`)
  for (const [table, key] of texts ? [...BALLOT_BY_BALLOT, ...TEXTS] : BALLOT_BY_BALLOT) {
    await session.script(`CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM ${table};
TRUNCATE ${table}; INSERT INTO ${table} SELECT * FROM kept ORDER BY ${key}; DROP TABLE kept`)
  }
  return { commit: true, value: undefined }
}
