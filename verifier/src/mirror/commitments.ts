import { decodeBundle, encodeBundle, entriesPath, TILE_WIDTH } from '@hanpyo/protocol/log/tiles.ts'
import type { LookedAhead } from '../look-ahead.ts'
import type { ReadPath } from '../source/file-log.ts'
import { OversizeError, SourceError } from '../source/source.ts'

/** A ballot has at most eight contests: nine commitments, and the two bytes of a length. */
const MAX_COMMITMENTS_BYTES = TILE_WIDTH * (2 + 32 * 9)
/** Failures after which nothing more is asked for: what only saves time must not cost any. */
const MOST_FAILURES = 3

/** `commitments/<N>[.p/<W>]` without a leading slash (docs/protocol.md section 10): one entry for each leaf of a bundle. */
export function commitmentsPath(index: number, width?: number): string {
  return entriesPath(index, width).replace(/^tile\/entries\//, 'commitments/')
}

/** Index and width of such a path; `null` for anything else. */
export function parseCommitmentsPath(
  path: string,
): { readonly index: number; readonly width: number } | null {
  const match = /^commitments\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/.exec(path)
  if (match === null) return null
  const index = Number((match[1] as string).replaceAll(/[x/]/g, ''))
  const width = match[2] === undefined ? TILE_WIDTH : Number(match[2])
  return commitmentsPath(index, width) === path ? { index, width } : null
}

/** Commitments of ballots as somebody else serves them, by bundle; empty lists where there are none to be had. */
export interface CommitmentSource {
  of(index: number, width: number): Promise<readonly Uint8Array[]>
}

/** Asks for the exact width and for the full bundle. Whatever goes wrong, the answer is that there are none. */
export function commitmentSource(read: ReadPath): CommitmentSource {
  let failures = 0
  const attempt = async (path: string, width: number): Promise<readonly Uint8Array[]> => {
    if (failures >= MOST_FAILURES) return []
    try {
      const bytes = await read(path, MAX_COMMITMENTS_BYTES)
      const entries = bytes === null ? null : decodeBundle(bytes, width)
      return entries?.ok ? entries.value : []
    } catch (error) {
      if (!(error instanceof SourceError || error instanceof OversizeError)) throw error
      failures += 1
      return []
    }
  }
  return {
    async of(index, width) {
      const exact = await attempt(commitmentsPath(index, width), width)
      if (exact.length > 0 || width === TILE_WIDTH) return exact
      return (await attempt(commitmentsPath(index), TILE_WIDTH)).slice(0, width)
    },
  }
}

/** The file of a bundle: what was there of its first leaves, and what was found out about those that are new. */
export function encodeCommitmentsOf(
  known: readonly Uint8Array[],
  offset: number,
  found: LookedAhead,
): Uint8Array {
  const before = Array.from({ length: offset }, (_, at) => known[at] ?? new Uint8Array())
  return encodeBundle([...before, ...found.map((ahead) => ahead?.commitments ?? new Uint8Array())])
}

/** Cuts a file of a bundle to its first `width` entries; `null` when it is none. */
export function cutCommitments(bytes: Uint8Array, from: number, width: number): Uint8Array | null {
  if (from === width) return bytes
  const entries = decodeBundle(bytes, from)
  return entries.ok ? encodeBundle(entries.value.slice(0, width)) : null
}

export const COMMITMENT_LIMIT = MAX_COMMITMENTS_BYTES
