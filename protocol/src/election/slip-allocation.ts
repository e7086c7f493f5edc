/**
 * Which sealed envelopes of slips the registrar gave to a centre. It counts paper, nothing else: envelopes have serial numbers of
 * their own, and no slip number, key or seed is in it, so that nothing leads from an envelope, or a person who drew from it, to a
 * ballot. It is no record of the ledger; kiosks of the centre hold it, and the registrar compares turnout with it.
 */
import { z } from 'zod'
import { toHex } from '../bytes.ts'
import type { Ed25519 } from '../group/group.ts'
import { canonicalJson, type Json, parseCanonicalJson } from '../json.ts'
import { noteVerifier, parseNote, signNote, verifyNote } from '../log/note.ts'
import { err, ok, type Result } from '../result.ts'
import { hexBytes, integer, origin, shortName, unixSeconds } from './fields.ts'
import type { Manifest } from './manifest.ts'

/** Envelopes of one ballot style with serial numbers `first`..`last`, each with `slips` slips. */
const envelopesSchema = z
  .strictObject({
    first: integer(1, 9_999_999),
    last: integer(1, 9_999_999),
    slips: integer(1, 10_000),
    style: integer(0, 255),
  })
  .refine(({ first, last }) => first <= last, '"last" is below "first"')

/** Text of the note: canonical JSON. `revision` counts from 1; a later one takes the place of all before. */
export const slipAllocationSchema = z.strictObject({
  version: z.literal(1),
  election: origin,
  /** Hex of H_m. */
  manifest: hexBytes(32),
  centre: shortName,
  revision: integer(1, 1_000_000),
  at: unixSeconds,
  envelopes: z.array(envelopesSchema).max(2000),
})

export type SlipAllocation = z.infer<typeof slipAllocationSchema>
export type EnvelopeRange = SlipAllocation['envelopes'][number]

export type SlipAllocationError =
  | 'slips-malformed'
  | 'slips-signature'
  | 'slips-other-election'
  | 'slips-impossible'

/** How many slips the envelopes hold. */
export function countSlips(envelopes: readonly EnvelopeRange[]): number {
  return envelopes.reduce((sum, { first, last, slips }) => sum + (last - first + 1) * slips, 0)
}

/** The serial number that two ranges share, or `undefined`. */
export function sharedEnvelope(envelopes: readonly EnvelopeRange[]): number | undefined {
  const sorted = envelopes.toSorted((a, b) => a.first - b.first)
  return sorted.find(({ first }, i) => i > 0 && first <= (sorted[i - 1]?.last ?? 0))?.first
}

/** Signs an allocation as the registrar: a C2SP note with one signature. */
export function signSlipAllocation(signer: {
  readonly ed25519: Ed25519
  readonly name: string
  readonly seed: Uint8Array
  readonly allocation: SlipAllocation
}): string {
  const { ed25519, name, seed, allocation } = signer
  return signNote({ ed25519, name, seed, text: `${canonicalJson(allocation as unknown as Json)}\n` })
}

/**
 * Reads the allocation of a centre that the registrar of an election signed. `slips-malformed`: not such a note; `slips-signature`:
 * signed by anybody but the registrar of the manifest; `slips-other-election`: of another election or centre; `slips-impossible`:
 * an envelope twice, a style that does not exist, or more slips than the election has.
 */
export function readSlipAllocation(input: {
  readonly ed25519: Ed25519
  readonly note: Uint8Array
  readonly manifest: Manifest
  /** H_m, 32 bytes. */
  readonly manifestHash: Uint8Array
  readonly centre: string
}): Result<SlipAllocation, SlipAllocationError> {
  const { ed25519, manifest, centre } = input
  const note = parseNote(input.note)
  if (!note.ok) return err('slips-malformed', note.error)
  const value = parseCanonicalJson(note.value.text.replace(/\n$/, ''))
  const parsed = value.ok ? slipAllocationSchema.safeParse(value.value) : undefined
  if (parsed?.success !== true) return err('slips-malformed', 'not an allocation of slips')
  const allocation = parsed.data
  if (allocation.election !== manifest.id || allocation.manifest !== toHex(input.manifestHash))
    return err('slips-other-election', allocation.election)
  const registrar = noteVerifier(ed25519, manifest.keys.registrar)
  if (!registrar.ok || !verifyNote(note.value, [registrar.value], { exactly: true }).ok)
    return err('slips-signature', note.value.signatures.map(({ name }) => name).join(', '))
  if (allocation.centre !== centre) return err('slips-other-election', `centre ${allocation.centre}`)
  const problem = impossibility(allocation.envelopes, manifest)
  return problem === undefined ? ok(allocation) : err('slips-impossible', problem)
}

/** Why these envelopes cannot be of this election, or `undefined`. */
export function impossibility(envelopes: readonly EnvelopeRange[], manifest: Manifest): string | undefined {
  const unknown = envelopes.find(({ style }) => !manifest.styles.some(({ id }) => id === style))
  if (unknown !== undefined) return `style ${unknown.style} is not in the manifest`
  const shared = sharedEnvelope(envelopes)
  if (shared !== undefined) return `envelope ${shared} twice`
  const [slips, all] = [countSlips(envelopes), manifest.credentials.count]
  return slips > all ? `${slips} slips, and the election has ${all}` : undefined
}
