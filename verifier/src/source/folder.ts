import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileLog, type ReadPath } from './file-log.ts'
import { OversizeError, type Source, SourceError } from './source.ts'

/** A log that was copied into a folder. Rejects when there is no such folder. */
export async function openFolder(folder: string): Promise<Source> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => error)
  if (found instanceof Error || !found.isDirectory()) {
    throw new SourceError(
      'not-a-log',
      `${folder} is not a folder`,
      'Give the folder that "hanpyo copy" wrote, or the URL of a log.',
    )
  }
  return fileLog(folder, readFromFolder(folder))
}

/** Reads the files of a folder; a missing one is null. */
export function readFromFolder(folder: string): ReadPath {
  return async (path, maxBytes) => {
    try {
      // a folder from elsewhere may hold a pipe, where opening would wait, or a link to a device without end
      const file = await open(join(folder, path), constants.O_RDONLY | constants.O_NONBLOCK)
      try {
        const found = await file.stat()
        if (!found.isFile()) return null
        if (found.size > maxBytes) throw new OversizeError(path, maxBytes)
        return new Uint8Array(await file.readFile())
      } finally {
        await file.close()
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') return null
      if (error instanceof OversizeError) throw error
      throw new SourceError(
        'unreadable',
        `${join(folder, path)} cannot be read: ${code ?? String(error)}`,
        'Check the permissions and the disk, then run the command again.',
        error,
      )
    }
  }
}
