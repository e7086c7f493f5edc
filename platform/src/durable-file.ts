import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

/**
 * `sync-failed` is final for the process: after a failed fsync the page cache may claim that data is on disk
 * when it is not, so the caller must stop and recover from disk, not try again.
 */
export type DurableWriteCode = 'disk-full' | 'io-error' | 'sync-failed' | 'file-exists'

export class DurableWriteError extends Error {
  override readonly name = 'DurableWriteError'
  readonly code: DurableWriteCode

  constructor(code: DurableWriteCode, path: string, cause: unknown) {
    super(`${code}: ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.code = code
  }
}

export interface DurableWriteOptions {
  /** Permission bits of the file, default 0o644. */
  readonly mode?: number
  /** Fail with `file-exists` instead of replacing. */
  readonly exclusive?: boolean
}

/**
 * Writes a whole file so that after a power cut either the old or the new content is there, never a mixture;
 * when the promise resolves the new content is on disk. Order: open directory, create temporary file, write,
 * fsync, close, rename, fsync directory (FiloSottile/sunlight `internal/durable`).
 */
export async function writeDurable(
  path: string,
  bytes: Uint8Array | string,
  options: DurableWriteOptions = {},
): Promise<void> {
  const target = resolve(path)
  const directory = await attempt('io-error', target, () => openDirectory(dirname(target)))
  try {
    const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`)
    try {
      await writeAndSync(temporary, bytes, options.mode ?? 0o644)
      if (options.exclusive === true) {
        await attempt('io-error', target, () => link(temporary, target))
        await unlink(temporary)
      } else {
        await attempt('io-error', target, () => rename(temporary, target))
      }
    } catch (error) {
      await unlink(temporary).catch(ignoreMissing)
      throw error
    }
    await attempt('sync-failed', target, () => directory.sync())
  } finally {
    await directory.close()
  }
}

/** Creates a directory and its missing parents, where nothing has to survive a power cut. Throws `DurableWriteError`. */
export async function makeDirectory(path: string): Promise<void> {
  await attempt('io-error', path, () => mkdir(path, { recursive: true }))
}

/** Creates a directory and its missing parents, each of them on disk when the promise resolves. */
export async function makeDurableDirectory(path: string, mode = 0o755): Promise<void> {
  const target = resolve(path)
  const first = await attempt('io-error', target, () => mkdir(target, { recursive: true, mode }))
  if (first === undefined) return
  for (let at = target; ; at = dirname(at)) {
    await syncDirectory(at)
    if (at === first) break
  }
  await syncDirectory(dirname(first))
}

/** Moves a file within one disk. Its new name is on disk after `syncDirectory` of the folder. Throws `DurableWriteError`. */
export async function moveFile(from: string, to: string): Promise<void> {
  await attempt('io-error', to, () => rename(from, to))
}

/** The file's bytes, or null when it does not exist. Every other failure throws. */
export async function readIfPresent(path: string): Promise<Uint8Array | null> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

async function writeAndSync(path: string, bytes: Uint8Array | string, mode: number): Promise<void> {
  const file = await attempt('io-error', path, () => open(path, 'wx', mode))
  try {
    await attempt('io-error', path, () => file.writeFile(bytes))
    await attempt('sync-failed', path, () => file.sync())
  } finally {
    await file.close()
  }
}

function openDirectory(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY)
}

/** Returns when the names in a directory are on disk. Throws `DurableWriteError`. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await attempt('io-error', path, () => openDirectory(path))
  try {
    await attempt('sync-failed', path, () => handle.sync())
  } finally {
    await handle.close()
  }
}

async function attempt<T>(code: DurableWriteCode, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code
    if (code !== 'sync-failed' && (errno === 'ENOSPC' || errno === 'EDQUOT')) {
      throw new DurableWriteError('disk-full', path, error)
    }
    throw new DurableWriteError(errno === 'EEXIST' ? 'file-exists' : code, path, error)
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
