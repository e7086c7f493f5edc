import { readdir, rm } from 'node:fs/promises'
import { type Clock, createRealClock } from '@hanpyo/platform/clock.ts'
import { makeDurableDirectory, readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
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
  /** Removes a file; one that is not there is no failure. */
  remove(path: string): Promise<void>
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
  remove: (path) => rm(path, { force: true }),
}
