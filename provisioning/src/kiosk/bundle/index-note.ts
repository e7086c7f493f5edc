import { hexBytes, origin, unixSeconds } from '@hanpyo/protocol/election/fields.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { canonicalJson, type Json, parseCanonicalJson } from '@hanpyo/protocol/json.ts'
import { type NoteVerifier, parseNote, signNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import { isContentPath, LIMITS } from './limits.ts'

/** Text of `index.note`: canonical JSON, signed by the authority or the device authority of the election. */
export const bundleIndexSchema = z.strictObject({
  version: z.literal(1),
  election: origin,
  /** Hex of H_m. */
  manifest: hexBytes(32),
  isTest: z.boolean(),
  at: unixSeconds,
  /** SHA-256 of `files.json`. */
  files: hexBytes(32),
})
export type BundleIndex = z.infer<typeof bundleIndexSchema>

/** `files.json`: canonical JSON, sorted by path. */
const bundleFilesSchema = z
  .array(
    z.strictObject({
      path: z.string().refine(isContentPath, 'path'),
      sha256: hexBytes(32),
      size: z.int().min(0).max(LIMITS.fileBytes),
    }),
  )
  .min(1)
  .max(LIMITS.entries - 2)
  .refine(
    (files) => files.every(({ path }, i) => i === 0 || (files[i - 1]?.path ?? '') < path),
    'not sorted, or a path twice',
  )
export type BundleFile = z.infer<typeof bundleFilesSchema>[number]

export type IndexError = 'bundle-unreadable' | 'bundle-signature'

/** Signs an index as a C2SP note. */
export function signIndex(signer: {
  readonly ed25519: Ed25519
  readonly name: string
  readonly seed: Uint8Array
  readonly index: BundleIndex
}): string {
  const { ed25519, name, seed, index } = signer
  return signNote({ ed25519, name, seed, text: `${canonicalJson(index as unknown as Json)}\n` })
}

/** Reads an index that exactly one of `verifiers` signed. */
export function verifyIndex(
  note: Uint8Array,
  verifiers: readonly NoteVerifier[],
): Result<BundleIndex, IndexError> {
  const parsed = parseNote(note)
  if (!parsed.ok) return err('bundle-unreadable', `index.note: ${parsed.error}`)
  const signer = verifiers.find((verifier) => verifyNote(parsed.value, [verifier], { exactly: true }).ok)
  if (signer === undefined) return err('bundle-signature', 'index.note')
  return parseList(bundleIndexSchema, parsed.value.text.replace(/\n$/, ''), 'index.note')
}

export function filesText(files: readonly BundleFile[]): string {
  return canonicalJson(files as unknown as Json)
}

export function parseFiles(text: string): Result<readonly BundleFile[], 'bundle-unreadable'> {
  return parseList(bundleFilesSchema, text, 'files.json')
}

function parseList<T>(schema: z.ZodType<T>, text: string, name: string): Result<T, 'bundle-unreadable'> {
  const value = parseCanonicalJson(text)
  const parsed = value.ok ? schema.safeParse(value.value) : undefined
  return parsed?.success === true ? ok(parsed.data) : err('bundle-unreadable', name)
}
