import { toHex } from '@hanpyo/protocol/bytes.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import type { OfficialRecord } from '../official-records.ts'

/** A record 0x30 to 0x32 with every blob it names: what is posted, and what a trustee keeps a copy of. */
export interface CountRecord extends Pick<OfficialRecord, 'type' | 'note'> {
  /** Hex SHA-256 to bytes. */
  readonly blobs: ReadonlyMap<string, Uint8Array>
}

/** Collects blobs under their names. */
export class BlobSet {
  readonly blobs = new Map<string, Uint8Array>()

  /** The name of the blob. */
  add(bytes: Uint8Array): string {
    const name = toHex(sha256(bytes))
    this.blobs.set(name, bytes)
    return name
  }
}
