import { utf8 } from '../../bytes.ts'
import { sha256 } from '../../hash.ts'
import { type NoteVerifier, parseNote, verifyNote } from '../../log/note.ts'
import type { Result } from '../../result.ts'
import type { RecordError } from '../records.ts'
import type { RuleId } from '../rules.ts'
import type { ApplyOptions } from '../state.ts'
import { byteKey, type Device, type ElectionData, type Finding, finding, type Outcome } from './data.ts'

export interface SignedRecord<T> {
  readonly value: T
  /** SHA-256 of the note text. */
  readonly textHash: Uint8Array
}

type Read<T> = SignedRecord<T> | { readonly problem: Finding }

/** Reads a record in the order form, content, election, signer; the first broken rule is the problem. */
export function readRecord<T extends object>(
  data: ElectionData,
  body: Uint8Array,
  parse: (text: string) => Result<T, RecordError>,
  signerOf: (value: T) => NoteVerifier | RuleId,
  options: ApplyOptions,
): Read<T> {
  const note = parseNote(body)
  if (!note.ok) return { problem: finding('note.format', note.error) }
  const parsed = parse(note.value.text)
  if (!parsed.ok) return { problem: finding('note.content', parsed.detail ?? parsed.error) }
  const value = parsed.value
  if ('manifest' in value && value.manifest !== data.manifestField)
    return { problem: finding('note.election') }
  const signer = signerOf(value)
  if (typeof signer === 'string') return { problem: finding(signer) }
  if (!options.trusted) {
    const verified = verifyNote(note.value, [signer], { exactly: true })
    if (!verified.ok)
      return { problem: finding('note.signature', `${verified.error}, ${signer.name} must sign`) }
  }
  return { value, textHash: sha256(utf8(note.value.text)) }
}

/** A record by the authority, the registrar or the device authority; the same text is logged once. */
export function examineOfficial<T extends object>(
  data: ElectionData,
  body: Uint8Array,
  parse: (text: string) => Result<T, RecordError>,
  role: keyof ElectionData['signers'],
  options: ApplyOptions,
  examine: (value: T) => Outcome,
): Outcome {
  return examineSigned(data, body, parse, () => data.signers[role], options, examine)
}

/** The same by the signer that the content asks for. */
export function examineSigned<T extends object>(
  data: ElectionData,
  body: Uint8Array,
  parse: (text: string) => Result<T, RecordError>,
  signerOf: (value: T) => NoteVerifier | RuleId,
  options: ApplyOptions,
  examine: (value: T) => Outcome,
): Outcome {
  const read = readRecord(data, body, parse, signerOf, options)
  if ('problem' in read) return { findings: [read.problem] }
  const key = byteKey(read.textHash)
  if (data.notes.has(key)) return { findings: [finding('note.repeated')] }
  const outcome = examine(read.value)
  return {
    findings: outcome.findings,
    effect: () => {
      data.notes.add(key)
      outcome.effect?.()
    },
  }
}

/** A record by a kiosk: the live device of the slot it names must have signed it. */
export function examineByKiosk<T extends { readonly kiosk: number }>(
  data: ElectionData,
  body: Uint8Array,
  parse: (text: string) => Result<T, RecordError>,
  unknownKiosk: RuleId,
  options: ApplyOptions,
  examine: (record: SignedRecord<T>, device: Device) => Outcome,
): Outcome {
  const liveDevice = (value: T): Device | undefined => data.slots.get(value.kiosk)?.live
  const read = readRecord(data, body, parse, (value) => liveDevice(value)?.verifier ?? unknownKiosk, options)
  if ('problem' in read) return { findings: [read.problem] }
  return examine(read, liveDevice(read.value) as Device)
}
