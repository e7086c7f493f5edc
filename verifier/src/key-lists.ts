import { equalBytes, fromBase64, isZero, toHex } from '@hanpyo/protocol/bytes.ts'
import type { Findings } from '@hanpyo/protocol/checks/findings.ts'
import {
  CREDENTIAL_ENTRY_BYTES,
  keyListRoot,
  parseSupportList,
  SUPPORT_ENTRY_BYTES,
} from '@hanpyo/protocol/election/keylist.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Group } from '@hanpyo/protocol/group/group.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { OversizeError, type Source } from './source/source.ts'

/** The credential list's blob; null after a failure was reported. Its contents are the rule book's concern. */
export function readCredentialList(
  source: Source,
  manifest: Manifest,
  findings: Findings,
): Promise<Uint8Array | null> {
  return readList(source, manifest.credentials, CREDENTIAL_ENTRY_BYTES, 'slips', findings)
}

/**
 * The list of support keys, checked like that of the slips: commitment, order, every key a valid element. Null after a
 * failure that leaves no list to verify proposals with.
 */
export async function checkSupportList(
  source: Source,
  group: Group,
  manifest: Manifest,
  findings: Findings,
): Promise<Uint8Array | null> {
  const commitment = manifest.supportKeys
  const list = await readList(source, commitment, SUPPORT_ENTRY_BYTES, 'support keys', findings)
  if (list === null) return null
  const keys = parseSupportList(list)
  if (!keys.ok) {
    findings.fail('keylist.entries', 0, `support keys: ${keys.detail ?? keys.error}`)
    return null
  }
  if (!equalBytes(keyListRoot(list, SUPPORT_ENTRY_BYTES), fromBase64(commitment.root))) {
    findings.fail('keylist.commitment', 0, 'support keys: another root')
    return null
  }
  keys.value.forEach((key, i) => {
    if (isZero(key) || !group.isElement(key)) findings.fail('keylist.keys', 0, `support key ${i}`)
  })
  return list
}

async function readList(
  source: Source,
  commitment: Manifest['credentials'],
  entryBytes: number,
  what: string,
  findings: Findings,
): Promise<Uint8Array | null> {
  const expected = commitment.count * entryBytes
  const list = await readBlob(source, commitment.blob, expected)
  if ('problem' in list) {
    findings.fail('keylist.commitment', 0, `${what}: blob ${commitment.blob} ${list.problem}`)
    return null
  }
  if (list.bytes.length === expected && toHex(sha256(list.bytes)) === commitment.blob) return list.bytes
  findings.fail('keylist.commitment', 0, `${what}: the blob has another length or hash`)
  return null
}

/** A blob of at most `maxBytes`, or why there is none. Its hash is not checked here. */
export async function readBlob(
  source: Source,
  hashHex: string,
  maxBytes: number,
): Promise<{ readonly bytes: Uint8Array } | { readonly problem: string }> {
  try {
    const bytes = await source.blob(hashHex, maxBytes)
    return bytes === null ? { problem: 'is not served' } : { bytes }
  } catch (error) {
    if (error instanceof OversizeError) return { problem: `is larger than ${error.limit} bytes` }
    throw error
  }
}
