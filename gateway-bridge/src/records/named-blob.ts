import { fromHex, toHex } from '@hanpyo/protocol/bytes.ts'
import { blobsNamedBy, isCountRecord } from '@hanpyo/protocol/election/named-blobs.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import type { LedgerEngine } from '../ledger/engine.ts'

export { blobsNamedBy, noteText } from '@hanpyo/protocol/election/named-blobs.ts'

/** How the rule book asks for a blob that a record names. */
export type BlobLookup = (hashHex: string) => Uint8Array | undefined

/**
 * Reads the blobs a leaf names from the store, for the synchronous question of the rule book. Those of a count are
 * large, and the rule book leaves them to whoever checks proofs.
 */
export async function blobLookupFor(engine: LedgerEngine, leaf: Uint8Array): Promise<BlobLookup> {
  const found = new Map<string, Uint8Array>()
  if (isCountRecord(leaf[0] ?? 0)) return () => undefined
  for (const name of blobsNamedBy(leaf)) {
    const bytes = await engine.blob(fromHex(name))
    if (bytes !== null && toHex(sha256(bytes)) === name) found.set(name, bytes)
  }
  return (hashHex) => found.get(hashHex)
}
