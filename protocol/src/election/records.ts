/**
 * The signed documents of the ledger: schemas, parsers and the one way to sign them. Every text is canonical JSON
 * and one line feed, signed as a C2SP note by exactly the key its record type asks for. `manifest` is H_m in
 * base64: an Ed25519 signature covers the text alone, so without it a note could be replayed in another election.
 */
import { z } from 'zod'
import { concatBytes, parseBase64, toBase64, utf8 } from '../bytes.ts'
import type { Ed25519 } from '../group/group.ts'
import { canonicalJson, type Json } from '../json.ts'
import { signNote } from '../log/note.ts'
import {
  base64Bytes,
  hexBytes,
  integer,
  isAscending,
  kioskId,
  shortName,
  slipNumber,
  text,
  unixSeconds,
} from './fields.ts'
import { textParser } from './text-parser.ts'

export {
  encodeLeaf,
  type Leaf,
  MAX_LEAF_BYTES,
  parseLeaf,
  RECORD,
  type RecordType,
  recordName,
} from './leaf.ts'
export type { RecordError } from './text-parser.ts'

const manifest = base64Bytes(32)
const count = integer(0, 0xffff_ffff)
const slips = z.array(slipNumber).min(1).refine(isAscending, 'not strictly ascending')

/** 0x02, authority: the polls of the whole election. `at` is when the state begins, as announced. */
export const pollsSchema = z.strictObject({
  manifest,
  state: z.enum(['open', 'closed', 'sealed']),
  at: unixSeconds,
})

/** 0x03, device authority: binds keys to a kiosk slot, or ends that binding by naming the same keys. */
export const deviceSchema = z.strictObject({
  manifest,
  action: z.enum(['enrol', 'revoke']),
  kiosk: kioskId,
  ed25519: base64Bytes(32),
  x25519: base64Bytes(32),
  at: unixSeconds,
  devEui: hexBytes(8).exactOptional(),
})

/** 0x04, registrar: slips whose later ballots are refused; a list, or a bitmap blob when the list is long. */
export const voidSlipsSchema = z.union([
  z.strictObject({ manifest, slips, at: unixSeconds.exactOptional() }),
  z.strictObject({
    manifest,
    blob: hexBytes(32),
    count: integer(1, 1 << 24),
    at: unixSeconds.exactOptional(),
  }),
])

/** 0x05, registrar: slips issued to and returned by a centre, running totals. The last record of a centre counts. */
export const turnoutSchema = z.strictObject({
  manifest,
  centre: shortName,
  issued: count,
  returned: count,
  at: unixSeconds.exactOptional(),
})

/** 0x06, authority: opens the commitment to the test slips. */
export const testSlipsSchema = z.strictObject({
  manifest,
  slips: z.array(slipNumber).refine(isAscending, 'not strictly ascending'),
  salt: base64Bytes(32),
})

/** 0x07, authority: what went wrong, in public. `covers` explains what a kiosk's manifests leave open. */
export const incidentSchema = z
  .strictObject({
    manifest,
    kiosk: kioskId.exactOptional(),
    text: text(4000),
    at: unixSeconds,
    covers: z.literal('final-manifest').exactOptional(),
  })
  .refine((value) => value.covers === undefined || value.kiosk !== undefined, '"covers" needs "kiosk"')

const choice = z.strictObject({ contest: integer(0, 0xffff), plaintext: base64Bytes(30) })

/** 0x11, kiosk: a ballot opened instead of cast. `C` holds C1 ‖ C2 of each contest, `r` the randomness. */
export const challengedSchema = z.strictObject({
  C: z.array(base64Bytes(64)).min(1).max(8),
  choices: z.array(choice).min(1).max(8),
  kiosk: kioskId,
  r: z.array(base64Bytes(32)).min(1).max(8),
  tracker: base64Bytes(32),
})

/**
 * 0x12, kiosk: what it cast and opened since its previous one. `cast` and `challenged` count this interval, `total` all
 * ballots cast so far; `ids` is base64 of the sorted first eight bytes of each id, `root` the RFC 6962 root over the
 * full ids in that order; `prev` is SHA-256 of the previous note text, H_m in the first one (interval 1).
 */
export const kioskManifestSchema = z.strictObject({
  cast: integer(0, 128),
  challenged: count,
  final: z.boolean(),
  ids: z.string().max(1368),
  interval: integer(1, 0xffff_ffff),
  kiosk: kioskId,
  prev: base64Bytes(32),
  root: base64Bytes(32),
  state: z.enum(['open', 'paused', 'closed']),
  total: count,
})

/** 0x14, unsigned: closes a batch. `refusedMore` maps a kiosk id (decimal) to refusals that were not logged. */
export const batchSchema = z.strictObject({
  count: integer(1, 0xffff_ffff),
  first: integer(0, Number.MAX_SAFE_INTEGER),
  number: integer(1, 0xffff_ffff),
  prev: base64Bytes(32),
  refusedMore: z.record(z.string().regex(/^(?:0|[1-9][0-9]{0,4})$/), integer(1, 0xffff_ffff)),
})

export type PollsRecord = z.infer<typeof pollsSchema>
export type DeviceRecord = z.infer<typeof deviceSchema>
export type VoidSlipsRecord = z.infer<typeof voidSlipsSchema>
export type TurnoutRecord = z.infer<typeof turnoutSchema>
export type TestSlipsRecord = z.infer<typeof testSlipsSchema>
export type IncidentRecord = z.infer<typeof incidentSchema>
export type ChallengedRecord = z.infer<typeof challengedSchema>
export type KioskManifestRecord = z.infer<typeof kioskManifestSchema>
export type BatchRecord = z.infer<typeof batchSchema>

export const parsePolls = textParser(pollsSchema)
export const parseDevice = textParser(deviceSchema)
export const parseVoidSlips = textParser(voidSlipsSchema)
export const parseTurnout = textParser(turnoutSchema)
export const parseTestSlips = textParser(testSlipsSchema)
export const parseIncident = textParser(incidentSchema)
export const parseChallenged = textParser(challengedSchema)
export const parseKioskManifest = textParser(kioskManifestSchema)
export const parseBatch = textParser(batchSchema)

/** The text of a record: canonical JSON and one line feed. Throws `TypeError` for values that are not canonical. */
export function recordText(value: Json): string {
  return `${canonicalJson(value)}\n`
}

/** A record as a note with its one signature. */
export function signRecord(record: {
  readonly ed25519: Ed25519
  /** One of `keyName` in `manifest.ts`. */
  readonly keyName: string
  /** 32-byte Ed25519 seed. */
  readonly seed: Uint8Array
  readonly value: Json
}): string {
  const { ed25519, keyName, seed, value } = record
  return signNote({ ed25519, name: keyName, seed, text: recordText(value) })
}

/** A leaf `u8 type ‖ note` from a note. */
export function noteLeaf(type: number, note: string): Uint8Array {
  return concatBytes(Uint8Array.of(type), utf8(note))
}

/** Base64 of H_m, as records carry it. */
export function manifestField(manifestHash: Uint8Array): string {
  return toBase64(manifestHash)
}

/** The 8-byte prefixes of a kiosk manifest's `ids`, or `null` when it is not base64 of whole prefixes. */
export function idPrefixes(ids: string): Uint8Array[] | null {
  const bytes = parseBase64(ids)
  if (bytes === null || bytes.length % 8 !== 0) return null
  return Array.from({ length: bytes.length / 8 }, (_, i) => bytes.subarray(8 * i, 8 * i + 8))
}
