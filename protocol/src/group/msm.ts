import { fromBase64, fromHex } from '../bytes.ts'
import { MSM_WASM } from './msm-wasm.ts'

/**
 * Multi-scalar multiplication over ristretto255 (Pippenger's bucket method) for public data: verification and mixing
 * proofs, never a secret scalar. Variable time. Points stay decoded between calls in a `PointTable`.
 */
export interface Msm {
  /** Decodes 32-byte encodings, concatenated. Gives the index of the first one that is not canonical. */
  table(encodings: Uint8Array): PointTable | { readonly invalidIndex: number }
  /**
   * The 32-byte encoding of the sum of `scalars[i] · points[i]` over all tables in order. `scalars` holds 32 canonical
   * little-endian bytes for each point, each below `2^scalarBits` (default 253). Throws `RangeError` for other lengths.
   */
  multiply(tables: readonly PointTable[], scalars: Uint8Array, scalarBits?: number): Uint8Array
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
}

/** RFC 9496 appendix A.1, multiple 1. */
const BASE_POINT = fromHex('e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76')

const NIELS_BYTES = 120
const POINT_BYTES = 160
const PAGE_BYTES = 65_536
/** Points handled by one call: bounds the module's memory to about 20 MB whatever the size of the election. */
const CHUNK = 1 << 16

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
    let offset = 0
    for (const { count, niels } of tables) {
      for (let first = 0; first < count; first += CHUNK) {
        const size = Math.min(CHUNK, count - first)
        const points = niels.subarray(first * NIELS_BYTES, (first + size) * NIELS_BYTES)
        parts.push(multiplyChunk(points, scalars.subarray(offset, offset + size * 32), size, scalarBits))
        offset += size * 32
      }
    }
    return parts.length === 1 ? (parts[0] as Uint8Array) : sum(parts)
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

  return { table, multiply, basePoint: () => BASE_POINT.slice() }
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
