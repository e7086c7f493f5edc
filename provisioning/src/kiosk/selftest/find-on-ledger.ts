import { readAtMost } from '@hanpyo/platform/read-at-most.ts'
import { tracker as trackerOf, trackerText } from '@hanpyo/protocol/ballot/identifiers.ts'
import { parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import { parseLeaf, RECORD } from '@hanpyo/protocol/election/leaf.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { openCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { inclusionProofFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { leafHash, verifyInclusion } from '@hanpyo/protocol/log/merkle.ts'
import { noteVerifier } from '@hanpyo/protocol/log/note.ts'
import { pathReader } from '@hanpyo/protocol/log/read-log.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { decodeBundle, MAX_BUNDLE_BYTES, TILE_WIDTH } from '@hanpyo/protocol/log/tiles.ts'

/** Test ledgers are small; a longer one is searched from its end. */
const MOST_BUNDLES = 40

/** Reads a log over HTTP, with limits: the server is not trusted. */
export function ledgerReader(url: string, get: typeof fetch): LogReader {
  const base = url.endsWith('/') ? url : `${url}/`
  return pathReader(async (path) => {
    const response = await get(new URL(path, base), { signal: AbortSignal.timeout(10_000) })
    if (response.status === 404) return null
    const bytes = response.ok ? await readAtMost(response, MAX_BUNDLE_BYTES) : undefined
    if (bytes === undefined) throw new Error(`${path}: HTTP ${response.status}`)
    return bytes
  })
}

/**
 * Looks for the ballot with a tracker in the published ledger and checks that the signed checkpoint covers it: the log's signature,
 * the leaf, and its inclusion proof (RFC 9162 2.1.3). The leaf's index, or null when it is not there (yet) or does not check.
 */
export async function findBallot(input: {
  readonly reader: LogReader
  readonly ed25519: Ed25519
  readonly logVkey: string
  readonly manifestHash: Uint8Array
  /** Five groups of four Crockford characters. */
  readonly tracker: string
}): Promise<number | null> {
  const { reader, manifestHash } = input
  const verifier = noteVerifier(input.ed25519, input.logVkey)
  const note = await reader.checkpoint()
  if (!verifier.ok || note === null) return null
  const opened = openCheckpoint(note, verifier.value)
  if (!opened.ok) return null
  const { size, root } = opened.value.checkpoint
  const last = Math.ceil(size / TILE_WIDTH) - 1
  for (let bundle = last; bundle >= Math.max(0, last - MOST_BUNDLES); bundle--) {
    const width = Math.min(TILE_WIDTH, size - bundle * TILE_WIDTH)
    const bytes = await reader.entries(bundle, width)
    const entries = bytes === null ? undefined : decodeBundle(bytes, width)
    if (entries?.ok !== true) continue
    const at = entries.value.findIndex((entry) => trackerIn(entry, manifestHash) === input.tracker)
    if (at === -1) continue
    const index = bundle * TILE_WIDTH + at
    const proof = await inclusionProofFromTiles(reader, size, index)
    const hash = leafHash(entries.value[at] as Uint8Array)
    const isIncluded = proof.ok && verifyInclusion({ leafHash: hash, index, size, proof: proof.value, root })
    return isIncluded ? index : null
  }
  return null
}

function trackerIn(entry: Uint8Array, manifestHash: Uint8Array): string | null {
  const leaf = parseLeaf(entry)
  if (!leaf.ok || leaf.value.type !== RECORD.ballot) return null
  const ballot = parseBallot(leaf.value.body)
  if (!ballot.ok) return null
  const firstPart = leaf.value.body.slice(0, 11 + 64 * ballot.value.contestCount)
  return trackerText(trackerOf(manifestHash, firstPart))
}
