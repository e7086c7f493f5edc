import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { PostgresFailure, type PostgresSession } from './postgres-session.ts'

/** One step from the schema before it to the next. Steps that have been released are never edited; new ones are added. */
export interface Migration {
  readonly version: number
  readonly sql: string
}

/**
 * No table holds a time or an insertion counter. A heap keeps rows in the order in which they came, so the tables that are
 * filled ballot by ballot (`waiting`, `claim`, `spent`) are written anew, sorted by key, after every batch; `promise` is filled
 * in batch order only. `fragment` is unlogged: it is in no journal and on no standby. docs/adr/0014 says what remains.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
CREATE TABLE head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  manifest bytea,
  revision bigint NOT NULL DEFAULT 0,
  size bigint NOT NULL DEFAULT 0,
  root bytea,
  checkpoint text
);
INSERT INTO head DEFAULT VALUES;
CREATE TABLE published (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  size bigint NOT NULL,
  note text NOT NULL
);
CREATE TABLE entry (
  position bigint PRIMARY KEY,
  leaf bytea NOT NULL
);
CREATE TABLE tile (
  level smallint NOT NULL,
  number bigint NOT NULL,
  hashes bytea NOT NULL,
  PRIMARY KEY (level, number)
);
CREATE TABLE spent (
  credential integer PRIMARY KEY,
  id bytea NOT NULL UNIQUE,
  position bigint
);
CREATE TABLE waiting (
  id bytea PRIMARY KEY,
  leaf bytea NOT NULL,
  promise text
);
CREATE TABLE claim (
  key text PRIMARY KEY,
  id bytea NOT NULL
);
CREATE INDEX claim_of ON claim (id);
CREATE TABLE promise (
  id bytea PRIMARY KEY,
  note text NOT NULL
);
CREATE TABLE refused_more (
  kiosk integer PRIMARY KEY,
  count bigint NOT NULL
);
CREATE TABLE proposal_text (
  id bytea PRIMARY KEY,
  salt bytea NOT NULL,
  text text NOT NULL
);
CREATE TABLE blob (
  name bytea PRIMARY KEY,
  bytes bytea NOT NULL
);
ALTER TABLE blob ALTER bytes SET STORAGE EXTERNAL;
CREATE TABLE commit_mark (
  writer uuid PRIMARY KEY,
  mark bigint NOT NULL
) WITH (fillfactor = 50);
CREATE UNLOGGED TABLE fragment (
  dev_eui text PRIMARY KEY,
  packet bytea NOT NULL
);`,
  },
]

/** Held by whoever changes the schema, so that replicas that start together do it once. */
const MIGRATION_LOCK = 'SELECT pg_advisory_xact_lock(1751215472, 1)'

/**
 * Brings the schema to the newest version this program knows, in one transaction; does nothing when it is there already.
 * A schema that is newer is left alone: `schema-version`. Rejects with `PostgresFailure` when the server fails; then nothing
 * was changed, or everything, and it can be called again.
 */
export async function migrate(
  session: PostgresSession,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<Result<void, 'schema-version'>> {
  const newest = migrations.at(-1)?.version ?? 0
  await session.script('BEGIN')
  await session.script(MIGRATION_LOCK)
  // Looked for before it is made, so that opening a store that is up to date writes nothing.
  const [table] = await session.query<{ there: boolean }>(
    "SELECT to_regclass('schema_version') IS NOT NULL AS there",
  )
  if (!table?.there) await session.script('CREATE TABLE schema_version (version integer PRIMARY KEY)')
  const [row] = await session.query<{ version: number }>(
    'SELECT coalesce(max(version), 0) AS version FROM schema_version',
  )
  const there = row?.version ?? 0
  if (there > newest) {
    await session.script('ROLLBACK')
    return err('schema-version', `the store has version ${there}, this program knows ${newest}`)
  }
  for (const { version, sql } of migrations) {
    if (version <= there) continue
    await session.script(sql)
    await session.query('INSERT INTO schema_version VALUES ($1)', [version])
  }
  if ((await session.commit()) === 'unknown')
    throw new PostgresFailure(
      'storage-unavailable',
      undefined,
      'the schema was changed, but no standby has confirmed it',
    )
  return ok(undefined)
}
