import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'

/** What `{ info: true }` adds to the result of the synchronous calls; the type declarations do not know it. */
interface WithInfo {
  readonly buffer: Uint8Array
  readonly engine: { readonly bytesWritten: number }
}

/** Raw deflate (RFC 1951) with a preset dictionary, by Node's zlib. */
export const rawDeflate = {
  deflate(input: Uint8Array, dictionary: Uint8Array): Uint8Array {
    return new Uint8Array(deflateRawSync(input, { level: 9, memLevel: 9, dictionary }))
  },

  /** `null` when the input is no complete stream, bytes follow it, or it gives more than `maxBytes`. */
  inflate(input: Uint8Array, dictionary: Uint8Array, maxBytes: number): Uint8Array | null {
    try {
      const { buffer, engine } = inflateRawSync(input, {
        dictionary,
        maxOutputLength: maxBytes,
        finishFlush: constants.Z_FINISH,
        info: true,
      }) as unknown as WithInfo
      return engine.bytesWritten === input.length ? new Uint8Array(buffer) : null
    } catch (error) {
      if (isBadInput(error)) return null
      throw error
    }
  },
}

function isBadInput(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return code === 'ERR_BUFFER_TOO_LARGE' || (typeof code === 'string' && /^Z_(?:DATA|BUF)_ERROR$/.test(code))
}
