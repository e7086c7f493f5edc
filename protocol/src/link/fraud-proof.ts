import { parseBase64, toBase64, toHex } from '../bytes.ts'
import { type Manifest, manifestHash, parseManifest } from '../election/manifest.ts'
import type { Ed25519 } from '../group/group.ts'
import { parseNote } from '../log/note.ts'
import { err, ok, type Result } from '../result.ts'
import {
  judgePromise,
  type PromiseEvidence,
  type PromiseJudgement,
  type PromiseJudgementError,
} from './promise-judgement.ts'

const TYPE = 'hanpyo-fraud-proof'
const TEXTS = ['manifest', 'promise', 'checkpoint'] as const

export type FraudProofError = PromiseJudgementError | 'proof-malformed' | 'proof-of-another-election'

/**
 * A file that shows on its own whether a promise was kept, nothing in it has to be fetched: JSON with the manifest note, the
 * promise and the checkpoint as they were signed, and `range` and `leaves`, hashes in base64.
 */
export function formatFraudProof(manifestNote: string, evidence: PromiseEvidence): string {
  const { promise, checkpoint, range, leaves } = evidence
  const hashes = { range: range.map(toBase64), leaves: leaves.map(toBase64) }
  return `${JSON.stringify({ type: TYPE, version: 1, manifest: manifestNote, promise, checkpoint, ...hashes })}\n`
}

/** Judges a proof file against the announced hash of the manifest (64 hex digits). Total on arbitrary text. */
export function judgeFraudProof(
  ed25519: Ed25519,
  text: string,
  announcedHash: string,
): Result<PromiseJudgement, FraudProofError> {
  const proof = parseProof(text)
  if (!proof.ok) return proof
  const manifest = manifestOf(proof.value.manifest)
  if (manifest === null) return err('proof-malformed', 'manifest')
  if (manifest.hash !== announcedHash) return err('proof-of-another-election', manifest.hash)
  return judgePromise(ed25519, manifest.manifest, proof.value)
}

function parseProof(
  text: string,
): Result<PromiseEvidence & { readonly manifest: string }, 'proof-malformed'> {
  const fields = parseJson(text)
  if (fields === null || fields.type !== TYPE || fields.version !== 1) return err('proof-malformed', 'type')
  for (const name of TEXTS) if (typeof fields[name] !== 'string') return err('proof-malformed', name)
  const range = decodeHashes(fields.range)
  const leaves = decodeHashes(fields.leaves)
  if (range === null || leaves === null) return err('proof-malformed', 'hashes')
  const { manifest, promise, checkpoint } = fields as Record<(typeof TEXTS)[number], string>
  return ok({ manifest, promise, checkpoint, range, leaves })
}

function manifestOf(note: string): { manifest: Manifest; hash: string } | null {
  const parsed = parseNote(note)
  if (!parsed.ok) return null
  const manifest = parseManifest(parsed.value.text)
  return manifest.ok ? { manifest: manifest.value, hash: toHex(manifestHash(parsed.value.text)) } : null
}

function decodeHashes(value: unknown): Uint8Array[] | null {
  if (!Array.isArray(value)) return null
  const hashes = value.map((one) => (typeof one === 'string' ? parseBase64(one) : null))
  return hashes.every((hash) => hash !== null && hash.length === 32) ? (hashes as Uint8Array[]) : null
}

function parseJson(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value = JSON.parse(text) as unknown
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null
  } catch {
    return null
  }
}
