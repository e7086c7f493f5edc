import { toHex } from '@hanpyo/protocol/bytes.ts'
import { CREDENTIAL_ENTRY_BYTES, SUPPORT_ENTRY_BYTES } from '@hanpyo/protocol/election/keylist.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { ceremonyBlobName } from '@hanpyo/protocol/proofs/ceremony-check.ts'
import { type Host, HostError } from '../host/host.ts'

/** Notes of 32 trustees with as many coefficients each are a third of this. */
const MAX_CEREMONY_BYTES = 1 << 20

/** The blobs that the manifest commits to; null for one that the host does not hand over as it was committed to. */
export interface ElectionLists {
  readonly credentials: Uint8Array | null
  readonly support: Uint8Array | null
  readonly ceremony: Uint8Array | null
}

/** Reads them once at the start: they never change. */
export async function readLists(host: Host, manifest: Manifest): Promise<ElectionLists> {
  const { credentials, supportKeys } = manifest
  return {
    credentials: await readList(host, credentials, CREDENTIAL_ENTRY_BYTES),
    support: await readList(host, supportKeys, SUPPORT_ENTRY_BYTES),
    ceremony: await readNamed(host, ceremonyBlobName(manifest), MAX_CEREMONY_BYTES),
  }
}

/** Two million slips: more than a city has people, and what a phone can still hold. */
const MAX_LIST_BYTES = 64 * 2 ** 20

async function readList(
  host: Host,
  { blob, count }: Manifest['credentials'],
  entryBytes: number,
): Promise<Uint8Array | null> {
  return count * entryBytes > MAX_LIST_BYTES ? null : readNamed(host, blob, count * entryBytes)
}

/** A blob whose hash is its name; null when it is not there, longer, or another one. */
export async function readNamed(host: Host, hashHex: string, maxBytes: number): Promise<Uint8Array | null> {
  try {
    const bytes = await host.blob(hashHex, maxBytes)
    return bytes !== null && toHex(sha256(bytes)) === hashHex ? bytes : null
  } catch (error) {
    if (error instanceof HostError) return null
    throw error
  }
}
