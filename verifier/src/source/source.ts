import { MAX_NOTE_BYTES } from '@hanpyo/protocol/log/note.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { HASH_BYTES, MAX_BUNDLE_BYTES, TILE_WIDTH } from '@hanpyo/protocol/log/tiles.ts'

/** Why a published log could not be read. None of these says anything about the log itself. */
export type SourceErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'bad-status'
  | 'unreadable'
  | 'not-a-log'
  | 'no-checkpoint'

/** Thrown by a source when its medium fails; the command ends with exit code 2 and prints `advice`. */
export class SourceError extends Error {
  override readonly name = 'SourceError'
  readonly code: SourceErrorCode
  /** What the person can do about it. */
  readonly advice: string

  constructor(code: SourceErrorCode, message: string, advice: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.code = code
    this.advice = advice
  }
}

/** Thrown when something is larger than it can honestly be; reading stops there. That is the log's fault. */
export class OversizeError extends Error {
  override readonly name = 'OversizeError'
  readonly path: string
  readonly limit: number

  constructor(path: string, limit: number) {
    super(`${path} is larger than ${limit} bytes`)
    this.path = path
    this.limit = limit
  }
}

/** A published log at a URL or in a folder. Reads nothing larger than the limits below. */
export interface Source extends LogReader {
  /** For people: the URL or folder. */
  readonly name: string
  /** The blob named by its hash, refused above `maxBytes`. */
  blob(hashHex: string, maxBytes?: number): Promise<Uint8Array | null>
}

export const LIMITS = {
  checkpoint: MAX_NOTE_BYTES,
  tile: TILE_WIDTH * HASH_BYTES,
  entries: MAX_BUNDLE_BYTES,
  /** The largest key list: 2^24 entries of 33 bytes. */
  blob: 33 * 2 ** 24,
} as const
