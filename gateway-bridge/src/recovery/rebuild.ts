import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import { decodeUtf8, equalBytes, fromHex, parseBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { keyName, manifestHash, parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import { blobsNamedBy, noteText } from '@hanpyo/protocol/election/named-blobs.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { signPromise } from '@hanpyo/protocol/link/promise.ts'
import { openCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { formatNote, noteVerifier, vkeyOf } from '@hanpyo/protocol/log/note.ts'
import {
  bundlesOf,
  decodeBundle,
  entriesPath,
  MAX_BUNDLE_BYTES,
  TILE_WIDTH,
  TileSet,
} from '@hanpyo/protocol/log/tiles.ts'
import { parseProposal, proposalId } from '@hanpyo/protocol/proposal/layout.ts'
import { textCommitment } from '@hanpyo/protocol/proposal/text.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { BridgeKeys } from '../bridge.ts'
import type { Head, LedgerEngine, ProposalText, StorageError, WaitingRecord } from '../ledger/engine.ts'
import { blobsOfManifest } from '../setup/initialise.ts'
import type { ReadCopy } from './copy-source.ts'

export type RebuildError =
  | StorageError
  | 'already-initialised'
  | 'copy-incomplete'
  | 'copy-not-signed'
  | 'log-key-of-another-election'

export interface RebuildInput {
  /** An empty store. */
  readonly engine: LedgerEngine
  readonly backend: CryptoBackend
  readonly read: ReadCopy
  readonly bridgeId: string
  readonly keys: BridgeKeys
  /** Unix seconds, for the promises of ballots that are in the log already. */
  readonly nowSeconds: number
}

export interface Rebuilt {
  readonly head: Head
  readonly ballots: number
  /** Blobs that the ledger names and the copy does not hold; whoever brought them brings them again. */
  readonly missingBlobs: readonly string[]
}

const MOST_BLOB_BYTES = 64 * 2 ** 20
const MOST_TEXT_BYTES = 64 * 1024

/**
 * Makes a store from any copy of the ledger: every leaf, the tiles computed anew, the slips that are spent, blobs and texts of
 * proposals by their hashes. Nothing in the copy is believed but what leads to a root that our own log key has signed. What was
 * acknowledged and not published is not in any copy; kiosks keep it and send it again. Whether a longer history is known
 * somewhere is for the caller to ask the witnesses.
 */
export async function rebuildStore(input: RebuildInput): Promise<Result<Rebuilt, RebuildError>> {
  const { engine, backend, read, keys } = input
  if ((await engine.identity()) !== null || (await engine.head()) !== null) return err('already-initialised')
  const note = await read('checkpoint', 2 ** 17)
  if (note === null) return err('copy-incomplete', 'checkpoint')
  const origin = decodeUtf8(note).split('\n')[0] ?? ''
  const opened = openOwn(backend, origin, keys, decodeUtf8(note))
  if (!opened.ok) return opened
  const { size, root, checkpoint } = opened.value
  const leaves = await readLeaves(read, size)
  if (!leaves.ok) return leaves
  const tree = new TileSet()
  const tiles = tree.append(leaves.value.map(leafHash))
  if (!equalBytes(tree.root(), root))
    return err('copy-not-signed', 'the records do not lead to the signed root')

  const manifestLeaf = leaves.value[0] as Uint8Array
  const text = noteText(manifestLeaf.subarray(1))
  const manifest = parseManifest(text)
  if (manifestLeaf[0] !== RECORD.manifest || !manifest.ok)
    return err('copy-not-signed', 'leaf 0 is no manifest')
  const names = new Set([
    ...blobsOfManifest(manifest.value),
    ...leaves.value.flatMap((leaf) => [...blobsNamedBy(leaf)]),
  ])
  const missingBlobs: string[] = []
  for (const name of names) {
    const bytes = await read(`blob/${name}`, MOST_BLOB_BYTES)
    if (bytes === null || toHex(sha256(bytes)) !== name) {
      missingBlobs.push(name)
      continue
    }
    const stored = await engine.putBlob(fromHex(name), bytes)
    if (!stored.ok) return stored
  }
  const { credentials, supportKeys } = manifest.value
  const lists = [credentials.blob, supportKeys.blob].filter((name) => missingBlobs.includes(name))
  if (lists.length > 0) return err('copy-incomplete', `blob/${lists[0]}`)

  const hash = manifestHash(text)
  const promiseKey = { keyName: keyName.bridge(manifest.value.id, input.bridgeId), seed: keys.promiseSeed }
  const spent: { credential: number; id: Uint8Array; position: number }[] = []
  const records: WaitingRecord[] = []
  for (const [position, leaf] of leaves.value.entries()) {
    const body = leaf.subarray(1)
    if (leaf[0] === RECORD.ballot) {
      const ballot = parseBallot(body)
      if (!ballot.ok) return err('copy-not-signed', `leaf ${position} is no ballot`)
      const [id, credential] = [ballotId(body), ballot.value.credentialIndex]
      spent.push({ credential, id, position })
      // It has been kept: the leaf is there. A kiosk that asks again gets this one.
      const promise = {
        deadline: input.nowSeconds,
        leaf: leafHash(leaf),
        log: manifest.value.id,
        size: position,
      }
      records.push({
        id,
        leaf,
        spends: { credential, promise: signPromise({ ed25519: backend.ed25519, ...promiseKey, promise }) },
      })
    } else if (leaf[0] === RECORD.proposal) {
      const found = await readText(read, hash, body)
      if (found !== null) records.push({ id: found.id, leaf, text: found })
    }
  }
  // Through the same door as everything else, and out of the waiting table in the transaction that makes the log. What an attempt that
  // broke off has left is stored already.
  for (let at = 0; at < records.length; at += 512) {
    const accepted = await engine.accept(records.slice(at, at + 512), [])
    if (!accepted.ok) return accepted.error === 'stale' ? err('storage-unavailable') : err(accepted.error)
    const isForeign = accepted.value.some((outcome) => outcome !== 'stored' && outcome !== 'already-stored')
    if (isForeign) return err('already-initialised')
  }
  const head: Head = { size, root, checkpoint }
  const made = await engine.transaction<Head, 'already-initialised'>(async (tx) => {
    await tx.initialise(hash)
    await tx.insertEntries(0, leaves.value)
    await tx.markSpent(spent)
    await tx.putTiles(tiles.map(({ level, index, bytes }) => ({ level, number: index, hashes: bytes })))
    if (!(await tx.moveHead(0, head))) return err('already-initialised')
    await tx.clearWaiting(records.map(({ id }) => id))
    return ok(head)
  })
  return made.ok ? ok({ head, ballots: spent.length, missingBlobs }) : made
}

function openOwn(
  backend: CryptoBackend,
  origin: string,
  keys: BridgeKeys,
  note: string,
): Result<Head, 'copy-not-signed' | 'log-key-of-another-election'> {
  const { ed25519 } = backend
  const verifier = noteVerifier(ed25519, vkeyOf(ed25519, origin, keys.logSeed))
  if (!verifier.ok) return err('copy-not-signed', verifier.error)
  const opened = openCheckpoint(note, verifier.value)
  if (!opened.ok) return err('copy-not-signed', `${origin}: ${opened.error}`)
  const { checkpoint, note: parsed } = opened.value
  const own = parsed.signatures.filter(
    ({ name, keyId }) => name === verifier.value.name && keyId === verifier.value.keyId,
  )
  return ok({ size: checkpoint.size, root: checkpoint.root, checkpoint: formatNote(parsed.text, own) })
}

async function readLeaves(read: ReadCopy, size: number): Promise<Result<Uint8Array[], 'copy-incomplete'>> {
  const leaves: Uint8Array[] = []
  for (const { index, width } of bundlesOf(size)) {
    const bundle = await readBundle(read, index, width)
    if (bundle === null) return err('copy-incomplete', entriesPath(index, width))
    leaves.push(...bundle)
  }
  return ok(leaves)
}

/** The bundle of this width, or the beginning of the full one, which may have taken its place. */
async function readBundle(read: ReadCopy, index: number, width: number): Promise<Uint8Array[] | null> {
  for (const wide of width === TILE_WIDTH ? [width] : [width, TILE_WIDTH]) {
    const bytes = await read(entriesPath(index, wide), MAX_BUNDLE_BYTES)
    const bundle = bytes === null ? undefined : decodeBundle(bytes, wide)
    if (bundle?.ok) return bundle.value.slice(0, width)
  }
  return null
}

/** Texts are off the ledger; one that was erased is nowhere. */
async function readText(read: ReadCopy, hash: Uint8Array, body: Uint8Array): Promise<ProposalText | null> {
  const proposal = parseProposal(body)
  if (!proposal.ok) return null
  const id = proposalId(hash, body)
  const bytes = await read(`proposal/${toHex(id)}`, MOST_TEXT_BYTES)
  if (bytes === null) return null
  try {
    const { salt: encoded, text } = JSON.parse(decodeUtf8(bytes)) as { salt?: unknown; text?: unknown }
    const salt = typeof encoded === 'string' ? parseBase64(encoded) : null
    if (salt === null || typeof text !== 'string') return null
    return equalBytes(textCommitment(salt, text), proposal.value.textCommitment) ? { id, salt, text } : null
  } catch {
    return null
  }
}
