import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { type Manifest, manifestHash, parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import { parseLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { noteVerifier, parseNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { readBundles } from './leaves.ts'
import type { Source } from './source/source.ts'

export type OpenLogError = 'log-checkpoint' | 'log-manifest' | 'log-signature'

/** A log as far as its first record and its checkpoint tell, the signature of the manifest's log key included. */
export interface OpenedLog {
  readonly source: Source
  readonly checkpoint: Checkpoint
  /** As it was served, cosignatures included. */
  readonly checkpointNote: string
  readonly manifestNote: string
  readonly manifest: Manifest
  /** H_m, 32 bytes. */
  readonly manifestHash: Uint8Array
}

/** Opens a log to look something up in it. The manifest's own signature and everything else is for `verify`. */
export async function openLog(source: Source, ed25519: Ed25519): Promise<Result<OpenedLog, OpenLogError>> {
  const text = (await source.checkpoint()) ?? ''
  const note = parseNote(text)
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : note
  if (!checkpoint.ok || checkpoint.value.size === 0) return err('log-checkpoint', source.name)
  let first: Uint8Array | undefined
  for await (const { entries } of readBundles(source, Math.min(checkpoint.value.size, 256)))
    first = entries[0]
  // A log of more than one bundle serves the first one whole.
  const leaf = parseLeaf(first ?? new Uint8Array(0))
  const manifestNote = leaf.ok && leaf.value.type === RECORD.manifest ? textOf(leaf.value.body) : ''
  const parsed = parseNote(manifestNote)
  const manifest = parsed.ok ? parseManifest(parsed.value.text) : parsed
  if (!parsed.ok || !manifest.ok) return err('log-manifest', source.name)
  const verifier = noteVerifier(ed25519, manifest.value.keys.log)
  const opened = verifier.ok ? openCheckpoint(text, verifier.value) : verifier
  if (!opened.ok) return err('log-signature', `${source.name}: ${opened.error}`)
  return ok({
    source,
    checkpoint: checkpoint.value,
    checkpointNote: text,
    manifestNote,
    manifest: manifest.value,
    manifestHash: manifestHash(parsed.value.text),
  })
}

function textOf(body: Uint8Array): string {
  try {
    return decodeUtf8(body)
  } catch {
    return ''
  }
}
