import { concatBytes } from '@hanpyo/protocol/bytes.ts'
import type { WaitingRecord } from './engine.ts'

/** Byte strings in one array: a message of many small arrays takes longer to clone than to store. */
export interface PackedList {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly lengths: Uint32Array<ArrayBuffer>
}

/** Copies byte strings into one array; `unpackList` is its inverse. */
export function packList(list: readonly Uint8Array[]): PackedList {
  return {
    bytes: concatBytes(...list) as Uint8Array<ArrayBuffer>,
    lengths: Uint32Array.from(list, ({ length }) => length),
  }
}

/** Views into the packed array. */
export function unpackList({ bytes, lengths }: PackedList): Uint8Array[] {
  let at = 0
  return Array.from(lengths, (length) => {
    const one = bytes.subarray(at, at + length)
    at += length
    return one
  })
}

type Extras = Omit<WaitingRecord, 'id' | 'leaf' | 'spends'>

/** Records on their way to the writing thread. */
export interface PackedRecords {
  /** Id and leaf of each in turn. */
  readonly parts: PackedList
  /** What each spends, −1 for nothing. */
  readonly credentials: Float64Array<ArrayBuffer>
  /** The promises of those that spend something, in order. */
  readonly promises: readonly string[]
  /** The other fields of the few that have some, by place. */
  readonly extras: ReadonlyMap<number, Extras>
}

/** Packs records for a message; `unpackRecords` is its inverse. */
export function packRecords(records: readonly WaitingRecord[]): PackedRecords {
  const extras = new Map<number, Extras>()
  for (const [at, { id: _, leaf: __, spends: ___, ...extra }] of records.entries()) {
    if (Object.keys(extra).length > 0) extras.set(at, extra)
  }
  return {
    parts: packList(records.flatMap(({ id, leaf }) => [id, leaf])),
    credentials: Float64Array.from(records, ({ spends }) => spends?.credential ?? -1),
    promises: records.flatMap(({ spends }) => (spends === undefined ? [] : [spends.promise])),
    extras,
  }
}

export function unpackRecords({ parts, credentials, promises, extras }: PackedRecords): WaitingRecord[] {
  const list = unpackList(parts)
  let spending = 0
  return Array.from(credentials, (credential, at) => {
    const head = { id: list[2 * at] as Uint8Array, leaf: list[2 * at + 1] as Uint8Array }
    const spends = credential < 0 ? {} : { spends: { credential, promise: promises[spending++] as string } }
    return { ...head, ...spends, ...extras.get(at) }
  })
}
