import type { Database } from '@hanpyo/platform/sqlite.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import { equalBytes, fromHex, toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { type Manifest, manifestHash, parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import { blobsNamedBy, noteText } from '@hanpyo/protocol/election/named-blobs.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { isStopping } from '@hanpyo/protocol/election/rules.ts'
import { ElectionState } from '@hanpyo/protocol/election/state.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { verifyPromise } from '@hanpyo/protocol/link/promise.ts'
import { openCheckpoint, parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { compactRangeFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { CompactRange, leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { noteVerifier, parseNote } from '@hanpyo/protocol/log/note.ts'
import { HASH_BYTES, TILE_WIDTH, TileSet, tilesOf } from '@hanpyo/protocol/log/tiles.ts'
import { readHead, readMeta } from '../ledger/sqlite-writer.ts'
import { blobsOfManifest } from '../setup/initialise.ts'

/** What a check is about: a table of the store, or the store as a whole. */
export type StorePart =
  | 'store'
  | 'head'
  | 'entries'
  | 'tiles'
  | 'records'
  | 'spent'
  | 'waiting'
  | 'promises'
  | 'blobs'
  | 'published'

export interface StoreProblem {
  readonly part: StorePart
  /** For the operator; holds no ballot id and no slip. */
  readonly what: string
}

export interface StoreReport {
  readonly sound: boolean
  readonly head: { readonly origin: string; readonly size: number; readonly root: string } | null
  readonly counts: { readonly waiting: number; readonly promises: number; readonly spent: number }
  /** The first problems; `problemCount` counts all. */
  readonly problems: readonly StoreProblem[]
  readonly problemCount: number
}

export interface StoreFsckInput {
  /** Read in one transaction, so that a bridge may be at work on it. */
  readonly database: Database
  readonly backend: CryptoBackend
  /** The note that was shown to the public last, if any was kept. */
  readonly publishedNote: string | null
  readonly onRecords?: (done: number, total: number) => void
}

const MOST_PROBLEMS_KEPT = 200
const ENTRIES_PER_READ = 1024

type Fail = (part: StorePart, what: string) => void

/**
 * Checks a bridge's SQLite store against itself: head, entries, tiles, spent slips, waiting records, promises and blobs must
 * tell one story, and the records must keep to the rules. Signatures and proofs were checked before they were logged; for
 * those export the log and run `hanpyo verify`. Memory: what the rule book remembers, and 1,024 records.
 */
export async function checkStore(input: StoreFsckInput): Promise<StoreReport> {
  const { database } = input
  const problems: StoreProblem[] = []
  let problemCount = 0
  const fail: Fail = (part, what) => {
    problemCount += 1
    if (problems.length < MOST_PROBLEMS_KEPT) problems.push({ part, what })
  }
  database.exec('BEGIN')
  try {
    const [integrity] = database.prepare('PRAGMA integrity_check').all<{ integrity_check: string }>()
    if (integrity?.integrity_check !== 'ok')
      fail('store', `SQLite: ${integrity?.integrity_check ?? 'no answer'}`)
    // One that broke off while it was made lacks tables; nothing had been promised by then.
    const head = hasTable(database, 'head') ? readHead(database) : null
    if (head === null) fail('head', 'there is none: the store was never initialised')
    const manifest = head === null ? null : checkHead(input, head.size, fail)
    if (head !== null && manifest !== null) {
      await checkEntries(input, manifest, fail)
      checkSpentAndWaiting(database, manifest.value, input.backend, fail)
      await checkPublished(input, head.size, fail)
    }
    const count = (table: string): number =>
      head === null
        ? 0
        : (database.prepare(`SELECT count(*) AS n FROM ${table}`).get<{ n: number }>()?.n ?? 0)
    return {
      sound: problemCount === 0,
      head: head && {
        origin: head.checkpoint.split('\n')[0] ?? '',
        size: head.size,
        root: toBase64(head.root),
      },
      counts: { waiting: count('waiting'), promises: count('promise'), spent: count('spent') },
      problems,
      problemCount,
    }
  } finally {
    database.exec('COMMIT')
  }
}

function hasTable(database: Database, name: string): boolean {
  return (
    database.prepare("SELECT 1 AS yes FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !==
    undefined
  )
}

interface StoredManifest {
  readonly value: Manifest
  readonly note: string
}

/** Leaf 0, and the head's signature. */
function checkHead({ database, backend }: StoreFsckInput, size: number, fail: Fail): StoredManifest | null {
  const leaf = database.prepare('SELECT leaf FROM entry WHERE position = 0').get<{ leaf: Uint8Array }>()?.leaf
  const text = leaf?.[0] === RECORD.manifest ? noteText(leaf.subarray(1)) : ''
  const manifest = parseManifest(text)
  if (leaf === undefined || !manifest.ok) {
    fail('entries', 'entry 0 is not the manifest of an election')
    return null
  }
  if (readMeta(database, 'manifest') !== toHex(manifestHash(text)))
    fail('store', 'made for another election than entry 0 says')
  const head = readHead(database)
  const verifier = noteVerifier(backend.ed25519, manifest.value.keys.log)
  const opened = verifier.ok && head !== null ? openCheckpoint(head.checkpoint, verifier.value) : null
  if (!opened?.ok) fail('head', 'its note is not signed by the key of the manifest')
  else if (
    opened.value.checkpoint.size !== size ||
    !equalBytes(opened.value.checkpoint.root, head?.root ?? leaf)
  ) {
    fail('head', 'its note signs another size or root than the row says')
  }
  return { value: manifest.value, note: new TextDecoder().decode(leaf.subarray(1)) }
}

async function checkEntries(
  { database, backend, onRecords }: StoreFsckInput,
  manifest: StoredManifest,
  fail: Fail,
): Promise<void> {
  const head = readHead(database)
  if (head === null) return
  const blob = (name: string): Uint8Array | undefined => {
    const row = database
      .prepare('SELECT bytes FROM blob WHERE name = ?')
      .get<{ bytes: Uint8Array }>(fromHex(name))
    return row?.bytes
  }
  const checkedBlobs = new Set<string>()
  const checkBlob = (name: string): void => {
    if (checkedBlobs.has(name)) return
    checkedBlobs.add(name)
    const bytes = blob(name)
    if (bytes === undefined) fail('blobs', `${name} is missing: hand it in again with PUT /blob/${name}`)
    else if (toHex(sha256(bytes)) !== name) fail('blobs', `${name} has another content`)
  }
  for (const name of blobsOfManifest(manifest.value)) checkBlob(name)
  const { credentials, supportKeys } = manifest.value
  const credentialList = blob(credentials.blob)
  const supportList = blob(supportKeys.blob)
  const opened =
    credentialList && supportList
      ? ElectionState.open({ backend, manifestNote: manifest.note, credentialList, supportList })
      : null
  if (opened?.ok === false) fail('records', `entry 0: ${opened.error}`)
  const state = opened?.ok ? opened.value : null
  const tree = new TileSet()
  const compare = tileComparison(database, fail)
  const read = database.prepare(
    'SELECT position, leaf FROM entry WHERE position >= ? ORDER BY position LIMIT ?',
  )
  let next = 0
  for (;;) {
    const rows = read.all<{ position: number; leaf: Uint8Array }>(next, ENTRIES_PER_READ)
    if (rows.length === 0) break
    for (const { position, leaf } of rows) {
      if (position !== next) {
        fail('entries', `entries ${next} to ${position - 1} are missing`)
        return
      }
      next += 1
      if (position >= head.size) continue
      for (const tile of tree.append([leafHash(leaf)])) if (tile.width === TILE_WIDTH) compare(tile)
      for (const name of blobsNamedBy(leaf)) checkBlob(name)
      if (state === null || position === 0) continue
      for (const violation of state.apply(leaf, { trusted: true, blob })) {
        if (isStopping(violation)) fail('records', `entry ${position} breaks ${violation.rule}`)
      }
      checkLogged(database, manifest.value, backend, leaf, position, fail)
    }
    onRecords?.(Math.min(next, head.size), head.size)
  }
  if (next < head.size) fail('entries', `${next} of ${head.size} are there`)
  if (next > head.size) fail('entries', `${next - head.size} stand beyond the head`)
  if (next >= head.size && !equalBytes(tree.root(), head.root))
    fail('head', 'the entries have another root than it signs')
  if (state !== null && next >= head.size && !state.isAtBatchEnd)
    fail('records', 'the last one is no batch leaf')
  checkTileRows(database, head.size, tree, fail)
}

/** Compares a recomputed tile with the stored one. */
function tileComparison(database: Database, fail: Fail) {
  const read = database.prepare('SELECT hashes FROM tile WHERE level = ? AND number = ?')
  return ({ level, index, bytes }: { level: number; index: number; bytes: Uint8Array }): void => {
    const stored = read.get<{ hashes: Uint8Array }>(level, index)?.hashes
    if (stored === undefined) fail('tiles', `tile ${index} of level ${level} is missing`)
    else if (!equalBytes(stored, bytes))
      fail('tiles', `tile ${index} of level ${level} is not what the entries have`)
  }
}

/** The tiles at the edge, and that there are no others. */
function checkTileRows(database: Database, size: number, tree: TileSet, fail: Fail): void {
  let expected = 0
  const widths = database.prepare('SELECT length(hashes) AS bytes FROM tile WHERE level = ? AND number = ?')
  for (const { level, index, width } of tilesOf(size)) {
    expected += 1
    const bytes = widths.get<{ bytes: number }>(level, index)?.bytes
    if (bytes !== width * HASH_BYTES) fail('tiles', `tile ${index} of level ${level} has not ${width} hashes`)
  }
  const { n } = database.prepare('SELECT count(*) AS n FROM tile').get<{ n: number }>() ?? { n: 0 }
  if (n !== expected) fail('tiles', `${n} tiles are stored, ${expected} belong to ${size} entries`)
  const edge = TileSet.restore(size, ({ level, index, width }) => {
    const row = database
      .prepare('SELECT hashes FROM tile WHERE level = ? AND number = ?')
      .get<{ hashes: Uint8Array }>(level, index)
    return row?.hashes.length === width * HASH_BYTES ? row.hashes : new Uint8Array(width * HASH_BYTES)
  })
  if (!equalBytes(edge.root(), tree.root()))
    fail('tiles', 'the tiles at the edge lead to another root than the entries')
}

/** A logged ballot has spent its slip, and has its promise. */
function checkLogged(
  database: Database,
  manifest: Manifest,
  { ed25519 }: CryptoBackend,
  leaf: Uint8Array,
  position: number,
  fail: Fail,
): void {
  if (leaf[0] !== RECORD.ballot) return
  const body = leaf.subarray(1)
  const ballot = parseBallot(body)
  if (!ballot.ok) {
    fail('records', `entry ${position} is no ballot`)
    return
  }
  const id = ballotId(body)
  const spent = database
    .prepare('SELECT id, position FROM spent WHERE credential = ?')
    .get<{ id: Uint8Array; position: number | null }>(ballot.value.credentialIndex)
  if (spent === undefined || !equalBytes(spent.id, id))
    fail('spent', `the ballot at ${position} has not spent its slip`)
  else if (spent.position !== position)
    fail('spent', `the ballot at ${position} is noted at ${spent.position}`)
  const waits = database.prepare('SELECT 1 AS yes FROM waiting WHERE id = ?').get(id)
  if (waits !== undefined) fail('waiting', `the ballot at ${position} is logged and waits all the same`)
  const note = database.prepare('SELECT note FROM promise WHERE id = ?').get<{ note: string }>(id)?.note
  if (note === undefined) {
    fail('promises', `the ballot at ${position} has none`)
    return
  }
  const size = checkPromise(manifest, ed25519, leaf, note)
  if (size === null || size > position)
    fail('promises', `that of the ballot at ${position} does not hold for it`)
}

/** The size a promise names, or null when no bridge of the election gave it for this leaf. */
function checkPromise(
  manifest: Manifest,
  ed25519: CryptoBackend['ed25519'],
  leaf: Uint8Array,
  note: string,
): number | null {
  for (const { promise: vkey } of manifest.keys.bridges) {
    const promise = verifyPromise(ed25519, vkey, note)
    if (!promise.ok) continue
    return promise.value.log === manifest.id && equalBytes(promise.value.leaf, leafHash(leaf))
      ? promise.value.size
      : null
  }
  return null
}

/** Every slip that is spent belongs to a ballot that is logged or waits, and every ballot that waits has spent one. */
function checkSpentAndWaiting(
  database: Database,
  manifest: Manifest,
  { ed25519 }: CryptoBackend,
  fail: Fail,
): void {
  const spentRow = database.prepare('SELECT position FROM spent WHERE credential = ? AND id = ?')
  const promiseRow = database.prepare('SELECT note FROM promise WHERE id = ?')
  let waitingBallots = 0
  for (const { id, leaf } of database
    .prepare('SELECT id, leaf FROM waiting')
    .iterate<{ id: Uint8Array; leaf: Uint8Array }>()) {
    if (leaf[0] !== RECORD.ballot) continue
    waitingBallots += 1
    const ballot = parseBallot(leaf.subarray(1))
    if (!ballot.ok || !equalBytes(ballotId(leaf.subarray(1)), id)) {
      fail('waiting', 'a ballot does not have the id under which it waits')
      continue
    }
    const spent = spentRow.get<{ position: number | null }>(ballot.value.credentialIndex, id)
    if (spent === undefined) fail('waiting', 'a ballot waits that has not spent its slip')
    else if (spent.position !== null) fail('waiting', `a ballot waits that is noted at ${spent.position}`)
    const note = promiseRow.get<{ note: string }>(id)?.note
    if (note === undefined || checkPromise(manifest, ed25519, leaf, note) === null) {
      fail('promises', 'a ballot waits without a valid one')
    }
  }
  const { open } = database
    .prepare('SELECT count(*) AS open FROM spent WHERE position IS NULL')
    .get<{ open: number }>() ?? {
    open: 0,
  }
  if (open !== waitingBallots)
    fail('spent', `${open} slips are spent for ballots that wait, ${waitingBallots} ballots wait`)
  const misplaced = database
    .prepare(
      "SELECT count(*) AS n FROM spent LEFT JOIN entry USING (position) WHERE position IS NOT NULL AND (leaf IS NULL OR substr(leaf, 1, 1) <> x'10')",
    )
    .get<{ n: number }>()?.n
  if (misplaced !== 0) fail('spent', `${misplaced} slips are noted where no ballot stands`)
}

/** What the public was shown is the beginning of what is stored. */
async function checkPublished(
  { database, publishedNote }: StoreFsckInput,
  size: number,
  fail: Fail,
): Promise<void> {
  if (publishedNote === null) return
  const note = parseNote(publishedNote)
  const shown = note.ok ? parseCheckpoint(note.value.text) : note
  if (!shown.ok) {
    fail('published', `the kept note cannot be read: ${shown.error}`)
    return
  }
  if (shown.value.size > size) {
    fail('published', `${shown.value.size} records were shown, ${size} are stored`)
    return
  }
  if (shown.value.size === 0) return
  const tile = async (level: number, number: number, width = TILE_WIDTH): Promise<Uint8Array | null> => {
    const row = database
      .prepare('SELECT hashes FROM tile WHERE level = ? AND number = ?')
      .get<{ hashes: Uint8Array }>(level, number)
    return row?.hashes.slice(0, width * HASH_BYTES) ?? null
  }
  const range = await compactRangeFromTiles({ tile }, shown.value.size, size)
  if (!range.ok || !equalBytes(CompactRange.from(shown.value.size, range.value).root(), shown.value.root)) {
    fail('published', 'the public was shown other records than are stored')
  }
}
