import { open } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathReader, type ReadPath } from '@hanpyo/protocol/log/read-log.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'

/** The medium failed; says nothing about the ledger itself. */
export class LedgerUnreachable extends Error {
  override readonly name = 'LedgerUnreachable'
}

/** Larger than any blob of an election of 2^24 ballots; an answer without end stops here. */
const MOST_BYTES = 2 ** 32 - 1
const TIMEOUT_MS = 120_000
const ATTEMPTS = 3

/** The trustees' own way to a ledger: a URL, or a folder that `hanpyo copy` wrote. */
export function openLedger(location: string, cwd: string, fetchLog: typeof fetch = fetch): LogReader {
  return pathReader(
    /^https?:\/\//.test(location)
      ? fromUrl(location.replace(/\/+$/, ''), fetchLog)
      : fromFolder(resolve(cwd, location)),
  )
}

function fromFolder(folder: string): ReadPath {
  return async (path) => {
    try {
      const file = await open(join(folder, path))
      try {
        return new Uint8Array(await file.readFile())
      } finally {
        await file.close()
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') return null
      throw new LedgerUnreachable(`${join(folder, path)}: ${code ?? String(error)}`, { cause: error })
    }
  }
}

function fromUrl(base: string, fetchLog: typeof fetch): ReadPath {
  return async (path) => {
    const address = `${base}/${path}`
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await fetchLog(address, { signal: AbortSignal.timeout(TIMEOUT_MS) })
        if (response.status === 404 || response.status === 410) return null
        if (response.status !== 200) throw new Error(`answered ${response.status}`)
        const length = Number(response.headers.get('content-length') ?? 0)
        if (length > MOST_BYTES) throw new Error(`is ${length} bytes long`)
        return new Uint8Array(await response.arrayBuffer())
      } catch (error) {
        if (attempt < ATTEMPTS) continue
        const { message } = error as Error
        throw new LedgerUnreachable(`${address}: ${message}`, { cause: error })
      }
    }
  }
}
