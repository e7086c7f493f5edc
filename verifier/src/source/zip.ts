import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import { ByteReader, decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { fileLog } from './file-log.ts'
import type { HeldLog } from './held.ts'
import { OversizeError, SourceError } from './source.ts'

/** ZIP signatures and sizes, PKWARE APPNOTE 4.3, with the numbers read big-endian by `ByteReader`. */
const LOCAL_HEADER = 0x504b0304
const CENTRAL_HEADER = 0x504b0102
const END_OF_DIRECTORY = 0x504b0506
const LOCAL_BYTES = 30
const CENTRAL_BYTES = 46
const END_BYTES = 22
const MAX_COMMENT_BYTES = 0xffff
const STORED = 0
const DEFLATED = 8
/** A directory of 65,535 entries with names of 200 bytes each; what claims more is no archive of ours. */
const MAX_DIRECTORY_BYTES = 16 << 20

const inflate = promisify(inflateRaw)

interface Entry {
  readonly method: number
  readonly compressedBytes: number
  readonly bytes: number
  readonly offset: number
}

/**
 * A log in a zip file, read where it lies: nothing is unpacked, one file is in memory at a time, and the directory of at
 * most 65,535 names. What an entry says about its size is not believed. Rejects with `SourceError`.
 */
export async function openZip(path: string): Promise<HeldLog> {
  const entries = await withFile(path, (file) => readDirectory(file, path))
  const read = async (name: string, maxBytes: number): Promise<Uint8Array | null> => {
    const entry = entries.get(name)
    if (entry === undefined) return null
    if (entry.bytes > maxBytes || entry.compressedBytes > maxBytes + 1024)
      throw new OversizeError(name, maxBytes)
    return withFile(path, (file) => readEntry(file, path, name, entry, maxBytes))
  }
  return {
    source: fileLog(path, read),
    read,
    async *paths() {
      yield* entries.keys()
    },
  }
}

/** Opened anew for each read, so that nothing has to be closed by whoever reads a log. */
async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new SourceError(
      'unreadable',
      `${path} cannot be read: ${error.code}`,
      'Check name, permissions and disk, then run the command again.',
      error,
    )
  })
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}

async function readDirectory(file: FileHandle, path: string): Promise<ReadonlyMap<string, Entry>> {
  const { size } = await file.stat()
  const tailBytes = Math.min(size, END_BYTES + MAX_COMMENT_BYTES)
  const tail = await readAt(file, path, size - tailBytes, tailBytes)
  const at = lastSignature(tail)
  if (at === null) throw cutOff(path)
  const end = littleEndian(tail.subarray(at, at + END_BYTES))
  const count = end.u16(10)
  const directoryBytes = end.u32(12)
  const start = end.u32(16)
  if (end.u16(4) !== 0 || count === 0xffff || start === 0xffffffff) {
    throw new SourceError(
      'not-a-log',
      `${path} is a ZIP64 or split archive`,
      'Unpack it and give the folder.',
    )
  }
  if (directoryBytes > MAX_DIRECTORY_BYTES || start + directoryBytes > size - tailBytes + at)
    throw cutOff(path)
  const directory = await readAt(file, path, start, directoryBytes)
  const entries = new Map<string, Entry>()
  for (let offset = 0, n = 0; n < count; n++) {
    const header = littleEndian(directory.subarray(offset, offset + CENTRAL_BYTES))
    if (!header.is(CENTRAL_HEADER)) throw cutOff(path)
    const nameBytes = header.u16(28)
    const name = nameOf(directory.subarray(offset + CENTRAL_BYTES, offset + CENTRAL_BYTES + nameBytes))
    if (entries.has(name)) throw new SourceError('not-a-log', `${path} holds ${name} twice`, OTHER_COPY)
    entries.set(name, {
      method: header.u16(10),
      compressedBytes: header.u32(20),
      bytes: header.u32(24),
      offset: header.u32(42),
    })
    offset += CENTRAL_BYTES + nameBytes + header.u16(30) + header.u16(32)
  }
  return entries
}

async function readEntry(
  file: FileHandle,
  path: string,
  name: string,
  entry: Entry,
  maxBytes: number,
): Promise<Uint8Array> {
  const local = littleEndian(await readAt(file, path, entry.offset, LOCAL_BYTES))
  if (!local.is(LOCAL_HEADER)) throw damagedEntry(path, name)
  const start = entry.offset + LOCAL_BYTES + local.u16(26) + local.u16(28)
  const data = await readAt(file, path, start, entry.compressedBytes)
  if (entry.method === STORED) return data
  if (entry.method !== DEFLATED) throw damagedEntry(path, name)
  try {
    return new Uint8Array(await inflate(data, { maxOutputLength: Math.max(1, maxBytes) }))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new OversizeError(name, maxBytes)
    throw damagedEntry(path, name, error)
  }
}

async function readAt(file: FileHandle, path: string, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done)
    if (bytesRead === 0) throw cutOff(path)
    done += bytesRead
  }
  return bytes
}

function lastSignature(tail: Uint8Array): number | null {
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (new ByteReader(tail.subarray(at, at + 4)).u32() === END_OF_DIRECTORY) return at
  }
  return null
}

/** ZIP numbers are little-endian, unlike everything else here. */
function littleEndian(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const inside = <T>(at: number, length: number, read: () => T, outside: T): T =>
    at + length <= bytes.length ? read() : outside
  return {
    is: (signature: number) => inside(0, 4, () => view.getUint32(0) === signature, false),
    u16: (at: number) => inside(at, 2, () => view.getUint16(at, true), 0),
    u32: (at: number) => inside(at, 4, () => view.getUint32(at, true), 0),
  }
}

function nameOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes)
  } catch {
    return '\u0000'
  }
}

const OTHER_COPY = 'Copy the archive again from where it came from, and compare its SHA-256.'

function cutOff(path: string): SourceError {
  return new SourceError('unreadable', `${path} is no whole zip archive: its end is missing`, OTHER_COPY)
}

function damagedEntry(path: string, name: string, cause?: unknown): SourceError {
  return new SourceError('unreadable', `${path}: ${name} cannot be unpacked`, OTHER_COPY, cause)
}
