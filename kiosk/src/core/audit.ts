import type { Logger } from '@hanpyo/platform/logger.ts'

/**
 * What happened on this kiosk, for staff and auditors. The type is the promise: no field can carry a choice, text, slip
 * number, id, tracker or time of a ballot. Lines have no timestamps either, so that the order of voters in front of
 * the machine cannot be matched with anything.
 */
export type AuditEvent =
  | { readonly event: 'core-started'; readonly version: string }
  | { readonly event: 'core-stopped' }
  | { readonly event: 'polls-opened'; readonly anyway: boolean }
  | { readonly event: 'polls-paused' }
  | { readonly event: 'polls-resumed'; readonly anyway: boolean }
  | { readonly event: 'polls-closed'; readonly cast: number; readonly challenged: number }
  | { readonly event: 'slip-accepted' }
  | { readonly event: 'slip-refused'; readonly problem: string }
  | { readonly event: 'session-left' }
  | { readonly event: 'session-timed-out' }
  | { readonly event: 'ballot-stored' }
  | { readonly event: 'ballot-opened' }
  | { readonly event: 'staff-unlocked' }
  | { readonly event: 'staff-locked' }
  | { readonly event: 'technician-unlocked' }
  | { readonly event: 'technician-locked' }
  | { readonly event: 'technician-test'; readonly test: string; readonly verdict: string }
  | { readonly event: 'technician-calibrated'; readonly pxPerMetre: number }
  | { readonly event: 'staff-refused'; readonly failures: number }
  | { readonly event: 'staff-tries-not-kept'; readonly problem: string }
  | { readonly event: 'staff-ended-session' }
  | { readonly event: 'help-called' }
  | { readonly event: 'help-came' }
  | { readonly event: 'session-assisted' }
  | { readonly event: 'practice-started' }
  | { readonly event: 'proposals-entered' }
  | { readonly event: 'proposals-timed-out' }
  | { readonly event: 'proposal-stored' }
  | { readonly event: 'support-stored' }
  | { readonly event: 'proposal-slip-refused'; readonly problem: string }
  /** The bridge will not record a proposal, support or moderation. */
  | { readonly event: 'statement-refused'; readonly problem: string }
  | { readonly event: 'proposal-assisted' }
  | { readonly event: 'proposal-moderated'; readonly action: 'hide' | 'show' }
  | { readonly event: 'receipt-not-printed'; readonly problem: string }
  /** A bridge's promise does not bind as the manifest says; of one bridge and one problem once. */
  | { readonly event: 'promise-refused'; readonly bridge: string; readonly problem: string }
  /** The ledger that the witnesses signed after the deadline does not hold what the bridge promised. */
  | { readonly event: 'promise-broken'; readonly bridge: string }
  /** A bridge recorded a ballot, and the ledger does not hold it when it has to. */
  | { readonly event: 'ballot-not-published'; readonly bridge: string }
  /** Ballots of whole kiosk manifests, proven to be in the ledger, were erased here. */
  | { readonly event: 'ballots-erased'; readonly count: number }
  /** The ledger showed less than before, or another past; both signed notes are kept. */
  | { readonly event: 'ledger-contradicts'; readonly problem: 'went-back' | 'forked' }
  | { readonly event: 'store-failed'; readonly problem: string }
  | { readonly event: 'box-not-rebuilt'; readonly problem: string }

export type Audit = (event: AuditEvent) => void

/** Writes audit events to a logger that should have been made with `timestamps: false`. */
export function createAudit(log: Logger): Audit {
  return ({ event, ...fields }) => log.info(event, fields)
}
