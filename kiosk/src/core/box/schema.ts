/**
 * Tables of the ballot box. WITHOUT ROWID and no time, counter or order column anywhere: a row's place follows from
 * its id alone. `state`: 0 waiting, 1 recorded, 2 refused with `reason`. `interval`: the kiosk manifest that lists the
 * row, 0 while none does.
 */
export const APPLICATION_ID = 0x48504258 // "HPBX"
export const SCHEMA_VERSION = 3

/**
 * Since version 2. `type`: 0x20 proposal, 0x21 support, 0x22 moderation. `body` goes to the ledger; `parcel` (salt and text
 * of a proposal) does not, and is erased with the ack.
 */
export const STATEMENT_SCHEMA = `
  CREATE TABLE statement (
    id BLOB PRIMARY KEY CHECK (length(id) = 32),
    type INTEGER NOT NULL CHECK (type IN (32, 33, 34)),
    body BLOB NOT NULL,
    parcel BLOB CHECK (parcel IS NULL OR type = 32),
    leaf BLOB NOT NULL UNIQUE CHECK (length(leaf) = 32),
    state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2)),
    reason INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
`

/**
 * Since version 3. `status`: 0 recorded, above 0 a refusal's reason, -1 its promise was broken. `verdict`: 0 open, 1 kept,
 * 2 broken. `position` and `hashes` are a leaf's inclusion proof under the checkpoint note `head`, named by its SHA-256.
 * An erased ballot has an empty `canonical`.
 */
export const EVIDENCE_SCHEMA = `
  CREATE TABLE answer (
    id BLOB NOT NULL CHECK (length(id) = 32),
    bridge TEXT NOT NULL,
    status INTEGER NOT NULL,
    PRIMARY KEY (id, bridge)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE promise (
    leaf BLOB NOT NULL CHECK (length(leaf) = 32),
    bridge TEXT NOT NULL,
    note TEXT NOT NULL,
    verdict INTEGER NOT NULL DEFAULT 0 CHECK (verdict IN (0, 1, 2)),
    PRIMARY KEY (leaf, bridge)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE head (name BLOB PRIMARY KEY CHECK (length(name) = 32), note TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE proof (
    leaf BLOB PRIMARY KEY CHECK (length(leaf) = 32),
    position INTEGER NOT NULL,
    hashes BLOB NOT NULL CHECK (length(hashes) % 32 = 0),
    head BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
`

export const SCHEMA = `
  CREATE TABLE ballot (
    id BLOB PRIMARY KEY CHECK (length(id) = 32),
    canonical BLOB NOT NULL,
    leaf BLOB NOT NULL UNIQUE CHECK (length(leaf) = 32),
    interval INTEGER NOT NULL DEFAULT 0,
    state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2)),
    reason INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE spent (slip INTEGER PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE challenged (
    id BLOB PRIMARY KEY CHECK (length(id) = 32),
    note TEXT NOT NULL,
    leaf BLOB NOT NULL UNIQUE CHECK (length(leaf) = 32),
    interval INTEGER NOT NULL DEFAULT 0,
    state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2)),
    reason INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE kiosk_manifest (
    interval INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
    note TEXT NOT NULL,
    leaf BLOB NOT NULL UNIQUE CHECK (length(leaf) = 32),
    state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2)),
    reason INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  ${STATEMENT_SCHEMA}
  ${EVIDENCE_SCHEMA}
`
