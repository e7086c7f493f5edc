import { decodeUtf8, fromBase64, toBase64, toHex } from '../bytes.ts'
import type { Manifest } from '../election/manifest.ts'
import type { RuleId } from '../election/rules.ts'
import type { CryptoBackend } from '../group/group.ts'
import { sha256 } from '../hash.ts'
import { err, type Result } from '../result.ts'
import { type CeremonyKeys, verifyCeremony } from './ceremony.ts'

type CeremonyRule = Extract<RuleId, `ceremony.${string}`>

/** Name of the blob with the key ceremony: `ceremonyHash` in hex. */
export function ceremonyBlobName(manifest: Pick<Manifest, 'ceremonyHash'>): string {
  return toHex(fromBase64(manifest.ceremonyHash))
}

/**
 * Rules 121 to 123: the published key ceremony has the manifest's hash, every note and proof in it holds, and the joint
 * key and verification keys of the manifest are those that follow from it. `document` is the blob, `null` if there is none.
 */
export function checkCeremony(
  backend: CryptoBackend,
  manifest: Manifest,
  document: Uint8Array | null,
): Result<CeremonyKeys, CeremonyRule> {
  if (document === null) return err('ceremony.document', `${ceremonyBlobName(manifest)} is not at hand`)
  if (toBase64(sha256(document)) !== manifest.ceremonyHash) return err('ceremony.document', 'another hash')
  let text: string
  try {
    text = decodeUtf8(document)
  } catch {
    return err('ceremony.notes', 'not UTF-8')
  }
  const setup = {
    electionId: manifest.id,
    threshold: manifest.threshold,
    trustees: manifest.keys.trustees,
  }
  const keys = verifyCeremony(backend, setup, text)
  if (!keys.ok) return err('ceremony.notes', [keys.error, keys.detail].filter(Boolean).join(', '))
  if (toBase64(keys.value.jointKey) !== manifest.jointKey) return err('ceremony.keys', 'joint key')
  const other = keys.value.verificationKeys.findIndex(
    (key, i) => toBase64(key) !== manifest.trustees[i]?.verificationKey,
  )
  return other < 0 ? keys : err('ceremony.keys', `trustee ${other + 1}`)
}
