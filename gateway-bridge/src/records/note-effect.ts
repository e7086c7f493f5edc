import { toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { parseDecryption, parseMix } from '@hanpyo/protocol/count/records.ts'
import {
  type Leaf,
  parseDevice,
  parseKioskManifest,
  parsePolls,
  parseTurnout,
  parseVoidSlips,
  RECORD,
} from '@hanpyo/protocol/election/records.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { parseModeration } from '@hanpyo/protocol/proposal/moderation.ts'
import type { WaitingRoom } from '../admission/waiting-room.ts'
import { noteText } from './named-blob.ts'

/**
 * What a note does to the records around it while it waits to be logged. Ballots that were already acknowledged
 * must still be valid where they end up, so a note that would make them invalid lets them go first; ballots that
 * come after it must be judged as if it were logged, so they wait for it (unacknowledged, the kiosk sends again).
 */
export interface NoteEffect {
  /** Notes that share a subject follow each other; only one of them waits at a time. */
  readonly subjects: readonly string[]
  /** The kiosk whose final manifest this is. */
  readonly endsKiosk?: number
  /** A kiosk whose waiting proposals and supports must not wait for company any more. */
  readonly awaits?: number
  /** A polls record. */
  readonly polls?: 'open' | 'closed' | 'sealed'
  /** Whether a ballot that arrives now has to wait until this note is logged. */
  holdsBack(ballot: { readonly kioskId: number; readonly credential: number }): boolean
  /** Whether something that waits has to be logged before this note. */
  isPrecededBy(waiting: WaitingRoom): boolean
}

/** The effect of a note leaf whose content has been checked; total, so that unknown types have none. */
export function noteEffect(leaf: Leaf): NoteEffect {
  const text = noteText(leaf.body)
  switch (leaf.type) {
    case RECORD.polls:
      return pollsEffect(text)
    case RECORD.device:
      return deviceEffect(text)
    case RECORD.kioskManifest:
      return kioskManifestEffect(text)
    case RECORD.voidSlips:
      return voidSlipsEffect(text)
    case RECORD.turnout: {
      const turnout = parseTurnout(text)
      return noEffect(`turnout ${turnout.ok ? turnout.value.centre : ''}`)
    }
    case RECORD.incident:
      // by its text, because a text is logged once and may be signed in many ways
      return noEffect(`incident ${toHex(sha256(utf8(text)))}`)
    case RECORD.moderation:
      return moderationEffect(text)
    case RECORD.mix: {
      const mix = parseMix(text)
      return noEffect(`mix ${mix.ok ? mix.value.contest : ''}`)
    }
    case RECORD.decryption: {
      const shares = parseDecryption(text)
      return noEffect(`shares ${shares.ok ? `${shares.value.contest} ${shares.value.trustee}` : ''}`)
    }
    default:
      return noEffect(`type ${leaf.type}`)
  }
}

function pollsEffect(text: string): NoteEffect {
  const polls = parsePolls(text)
  if (!polls.ok) return noEffect('polls')
  const { state } = polls.value
  return {
    subjects: ['polls'],
    polls: state,
    holdsBack: () => state !== 'closed',
    isPrecededBy: (waiting) => {
      if (state === 'sealed') return waiting.size > 1
      return state === 'open' && waiting.count('refusal') > 0
    },
  }
}

/** A kiosk's own records stand before its keys change, so that they are verified with the keys they were made with. */
function deviceEffect(text: string): NoteEffect {
  const device = parseDevice(text)
  if (!device.ok) return noEffect('device')
  const { kiosk, ed25519, x25519, devEui } = device.value
  const effect = kioskEffect(kiosk)
  const keys = [`key ${ed25519}`, `key ${x25519}`, ...(devEui === undefined ? [] : [`device ${devEui}`])]
  return { ...effect, subjects: [...effect.subjects, ...keys] }
}

function kioskManifestEffect(text: string): NoteEffect {
  const manifest = parseKioskManifest(text)
  if (!manifest.ok) return noEffect('kiosk manifest')
  const { kiosk, final } = manifest.value
  if (!final) return noEffect(`kiosk ${kiosk}`)
  return { ...kioskEffect(kiosk), endsKiosk: kiosk }
}

function kioskEffect(kioskId: number): NoteEffect {
  return {
    subjects: [`kiosk ${kioskId}`],
    holdsBack: (ballot) => ballot.kioskId === kioskId,
    awaits: kioskId,
    isPrecededBy: (waiting) => waiting.hasFrom(kioskId),
  }
}

/** Decisions about one proposal follow each other, and a kiosk's decision stands apart from a change of its keys. */
function moderationEffect(text: string): NoteEffect {
  const record = parseModeration(text)
  if (!record.ok) return noEffect('moderation')
  const { kiosk, proposal } = record.value
  const effect = noEffect(`proposal ${proposal}`)
  return kiosk === undefined ? effect : { ...effect, subjects: [...effect.subjects, `kiosk ${kiosk}`] }
}

/** A list too long for a leaf is a blob; its slips are not looked up here, so it waits for every ballot. */
function voidSlipsEffect(text: string): NoteEffect {
  const record = parseVoidSlips(text)
  const slips = record.ok && 'slips' in record.value ? new Set(record.value.slips) : undefined
  const touches = (credential: number) => slips === undefined || slips.has(credential)
  return {
    subjects: ['void slips'],
    holdsBack: ({ credential }) => touches(credential),
    // a refusal that waits has another reason once its slip is void
    isPrecededBy: (waiting) =>
      waiting.ballots().some(({ credential }) => touches(credential)) ||
      waiting.refusals().some(({ credential }) => touches(credential)),
  }
}

function noEffect(subject: string): NoteEffect {
  return { subjects: [subject], holdsBack: () => false, isPrecededBy: () => false }
}
