import { hashOf } from './routes.ts'

/** The entries of the menu, in their order. */
export type Place =
  | 'overview'
  | 'receipt'
  | 'turnout'
  | 'results'
  | 'proposals'
  | 'checks'
  | 'ledger'
  | 'downloads'
  | 'paper'
  | 'settings'

const ORDER: readonly Place[] = [
  'overview',
  'receipt',
  'turnout',
  'results',
  'proposals',
  'checks',
  'ledger',
  'downloads',
  'paper',
  'settings',
]

export const PLACES = ORDER.map((view) => ({
  view,
  hash: hashOf(view === 'ledger' ? { view, page: 0 } : { view }),
}))
