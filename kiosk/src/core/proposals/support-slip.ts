/**
 * A slip that stands behind a proposal or a support. Of the two keys a slip holds, only the support key is ever derived in
 * this folder: what votes is out of reach, and nothing here can tie a proposal to a slip number.
 */
import { deriveSupportKey, parseSlip } from '@hanpyo/protocol/ballot/slip.ts'
import type { Group } from '@hanpyo/protocol/group/group.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

/** A slip's support key; `secret` is the caller's to erase. */
export interface SupportKey {
  readonly secret: Uint8Array
  readonly publicKey: Uint8Array
  /** Position in the manifest's sorted list of support keys. */
  readonly index: number
}

export type SupportSlipProblem = 'slip-damaged' | 'slip-not-ours' | 'slip-foreign' | 'slip-two-part'

/** The seed is erased before this returns. */
export function readSupportSlip(
  text: string,
  election: {
    readonly group: Group
    readonly electionId: string
    readonly findSupport: (publicKey: Uint8Array) => number | undefined
  },
): Result<SupportKey, SupportSlipProblem> {
  const seed = parseSlip(text)
  if (!seed.ok) return seed
  const key = deriveSupportKey(election.group, seed.value, election.electionId)
  seed.value.fill(0)
  const index = election.findSupport(key.publicKey)
  if (index !== undefined) return ok({ ...key, index })
  key.secret.fill(0)
  return err('slip-foreign')
}
