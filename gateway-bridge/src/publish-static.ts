import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import {
  changedBundles,
  entriesPath,
  TILE_WIDTH,
  type TileCoordinate,
  tilePath,
  tileWidth,
} from '@hanpyo/protocol/log/tiles.ts'
import { createTurnstile } from './ledger/turnstile.ts'

export interface StaticFolder {
  /** Writes everything again; run at start, because the folder is only a copy of the store. */
  rebuild(size: number, blobNames: readonly string[]): Promise<void>
  /** Writes what is new up to this size, the checkpoint last. */
  grow(size: number): Promise<void>
  /** Writes the checkpoint again: a new one is public, or has one more cosignature. */
  publish(): Promise<void>
  /** Writes blobs by hex SHA-256, those the store has. */
  addBlobs(names: readonly string[]): Promise<void>
}

/**
 * The published log as a folder that any web server can hand out, with the same paths as over HTTP. It is a
 * projection: it may lag behind or be lost, the store is what counts. Files appear whole (rename), one call after the other, and
 * the checkpoint is written when everything under it is, so that a reader never sees one without its tiles. What
 * failed is written by the next call.
 */
export function createStaticFolder(dir: string, reader: LogReader): StaticFolder {
  const inTurn = createTurnstile()
  /** Up to here every entry and tile is written. */
  let written = 0
  const blobsToWrite = new Set<string>()

  async function put(path: string, bytes: Uint8Array | string | null): Promise<void> {
    if (bytes === null) throw new Error(`${path} is not in the store`)
    const target = join(dir, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(`${target}.tmp`, bytes)
    await rename(`${target}.tmp`, target)
  }

  async function putBlobs(): Promise<void> {
    for (const name of blobsToWrite) {
      const bytes = await reader.blob(name)
      if (bytes !== null) await put(`blob/${name}`, bytes)
      blobsToWrite.delete(name)
    }
  }

  async function fill(size: number): Promise<void> {
    if (size <= written) return
    for (const { index, width } of changedBundles(written, size)) {
      await put(entriesPath(index, width), await reader.entries(index, width))
    }
    for (const { level, index, width } of changedTiles(written, size)) {
      await put(tilePath(level, index, width), await reader.tile(level, index, width))
    }
    written = size
  }

  /** Before the witnesses have seen the first checkpoint there is none. */
  async function show(): Promise<void> {
    await putBlobs()
    const note = await reader.checkpoint()
    if (note === null) return
    await fill(Number(note.split('\n')[1]))
    await put('checkpoint', note)
  }

  return {
    addBlobs: (names) =>
      inTurn(async () => {
        for (const name of names) blobsToWrite.add(name)
        await putBlobs()
      }),
    publish: () => inTurn(show),
    rebuild: (size, blobNames) =>
      inTurn(async () => {
        for (const name of blobNames) blobsToWrite.add(name)
        written = 0
        await putBlobs()
        await fill(size)
        await show()
      }),
    grow: (size) =>
      inTurn(async () => {
        await fill(size)
        await show()
      }),
  }
}

/** Tiles that are new or wider in the larger tree. */
function* changedTiles(oldSize: number, newSize: number): Generator<TileCoordinate> {
  for (let level = 0, span = 1; Math.floor(newSize / span) > 0; level++, span *= TILE_WIDTH) {
    const first = Math.floor(Math.floor(oldSize / span) / TILE_WIDTH)
    for (let index = first; tileWidth(newSize, level, index) > 0; index++) {
      const width = tileWidth(newSize, level, index)
      if (width !== tileWidth(oldSize, level, index)) yield { level, index, width }
    }
  }
}
