import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  makeDirectory,
  makeDurableDirectory,
  moveFile,
  syncDirectory,
  writeDurable,
} from '@hanpyo/platform/durable-file.ts'
import { readFromFolder } from '../source/folder.ts'

/**
 * Files of a step that is not verified yet. They lie beside the copy and move into it only with `keep`; a crash leaves the
 * copy as it was.
 */
export class Staging {
  readonly #folder: string
  readonly #dir: string
  readonly #paths = new Set<string>()

  constructor(folder: string) {
    this.#folder = folder
    this.#dir = join(folder, `.incoming-${randomUUID()}`)
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    await makeDirectory(dirname(join(this.#dir, path)))
    await writeDurable(join(this.#dir, path), bytes)
    this.#paths.add(path)
  }

  /** A file put before; `null` for others. */
  read(path: string, maxBytes: number): Promise<Uint8Array | null> {
    return this.#paths.has(path) ? readFromFolder(this.#dir)(path, maxBytes) : Promise.resolve(null)
  }

  /** Moves every file into the copy. They are on disk when this returns. */
  async keep(): Promise<void> {
    const folders = new Set<string>()
    for (const path of this.#paths) {
      const folder = dirname(join(this.#folder, path))
      if (!folders.has(folder)) await makeDurableDirectory(folder)
      folders.add(folder)
      await moveFile(join(this.#dir, path), join(this.#folder, path))
    }
    // A rename is on disk when its folder is.
    for (const folder of folders) await syncDirectory(folder)
  }

  async discard(): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true })
  }
}
