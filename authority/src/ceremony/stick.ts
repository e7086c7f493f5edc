/** The folder or USB stick that goes round: one signed file per trustee and step. Nothing on it is secret. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { base64Bytes, hexBytes, integer, origin } from '@hanpyo/protocol/election/fields.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { recordText } from '@hanpyo/protocol/election/records.ts'
import { textParser } from '@hanpyo/protocol/election/text-parser.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import type { Json } from '@hanpyo/protocol/json.ts'
import { MAX_NOTE_BYTES, noteVerifier, parseNote, signNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'

export type StickError = 'ceremony-waiting' | 'ceremony-file' | 'ceremony-own-file'

export const STEPS = ['init', 'commit', 'reveal', 'shares', 'confirm'] as const
export type StickStep = (typeof STEPS)[number] | 'complaint' | 'dry-run-mix' | 'dry-run-shares'

const trustee = integer(1, 255)
const common = {
  election: origin,
  trustee,
  /** Hash of who takes part, from the protocol's `trusteesHash`. */
  trustees: base64Bytes(32),
  transcript: base64Bytes(32),
}

export const initSchema = z.strictObject({
  election: origin,
  step: z.literal('init'),
  trustee,
  of: integer(2, 32),
  threshold: integer(2, 32),
  vkey: z.string().min(1).max(400),
  x25519: base64Bytes(32),
})
export const sharesSchema = z.strictObject({
  ...common,
  step: z.literal('shares'),
  boxes: z.array(z.strictObject({ to: trustee, nonce: base64Bytes(24), box: base64Bytes(48) })).max(31),
})
export const complaintSchema = z.strictObject({ ...common, step: z.literal('complaint'), about: trustee })
export const dryRunMixSchema = z.strictObject({
  ...common,
  step: z.literal('dry-run-mix'),
  input: hexBytes(32),
  output: base64Bytes(192),
  proof: base64Bytes(768),
})
export const dryRunSharesSchema = z.strictObject({
  ...common,
  step: z.literal('dry-run-shares'),
  mix: hexBytes(32),
  shares: base64Bytes(96),
  proof: base64Bytes(96),
})

export type InitNote = z.infer<typeof initSchema>
export type SharesNote = z.infer<typeof sharesSchema>

/** `reveal-3.note` */
export function stickFile(step: StickStep, index: number): string {
  return `${step}-${index}.note`
}

/** A file of the stick as text; `null` when it is not there. */
export async function readStickFile(
  folder: string,
  name: string,
): Promise<Result<string | null, 'ceremony-file'>> {
  const found = await stat(join(folder, name)).catch(() => null)
  if (found !== null && found.size > MAX_NOTE_BYTES) return err('ceremony-file', `${name}: too large`)
  const bytes = await readIfPresent(join(folder, name))
  if (bytes === null) return ok(null)
  try {
    return ok(decodeUtf8(bytes))
  } catch {
    return err('ceremony-file', `${name}: not a text`)
  }
}

/** The files of a step by all n trustees, in order; waits for the missing ones by name. */
export async function readAll(
  folder: string,
  step: StickStep,
  of: number,
): Promise<Result<string[], StickError>> {
  const notes: string[] = []
  const missing: string[] = []
  for (let index = 1; index <= of; index++) {
    const name = stickFile(step, index)
    const text = await readStickFile(folder, name)
    if (!text.ok) return text
    if (text.value === null) missing.push(`${name} of trustee ${index}`)
    else notes.push(text.value)
  }
  return missing.length === 0 ? ok(notes) : err('ceremony-waiting', missing.join('\n'))
}

/** Signs a file's content with a trustee's note key. */
export function signStickNote(
  ed25519: Ed25519,
  seed: Uint8Array,
  value: { readonly election: string; readonly trustee: number },
): string {
  const name = keyName.trustee(value.election, value.trustee)
  return signNote({ ed25519, name, seed, text: recordText(value as unknown as Json) })
}

/** The content of a file if it is this trustee's, of this step and election; otherwise what is wrong with the file. */
export function openStickNote<T extends { readonly election: string; readonly trustee: number }>(
  ed25519: Ed25519,
  schema: z.ZodType<T>,
  expected: {
    readonly election: string
    readonly trustee: number
    readonly vkey?: string
    readonly file: string
  },
  note: string,
): Result<T, 'ceremony-file'> {
  const wrong = (what: string) => err('ceremony-file' as const, `${expected.file}: ${what}`)
  const parsed = parseNote(note)
  if (!parsed.ok) return wrong('not a signed file, or cut off')
  const value = textParser(schema)(parsed.value.text)
  if (!value.ok) return wrong('not a file of this step')
  if (value.value.election !== expected.election) return wrong(`of another election, ${value.value.election}`)
  if (value.value.trustee !== expected.trustee) return wrong(`by trustee ${value.value.trustee}, wrong name`)
  const vkey = expected.vkey ?? (value.value as { vkey?: string }).vkey ?? ''
  const verifier = noteVerifier(ed25519, vkey)
  const name = keyName.trustee(expected.election, expected.trustee)
  if (!verifier.ok || verifier.value.name !== name) return wrong('its key is not one of this trustee')
  return verifyNote(parsed.value, [verifier.value], { exactly: true }).ok
    ? value
    : wrong(`not signed by trustee ${expected.trustee}, or changed`)
}

/**
 * Writes an own file, or leaves the one that is there when `isMine` accepts it (by default: the same bytes), so that a
 * step may be run again. A different one is somebody's doing and is not overwritten.
 */
export async function writeOwn(
  folder: string,
  name: string,
  text: string,
  isMine: (existing: string) => boolean = (existing) => existing === text,
): Promise<Result<{ readonly name: string; readonly wasThere: boolean }, StickError>> {
  const existing = await readStickFile(folder, name)
  if (!existing.ok) return err('ceremony-own-file', existing.detail ?? name)
  if (existing.value !== null) {
    return isMine(existing.value) ? ok({ name, wasThere: true }) : err('ceremony-own-file', name)
  }
  await writeDurable(join(folder, name), text)
  return ok({ name, wasThere: false })
}

/** Names of complaint files on the stick. */
export async function complaintFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => /^complaint-[0-9]+\.note$/.test(name)).sort()
}
