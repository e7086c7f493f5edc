import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import {
  bundlesOf,
  changedBundles,
  entriesPath,
  TILE_WIDTH,
  type TileCoordinate,
  tilePath,
  tilesOf,
  tileWidth,
} from '@hanpyo/protocol/log/tiles.ts'

export interface StaticFolder {
  /** Writes everything again; run at start, because the folder is only a copy of the store. */
  rebuild(size: number, blobNames: readonly string[]): Promise<void>
  /** Writes what changed between two sizes, the checkpoint last. */
  grow(oldSize: number, newSize: number): Promise<void>
  /** Writes the checkpoint again: a new one is public, or has one more cosignature. */
  publish(): Promise<void>
  /** Writes blobs by hex SHA-256, those the store has. */
  addBlobs(names: readonly string[]): Promise<void>
}

/**
 * The published log as a folder that any web server can hand out, with the same paths as over HTTP. It is a
 * projection: it may lag behind or be lost, the store is what counts. Files appear whole (rename), and the
 * checkpoint is written last, so that a reader never sees one without its tiles.
 */
export function createStaticFolder(dir: string, reader: LogReader): StaticFolder {
  async function put(path: string, bytes: Uint8Array | string | null): Promise<void> {
    if (bytes === null) throw new Error(`${path} is not in the store`)
    const target = join(dir, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(`${target}.tmp`, bytes)
    await rename(`${target}.tmp`, target)
  }

  async function putBlobs(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const bytes = await reader.blob(name)
      if (bytes !== null) await put(`blob/${name}`, bytes)
    }
  }

  async function putTile({ level, index, width }: TileCoordinate): Promise<void> {
    await put(tilePath(level, index, width), await reader.tile(level, index, width))
  }

  /** Before the witnesses have seen the first checkpoint there is none. */
  async function publish(): Promise<void> {
    const note = await reader.checkpoint()
    if (note !== null) await put('checkpoint', note)
  }

  return {
    addBlobs: putBlobs,
    publish,
    async rebuild(size, blobNames) {
      await putBlobs(blobNames)
      for (const tile of tilesOf(size)) await putTile(tile)
      for (const { index, width } of bundlesOf(size)) {
        await put(entriesPath(index, width), await reader.entries(index, width))
      }
      await publish()
    },
    async grow(oldSize, newSize) {
      for (const { index, width } of changedBundles(oldSize, newSize)) {
        await put(entriesPath(index, width), await reader.entries(index, width))
      }
      for (const tile of changedTiles(oldSize, newSize)) await putTile(tile)
      await publish()
    },
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
