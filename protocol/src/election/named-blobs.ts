import { parseNote } from '../log/note.ts'
import { RECORD } from './records.ts'

/** Leaves without a signed note name no blob; ballots, refusals and batch leaves among them. */
const FIRST_BINARY = 0x10
const LAST_BINARY = 0x14

/** Fields that name a blob, in any record, and in mixes, decryption shares and results. */
const BLOB_FIELDS: ReadonlySet<string> = new Set(['blob'])
const COUNT_BLOB_FIELDS: ReadonlySet<string> = new Set(['output', 'proof', 'shares', 'points'])

/**
 * Hex SHA-256 of the blobs a record names: every field of that meaning anywhere in its text. Total on arbitrary bytes. The
 * blob of the key ceremony is not among them; `ceremonyBlobName` knows it.
 */
export function blobsNamedBy(leaf: Uint8Array): string[] {
  const type = leaf[0] ?? FIRST_BINARY
  const isStatement = type === RECORD.proposal || type === RECORD.support
  if (isStatement || (type >= FIRST_BINARY && type <= LAST_BINARY)) return []
  const fields = isCountRecord(type) ? COUNT_BLOB_FIELDS : BLOB_FIELDS
  const text = noteText(leaf.subarray(1))
  const names: string[] = []
  // a list and no recursion: the text is anybody's and may be nested without end
  const toVisit: unknown[] = [parseOrUndefined(text)]
  for (const value of toVisit) {
    if (typeof value !== 'object' || value === null) continue
    for (const [field, item] of Object.entries(value)) {
      if (fields.has(field) && typeof item === 'string' && /^[0-9a-f]{64}$/.test(item)) names.push(item)
      else toVisit.push(item)
    }
  }
  return names
}

/** Whether a leaf of this type belongs to the count: its blobs are large, and only who checks proofs needs them. */
export function isCountRecord(type: number): boolean {
  return type === RECORD.mix || type === RECORD.decryption || type === RECORD.result
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
