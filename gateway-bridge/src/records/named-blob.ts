import { fromHex } from '@hanpyo/protocol/bytes.ts'
import { type Leaf, parseLeaf, parseVoidSlips, RECORD } from '@hanpyo/protocol/election/records.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import type { LedgerEngine } from '../ledger/engine.ts'

/** How the rule book asks for the blob that a record names. */
export type BlobLookup = (hashHex: string) => Uint8Array | undefined

/** Hex SHA-256 of the blob a record names, if it names one. */
export function blobNamedBy(leaf: Leaf): string | undefined {
  if (leaf.type !== RECORD.voidSlips) return undefined
  const record = parseVoidSlips(noteText(leaf.body))
  return record.ok && 'blob' in record.value ? record.value.blob : undefined
}

/** Reads the blob a leaf names from the store, for the synchronous question of the rule book. */
export async function blobLookupFor(engine: LedgerEngine, leafBytes: Uint8Array): Promise<BlobLookup> {
  const leaf = parseLeaf(leafBytes)
  const name = leaf.ok ? blobNamedBy(leaf.value) : undefined
  const bytes = name === undefined ? null : await engine.blob(fromHex(name))
  return (hashHex) => (hashHex === name ? (bytes ?? undefined) : undefined)
}

/** The text of a signed note; empty when it is none, which no record parser accepts. */
export function noteText(body: Uint8Array): string {
  const note = parseNote(body)
  return note.ok ? note.value.text : ''
}
