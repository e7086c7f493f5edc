import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteWriter, equalBytes } from '../bytes.ts'
import { expectOk } from '../result.ts'
import {
  consistencyProofFromTiles,
  inclusionProofFromTiles,
  rootFromTiles,
  tilesMatchCheckpoint,
} from './hash-reader.ts'
import { consistencyProof, inclusionProof, leafHash, rootOfHashes } from './merkle.ts'
import {
  bundlesOf,
  changedBundles,
  decodeBundle,
  decodeTile,
  encodeBundle,
  entriesPath,
  parseTilePath,
  TileSet,
  tilePath,
  tilesOf,
  tileWidth,
} from './tiles.ts'

const hashesTo = (size: number) =>
  Array.from({ length: size }, (_, i) => leafHash(new ByteWriter().u32(i).bytes()))

/** A published log: every tile ever written, by path. */
function publish(...steps: readonly number[]) {
  const tiles = new Map<string, Uint8Array>()
  const set = new TileSet()
  const hashes = hashesTo(steps.reduce((a, b) => a + b, 0))
  for (const count of steps) {
    for (const tile of set.append(hashes.slice(set.size, set.size + count))) {
      const path = tilePath(tile.level, tile.index, tile.width)
      const before = tiles.get(path)
      if (before !== undefined) expect(before).toEqual(tile.bytes)
      tiles.set(path, tile.bytes)
    }
  }
  const reader = {
    tile: async (level: number, index: number, width?: number) =>
      tiles.get(tilePath(level, index, width)) ?? null,
  }
  return { tiles, set, hashes, reader }
}

test.each([
  'tile/64/000',
  'tile/00/000',
  'tile/0/67',
  'tile/0/x001',
  'tile/0/001/067',
  'tile/0/x000/067',
  'tile/0/000.p/0',
  'tile/0/000.p/256',
  'tile/0/000.p/01',
  'tile/0/000.p/',
  'tile/0/000/',
  '/tile/0/000',
  'tile/-1/000',
  'tile/entries/x001',
  'tile/entries/000.p/300',
  'tile/0/x999/x999/x999/x999/x999/999',
  'tile/data/000',
])('refuses the path %s', (path) => {
  expect(parseTilePath(path)).toEqual({ ok: false, error: 'tile-path' })
})

test('paths are read as they are written', () => {
  const index = fc.oneof(fc.nat(2000), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }))
  fc.assert(
    fc.property(fc.nat(63), index, fc.integer({ min: 1, max: 256 }), (level, n, width) => {
      expect(expectOk(parseTilePath(tilePath(level, n, width)))).toEqual({
        kind: 'tile',
        level,
        index: n,
        width,
      })
      expect(expectOk(parseTilePath(entriesPath(n, width)))).toEqual({ kind: 'entries', index: n, width })
    }),
  )
  expect(entriesPath(Math.floor(256 / 256), tileWidth(257, 0, 1))).toBe('tile/entries/001.p/1')
  expect(entriesPath(0, tileWidth(257, 0, 0))).toBe('tile/entries/000')
})

test('70,000 leaves have the tiles of the example in the specification', () => {
  const tiles = [...tilesOf(70_000)]
  expect(tiles.filter(({ level, width }) => level === 0 && width === 256)).toHaveLength(273)
  expect(tiles.filter(({ level, width }) => level > 0 || width < 256)).toEqual([
    { level: 0, index: 273, width: 112 },
    { level: 1, index: 0, width: 256 },
    { level: 1, index: 1, width: 17 },
    { level: 2, index: 0, width: 1 },
  ])
  expect([...tilesOf(256)]).toEqual([
    { level: 0, index: 0, width: 256 },
    { level: 1, index: 0, width: 1 },
  ])
  expect([...tilesOf(0)]).toEqual([])
  expect([...bundlesOf(257)]).toEqual([
    { index: 0, width: 256 },
    { index: 1, width: 1 },
  ])
})

test('appending in any steps gives the root and exactly the tiles of the final size', () => {
  const steps = fc.array(fc.nat(300), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(steps, (counts) => {
      const { tiles, set, hashes } = publish(...counts)
      expect(set.root()).toEqual(rootOfHashes(hashes))
      for (const { level, index, width } of tilesOf(set.size)) {
        expect(tiles.get(tilePath(level, index, width))?.length).toBe(width * 32)
      }
      const restored = TileSet.restore(set.size, (t) => tiles.get(tilePath(t.level, t.index, t.width))!)
      expect(restored.root()).toEqual(set.root())
      const copy = set.clone()
      copy.append(hashes.slice(0, 1))
      expect(set.root()).toEqual(rootOfHashes(hashes))
    }),
    { numRuns: 40 },
  )
})

test('level 1 hashes are roots of full tiles, also across 256 of them', () => {
  const { tiles, hashes, set } = publish(65_536, 300)
  const level1 = expectOk(decodeTile(tiles.get('tile/1/000')!, 256))
  expect(level1[17]).toEqual(rootOfHashes(hashes.slice(17 * 256, 18 * 256)))
  expect(tiles.get('tile/2/000.p/1')).toEqual(rootOfHashes(hashes.slice(0, 65_536)))
  expect(set.root()).toEqual(rootOfHashes(hashes))
})

test('the work of an append follows the new leaves, not the tree', () => {
  const { set } = publish(65_536)
  const changed = set.append(hashesTo(1))
  expect(changed.map(({ level, index, width }) => [level, index, width])).toEqual([[0, 256, 1]])
})

test('proofs from tiles are those computed from all leaves', async () => {
  const size = 700
  const { reader, hashes } = publish(300, 1, 399)
  for (const index of [0, 1, 255, 256, 511, 512, 698, 699]) {
    expect(expectOk(await inclusionProofFromTiles(reader, size, index))).toEqual(
      inclusionProof(hashes, index),
    )
  }
  for (const old of [0, 1, 255, 256, 257, 300, 512, 699, 700]) {
    expect(expectOk(await consistencyProofFromTiles(reader, old, size))).toEqual(
      consistencyProof(hashes, old),
    )
  }
  const root = rootOfHashes(hashes)
  expect(expectOk(await rootFromTiles(reader, size))).toEqual(root)
  expect(expectOk(await tilesMatchCheckpoint(reader, { origin: 'a', size, root }))).toBe(true)
  expect(expectOk(await tilesMatchCheckpoint(reader, { origin: 'a', size, root: hashes[0]! }))).toBe(false)
  expect(expectOk(await tilesMatchCheckpoint(reader, { origin: 'a', size: 0, root: hashes[0]! }))).toBe(true)
})

test('falls back to the full tile when a partial one was deleted, and names a missing tile', async () => {
  const { tiles, reader, hashes } = publish(300, 400)
  tiles.delete('tile/0/001.p/44')
  expect(expectOk(await rootFromTiles(reader, 300))).toEqual(rootOfHashes(hashes.slice(0, 300)))
  tiles.delete('tile/0/001')
  expect(await rootFromTiles(reader, 300)).toEqual({
    ok: false,
    error: 'tile-missing',
    detail: 'level 0, index 1, width 44',
  })
  tiles.set('tile/0/001.p/44', new Uint8Array(31))
  expect(await rootFromTiles(reader, 300)).toMatchObject({ error: 'tile-length' })
})

test('bundles are read as they are written, with exactly the expected number of entries', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { minLength: 1, maxLength: 256 }), (entries) => {
      const bytes = encodeBundle(entries)
      const decoded = expectOk(decodeBundle(bytes, entries.length))
      expect(decoded.every((entry, i) => equalBytes(entry, entries[i]!))).toBe(true)
      expect(decodeBundle(bytes, entries.length + 1).ok).toBe(false)
      expect(decodeBundle(bytes, entries.length - 1).ok).toBe(false)
      expect(decodeBundle(bytes.subarray(0, -1), entries.length).ok).toBe(false)
    }),
  )
  expect(() => encodeBundle([new Uint8Array(65_536)])).toThrow(RangeError)
})

test('names the bundles that an append changed', () => {
  expect([...changedBundles(0, 10)]).toEqual([{ index: 0, width: 10 }])
  expect([...changedBundles(255, 513)]).toEqual([
    { index: 0, width: 256 },
    { index: 1, width: 256 },
    { index: 2, width: 1 },
  ])
  expect([...changedBundles(256, 257)]).toEqual([{ index: 1, width: 1 }])
  expect([...changedBundles(7, 7)]).toEqual([])
  expect([...changedBundles(256, 256)]).toEqual([])
})
