import { concatBytes } from '@hanpyo/protocol/bytes.ts'
import { MAX_NOTE_BYTES } from '@hanpyo/protocol/log/note.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import {
  entriesPath,
  HASH_BYTES,
  MAX_BUNDLE_BYTES,
  TILE_WIDTH,
  tilePath,
} from '@hanpyo/protocol/log/tiles.ts'

export type HostErrorCode = 'host-unreachable' | 'host-slow' | 'host-status' | 'too-large'

/** The host did not hand over what was asked. Says nothing about the log. */
export class HostError extends Error {
  override readonly name = 'HostError'
  readonly code: HostErrorCode

  constructor(code: HostErrorCode, detail: string) {
    super(detail)
    this.code = code
  }
}

export interface HostOptions {
  /** Base URL with a final slash. */
  readonly base: string
  readonly fetch: (address: URL, init: RequestInit) => Promise<Response>
  /** For one whole request, body included. */
  readonly timeoutMs: number
}

/** Somebody who serves a log: the bridge, a mirror, or any web server with a copy. */
export interface Host extends LogReader {
  readonly base: string
  /** A file below the base: null when there is none. Rejects with `HostError`, also above `maxBytes`. */
  read(path: string, maxBytes: number): Promise<Uint8Array | null>
  blob(hashHex: string, maxBytes?: number): Promise<Uint8Array | null>
}

/** The largest key list: 2^24 entries of 33 bytes. */
const MAX_BLOB_BYTES = 33 * 2 ** 24

/** A published log below a URL. Answers are bounded in size and time; nothing in them is trusted. */
export function openHost(options: HostOptions): Host {
  const read = (path: string, maxBytes: number): Promise<Uint8Array | null> =>
    readBounded(options, new URL(path, options.base), maxBytes)
  return {
    base: options.base,
    read,
    async checkpoint() {
      const bytes = await read('checkpoint', MAX_NOTE_BYTES)
      // Bytes that are no UTF-8 become text that no note parser accepts.
      return bytes === null ? null : new TextDecoder().decode(bytes)
    },
    tile: (level, index, width) => read(tilePath(level, index, width), TILE_WIDTH * HASH_BYTES),
    entries: (index, width) => read(entriesPath(index, width), MAX_BUNDLE_BYTES),
    blob: (hashHex, maxBytes = MAX_BLOB_BYTES) => read(`blob/${hashHex}`, maxBytes),
  }
}

/** One file anywhere; the same limits and errors. Used for witnesses and mirrors as well. */
export async function readBounded(
  options: Pick<HostOptions, 'fetch' | 'timeoutMs'>,
  address: URL,
  maxBytes: number,
): Promise<Uint8Array | null> {
  const signal = AbortSignal.timeout(options.timeoutMs)
  try {
    const response = await options.fetch(address, {
      signal,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    })
    if (response.status === 404 || response.status === 410) {
      await response.body?.cancel()
      return null
    }
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new HostError('host-status', `${address.pathname}: HTTP ${response.status}`)
    }
    return await bodyOf(response, address.pathname, maxBytes)
  } catch (error) {
    if (error instanceof HostError) throw error
    if (signal.aborted) throw new HostError('host-slow', `${address.pathname}: ${options.timeoutMs / 1000} s`)
    throw new HostError('host-unreachable', address.pathname)
  }
}

async function bodyOf(response: Response, path: string, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  const reader = response.body?.getReader()
  while (reader !== undefined) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > maxBytes) {
      await reader.cancel()
      throw new HostError('too-large', `${path}: more than ${maxBytes} bytes`)
    }
    parts.push(value)
  }
  return concatBytes(...parts)
}
