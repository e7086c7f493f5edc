import { equalBytes, fromBase64, fromHex, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { type Manifest, parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import { encodeLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { ElectionState } from '@hanpyo/protocol/election/state.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { batchLeaf } from '@hanpyo/protocol/log/batch.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { parseNote, vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { TileSet } from '@hanpyo/protocol/log/tiles.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Head, LedgerEngine, StorageError } from '../ledger/engine.ts'
import { createCheckpointSigner } from '../sequencer/checkpoint-signer.ts'

export type InitialiseError =
  | 'already-initialised'
  | 'holds-another-election'
  | 'manifest-unusable'
  | 'blob-missing'
  | 'log-key-of-another-election'
  | StorageError

export interface InitialiseInput {
  readonly engine: LedgerEngine
  readonly backend: CryptoBackend
  /** The manifest note, signature line included. */
  readonly manifestNote: string
  /** Blobs in any order; those the manifest names must be among them. */
  readonly blobs: readonly Uint8Array[]
  /** 32-byte seed of the log key. */
  readonly logSeed: Uint8Array
}

/**
 * Makes a store the ledger of one election: leaf 0 is the manifest, leaf 1 the first batch leaf, and the log key
 * signs the tree of both. Explicit and refused on a store that already holds one, so that nobody starts a second
 * log for an election by accident.
 */
export async function initialise(input: InitialiseInput): Promise<Result<Head, InitialiseError>> {
  const { engine, backend, manifestNote, logSeed } = input
  const blobs = new Map(input.blobs.map((bytes) => [toHex(sha256(bytes)), bytes]))
  const opened = openManifest(backend, manifestNote, blobs)
  if (!opened.ok) return opened
  const { manifest, manifestHash } = opened.value
  const inTheWay = await whatIsThere(engine, manifestHash)
  if (inTheWay !== undefined) return inTheWay
  if (vkeyOf(backend.ed25519, manifest.id, logSeed) !== manifest.keys.log) {
    return err('log-key-of-another-election', `the manifest names ${manifest.keys.log}`)
  }
  for (const name of [manifest.credentials.blob, manifest.supportKeys.blob]) {
    if (!blobs.has(name)) return err('blob-missing', name)
  }
  for (const name of blobsOfManifest(manifest)) {
    const bytes = blobs.get(name)
    const stored = bytes === undefined ? ok(undefined) : await engine.putBlob(fromHex(name), bytes)
    if (!stored.ok) return stored
  }

  const first = encodeLeaf(RECORD.manifest, utf8(manifestNote))
  const closing = batchLeaf({ count: 1, first: 0, number: 1, prev: new Uint8Array(32), refusedMore: {} })
  const leaves = [first, closing]
  const tree = new TileSet()
  const tiles = tree.append(leaves.map(leafHash))
  const signer = createCheckpointSigner({ ed25519: backend.ed25519, seed: logSeed, origin: manifest.id })
  const root = tree.root()
  const head: Head = { size: tree.size, root, checkpoint: signer.sign(tree.size, root) }
  try {
    return await engine.transaction<Head, 'already-initialised'>(async (tx) => {
      await tx.initialise(manifestHash)
      await tx.insertEntries(0, leaves)
      await tx.putTiles(tiles.map(({ level, index, bytes }) => ({ level, number: index, hashes: bytes })))
      return (await tx.moveHead(0, head)) ? ok(head) : err('already-initialised')
    })
  } catch (error) {
    // Somebody else was faster, on a store that several may write to.
    const isThere = await whatIsThere(engine, manifestHash)
    if (isThere !== undefined) return isThere
    throw error
  }
}

/** Why this store cannot take the election: it has one, this or another. */
async function whatIsThere(
  engine: LedgerEngine,
  manifestHash: Uint8Array,
): Promise<Result<never, 'already-initialised' | 'holds-another-election'> | undefined> {
  const identity = await engine.identity()
  if (identity === null) return undefined
  const head = await engine.head()
  const [origin, size] = head?.checkpoint.split('\n') ?? []
  const what = head === null ? 'without a checkpoint' : `${origin}, ${size} leaves`
  return err(equalBytes(identity, manifestHash) ? 'already-initialised' : 'holds-another-election', what)
}

/** Hex names of the blobs a manifest commits to: both key lists and the record of the key ceremony. */
export function blobsOfManifest(manifest: Manifest): string[] {
  return [manifest.credentials.blob, manifest.supportKeys.blob, toHex(fromBase64(manifest.ceremonyHash))]
}

function openManifest(
  backend: CryptoBackend,
  manifestNote: string,
  blobs: ReadonlyMap<string, Uint8Array>,
): Result<ElectionState, 'manifest-unusable' | 'blob-missing'> {
  const note = parseNote(manifestNote)
  if (!note.ok) return err('manifest-unusable', note.error)
  const manifest = parseManifest(note.value.text)
  if (!manifest.ok) return err('manifest-unusable', manifest.detail ?? manifest.error)
  const credentialList = blobs.get(manifest.value.credentials.blob)
  if (credentialList === undefined) return err('blob-missing', manifest.value.credentials.blob)
  const supportList = blobs.get(manifest.value.supportKeys.blob)
  if (supportList === undefined) return err('blob-missing', manifest.value.supportKeys.blob)
  const state = ElectionState.open({ backend, manifestNote, credentialList, supportList })
  if (!state.ok) return err('manifest-unusable', `${state.error}: ${state.detail ?? ''}`)
  const [wrong] = state.value.checkCredentialKeys()
  return wrong === undefined ? state : err('manifest-unusable', wrong.message)
}
