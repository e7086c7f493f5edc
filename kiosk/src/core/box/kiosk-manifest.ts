import { compareBytes, concatBytes, toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import type { KioskManifestRecord } from '@hanpyo/protocol/election/records.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { rootOf } from '@hanpyo/protocol/log/merkle.ts'

/** A kiosk manifest lists at least this many ballots, so that it orders them no finer; only the last may list fewer. */
export const INTERVAL_MIN = 20
export const INTERVAL_MAX = 128

/** The end of the chain so far, `null` before the first. */
export interface ChainHead {
  readonly record: KioskManifestRecord
  /** Exact text of the note, with its final line feed. */
  readonly text: string
}

export interface Unlisted {
  /** Full ids of the ballots cast since the last kiosk manifest, in any order. */
  readonly ballotIds: readonly Uint8Array[]
  /** Records opened since. */
  readonly challenged: number
}

/**
 * The next kiosk manifest (docs/protocol.md, record 0x12), or `null` when there are too few ballots and it is not the
 * final one. Takes at most 128 ids, the lowest first; with more, call again. A final one is final only when it takes
 * the rest.
 */
export function nextKioskManifest(input: {
  readonly kioskId: number
  readonly manifestHash: Uint8Array
  readonly head: ChainHead | null
  readonly unlisted: Unlisted
  readonly isClosing: boolean
}): { readonly record: KioskManifestRecord; readonly listed: readonly Uint8Array[] } | null {
  const { kioskId, manifestHash, head, unlisted, isClosing } = input
  if (!isClosing && unlisted.ballotIds.length < INTERVAL_MIN) return null
  const sorted = unlisted.ballotIds.toSorted(compareBytes)
  const listed = sorted.slice(0, takeCount(sorted.length))
  const isLast = isClosing && listed.length === sorted.length
  const record: KioskManifestRecord = {
    cast: listed.length,
    challenged: unlisted.challenged,
    final: isLast,
    ids: toBase64(concatBytes(...listed.map((id) => id.subarray(0, 8)))),
    interval: (head?.record.interval ?? 0) + 1,
    kiosk: kioskId,
    prev: toBase64(head === null ? manifestHash : sha256(utf8(head.text))),
    root: toBase64(rootOf(listed)),
    state: isClosing ? 'closed' : 'open',
    total: (head?.record.total ?? 0) + listed.length,
  }
  return { record, listed }
}

/** Never leaves fewer than 20 behind for a manifest that is not the last. */
function takeCount(available: number): number {
  if (available <= INTERVAL_MAX) return available
  return Math.min(INTERVAL_MAX, Math.max(INTERVAL_MIN, available - INTERVAL_MIN))
}
