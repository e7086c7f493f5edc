import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { manifestHash, parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { type Zippable, zipSync } from 'fflate'
import { type BundleFile, filesText, signIndex } from './index-note.ts'
import { BUNDLE_FOLDERS, isContentPath, LIMITS } from './limits.ts'

/** The same bytes for the same content: no dates of files. */
const NO_DATE = new Date(1980, 0, 1)

export interface BundleSource {
  /** An election folder: `manifest.note` and `blobs/`. */
  readonly electionDir: string
  /** Folder with `texts/`, `audio/`, `settings/`, `policy/`, where there are any. */
  readonly extrasDir?: string
}

export type CreateError =
  | 'election-missing'
  | 'election-damaged'
  | 'bundle-entry-refused'
  | 'bundle-too-large'

/** Makes a content package in memory; its bytes depend on the content, the key and `at` only. */
export async function createBundle(
  source: BundleSource,
  signer: {
    readonly ed25519: Ed25519
    readonly name: string
    readonly seed: Uint8Array
    readonly at: number
  },
): Promise<Result<Uint8Array, CreateError>> {
  const note = await readFile(join(source.electionDir, 'manifest.note'), 'utf8').catch(() => null)
  if (note === null) return err('election-missing', join(source.electionDir, 'manifest.note'))
  const parsed = parseNote(note)
  const manifest = parsed.ok ? parseManifest(parsed.value.text) : parsed
  if (!parsed.ok || !manifest.ok) return err('election-damaged', 'manifest.note')
  const contents = new Map<string, Uint8Array>([['manifest.note', utf8(note)]])
  for (const { blob } of [manifest.value.credentials, manifest.value.supportKeys]) {
    const bytes = await readFile(join(source.electionDir, 'blobs', blob)).catch(() => null)
    if (bytes === null) return err('election-missing', `blobs/${blob}`)
    contents.set(`blobs/${blob}`, new Uint8Array(bytes))
  }
  const { policies } = manifest.value
  contents.set('policy/seen', utf8(policies.seen))
  contents.set('policy/official', utf8(policies.official))
  const added = source.extrasDir === undefined ? ok(undefined) : await addExtras(source.extrasDir, contents)
  if (!added.ok) return added
  const files = listOf(contents)
  const list = utf8(filesText(files))
  const index = signIndex({
    ...signer,
    index: {
      version: 1,
      election: manifest.value.id,
      manifest: toHex(manifestHash(parsed.value.text)),
      isTest: manifest.value.test === true,
      at: signer.at,
      files: sha256(list),
    },
  })
  const entries: Zippable = { 'index.note': utf8(index), 'files.json': list }
  for (const { path } of files) entries[path] = contents.get(path) as Uint8Array
  return ok(zipSync(entries, { level: 0, mtime: NO_DATE }))
}

async function addExtras(
  root: string,
  contents: Map<string, Uint8Array>,
): Promise<Result<void, 'bundle-entry-refused' | 'bundle-too-large'>> {
  let total = 0
  for (const folder of BUNDLE_FOLDERS) {
    const names = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of names) {
      if (entry.isDirectory()) continue
      const full = join(entry.parentPath, entry.name)
      const path = full.slice(root.length + 1)
      if (!entry.isFile() || !isContentPath(path)) return err('bundle-entry-refused', path)
      const { size } = await stat(full)
      total += size
      if (size > LIMITS.fileBytes || total > LIMITS.archiveBytes / 2) return err('bundle-too-large', path)
      if (contents.size >= LIMITS.entries - 2) return err('bundle-too-large', 'too many files')
      contents.set(path, new Uint8Array(await readFile(full)))
    }
  }
  return ok(undefined)
}

function listOf(contents: ReadonlyMap<string, Uint8Array>): BundleFile[] {
  return [...contents]
    .map(([path, bytes]) => ({ path, sha256: sha256(bytes), size: bytes.length }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
