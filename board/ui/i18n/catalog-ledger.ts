import type { Count, NamedText, Say } from './catalog.ts'

export type RecordKind =
  | 'manifest'
  | 'polls'
  | 'device'
  | 'voidSlips'
  | 'turnout'
  | 'testSlips'
  | 'incident'
  | 'ballot'
  | 'challenged'
  | 'kioskManifest'
  | 'refusal'
  | 'batch'
  | 'proposal'
  | 'support'
  | 'moderation'
  | 'mix'
  | 'decryption'
  | 'result'
  | 'unknown'

export type FieldName =
  | 'slip'
  | 'kiosk'
  | 'contests'
  | 'tracker'
  | 'id'
  | 'topic'
  | 'textHash'
  | 'proposal'
  | 'refusal'
  | 'state'
  | 'action'
  | 'centre'
  | 'issued'
  | 'returned'
  | 'slips'
  | 'count'
  | 'number'
  | 'first'
  | 'cast'
  | 'challenged'
  | 'total'
  | 'final'
  | 'interval'
  | 'contest'
  | 'mixer'
  | 'trustee'
  | 'reason'
  | 'text'
  | 'at'
  | 'signer'

/** Sentences of the screens that look into the records. */
export interface LedgerTexts {
  readonly title: string
  readonly lead: string
  readonly batch: Count
  readonly records: Say
  readonly moreRecords: Count
  readonly fewerRecords: Count
  readonly prev: string
  readonly chained: string
  readonly unchained: string
  readonly newer: string
  readonly older: string
  readonly none: string
  readonly missing: string
  readonly missingRecord: string
  readonly goto: string
  readonly go: string
  readonly record: Count
  readonly inBatch: Count
  readonly next: string
  readonly previous: string
  readonly hash: string
  readonly bytes: Say
  readonly text: string
  readonly raw: string
  readonly cut: string
  readonly choices: string
  readonly noChoice: string
  readonly invalidChoice: string
  readonly fields: string
  readonly proof: string
  readonly types: Readonly<Record<RecordKind, NamedText>>
  readonly field: Readonly<Record<FieldName, string>>
}
