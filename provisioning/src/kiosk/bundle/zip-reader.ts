import type { FileHandle } from 'node:fs/promises'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { isBundlePath, LIMITS } from './limits.ts'

/** An open archive, on a stick or elsewhere. */
export type Archive = Pick<FileHandle, 'read' | 'stat' | 'close'>

export interface ZipEntry {
  readonly path: string
  /** Where the bytes begin in the archive. */
  readonly offset: number
  readonly size: number
}

export type ZipError = 'bundle-unreadable' | 'bundle-entry-refused' | 'bundle-too-large'

const END_BYTES = 22
const DIRECTORY_BYTES = 46
const LOCAL_BYTES = 30
const SYMLINK = 0xa000
const FILE_TYPE = 0xf000

/**
 * The entries of a ZIP archive (PKWARE APPNOTE 6.3, without ZIP64) that holds plain files one after the other, uncompressed and
 * without gaps. Whatever else the format allows is refused: compression (so that nothing can grow), links, folders, comments,
 * encryption, entries that overlap or are named twice. Reads only headers.
 */
export async function readZip(archive: Archive): Promise<Result<readonly ZipEntry[], ZipError>> {
  const { size } = await archive.stat()
  if (size > LIMITS.archiveBytes) return err('bundle-too-large', `${size} bytes`)
  if (size < END_BYTES) return err('bundle-unreadable', 'too short')
  const end = await read(archive, size - END_BYTES, END_BYTES)
  if (end === null || end.getUint32(0, true) !== 0x06054b50 || end.getUint16(20, true) !== 0)
    return err('bundle-unreadable', 'no end record: cut off, or not a bundle')
  const count = end.getUint16(10, true)
  const directoryBytes = end.getUint32(12, true)
  const directoryAt = end.getUint32(16, true)
  if (count > LIMITS.entries || directoryBytes > LIMITS.directoryBytes)
    return err('bundle-too-large', `${count} entries`)
  if (directoryAt + directoryBytes + END_BYTES !== size || end.getUint16(8, true) !== count)
    return err('bundle-unreadable', 'directory')
  const directory = await read(archive, directoryAt, directoryBytes)
  if (directory === null) return err('bundle-unreadable', 'directory')
  return readEntries(archive, directory, { count, directoryAt })
}

async function readEntries(
  archive: Archive,
  directory: DataView,
  { count, directoryAt }: { readonly count: number; readonly directoryAt: number },
): Promise<Result<readonly ZipEntry[], ZipError>> {
  const entries: ZipEntry[] = []
  const names = new Set<string>()
  let [at, next] = [0, 0]
  for (let i = 0; i < count; i++) {
    const entry = readDirectoryEntry(directory, at)
    if (!entry.ok) return entry
    const { path, size, localAt, length } = entry.value
    if (names.has(path)) return err('bundle-entry-refused', `${path}: twice`)
    names.add(path)
    if (localAt !== next) return err('bundle-unreadable', `${path}: a gap or overlap`)
    const local = await read(archive, localAt, LOCAL_BYTES)
    if (local === null || local.getUint32(0, true) !== 0x04034b50) return err('bundle-unreadable', path)
    const nameBytes = local.getUint16(26, true)
    const name = await read(archive, localAt + LOCAL_BYTES, nameBytes)
    const isSame =
      name !== null &&
      textOf(name) === path &&
      local.getUint16(8, true) === 0 &&
      local.getUint32(18, true) === size &&
      local.getUint32(22, true) === size
    if (!isSame) return err('bundle-unreadable', `${path}: two headers that differ`)
    const offset = localAt + LOCAL_BYTES + nameBytes + local.getUint16(28, true)
    next = offset + size
    if (next > directoryAt) return err('bundle-unreadable', path)
    entries.push({ path, offset, size })
    at += length
  }
  if (next !== directoryAt || at !== directory.byteLength) return err('bundle-unreadable', 'surplus bytes')
  return ok(entries)
}

interface DirectoryEntry {
  readonly path: string
  readonly size: number
  readonly localAt: number
  readonly length: number
}

function readDirectoryEntry(directory: DataView, at: number): Result<DirectoryEntry, ZipError> {
  if (at + DIRECTORY_BYTES > directory.byteLength || directory.getUint32(at, true) !== 0x02014b50)
    return err('bundle-unreadable', 'directory')
  const nameBytes = directory.getUint16(at + 28, true)
  const length = DIRECTORY_BYTES + nameBytes + directory.getUint16(at + 30, true)
  if (at + length > directory.byteLength) return err('bundle-unreadable', 'directory')
  const path = textOf(new DataView(directory.buffer, directory.byteOffset + at + DIRECTORY_BYTES, nameBytes))
  if (path === null || !isBundlePath(path)) return err('bundle-entry-refused', JSON.stringify(path ?? '?'))
  const flags = directory.getUint16(at + 8, true) & ~0x0800
  const [method, packed, size] = [
    directory.getUint16(at + 10, true),
    directory.getUint32(at + 20, true),
    directory.getUint32(at + 24, true),
  ]
  if (method !== 0 || packed !== size || flags !== 0)
    return err('bundle-entry-refused', `${path}: compressed or encrypted`)
  if (((directory.getUint32(at + 38, true) >>> 16) & FILE_TYPE) === SYMLINK)
    return err('bundle-entry-refused', `${path}: a link`)
  if (directory.getUint16(at + 32, true) !== 0) return err('bundle-entry-refused', `${path}: a comment`)
  if (size > LIMITS.fileBytes) return err('bundle-too-large', `${path}: ${size} bytes`)
  return ok({ path, size, localAt: directory.getUint32(at + 42, true), length })
}

function textOf(view: DataView): string | null {
  try {
    return decodeUtf8(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
  } catch {
    return null
  }
}

/** `length` bytes from `position`, or null when the file is shorter. */
async function read(archive: Archive, position: number, length: number): Promise<DataView | null> {
  const bytes = await readRange(archive, position, length)
  return bytes === null ? null : new DataView(bytes.buffer)
}

/** `length` bytes from `position`, or null when the file is shorter. */
export async function readRange(
  archive: Archive,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const bytes = new Uint8Array(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await archive.read(bytes, done, length - done, position + done)
    if (bytesRead === 0) return null
    done += bytesRead
  }
  return bytes
}
