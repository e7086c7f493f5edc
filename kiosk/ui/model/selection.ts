import type { ContestView, SelectionView } from '../../src/contract/views.ts'

/** The chosen option numbers, in the order they were given; none for "not answered" and "left blank". */
export function chosenOptions(selection: SelectionView | null): readonly number[] {
  if (selection === null || selection.kind === 'blank') return []
  return 'option' in selection ? [selection.option] : selection.options
}

/** Whether pressing another option replaces the one chosen (choose-one, yes-no) or adds to it. */
export function isSingleChoice(contest: ContestView): boolean {
  return contest.kind === 'choose-one' || contest.kind === 'yes-no'
}

export type Press =
  | { readonly kind: 'select'; readonly selection: SelectionView | null }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'over-budget' }

/**
 * What pressing `option` means. A single choice moves, and pressing the chosen one again changes nothing, so that a
 * trembling hand cannot undo it. A multiple choice toggles; one too many is refused rather than pushing out an
 * earlier choice unseen.
 */
export function pressOption(contest: ContestView, selection: SelectionView | null, option: number): Press {
  if (contest.kind === 'choose-one' || contest.kind === 'yes-no') {
    return { kind: 'select', selection: { kind: contest.kind, option } }
  }
  const chosen = chosenOptions(selection)
  if (!chosen.includes(option) && chosen.length >= contest.maxSelections) return { kind: 'too-many' }
  const options = chosen.includes(option)
    ? chosen.filter((one) => one !== option)
    : arrange(contest, [...chosen, option])
  if (contest.budget !== undefined && costOf(contest, options) > contest.budget)
    return { kind: 'over-budget' }
  return { kind: 'select', selection: options.length === 0 ? null : { kind: contest.kind, options } }
}

/** Ranks keep the voter's order; sets are kept ascending. */
function arrange(contest: ContestView, options: number[]): number[] {
  return contest.kind === 'rank' ? options : options.sort((a, b) => a - b)
}

/** Selections still open, of `maxSelections`. */
export function selectionsLeft(contest: ContestView, selection: SelectionView | null): number {
  return Math.max(0, contest.maxSelections - chosenOptions(selection).length)
}

/** Whether going on makes sense: answered as far as the contest asks, or left blank on purpose. */
export function isAnswered(contest: ContestView, selection: SelectionView | null): boolean {
  if (selection?.kind === 'blank') return true
  const count = chosenOptions(selection).length
  return count > 0 && count >= contest.minSelections
}

/** What the chosen options cost together, in won; 0 where nothing has a price. */
export function costOf(contest: ContestView, chosen: readonly number[]): number {
  return contest.options.reduce((sum, { id, cost = 0 }) => (chosen.includes(id) ? sum + cost : sum), 0)
}
