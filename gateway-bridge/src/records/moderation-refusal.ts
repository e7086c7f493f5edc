import type { RuleId } from '@hanpyo/protocol/election/rules.ts'

/**
 * Rules that are looked at once a moderation's signature holds, and that sending it again cannot help: a kiosk is told,
 * because it would otherwise resend for ever. A proposal that still waits defers the moderation before these are asked.
 */
const FINAL: ReadonlySet<string> = new Set<RuleId>([
  'proposal.not-offered',
  'moderation.proposal',
  'moderation.centre',
  'moderation.erased',
])

/** Whether a kiosk that is told about this broken rule may give its moderation up. */
export function isFinalForModeration(rule: string): boolean {
  return FINAL.has(rule)
}
