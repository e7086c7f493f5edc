import { compareBytes } from '@hanpyo/protocol/bytes.ts'
import { MAX_LISTED, MIN_LISTED } from '@hanpyo/protocol/election/kiosk-manifest.ts'

/**
 * Which of the ballots that no kiosk manifest lists yet go into the next one, or `null` when there are too few for one.
 * When the polls close one is always due, empty if need be, and the last takes the rest. Input and output are full ids;
 * the output is sorted.
 */
export function nextInterval(
  unlisted: readonly Uint8Array[],
  isClosing: boolean,
): { readonly ids: readonly Uint8Array[]; readonly isLast: boolean } | null {
  if (!isClosing && unlisted.length < MIN_LISTED) return null
  const sorted = unlisted.toSorted(compareBytes)
  const count = sorted.length <= MAX_LISTED ? sorted.length : MAX_LISTED
  return { ids: sorted.slice(0, count), isLast: isClosing && count === sorted.length }
}
