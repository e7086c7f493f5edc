import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import type { LogState } from '../sequencer/log-state.ts'
import type { LedgerFacts } from './facts.ts'

/** `GET /status`: what anybody can compute from the published log, ready for a page. */
export interface StatusView {
  readonly election: string
  readonly title: { readonly ko: string; readonly en: string }
  readonly polls: string
  readonly log: { readonly size: number; readonly root: string; readonly batches: number }
  readonly ballots: number
  readonly challenged: number
  readonly refusals: Readonly<Record<string, number>>
  readonly records: Readonly<Record<string, number>>
  readonly centres: readonly {
    readonly id: string
    readonly name: { readonly ko: string; readonly en: string }
    readonly ballots: number
    readonly issued: number | null
    readonly returned: number | null
  }[]
  readonly kiosks: readonly {
    readonly id: number
    readonly centre: string
    readonly isEnrolled: boolean
    readonly state: string | null
    readonly ballots: number
    readonly challenged: number
    readonly refusals: number
    readonly isFinal: boolean
  }[]
  readonly incidents: readonly { readonly position: number; readonly text: string }[]
  readonly times: { readonly opens: number; readonly closes: number; readonly sealedBy: number }
}

/** Built from the published batches only: nothing that waits shows here, not even as a count. */
export function statusView(state: ElectionState, facts: LedgerFacts, log: LogState): StatusView {
  const { manifest, kiosks } = state
  return {
    election: manifest.id,
    title: manifest.title,
    polls: state.polls,
    log: { size: log.head.size, root: toBase64(log.head.root), batches: log.batchNumber },
    ballots: state.ballotCount,
    challenged: facts.countsByType.challenged ?? 0,
    refusals: facts.refusalsByReason,
    records: facts.countsByType,
    centres: manifest.centres.map(({ id, name }) => {
      const turnout = facts.turnoutOf(id)
      const ballots = kiosks.reduce((sum, kiosk) => sum + (kiosk.centre === id ? kiosk.ballotCount : 0), 0)
      return { id, name, ballots, issued: turnout?.issued ?? null, returned: turnout?.returned ?? null }
    }),
    kiosks: kiosks.map(({ id, centre, device, ballotCount, challengedCount, refusalCount }) => ({
      id,
      centre,
      isEnrolled: device !== undefined,
      state: device?.state ?? null,
      ballots: ballotCount,
      challenged: challengedCount,
      refusals: refusalCount,
      isFinal: device?.finalManifest !== undefined,
    })),
    incidents: facts.incidents,
    times: manifest.times,
  }
}
