import { open } from 'node:fs/promises'
import { decodeUtf8, toHex } from '@hanpyo/protocol/bytes.ts'
import { type Manifest, manifestHash, parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { noteVerifier, parseNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { sha256 } from './create.ts'
import { type BundleFile, type BundleIndex, parseFiles, verifyIndex } from './index-note.ts'
import { LIMITS } from './limits.ts'
import { type Archive, readRange, readZip, type ZipEntry } from './zip-reader.ts'

export type BundleError =
  | 'bundle-missing'
  | 'bundle-unreadable'
  | 'bundle-too-large'
  | 'bundle-entry-refused'
  | 'bundle-signature'
  | 'bundle-other-authority'
  | 'bundle-tampered'
  | 'bundle-incomplete'
  | 'bundle-pulled'

/** The stick was pulled out, or cannot be read any more. */
const GONE = ['EIO', 'ENODEV', 'ENXIO', 'ENOENT', 'ESTALE', 'ENOMEDIUM']

/** An archive whose every byte was checked. */
export interface VerifiedBundle {
  readonly index: BundleIndex
  readonly manifest: Manifest
  readonly files: readonly BundleFile[]
  /** SHA-256 of `index.note`: names this content. */
  readonly id: string
  /** Reads and checks a file of the list once more: a stick may have been changed since. */
  read(path: string): Promise<Result<Uint8Array, 'bundle-tampered' | 'bundle-pulled'>>
}

/**
 * Checks a package from the outside in, and gives it to `use` while the archive is open: container, manifest by the authority's key
 * that people compared, index by the authority or the device authority of that manifest, then every file by its hash. Holds one
 * file at a time.
 */
export async function withVerifiedBundle<T, E extends string = never>(
  path: string,
  trust: { readonly ed25519: Ed25519; readonly authority: string },
  use: (bundle: VerifiedBundle) => Promise<Result<T, E>>,
  openArchive: (path: string) => Promise<Archive> = open,
): Promise<Result<T, E | BundleError>> {
  let archive: Archive
  try {
    archive = await openArchive(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'EACCES') throw error
    return err('bundle-missing', path)
  }
  try {
    const bundle = await unlessPulled(() => verify(archive, trust))
    return bundle.ok ? await use(bundle.value) : bundle
  } finally {
    await archive.close().catch(() => {})
  }
}

async function unlessPulled<T, E extends string>(
  work: () => Promise<Result<T, E>>,
): Promise<Result<T, E | 'bundle-pulled'>> {
  try {
    return await work()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined || !GONE.includes(code)) throw error
    return err('bundle-pulled', code)
  }
}

async function verify(
  archive: Archive,
  { ed25519, authority }: { readonly ed25519: Ed25519; readonly authority: string },
): Promise<Result<VerifiedBundle, BundleError>> {
  const zip = await readZip(archive)
  if (!zip.ok) return zip
  const entries = new Map(zip.value.map((entry) => [entry.path, entry]))
  const small = (name: string) => bytesOf(archive, entries.get(name), LIMITS.listBytes)
  const [indexNote, list, manifestNote] = [
    await small('index.note'),
    await small('files.json'),
    await small('manifest.note'),
  ]
  if (indexNote === null || list === null || manifestNote === null)
    return err('bundle-incomplete', 'index.note, files.json or manifest.note')
  const loaded = readManifest(manifestNote, ed25519, authority)
  if (!loaded.ok) return loaded
  const { manifest, hash } = loaded.value
  const signers = [manifest.keys.authority, manifest.keys.deviceAuthority]
  const verifiers = signers.flatMap((vkey) => {
    const verifier = noteVerifier(ed25519, vkey)
    return verifier.ok ? [verifier.value] : []
  })
  const index = verifyIndex(indexNote, verifiers)
  if (!index.ok) return index
  if (index.value.files !== sha256(list)) return err('bundle-tampered', 'files.json')
  if (index.value.manifest !== hash || index.value.election !== manifest.id)
    return err('bundle-tampered', 'manifest.note')
  const text = textOf(list)
  const files = text === null ? err('bundle-unreadable', 'files.json') : parseFiles(text)
  if (!files.ok) return files
  const complete = checkNames(files.value, entries, manifest)
  if (!complete.ok) return complete
  const byPath = new Map(files.value.map((file) => [file.path, file]))
  const read: VerifiedBundle['read'] = (path) =>
    unlessPulled(async () => {
      const bytes = await bytesOf(archive, entries.get(path), LIMITS.fileBytes)
      const isSame = bytes !== null && sha256(bytes) === byPath.get(path)?.sha256
      return isSame ? ok(bytes) : err('bundle-tampered', path)
    })
  for (const { path } of files.value) {
    const checked = await read(path)
    if (!checked.ok) return checked
  }
  return ok({ index: index.value, manifest, files: files.value, id: sha256(indexNote), read })
}

function readManifest(
  bytes: Uint8Array,
  ed25519: Ed25519,
  authority: string,
): Result<{ manifest: Manifest; hash: string }, BundleError> {
  const note = parseNote(bytes)
  const verifier = noteVerifier(ed25519, authority)
  if (!verifier.ok) return err('bundle-other-authority', 'the authority key given is no key')
  if (!note.ok) return err('bundle-tampered', 'manifest.note')
  const names = note.value.signatures.map(({ name }) => name)
  if (!names.includes(verifier.value.name)) return err('bundle-other-authority', names.join(', '))
  if (!verifyNote(note.value, [verifier.value], { exactly: true }).ok)
    return err('bundle-tampered', 'manifest.note')
  const manifest = parseManifest(note.value.text)
  if (!manifest.ok) return err('bundle-tampered', 'manifest.note')
  return ok({ manifest: manifest.value, hash: toHex(manifestHash(note.value.text)) })
}

/** The archive holds what the list names and nothing else, and the list what an election needs. */
function checkNames(
  files: readonly BundleFile[],
  entries: ReadonlyMap<string, ZipEntry>,
  { credentials, supportKeys }: Manifest,
): Result<void, 'bundle-incomplete' | 'bundle-entry-refused' | 'bundle-tampered'> {
  const listed = new Set(['index.note', 'files.json'])
  for (const { path, size, sha256: hash } of files) {
    const entry = entries.get(path)
    if (entry === undefined) return err('bundle-incomplete', path)
    if (entry.size !== size) return err('bundle-tampered', path)
    if (path.startsWith('blobs/') && path !== `blobs/${hash}`) return err('bundle-tampered', path)
    listed.add(path)
  }
  for (const path of entries.keys()) {
    if (!listed.has(path)) return err('bundle-entry-refused', `${path}: not in the list`)
  }
  const needed = ['manifest.note', `blobs/${credentials.blob}`, `blobs/${supportKeys.blob}`]
  const missing = needed.find((path) => !listed.has(path))
  return missing === undefined ? ok(undefined) : err('bundle-incomplete', missing)
}

async function bytesOf(
  archive: Archive,
  entry: ZipEntry | undefined,
  mostBytes: number,
): Promise<Uint8Array | null> {
  if (entry === undefined || entry.size > mostBytes) return null
  return readRange(archive, entry.offset, entry.size)
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return decodeUtf8(bytes)
  } catch {
    return null
  }
}
