import { equalBytes, fromBase64 } from '@hanpyo/protocol/bytes.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { NoteKey } from '../role-keys.ts'
import type { LoadedCount } from './load-count.ts'

/** A trustee with its secrets in memory. */
export interface Trustee {
  readonly index: number
  /** Election id. */
  readonly election: string
  readonly note: NoteKey
  /** x_i, 32 bytes; meets points only inside libsodium. */
  readonly secretShare: Uint8Array
}

export type TrusteeError = 'trustee-other-election'

/** Whether this trustee's keys are the ones the manifest names, so that no other election's stick is used. */
export function checkTrustee(
  { group }: Pick<CryptoBackend, 'group'>,
  { manifest }: Pick<LoadedCount, 'manifest'>,
  trustee: Trustee,
): Result<null, TrusteeError> {
  if (trustee.election !== manifest.id) return err('trustee-other-election', trustee.election)
  if (manifest.keys.trustees[trustee.index - 1] !== trustee.note.vkey) {
    return err('trustee-other-election', `note key of trustee ${trustee.index}`)
  }
  const named = manifest.trustees[trustee.index - 1]?.verificationKey ?? ''
  const own = group.multiplyBase(trustee.secretShare)
  return equalBytes(fromBase64(named), own)
    ? ok(null)
    : err('trustee-other-election', `share of trustee ${trustee.index}`)
}
