import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeDurableDirectory, moveFile, syncDirectory, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { ByteReader, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import type { CheckResult } from '@hanpyo/protocol/checks/findings.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { consistencyProofFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { verifyConsistency } from '@hanpyo/protocol/log/merkle.ts'
import { noteVerifier, parseNote } from '@hanpyo/protocol/log/note.ts'
import {
  entriesPath,
  HASH_BYTES,
  parseTilePath,
  TILE_WIDTH,
  tilePath,
  tileWidth,
} from '@hanpyo/protocol/log/tiles.ts'
import { readTilePart } from './leaves.ts'
import type { Report } from './report.ts'
import { openFolder, readFromFolder } from './source/folder.ts'
import { LIMITS, type Source } from './source/source.ts'
import { type VerifyInput, verifyLog } from './verify.ts'

export interface CopyInput extends VerifyInput {
  readonly folder: string
}

export interface CopyOutcome {
  readonly report: Report
  /** Whether the folder now holds this checkpoint. */
  readonly copied: boolean
  /** Why not, when the folder's own history contradicts the log. */
  readonly conflict?: string
  readonly filesWritten: number
}

/**
 * Copies a log into a folder that `verify` reads, verifying it on the way. Files land beside their place first
 * and move there only after the whole log was verified; the checkpoint is replaced last, in one step, so the
 * folder is a verified copy at every moment. A folder with an older copy is continued, never rewritten; what it
 * holds is not fetched again.
 *
 * Only a missing pin may be skipped: then the copy is as good as the address it came from.
 */
export async function copyLog(input: CopyInput): Promise<CopyOutcome> {
  const { source, folder } = input
  await makeDurableDirectory(folder)
  const staging = join(folder, `.incoming-${randomUUID()}`)
  await mkdir(staging)
  try {
    const staged = stageReads(source, folder, staging)
    const { report, checkpoint, checkpointNote, logVkey } = await verifyLog({
      ...input,
      source: staged.source,
    })
    const refused = { report, copied: false, filesWritten: 0 }
    if (checkpoint === null) return refused
    const conflict = await findConflict(input, checkpoint, logVkey)
    if (conflict !== undefined) {
      if (conflict.isFork && isSigned(report)) await keepEvidence(folder, checkpointNote)
      return { ...refused, conflict: conflict.sentence }
    }
    if (!isGoodEnough(report)) return refused
    const folders = new Set<string>()
    for (const path of staged.paths) {
      folders.add(await moveIntoPlace(staging, folder, await cutToSize(staging, path, checkpoint.size)))
    }
    // A new name is on disk when its folder is; the checkpoint must not be there before what it names.
    for (const each of folders) await syncDirectory(each)
    await writeDurable(join(folder, 'checkpoint'), checkpointNote)
    return { report, copied: true, filesWritten: staged.paths.size }
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** Removes what an interrupted copy left behind. Not to be called while another copy into the folder runs. */
export async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((entry) => entry.startsWith('.incoming-'))) {
    await rm(join(folder, name), { recursive: true, force: true })
  }
}

/** Reads from the folder what it has already and from the source what it has not; keeps the latter in `staging`. */
function stageReads(source: Source, folder: string, staging: string): { source: Source; paths: Set<string> } {
  const paths = new Set<string>()
  const local = readFromFolder(folder)
  const through = async (
    path: string,
    maxBytes: number,
    read: () => Promise<Uint8Array | null>,
  ): Promise<Uint8Array | null> => {
    const known = await local(path, maxBytes)
    if (known !== null) return known
    const bytes = await read()
    if (bytes === null) return null
    await mkdir(dirname(join(staging, path)), { recursive: true })
    await writeDurable(join(staging, path), bytes)
    paths.add(path)
    return bytes
  }
  return {
    paths,
    source: {
      name: source.name,
      checkpoint: () => source.checkpoint(),
      tile: (level, index, width) =>
        through(tilePath(level, index, width), LIMITS.tile, () => source.tile(level, index, width)),
      entries: (index, width) =>
        through(entriesPath(index, width), LIMITS.entries, () => source.entries(index, width)),
      blob: (hashHex, maxBytes = LIMITS.blob) =>
        through(`blob/${hashHex}`, maxBytes, () => source.blob(hashHex, maxBytes)),
    },
  }
}

function isSigned({ checks }: Report): boolean {
  return checks.some(({ id, status }) => id === 'checkpoint' && status === 'PASS')
}

/** Two signed checkpoints that exclude each other prove that the log lied to somebody: both are kept. */
async function keepEvidence(folder: string, note: string): Promise<void> {
  const directory = join(folder, 'conflicts')
  await makeDurableDirectory(directory)
  await writeDurable(join(directory, `${toHex(sha256(utf8(note)))}.checkpoint`), note)
}

function isGoodEnough({ checks }: Report): boolean {
  const isFine = ({ id, status }: CheckResult): boolean =>
    status === 'PASS' || (id === 'pinned' && status === 'SKIPPED')
  return checks.every(isFine)
}

interface Conflict {
  /** For people. */
  readonly sentence: string
  /** Two trees that exclude each other, not just an older state of the same one. */
  readonly isFork: boolean
}

/** Why the log at the source does not continue what the folder holds; undefined when it does. */
async function findConflict(
  { folder, source, backend }: CopyInput,
  next: Checkpoint,
  logVkey: string | null,
): Promise<Conflict | undefined> {
  const bytes = await readFromFolder(folder)('checkpoint', LIMITS.checkpoint)
  if (bytes === null) return undefined
  const note = parseNote(bytes)
  const held = note.ok ? parseCheckpoint(note.value.text) : note
  if (!held.ok)
    return { sentence: `the checkpoint in ${folder} cannot be read: ${held.error}`, isFork: false }
  const { origin, size } = held.value
  if (origin !== next.origin) return { sentence: `${folder} holds another log: ${origin}`, isFork: false }
  // Anybody can make a log of this name; only the same key on both makes one log out of them.
  const log = logVkey === null ? undefined : noteVerifier(backend.ed25519, logVkey)
  if (log?.ok && !openCheckpoint(bytes, log.value).ok) {
    return { sentence: `${folder} holds another log: ${origin} with another key`, isFork: false }
  }
  if (size > next.size && (await contains(await openFolder(folder), held.value, next))) {
    return { sentence: `the source is behind: ${next.size} records, the copy has ${size}`, isFork: false }
  }
  if (size <= next.size && (await contains(source, next, held.value))) return undefined
  return {
    sentence: `the log was rewritten: its ${next.size} records do not fit the ${size} here`,
    isFork: true,
  }
}

/** Whether the tree of `large` begins with that of `small`, by a proof from the tiles of `large`. */
async function contains(source: Source, large: Checkpoint, small: Checkpoint): Promise<boolean> {
  const tile = async (level: number, index: number, width = TILE_WIDTH): Promise<Uint8Array | null> => {
    const read = await readTilePart(source, { level, index, width })
    return 'bytes' in read ? read.bytes : null
  }
  const proof = await consistencyProofFromTiles({ tile }, small.size, large.size)
  return (
    proof.ok &&
    verifyConsistency({
      oldSize: small.size,
      oldRoot: small.root,
      newSize: large.size,
      newRoot: large.root,
      proof: proof.value,
    })
  )
}

/**
 * A log may keep a full tile or bundle only, also for a checkpoint inside it. What lies past the checkpoint was not
 * verified and must not stay, because a later copy reads what the folder holds before it asks the log. Returns the
 * path that the verified part has.
 */
async function cutToSize(staging: string, path: string, size: number): Promise<string> {
  const parsed = parseTilePath(path)
  if (!parsed.ok || parsed.value.width !== TILE_WIDTH) return path
  const tile = parsed.value
  const width = tileWidth(size, tile.kind === 'tile' ? tile.level : 0, tile.index)
  if (width === TILE_WIDTH) return path
  const bytes = new Uint8Array(await readFile(join(staging, path)))
  const length = tile.kind === 'tile' ? width * HASH_BYTES : entriesLength(bytes, width)
  const partial =
    tile.kind === 'tile' ? tilePath(tile.level, tile.index, width) : entriesPath(tile.index, width)
  await mkdir(dirname(join(staging, partial)), { recursive: true })
  await writeDurable(join(staging, partial), bytes.subarray(0, length))
  return partial
}

/** Bytes of the first `count` entries of a verified bundle. */
function entriesLength(bundle: Uint8Array, count: number): number {
  const reader = new ByteReader(bundle)
  for (let i = 0; i < count; i++) reader.take(reader.u16())
  return bundle.length - reader.remaining
}

/** A file that is there already was read instead of the source's, so it is the verified one and stays. Returns its folder. */
async function moveIntoPlace(staging: string, folder: string, path: string): Promise<string> {
  const target = dirname(join(folder, path))
  await makeDurableDirectory(target)
  await moveFile(join(staging, path), join(folder, path))
  return target
}
