import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import type { BallotBox } from '../box/ballot-box.ts'

/**
 * What a kiosk signs for people when its polls open (everything zero) and after they closed. It is no ledger record: its
 * `report` field keeps it from being taken for one. `election` is base64 of H_m, `root` base64 of the RFC 6962 root over the
 * full ids of all ballots in the box, sorted. It names no time.
 */
export type PollsReport = {
  readonly assisted: number
  readonly cast: number
  readonly challenged: number
  readonly election: string
  readonly kiosk: number
  readonly outbox: { readonly refused: number; readonly waiting: number }
  readonly report: 'opening' | 'closing'
  readonly root: string
}

/** The report of a box as it is now. */
export function pollsReport(
  kind: PollsReport['report'],
  box: BallotBox,
  kiosk: { readonly kioskId: number; readonly manifestHash: Uint8Array },
): PollsReport {
  const { assisted, cast, challenged, refused } = box.counts()
  return {
    assisted,
    cast,
    challenged,
    election: toBase64(kiosk.manifestHash),
    kiosk: kiosk.kioskId,
    outbox: {
      refused: [...refused.values()].reduce((sum, count) => sum + count, 0),
      waiting: box.waiting().length,
    },
    report: kind,
    root: toBase64(box.ballotsRoot()),
  }
}
