import { toHex } from '@hanpyo/protocol/bytes.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { LIMITS, OversizeError, type Source } from '../source/source.ts'
import type { Staging } from './staging.ts'

/** Thrown for a blob that was not served as its name says. It proves nothing about the record that names it. */
class MissingBlob extends Error {
  override readonly name = 'MissingBlob'
}

/** False when `work` broke off because a blob was not to be had. */
export async function blobsServed(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (error instanceof MissingBlob) return false
    throw error
  }
}

/** Blobs are staged as they are read, so that the copy holds all that the records name. Throws `MissingBlob`. */
export function stagingBlobs(source: Source, staging: Staging): Source {
  return {
    ...source,
    async blob(hashHex, maxBytes = LIMITS.blob) {
      const bytes = await source.blob(hashHex, maxBytes).catch((error: unknown) => {
        if (error instanceof OversizeError) throw new MissingBlob(hashHex)
        throw error
      })
      if (bytes === null || toHex(sha256(bytes)) !== hashHex) throw new MissingBlob(hashHex)
      await staging.put(`blob/${hashHex}`, bytes)
      return bytes
    },
  }
}
