import { fromHex, toHex } from '@hanpyo/protocol/bytes.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import type { LedgerEngine } from '../ledger/engine.ts'

/** How the rule book asks for a blob that a record names. */
export type BlobLookup = (hashHex: string) => Uint8Array | undefined

/** Leaves without a signed note name no blob; ballots, refusals and batch leaves among them. */
const FIRST_BINARY = 0x10
const LAST_BINARY = 0x14

/** Hex SHA-256 of the blobs a record names: every `blob` field anywhere in its text. */
export function blobsNamedBy(leaf: Uint8Array): string[] {
  const type = leaf[0] ?? FIRST_BINARY
  if (type >= FIRST_BINARY && type <= LAST_BINARY) return []
  const text = noteText(leaf.subarray(1))
  if (!text.includes('"blob"')) return []
  const names: string[] = []
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [field, item] of Object.entries(value)) {
      if (field === 'blob' && typeof item === 'string' && /^[0-9a-f]{64}$/.test(item)) names.push(item)
      else visit(item)
    }
  }
  visit(parseOrUndefined(text))
  return names
}

/** Reads the blobs a leaf names from the store, for the synchronous question of the rule book. */
export async function blobLookupFor(engine: LedgerEngine, leaf: Uint8Array): Promise<BlobLookup> {
  const found = new Map<string, Uint8Array>()
  for (const name of blobsNamedBy(leaf)) {
    const bytes = await engine.blob(fromHex(name))
    if (bytes !== null && toHex(sha256(bytes)) === name) found.set(name, bytes)
  }
  return (hashHex) => found.get(hashHex)
}

/** The text of a signed note; empty when it is none, which no record parser accepts. */
export function noteText(body: Uint8Array): string {
  const note = parseNote(body)
  return note.ok ? note.value.text : ''
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
