import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory } from './durable-file.ts'

/**
 * A file of lines that only grows. When `append` resolves the line is on disk. A line that a crash cut short is removed
 * when the file is opened again. One process at a time.
 */
export interface LineFile {
  /** Whole lines in it. */
  readonly count: number
  /** Adds one line; it must not hold a line feed. Lines are written in the order of the calls. Rejects when the disk does not take it. */
  append(line: string): Promise<void>
  /** Up to `count` lines from number `first` on. */
  read(first: number, count: number): Promise<string[]>
  close(): Promise<void>
}

const CHUNK_BYTES = 1 << 16
const LINE_FEED = 0x0a

export async function openLineFile(path: string): Promise<LineFile> {
  const file = await open(path, 'a+', 0o644)
  try {
    const ends = await lineEnds(file)
    const { size } = await file.stat()
    const whole = ends.at(-1) ?? 0
    if (size > whole) await file.truncate(whole)
    await file.sync()
    await syncDirectory(dirname(path))
    return lineFile(file, ends)
  } catch (error) {
    await file.close()
    throw error
  }
}

function lineFile(file: FileHandle, ends: number[]): LineFile {
  let writing: Promise<unknown> = Promise.resolve()
  /** Set by a failed write: what is on the disk is not known any more. */
  let failure: unknown
  const write = async (line: string): Promise<void> => {
    if (failure !== undefined) throw failure
    const bytes = Buffer.from(`${line}\n`, 'utf8')
    try {
      await file.appendFile(bytes)
      await file.datasync()
    } catch (error) {
      failure = error
      throw error
    }
    ends.push((ends.at(-1) ?? 0) + bytes.length)
  }
  return {
    get count() {
      return ends.length
    },
    async append(line) {
      if (line.includes('\n')) throw new RangeError('"line" holds a line feed')
      const written = writing.then(() => write(line))
      writing = written.catch(() => undefined)
      return written
    },
    async read(first, count) {
      const last = Math.min(ends.length, first + count)
      if (first >= last) return []
      const from = first === 0 ? 0 : (ends[first - 1] as number)
      const bytes = Buffer.alloc((ends[last - 1] as number) - from)
      await file.read(bytes, 0, bytes.length, from)
      return bytes.toString('utf8').split('\n').slice(0, -1)
    },
    async close() {
      await writing
      await file.close()
    },
  }
}

/** Where each whole line ends. */
async function lineEnds(file: FileHandle): Promise<number[]> {
  const ends: number[] = []
  const chunk = Buffer.alloc(CHUNK_BYTES)
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, at)
    if (bytesRead === 0) return ends
    for (let found = -1; ; ) {
      found = chunk.subarray(0, bytesRead).indexOf(LINE_FEED, found + 1)
      if (found < 0) break
      ends.push(at + found + 1)
    }
    at += bytesRead
  }
}
