import { lstat, open, readdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Clock, createRealClock } from '@hanpyo/platform/clock.ts'
import {
  makeDurableDirectory,
  readIfPresent,
  syncDirectory,
  writeDurable,
} from '@hanpyo/platform/durable-file.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { type RunProgram, runProgram } from '@hanpyo/platform/run-program.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'

/** Files as the technician's tool needs them. Failures throw (`DurableWriteError` or Node's errors); `runSteps` explains them. */
export interface FilePort {
  /** The bytes, or null when there is no such file. */
  read(path: string): Promise<Uint8Array | null>
  /** All or nothing, on disk when it resolves. `mode` default 0o644; `exclusive` fails with `file-exists` instead of replacing. */
  write(
    path: string,
    bytes: Uint8Array | string,
    options?: { readonly mode?: number; readonly exclusive?: boolean },
  ): Promise<void>
  makeFolder(path: string, mode?: number): Promise<void>
  /** Names in a folder, sorted; empty when it does not exist. */
  list(path: string): Promise<readonly string[]>
  /** Like `list`, and what each is; a symbolic link counts as what it points to. */
  listKinds(path: string): Promise<readonly { readonly name: string; readonly isFolder: boolean }[]>
  /** Removes a file; one that is not there is no failure. */
  remove(path: string): Promise<void>
  /**
   * Removes a file or a folder with everything in it, also when it is not there; cut off, a part is gone. With `overwrite`
   * every file is filled with zeros before anything is removed.
   */
  removeAll(path: string, options?: { readonly overwrite?: boolean }): Promise<void>
  /** Gives a file or folder a name that nothing has, in the same folder; on disk when it resolves. */
  rename(from: string, to: string): Promise<void>
  /** Where a symbolic link points; null when nothing is there, `not-a-link` when something else is. */
  linkTarget(path: string): Promise<{ readonly target: string } | 'not-a-link' | null>
  /** Points a symbolic link at `target`, in the place of the one before: all or nothing, on disk when it resolves. */
  pointLink(path: string, target: string): Promise<void>
}

/** Everything outside the room, handed in. */
export interface Ports {
  readonly files: FilePort
  readonly clock: Clock
  readonly random: RandomBytes
  readonly run: RunProgram
  readonly fetch: typeof fetch
}

/** The real ones. */
export function nodePorts(): Ports {
  return { files: nodeFiles, clock: createRealClock(), random: nodeRandom, run: runProgram, fetch }
}

export const nodeFiles: FilePort = {
  read: readIfPresent,
  write: (path, bytes, options) => writeDurable(path, bytes, options),
  makeFolder: (path, mode) => makeDurableDirectory(path, mode),
  async list(path) {
    try {
      return (await readdir(path)).sort()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  },
  async listKinds(path) {
    const names = await nodeFiles.list(path)
    const kinds = await Promise.all(names.map((name) => stat(join(path, name)).catch(() => null)))
    return names.map((name, i) => ({ name, isFolder: kinds[i]?.isDirectory() === true }))
  },
  remove: (path) => rm(path, { force: true }),
  async removeAll(path, { overwrite = false } = {}) {
    if (overwrite) await fillWithZeros(path)
    await rm(path, { recursive: true, force: true })
  },
  async rename(from, to) {
    await rename(from, to)
    await syncDirectory(dirname(to))
  },
  async linkTarget(path) {
    try {
      if (!(await lstat(path)).isSymbolicLink()) return 'not-a-link'
      return { target: await readlink(path) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  },
  async pointLink(path, target) {
    const fresh = join(dirname(path), `.${basename(path)}.new`)
    await rm(fresh, { force: true })
    await symlink(target, fresh)
    await rename(fresh, path)
    await syncDirectory(dirname(path))
  },
}

/** Bytes written at once. */
const ZEROS = 1024 * 1024

async function fillWithZeros(path: string): Promise<void> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries.filter((each) => each.isFile())) {
    const file = await open(join(entry.parentPath, entry.name), 'r+')
    try {
      const { size } = await file.stat()
      for (let at = 0; at < size; at += ZEROS) {
        await file.write(new Uint8Array(Math.min(ZEROS, size - at)), 0, undefined, at)
      }
      await file.sync()
    } finally {
      await file.close()
    }
  }
}
