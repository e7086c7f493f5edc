import type { Selection } from '@hanpyo/protocol/ballot/plaintext.ts'
import type { ManifestContest } from '@hanpyo/protocol/election/manifest.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ReviewItem, SelectionView } from '../../contract/views.ts'

export type SelectionError =
  | 'wrong-kind'
  | 'unknown-option'
  | 'duplicate-option'
  | 'too-many-selected'
  | 'over-budget'

/**
 * Checks a voter's answer against its contest and brings it into its one canonical form (lists ascending, except
 * rankings). Too many choices are refused, so that an over-vote can never be cast; too few are allowed here,
 * because the voter is still choosing. `null`: the answer was taken back (an empty list counts as that).
 */
export function checkSelection(
  contest: ManifestContest,
  selection: SelectionView,
): Result<Selection | null, SelectionError> {
  if (selection.kind === 'blank') return ok(selection)
  if (selection.kind !== contest.kind) return err('wrong-kind')
  const exists = (option: number) => contest.options.some(({ id }) => id === option)
  if ('option' in selection) return exists(selection.option) ? ok(selection) : err('unknown-option')
  const { kind, options } = selection
  if (!options.every(exists)) return err('unknown-option')
  if (new Set(options).size !== options.length) return err('duplicate-option')
  if (options.length > contest.maxSelections) return err('too-many-selected')
  if (costOf(contest, options) > (contest.budget ?? Number.POSITIVE_INFINITY)) return err('over-budget')
  if (options.length === 0) return ok(null)
  return ok({ kind, options: kind === 'rank' ? [...options] : options.toSorted((a, b) => a - b) })
}

/** How an answer stands in the review; see `ReviewItem`. */
export function reviewState(contest: ManifestContest, selection: Selection | undefined): ReviewItem['state'] {
  if (selection === undefined || selection.kind === 'blank') return 'blank'
  if ('option' in selection) return 'complete'
  const count = selection.options.length
  if (count < contest.minSelections) return 'short'
  return count < contest.maxSelections ? 'under' : 'complete'
}

function costOf(contest: ManifestContest, chosen: readonly number[]): number {
  return contest.options.reduce((sum, { id, cost = 0 }) => (chosen.includes(id) ? sum + cost : sum), 0)
}
