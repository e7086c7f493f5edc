import { ByteReader } from '@hanpyo/protocol/bytes.ts'
import {
  type BundleCoordinate,
  bundlesOf,
  HASH_BYTES,
  TILE_WIDTH,
  type TileCoordinate,
} from '@hanpyo/protocol/log/tiles.ts'
import { OversizeError, type Source } from './source/source.ts'

/** The records of one bundle as far as they can be told apart; the rest is `undefined`. */
export interface ReadBundle extends BundleCoordinate {
  readonly entries: readonly (Uint8Array | undefined)[]
  readonly problem?: string
}

type Part = { readonly bytes: Uint8Array } | { readonly problem: string }

/** Bundles asked for before the one at hand is worked on; bounds memory to this many bundles. */
const AHEAD = 4

/** All bundles of a tree of `size` in order, a few requests ahead of the reader. */
export async function* readBundles(source: Source, size: number): AsyncGenerator<ReadBundle> {
  const pending: Promise<ReadBundle>[] = []
  for (const coordinate of bundlesOf(size)) {
    const read = readBundle(source, coordinate)
    // A failure surfaces when its turn comes; until then it must not count as unhandled.
    read.catch(() => undefined)
    pending.push(read)
    if (pending.length > AHEAD) yield await (pending.shift() as Promise<ReadBundle>)
  }
  for (const read of pending) yield await read
}

/** A tile of exactly this width, or the full one cut to it, which a log may keep instead. */
export async function readTilePart(source: Source, { level, index, width }: TileCoordinate): Promise<Part> {
  const exact = await readPart(() => source.tile(level, index, width))
  if ('bytes' in exact || exact.problem !== MISSING || width === TILE_WIDTH) return exact
  const full = await readPart(() => source.tile(level, index))
  return 'bytes' in full ? { bytes: full.bytes.subarray(0, width * HASH_BYTES) } : full
}

const MISSING = 'not served'

/** One bundle of exactly this width, or the full one cut to it, which a log may keep instead. */
export async function readBundle(
  source: Pick<Source, 'entries'>,
  { index, width }: BundleCoordinate,
): Promise<ReadBundle> {
  const exact = await readPart(() => source.entries(index, width))
  if ('bytes' in exact) return { index, width, ...splitBundle(exact.bytes, width, { exactly: true }) }
  if (exact.problem === MISSING && width < TILE_WIDTH) {
    const full = await readPart(() => source.entries(index))
    if ('bytes' in full) return { index, width, ...splitBundle(full.bytes, width, { exactly: false }) }
  }
  return { index, width, entries: Array.from({ length: width }, () => undefined), problem: exact.problem }
}

/** Splits a bundle as far as its lengths make sense. */
function splitBundle(
  bytes: Uint8Array,
  width: number,
  { exactly }: { readonly exactly: boolean },
): Pick<ReadBundle, 'entries' | 'problem'> {
  const reader = new ByteReader(bytes)
  const entries: (Uint8Array | undefined)[] = []
  while (entries.length < width && reader.remaining >= 2) {
    const length = reader.u16()
    if (length > reader.remaining) break
    entries.push(reader.take(length))
  }
  const read = entries.length
  while (entries.length < width) entries.push(undefined)
  if (read < width) return { entries, problem: `only ${read} of ${width} records can be told apart` }
  if (exactly && reader.remaining > 0) return { entries, problem: `${reader.remaining} bytes too many` }
  return { entries }
}

async function readPart(read: () => Promise<Uint8Array | null>): Promise<Part> {
  try {
    const bytes = await read()
    return bytes === null ? { problem: MISSING } : { bytes }
  } catch (error) {
    if (error instanceof OversizeError) return { problem: error.message }
    throw error
  }
}
