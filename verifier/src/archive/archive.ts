import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { blobsNamedBy } from '@hanpyo/protocol/election/named-blobs.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { bundlesOf, encodeBundle, entriesPath, tilePath, tilesOf } from '@hanpyo/protocol/log/tiles.ts'
import { ceremonyBlobName } from '@hanpyo/protocol/proofs/ceremony-check.ts'
import { err, type Result } from '@hanpyo/protocol/result.ts'
import { readBundles, readTilePart } from '../leaves.ts'
import { type OpenedLog, type OpenLogError, openLog } from '../open-log.ts'
import { OversizeError, type Source } from '../source/source.ts'
import { readme } from './readme.ts'
import { ArchiveTooLargeError, MOST_FILES, type ZipWriter } from './zip-writer.ts'

/** Something that is not of the log but belongs beside it. */
export interface Enclosure {
  readonly path: string
  readonly read: () => Promise<Uint8Array>
}

export interface ArchiveInput {
  readonly source: Source
  readonly ed25519: Ed25519
  readonly zip: ZipWriter
  /** The board, the instructions, the witnesses' own notes. */
  readonly enclosures: (log: OpenedLog) => Promise<readonly Enclosure[]>
  readonly onFile?: (done: number, total: number) => void
}

/** Why there is no archive: the log could not be opened, or a file of it is not served. */
export type ArchiveError = OpenLogError | 'file-missing' | 'archive-too-large'

/**
 * Writes a whole published log into a zip archive, laid out as it is served, with what a reader needs beside it. Nothing is
 * verified here: whoever says that it worked reads the archive itself again. Rejects with `SourceError`, and with what the
 * disk says.
 */
export async function writeArchive(input: ArchiveInput): Promise<Result<OpenedLog, ArchiveError>> {
  const opened = await openLog(input.source, input.ed25519)
  if (!opened.ok) return opened
  try {
    const missing = await writeFiles(input, opened.value)
    return missing === null ? opened : err('file-missing', missing)
  } catch (error) {
    if (error instanceof ArchiveTooLargeError) return err('archive-too-large', error.message)
    throw error
  }
}

/** The path of the first file that could not be had; null when all were written. */
async function writeFiles(
  { source, zip, enclosures, onFile }: ArchiveInput,
  log: OpenedLog,
): Promise<string | null> {
  const { checkpoint, manifest } = log
  const beside = await enclosures(log)
  const total = countFiles(checkpoint.size) + beside.length
  if (total > MOST_FILES) throw new ArchiveTooLargeError(`${total} files`)
  const add = async (path: string, bytes: Uint8Array): Promise<void> => {
    await zip.add(path, bytes)
    onFile?.(zip.fileCount, total)
  }
  // What people look for comes first.
  await add('README.txt', utf8(readme(log)))
  await add('checkpoint', utf8(log.checkpointNote))
  await add('manifest.note', utf8(log.manifestNote))
  for (const { path, read } of beside) await add(path, await read())

  const blobs = new Set<string>([ceremonyBlobName(manifest)])
  for await (const { index, width, entries, problem } of readBundles(source, checkpoint.size)) {
    const path = entriesPath(index, width)
    if (problem !== undefined) return `${path}: ${problem}`
    const records = entries as readonly Uint8Array[]
    for (const record of records) for (const name of blobsNamedBy(record)) blobs.add(name)
    await add(path, encodeBundle(records))
  }
  for (const tile of tilesOf(checkpoint.size)) {
    const path = tilePath(tile.level, tile.index, tile.width)
    const read = await readTilePart(source, tile)
    if ('problem' in read) return `${path}: ${read.problem}`
    await add(path, read.bytes)
  }
  for (const name of blobs) {
    const bytes = await readBlob(source, name)
    if (typeof bytes === 'string') return `blob/${name}: ${bytes}`
    await add(`blob/${name}`, bytes)
  }
  return null
}

function countFiles(size: number): number {
  let count = 3
  for (const _ of bundlesOf(size)) count += 1
  for (const _ of tilesOf(size)) count += 1
  return count
}

async function readBlob(source: Source, name: string): Promise<Uint8Array | string> {
  try {
    return (await source.blob(name)) ?? 'not served'
  } catch (error) {
    if (error instanceof OversizeError) return error.message
    throw error
  }
}
