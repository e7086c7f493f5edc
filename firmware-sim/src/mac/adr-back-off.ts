import { ADR_ACK_DELAY, ADR_ACK_LIMIT, type DataRate } from '../radio/kr920.ts'
import type { Session } from './session.ts'

/** Whether the next uplink sets ADRACKReq (TS001-1.0.4 section 4.3.1.1). */
export function asksForAnswer(session: Session): boolean {
  return session.adrAckCounter >= ADR_ACK_LIMIT
}

/**
 * A device that heard nothing for 64 + 32 uplinks goes to full power first, then one data rate lower every further
 * 32 uplinks, and at DR0 back to one transmission on all channels. Undefined when nothing is due.
 */
export function adrBackOff(
  session: Session,
  dataRate: DataRate,
): { session: Session; dataRate: DataRate } | undefined {
  const overdue = session.adrAckCounter - ADR_ACK_LIMIT
  if (overdue < ADR_ACK_DELAY || overdue % ADR_ACK_DELAY !== 0) return undefined
  if (session.txPowerIndex > 0) return { session: { ...session, txPowerIndex: 0 }, dataRate }
  if (dataRate > 0) return { session, dataRate: (dataRate - 1) as DataRate }
  const channels = session.channels.map((one) => ({ ...one, isEnabled: true }))
  return { session: { ...session, channels, transmissions: 1 }, dataRate }
}
