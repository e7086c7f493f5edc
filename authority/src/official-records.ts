/** The notes that authority, registrar and device authority sign during an election. */
import { toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { manifestField, RECORD, signRecord } from '@hanpyo/protocol/election/records.ts'
import { encodeVoidBitmap } from '@hanpyo/protocol/election/void-bitmap.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import type { Json } from '@hanpyo/protocol/json.ts'
import type { ModerationAction } from '@hanpyo/protocol/proposal/moderation.ts'
import { checkText } from '@hanpyo/protocol/proposal/text.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { LoadedElection } from './load-election.ts'
import type { NoteKey } from './role-keys.ts'

/** A note ready for `POST /records`, with the blob it names, if it names one. */
export interface OfficialRecord {
  readonly type: number
  readonly note: string
  readonly blob?: { readonly name: string; readonly bytes: Uint8Array }
}

type Election = Pick<LoadedElection, 'ed25519' | 'manifest' | 'manifestHash'>

/** A list of void slips longer than this goes into a bitmap blob. */
const MOST_SLIPS_IN_A_NOTE = 1000

/** 0x02, authority. `at`: when the state begins, Unix seconds. */
export function pollsRecord(
  election: Election,
  key: NoteKey,
  state: 'open' | 'closed' | 'sealed',
  at: number,
): OfficialRecord {
  return sign(election, key, RECORD.polls, { state, at })
}

/** 0x07, authority. `covers: 'final-manifest'` says that a kiosk's missing final manifest is explained. */
export function incidentRecord(
  election: Election,
  key: NoteKey,
  incident: {
    readonly text: string
    readonly kiosk?: number
    readonly covers?: 'final-manifest'
    readonly at: number
  },
): Result<OfficialRecord, 'kiosk-unknown'> {
  const { kiosk } = incident
  const isKnown = kiosk === undefined || election.manifest.kioskSlots.some(({ id }) => id === kiosk)
  return isKnown ? ok(sign(election, key, RECORD.incident, incident)) : err('kiosk-unknown', String(kiosk))
}

/** 0x05, registrar: running totals of a centre. */
export function turnoutRecord(
  election: Election,
  key: NoteKey,
  turnout: {
    readonly centre: string
    readonly issued: number
    readonly returned: number
    readonly at: number
  },
): Result<OfficialRecord, 'centre-unknown'> {
  const isKnown = election.manifest.centres.some(({ id }) => id === turnout.centre)
  return isKnown ? ok(sign(election, key, RECORD.turnout, turnout)) : err('centre-unknown', turnout.centre)
}

/** 0x04, registrar: ballots of these slips that come later are refused. Numbers in any order, repeats allowed. */
export function voidSlipsRecord(
  election: Election,
  key: NoteKey,
  numbers: readonly number[],
  at: number,
): Result<OfficialRecord, 'slip-number-unknown'> {
  const { count } = election.manifest.credentials
  const slips = [...new Set(numbers)].sort((a, b) => a - b)
  const unknown = slips.find((slip) => !Number.isInteger(slip) || slip < 0 || slip >= count)
  if (unknown !== undefined || slips.length === 0) return err('slip-number-unknown', String(unknown ?? ''))
  if (slips.length <= MOST_SLIPS_IN_A_NOTE) return ok(sign(election, key, RECORD.voidSlips, { slips, at }))
  const bytes = encodeVoidBitmap(slips, count)
  const name = toHex(sha256(bytes))
  const record = sign(election, key, RECORD.voidSlips, { blob: name, count: slips.length, at })
  return ok({ ...record, blob: { name, bytes } })
}

/** 0x06, authority: opens the manifest's commitment after the polls have closed. */
export function testSlipsRecord(
  election: Election,
  key: NoteKey,
  opening: { readonly salt: string; readonly slips: readonly number[] },
): OfficialRecord {
  return sign(election, key, RECORD.testSlips, { salt: opening.salt, slips: opening.slips })
}

/** 0x22, authority: what is done about a proposal, and why. */
export function moderationRecord(
  election: Election,
  key: NoteKey,
  moderation: {
    /** Proposal id, 32 bytes. */
    readonly id: Uint8Array
    readonly action: ModerationAction
    readonly reason: string
    readonly at: number
  },
): Result<OfficialRecord, 'reason-unusable' | 'proposals-not-offered'> {
  if (election.manifest.proposals === undefined) return err('proposals-not-offered')
  const { id, action, reason, at } = moderation
  const isUsable = reason.length > 0 && reason.length <= 300 && checkText(reason, 300).ok
  if (!isUsable) return err('reason-unusable')
  return ok(sign(election, key, RECORD.moderation, { action, proposal: toBase64(id), reason, at }))
}

/** Signs a record of any official type; `manifest` is added so that it cannot be used in another election. */
export function sign(
  election: Election,
  key: NoteKey,
  type: number,
  value: { readonly [name: string]: Json },
): OfficialRecord {
  const { ed25519, manifestHash } = election
  const note = signRecord({
    ed25519,
    keyName: key.name,
    seed: key.seed,
    value: { ...value, manifest: manifestField(manifestHash) },
  })
  return { type, note }
}
