/** Making the manifests in which a kiosk lists what it cast, so that a dropped ballot shows. */
import { compareBytes, concatBytes, toBase64, utf8 } from '../bytes.ts'
import { sha256 } from '../hash.ts'
import { rootOf } from '../log/merkle.ts'
import { type KioskManifestRecord, recordText } from './records.ts'

/**
 * A manifest that is not final lists at least this many ballots, so that none is singled out, or none at all: that one
 * only says that the kiosk's polls were paused or opened again.
 */
export const MIN_LISTED = 20
/** No manifest lists more; what is over goes into the next. */
export const MAX_LISTED = 128

/** Bytes of a ballot id that a manifest lists. */
export const LISTED_PREFIX_BYTES = 8

export interface NextKioskManifest {
  /** H_m, 32 bytes: what the first manifest of a device follows. */
  readonly manifestHash: Uint8Array
  readonly kiosk: number
  /** The last manifest this device signed, none before the first. */
  readonly previous: KioskManifestRecord | undefined
  /** Full 32-byte ids of the ballots cast since then, in any order. */
  readonly ballotIds: readonly Uint8Array[]
  /** Ballots opened since then. */
  readonly challenged: number
  readonly state: 'open' | 'paused' | 'closed'
  readonly final: boolean
}

/** The next record of the chain. Throws `RangeError` for a number of ids or a state that no ledger accepts. */
export function nextKioskManifest(next: NextKioskManifest): KioskManifestRecord {
  const { previous, final } = next
  const ids = [...next.ballotIds].sort(compareBytes)
  if (ids.some((id) => id.length !== 32)) throw new RangeError('"ballotIds" holds an id that is not 32 bytes')
  const isChange = ids.length === 0 && changesState(previous?.state, next.state)
  if (ids.length > MAX_LISTED || (!final && !isChange && ids.length < MIN_LISTED)) {
    throw new RangeError(`"ballotIds" holds ${ids.length} ids`)
  }
  if (final && next.state !== 'closed') throw new RangeError('"state" of a final manifest is not closed')
  return {
    cast: ids.length,
    challenged: next.challenged,
    final,
    ids: toBase64(concatBytes(...ids.map((id) => id.subarray(0, LISTED_PREFIX_BYTES)))),
    interval: (previous?.interval ?? 0) + 1,
    kiosk: next.kiosk,
    prev: toBase64(previous === undefined ? next.manifestHash : sha256(utf8(recordText(previous)))),
    root: toBase64(rootOf(ids)),
    state: next.state,
    total: (previous?.total ?? 0) + ids.length,
  }
}

/** Whether a kiosk whose last manifest said `before` (open, when there was none) pauses or opens again with `state`. */
export function changesState(
  before: KioskManifestRecord['state'] | undefined,
  state: KioskManifestRecord['state'],
): boolean {
  return state !== 'closed' && state !== (before ?? 'open')
}
