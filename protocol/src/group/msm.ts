import { concatBytes, fromBase64, fromHex, toHex } from '../bytes.ts'
import { MSM_WASM } from './msm-wasm.ts'

/**
 * Sums over ristretto255 in WebAssembly. `multiply` is Pippenger's bucket method for public scalars, in variable time;
 * `fixedSums` takes secret scalars, without secret branches or addresses. Points stay decoded between calls in a
 * `PointTable`.
 */
export interface Msm {
  /** Decodes 32-byte encodings, concatenated. Gives the index of the first one that is not canonical. */
  table(encodings: Uint8Array): PointTable | { readonly invalidIndex: number }
  /**
   * The 32-byte encoding of the sum of `scalars[i] · points[i]` over all tables in order. `scalars` holds 32 canonical
   * little-endian bytes for each point, each below `2^scalarBits` (default 253). Throws `RangeError` for other lengths.
   */
  multiply(tables: readonly PointTable[], scalars: Uint8Array, scalarBits?: number): Uint8Array
  /**
   * `scalars[0][i] · bases[0] + scalars[1][i] · bases[1] (+ points[i])` for every i, encoded, concatenated. One or two
   * bases of 32 bytes; each list of scalars holds 32 canonical bytes for each i; `points`, where given, 32 bytes for each
   * i. The scalars may be secret, the points are public. Throws `RangeError` for other lengths or an invalid element.
   */
  fixedSums(
    bases: readonly Uint8Array[],
    scalars: readonly Uint8Array[],
    points?: Uint8Array,
  ): Uint8Array<ArrayBuffer>
  /** The encoding of the generator G, 32 bytes. */
  basePoint(): Uint8Array
}

/** Decoded points, 120 bytes each, valid for any `Msm`. */
export interface PointTable {
  readonly count: number
  readonly niels: Uint8Array
}

interface Exports {
  readonly memory: WebAssembly.Memory
  heapStart(): number
  decodeAll(encoded: number, count: number, niels: number): number
  multiply(
    niels: number,
    scalars: number,
    count: number,
    scalarBits: number,
    width: number,
    scratch: number,
    out: number,
  ): void
  buildFixedTable(encoded: number, table: number): number
  fixedSums(
    tables: number,
    bases: number,
    scalars: number,
    count: number,
    points: number,
    out: number,
  ): number
}

/** RFC 9496 appendix A.1, multiple 1. */
const BASE_POINT = fromHex('e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76')

const NIELS_BYTES = 120
const POINT_BYTES = 160
/** 64 windows of 4 bits, eight multiples each. */
const FIXED_TABLE_BYTES = 64 * 8 * NIELS_BYTES
const PAGE_BYTES = 65_536
/** Points handled by one call: bounds the module's memory to about 20 MB whatever the size of the election. */
const CHUNK = 1 << 16
/** Sums made by one call of `fixedSums`. */
const FIXED_CHUNK = 1 << 12
/** Enough for one election; more of them only begin again. */
const FIXED_TABLES_KEPT = 16

/** A fresh instance of the compiled module; cheap (7 kB), one for each worker. */
export function createMsm(): Msm {
  const module = new WebAssembly.Module(fromBase64(MSM_WASM) as Uint8Array<ArrayBuffer>)
  const wasm = new WebAssembly.Instance(module, {}).exports as unknown as Exports
  const start = wasm.heapStart()

  function reserve(bytes: number): Uint8Array {
    const missing = start + bytes - wasm.memory.buffer.byteLength
    if (missing > 0) wasm.memory.grow(Math.ceil(missing / PAGE_BYTES))
    return new Uint8Array(wasm.memory.buffer)
  }

  function table(encodings: Uint8Array): PointTable | { readonly invalidIndex: number } {
    if (encodings.length % 32 !== 0) throw new RangeError('"encodings" is not a multiple of 32 bytes')
    const count = encodings.length / 32
    const niels = new Uint8Array(count * NIELS_BYTES)
    for (let first = 0; first < count; first += CHUNK) {
      const size = Math.min(CHUNK, count - first)
      const memory = reserve(size * (32 + NIELS_BYTES))
      memory.set(encodings.subarray(first * 32, (first + size) * 32), start)
      const nielsAt = start + size * 32
      const bad = wasm.decodeAll(start, size, nielsAt)
      if (bad >= 0) return { invalidIndex: first + bad }
      niels.set(memory.subarray(nielsAt, nielsAt + size * NIELS_BYTES), first * NIELS_BYTES)
    }
    return { count, niels }
  }

  function multiplyChunk(
    niels: Uint8Array,
    scalars: Uint8Array,
    count: number,
    scalarBits: number,
  ): Uint8Array {
    const width = windowWidth(count)
    const windows = Math.floor(scalarBits / width) + 1
    const scalarsAt = start + count * NIELS_BYTES
    const outAt = scalarsAt + count * 32
    const scratchAt = outAt + 32
    const memory = reserve(scratchAt - start + POINT_BYTES * 2 ** (width - 1) + 2 * count * windows)
    memory.set(niels, start)
    memory.set(scalars, scalarsAt)
    wasm.multiply(start, scalarsAt, count, scalarBits, width, scratchAt, outAt)
    return memory.slice(outAt, outAt + 32)
  }

  function multiply(tables: readonly PointTable[], scalars: Uint8Array, scalarBits = 253): Uint8Array {
    const total = tables.reduce((sum, { count }) => sum + count, 0)
    if (scalars.length !== total * 32) throw new RangeError('"scalars" does not hold 32 bytes for each point')
    const parts: Uint8Array[] = []
    for (let first = 0; first < total || parts.length === 0; first += CHUNK) {
      const size = Math.min(CHUNK, total - first)
      const points = concatRange(tables, first * NIELS_BYTES, size * NIELS_BYTES)
      parts.push(multiplyChunk(points, scalars.subarray(first * 32, (first + size) * 32), size, scalarBits))
    }
    return parts.length === 1 ? (parts[0] as Uint8Array) : sum(parts)
  }

  // The bases are few and come again and again (G, the joint key, h): their tables of 60 kB are kept.
  const fixedTables = new Map<string, Uint8Array>()

  function fixedTable(base: Uint8Array): Uint8Array {
    const name = toHex(base)
    let made = fixedTables.get(name)
    if (made === undefined) {
      const memory = reserve(32 + FIXED_TABLE_BYTES)
      memory.set(base, start)
      if (base.length !== 32 || wasm.buildFixedTable(start, start + 32) === 0)
        throw new RangeError('"bases" holds an invalid element')
      made = memory.slice(start + 32, start + 32 + FIXED_TABLE_BYTES)
      if (fixedTables.size >= FIXED_TABLES_KEPT) fixedTables.clear()
      fixedTables.set(name, made)
    }
    return made
  }

  function fixedSums(
    bases: readonly Uint8Array[],
    scalars: readonly Uint8Array[],
    points?: Uint8Array,
  ): Uint8Array<ArrayBuffer> {
    const lengths = [...scalars, ...(points === undefined ? [] : [points])].map(({ length }) => length)
    const bytes = lengths[0] ?? 0
    if (bases.length !== scalars.length || bytes % 32 !== 0 || lengths.some((length) => length !== bytes))
      throw new RangeError('"scalars" does not hold 32 bytes for each sum and base')
    const sums = new Uint8Array(bytes)
    const tables = bases.map(fixedTable)
    for (let at = 0; at < bytes; at += 32 * FIXED_CHUNK) {
      const slice = (list: Uint8Array): Uint8Array => list.subarray(at, at + 32 * FIXED_CHUNK)
      sums.set(fixedChunk(tables, scalars.map(slice), points === undefined ? undefined : slice(points)), at)
    }
    return sums
  }

  function fixedChunk(
    tables: readonly Uint8Array[],
    scalars: readonly Uint8Array[],
    points: Uint8Array | undefined,
  ): Uint8Array {
    const bytes = scalars[0]?.length ?? 0
    const scalarsAt = start + tables.length * FIXED_TABLE_BYTES
    const pointsAt = scalarsAt + scalars.length * bytes
    const outAt = pointsAt + bytes
    const memory = reserve(outAt + bytes - start)
    tables.forEach((table, i) => {
      memory.set(table, start + i * FIXED_TABLE_BYTES)
    })
    scalars.forEach((list, i) => {
      memory.set(list, scalarsAt + i * bytes)
    })
    if (points !== undefined) memory.set(points, pointsAt)
    const bad = wasm.fixedSums(
      start,
      tables.length,
      scalarsAt,
      bytes / 32,
      points === undefined ? 0 : pointsAt,
      outAt,
    )
    memory.fill(0, scalarsAt, pointsAt)
    if (bad >= 0) throw new RangeError('"points" holds an invalid element')
    return memory.slice(outAt, outAt + bytes)
  }

  function sum(parts: readonly Uint8Array[]): Uint8Array {
    const encodings = new Uint8Array(parts.length * 32)
    const ones = new Uint8Array(parts.length * 32)
    parts.forEach((part, i) => {
      encodings.set(part, i * 32)
      ones[i * 32] = 1
    })
    const points = table(encodings) as PointTable
    return multiplyChunk(points.niels, ones, points.count, 4)
  }

  return { table, multiply, fixedSums, basePoint: () => BASE_POINT.slice() }
}

/** `length` bytes from `offset` of all tables set one behind the other. */
function concatRange(tables: readonly PointTable[], offset: number, length: number): Uint8Array {
  const parts: Uint8Array[] = []
  let at = 0
  for (const { niels } of tables) {
    const from = Math.max(0, offset - at)
    const to = Math.min(niels.length, offset + length - at)
    if (from < to) parts.push(niels.subarray(from, to))
    at += niels.length
  }
  return parts.length === 1 ? (parts[0] as Uint8Array) : concatBytes(...parts)
}

/** The bucket width that needs the fewest additions, by count of points (measured: 4 for few, 13 for 64k). */
function windowWidth(count: number): number {
  let best = 4
  let least = Number.POSITIVE_INFINITY
  for (let width = 4; width <= 13; width++) {
    const additions = (Math.floor(253 / width) + 1) * (count * 7 + 2 ** width * 9)
    if (additions < least) {
      least = additions
      best = width
    }
  }
  return best
}
