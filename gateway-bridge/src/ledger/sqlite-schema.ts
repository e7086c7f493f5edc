/** By proposal id, which is a hash: the table tells nothing of the order in which proposals came. */
export const PROPOSAL_TEXT_TABLE = (name: string): string => `CREATE TABLE IF NOT EXISTS ${name} (
  id BLOB PRIMARY KEY,
  salt BLOB NOT NULL,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID`

/**
 * Version 1; what comes later is a step of its own in `sqlite-migrations.ts`.
 *
 * No table holds a time or an insertion counter: `spent` is ordered by credential, `waiting` and `promise` by id,
 * `claim` by what is claimed, and these three are WITHOUT ROWID. `entry` and `tile` are the public log itself.
 */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  size INTEGER NOT NULL,
  root BLOB NOT NULL,
  checkpoint TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS entry (
  position INTEGER PRIMARY KEY,
  leaf BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS tile (
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spent (
  credential INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  position INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS waiting (
  id BLOB PRIMARY KEY,
  leaf BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS promise (
  id BLOB PRIMARY KEY,
  note TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused_more (
  kiosk INTEGER PRIMARY KEY,
  count INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS claim (
  key TEXT PRIMARY KEY,
  id BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS claim_of ON claim (id);
CREATE TABLE IF NOT EXISTS published (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  size INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;
${PROPOSAL_TEXT_TABLE('proposal_text')};
CREATE TABLE IF NOT EXISTS blob (
  name BLOB PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;
`
