import { existsSync } from 'node:fs'
import { type Database, openDatabase } from '@hanpyo/platform/sqlite.ts'
import type { Checkpoint } from '@hanpyo/protocol/log/checkpoint.ts'

const SCHEMA = `
CREATE TABLE IF NOT EXISTS log (
  origin    TEXT PRIMARY KEY,
  vkey      TEXT NOT NULL,
  size      INTEGER NOT NULL,
  root      BLOB NOT NULL,
  note      TEXT NOT NULL,
  timestamp INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS conflict (
  origin    TEXT NOT NULL,
  note      TEXT NOT NULL,
  against   TEXT NOT NULL,
  is_proof  INTEGER NOT NULL,
  PRIMARY KEY (origin, note)
) STRICT, WITHOUT ROWID`

/** Kept for each log and kind. The first ones tell the story; a log that signs on must not fill the disk. */
const MOST_CONFLICTS = 16

/** The newest checkpoint a witness cosigned for a log; before the first one `size` is 0 and `note` is empty. */
export interface Cosigned {
  readonly vkey: string
  readonly size: number
  readonly root: Uint8Array
  /** The whole note, the log's signature and the witness's own cosignature included: the evidence if the log forks. */
  readonly note: string
  /** POSIX seconds of the last cosignature; 0 for none. */
  readonly timestamp: number
}

/** Two notes that a log signed and that do not fit each other. */
export interface Conflict {
  readonly origin: string
  /** The note that was refused, with the log's signature. */
  readonly note: string
  /** The note this witness had cosigned by then. */
  readonly against: string
  /** The same size and another root: nobody but the log can have made both. Otherwise only the way from one to the other is missing. */
  readonly isProof: boolean
}

/**
 * What a witness remembers. A call that changes something has been fsynced when it returns; `replace` is one
 * compare-and-set, so that two requests at the same time, or two processes on one file, never both advance from the
 * same size.
 */
export interface WitnessStore {
  origins(): readonly { readonly origin: string; readonly vkey: string }[]
  read(origin: string): Cosigned | undefined
  /** Trusts a log from now on. False when the origin is known already, whatever its key. */
  add(origin: string, vkey: string): boolean
  /** False when the stored size is no longer `oldSize`; nothing has changed then. */
  replace(
    oldSize: number,
    next: { readonly checkpoint: Checkpoint; readonly note: string; readonly timestamp: number },
  ): boolean
  /** Keeps what contradicts the memory, up to 16 of each kind for each log; the same one again changes nothing. */
  keepConflict(conflict: Conflict): void
  conflicts(): readonly Conflict[]
  close(): void
}

interface Row {
  readonly vkey: string
  readonly size: number
  readonly root: Uint8Array
  readonly note: string
  readonly timestamp: number
}

/**
 * Opens what a witness remembers; `null` when the file is gone. A witness without its memory would sign a second history,
 * so that only `hanpyo witness init` and `hanpyo mirror init` make the file. Throws `SqliteError`.
 */
export function openExistingStore(path: string): WitnessStore | null {
  return existsSync(path) ? openWitnessStore(path) : null
}

/** Opens or creates the witness's database file. Throws `SqliteError`. */
export function openWitnessStore(path: string): WitnessStore {
  const database = openDatabase(path, { journal: 'WAL', synchronous: 'FULL' })
  database.exec(SCHEMA)
  return new SqliteWitnessStore(database)
}

/** Everything a witness's database remembers, by origin. */
export function readCosigned(database: Database): ReadonlyMap<string, Cosigned> {
  const rows = database
    .prepare('SELECT * FROM log ORDER BY origin')
    .all<Cosigned & { readonly origin: string }>()
  return new Map(rows.map((row) => [row.origin, row]))
}

class SqliteWitnessStore implements WitnessStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  origins(): { origin: string; vkey: string }[] {
    return this.#database.prepare('SELECT origin, vkey FROM log ORDER BY origin').all()
  }

  read(origin: string): Cosigned | undefined {
    return this.#database
      .prepare('SELECT vkey, size, root, note, timestamp FROM log WHERE origin = ?')
      .get<Row & Record<string, never>>(origin)
  }

  add(origin: string, vkey: string): boolean {
    const empty = new Uint8Array(0)
    return (
      this.#database
        .prepare("INSERT INTO log VALUES (?, ?, 0, ?, '', 0) ON CONFLICT DO NOTHING")
        .run(origin, vkey, empty).changes === 1
    )
  }

  replace(
    oldSize: number,
    { checkpoint, note, timestamp }: { checkpoint: Checkpoint; note: string; timestamp: number },
  ): boolean {
    return (
      this.#database
        .prepare('UPDATE log SET size = ?, root = ?, note = ?, timestamp = ? WHERE origin = ? AND size = ?')
        .run(checkpoint.size, checkpoint.root, note, timestamp, checkpoint.origin, oldSize).changes === 1
    )
  }

  keepConflict({ origin, note, against, isProof }: Conflict): void {
    this.#database
      .prepare(
        'INSERT INTO conflict SELECT ?1, ?2, ?3, ?4 WHERE (SELECT count(*) FROM conflict WHERE origin = ?1 AND is_proof = ?4) < ?5 ON CONFLICT DO NOTHING',
      )
      .run(origin, note, against, isProof ? 1 : 0, MOST_CONFLICTS)
  }

  conflicts(): Conflict[] {
    return this.#database
      .prepare('SELECT origin, note, against, is_proof FROM conflict ORDER BY origin, is_proof DESC, note')
      .all<{ origin: string; note: string; against: string; is_proof: number }>()
      .map(({ is_proof, ...rest }) => ({ ...rest, isProof: is_proof === 1 }))
  }

  close(): void {
    this.#database.close()
  }
}
