import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import {
  decodeBundle,
  encodeBundle,
  entriesPath,
  HASH_BYTES,
  TILE_WIDTH,
  tilePath,
} from '@hanpyo/protocol/log/tiles.ts'
import { readFromFolder } from '../source/folder.ts'
import { LIMITS } from '../source/source.ts'
import { COMMITMENT_LIMIT, commitmentsPath, cutCommitments } from './commitments.ts'

/**
 * A mirror's folder as the read-only interface of a log. Every width that was ever published is served, also when the folder
 * holds a wider tile by now: a partial tile is a prefix of the full one.
 */
export function copyReader(folder: string): LogReader {
  const read = readFromFolder(folder)
  const widest = (pathOf: (width?: number) => string, width: number, maxBytes: number) =>
    readWidest(folder, pathOf, width, maxBytes)
  return {
    async checkpoint() {
      const bytes = await read('checkpoint', LIMITS.checkpoint)
      return bytes === null ? null : decodeUtf8(bytes)
    },
    async tile(level, index, width = TILE_WIDTH) {
      const found = await widest((w) => tilePath(level, index, w), width, LIMITS.tile)
      return found?.bytes.slice(0, width * HASH_BYTES) ?? null
    },
    async entries(index, width = TILE_WIDTH) {
      const found = await widest((w) => entriesPath(index, w), width, LIMITS.entries)
      if (found === null || found.width === width) return found?.bytes ?? null
      const bundle = decodeBundle(found.bytes, found.width)
      return bundle.ok ? encodeBundle(bundle.value.slice(0, width)) : null
    },
    blob: (hashHex) => read(`blob/${hashHex}`, LIMITS.blob),
  }
}

/** What the mirror computed about the ballots of a bundle (docs/protocol.md section 10); `null` where it has none. */
export async function readCommitments(
  folder: string,
  index: number,
  width: number,
): Promise<Uint8Array | null> {
  const pathOf = (wide?: number) => commitmentsPath(index, wide)
  const found = await readWidest(folder, pathOf, width, COMMITMENT_LIMIT)
  return found === null ? null : cutCommitments(found.bytes, found.width, width)
}

/** The file of exactly this width, the full one, or the narrowest that is wide enough. */
async function readWidest(
  folder: string,
  pathOf: (width?: number) => string,
  width: number,
  maxBytes: number,
): Promise<{ readonly bytes: Uint8Array; readonly width: number } | null> {
  const read = readFromFolder(folder)
  for (const candidate of [width, TILE_WIDTH]) {
    const bytes = await read(pathOf(candidate === TILE_WIDTH ? undefined : candidate), maxBytes)
    if (bytes !== null) return { bytes, width: candidate }
  }
  const partials = join(folder, dirname(pathOf(width)))
  const names = width === TILE_WIDTH ? [] : await readdir(partials).catch(() => [])
  const wider = names.map(Number).filter((other) => Number.isInteger(other) && other > width)
  const next = Math.min(...wider)
  const bytes = wider.length === 0 ? null : await read(pathOf(next), maxBytes)
  return bytes === null ? null : { bytes, width: next }
}
