import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { signCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import type { Head } from '../ledger/engine.ts'

export interface CheckpointSigner {
  /** The signed note for this tree. Throws when the published head has another root at this size or is larger. */
  sign(size: number, root: Uint8Array): string
  /** Tells the signer what is committed and may be known to the world. */
  published(head: Head): void
}

/**
 * Holds the log key. Two signed roots for one size would be a fork that anybody can prove, so the signer itself
 * compares with what was published, whatever its caller believes. A checkpoint whose transaction failed never left
 * the process and does not count.
 */
export function createCheckpointSigner(key: {
  readonly ed25519: Ed25519
  /** 32-byte seed of the log key. */
  readonly seed: Uint8Array
  readonly origin: string
}): CheckpointSigner {
  let newest: Pick<Head, 'size' | 'root'> | undefined
  return {
    sign(size, root) {
      if (newest !== undefined) {
        if (size < newest.size) throw new Error(`will not sign size ${size} below ${newest.size}`)
        if (size === newest.size && !equalBytes(root, newest.root)) {
          throw new Error(`will not sign a second root for size ${size}`)
        }
      }
      return signCheckpoint({
        ed25519: key.ed25519,
        seed: key.seed,
        checkpoint: { origin: key.origin, size, root },
      })
    },
    published(head) {
      newest = head
    },
  }
}
