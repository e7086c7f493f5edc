import { toHex } from '@hanpyo/protocol/bytes.ts'
import { CREDENTIAL_ENTRY_BYTES, SUPPORT_ENTRY_BYTES } from '@hanpyo/protocol/election/keylist.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { ceremonyBlobName } from '@hanpyo/protocol/proofs/ceremony-check.ts'
import { type Host, HostError, type HostErrorCode } from '../host/host.ts'

/** Notes of 32 trustees with as many coefficients each are a third of this. */
const MAX_CEREMONY_BYTES = 1 << 20

/** The blobs that the manifest commits to; null for one that the host does not hand over as it was committed to. */
export interface ElectionLists {
  readonly credentials: Uint8Array | null
  readonly support: Uint8Array | null
  readonly ceremony: Uint8Array | null
  /** Why a list could not be read, if the host gave no answer at all; null when it answered, rightly or wrongly. */
  readonly trouble: Exclude<HostErrorCode, 'too-large'> | null
}

/** Reads them once at the start: they never change. */
export async function readLists(host: Host, manifest: Manifest): Promise<ElectionLists> {
  let trouble: ElectionLists['trouble'] = null
  const noted = (code: HostErrorCode): void => {
    if (code !== 'too-large') trouble = code
  }
  const [credentials, support, ceremony] = await Promise.all([
    readList(host, manifest.credentials, CREDENTIAL_ENTRY_BYTES, noted),
    readList(host, manifest.supportKeys, SUPPORT_ENTRY_BYTES, noted),
    readNamed(host, ceremonyBlobName(manifest), MAX_CEREMONY_BYTES),
  ])
  return { credentials, support, ceremony, trouble }
}

/** Two million slips: more than a city has people, and what a phone can still hold. */
const MAX_LIST_BYTES = 64 * 2 ** 20

async function readList(
  host: Host,
  { blob, count }: Manifest['credentials'],
  entryBytes: number,
  noted: (code: HostErrorCode) => void,
): Promise<Uint8Array | null> {
  return count * entryBytes > MAX_LIST_BYTES ? null : readNamed(host, blob, count * entryBytes, noted)
}

/** A blob whose hash is its name; null when it is not there, longer, or another one. `noted` hears why it could not be read. */
export async function readNamed(
  host: Host,
  hashHex: string,
  maxBytes: number,
  noted: (code: HostErrorCode) => void = () => undefined,
): Promise<Uint8Array | null> {
  try {
    const bytes = await host.blob(hashHex, maxBytes)
    return bytes !== null && toHex(sha256(bytes)) === hashHex ? bytes : null
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    noted(error.code)
    return null
  }
}
