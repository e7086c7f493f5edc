import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadPath } from './file-log.ts'
import { openFolder, readFromFolder } from './folder.ts'
import type { Source } from './source.ts'

/** A log of which all files can be seen, and not only those that one knows to ask for. */
export interface HeldLog {
  readonly source: Source
  /** Any file by its path, bounded in size. */
  readonly read: ReadPath
  /** Paths of all files, with slashes, in no particular order. */
  paths(): AsyncIterable<string>
}

/** A log in a folder. Rejects with `SourceError` when there is no such folder. */
export async function openHeldFolder(folder: string): Promise<HeldLog> {
  return {
    source: await openFolder(folder),
    read: readFromFolder(folder),
    paths: () => filesBelow(folder, ''),
  }
}

async function* filesBelow(folder: string, prefix: string): AsyncGenerator<string> {
  for await (const entry of await opendir(join(folder, prefix))) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`
    // Links are not followed: what they point to is not part of the copy.
    if (entry.isDirectory()) yield* filesBelow(folder, path)
    else if (entry.isFile()) yield path
  }
}
