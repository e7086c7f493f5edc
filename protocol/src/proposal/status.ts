/**
 * What a bridge answers to a proposal, support or kiosk's moderation that it will not record: the status in the ack (docs/protocol.md,
 * "Proposals"). The numbers are apart from the refusals of ballots; 0 is recorded. Nothing of this is logged.
 */
export const STATEMENT_REFUSAL = {
  /** The slip has handed in as many proposals as the manifest allows. */
  slipLimit: 0x20,
  /** The supported proposal is not on the ledger. */
  proposalUnknown: 0x21,
  /** The slip supports this proposal already, as its author or by an earlier support. */
  alreadySupported: 0x22,
  /** The polls are sealed, or the election takes no proposals. */
  proposalsClosed: 0x23,
  /** The text holds what may not stand in it, is too long, or cannot be decoded. */
  textRefused: 0x24,
  /** The text is not the one the proposal commits to. */
  textMismatch: 0x25,
  /** A kiosk's moderation that breaks a rule which will not hold later either: 1101, 1132, 1133, 1134. */
  moderationRefused: 0x26,
} as const

export type StatementRefusal = (typeof STATEMENT_REFUSAL)[keyof typeof STATEMENT_REFUSAL]

const NAMES: Readonly<Record<StatementRefusal, string>> = {
  [STATEMENT_REFUSAL.slipLimit]: 'slip-limit',
  [STATEMENT_REFUSAL.proposalUnknown]: 'proposal-unknown',
  [STATEMENT_REFUSAL.alreadySupported]: 'already-supported',
  [STATEMENT_REFUSAL.proposalsClosed]: 'proposals-closed',
  [STATEMENT_REFUSAL.textRefused]: 'text-refused',
  [STATEMENT_REFUSAL.textMismatch]: 'text-mismatch',
  [STATEMENT_REFUSAL.moderationRefused]: 'moderation-refused',
}

/** The name of a status, or `undefined` for one that does not exist. */
export function statementRefusalName(status: number): string | undefined {
  return NAMES[status as StatementRefusal]
}
