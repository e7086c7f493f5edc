import { encodeCrockford } from '@hanpyo/protocol/ballot/crockford.ts'
import { trackerText } from '@hanpyo/protocol/ballot/identifiers.ts'
import type { Selection } from '@hanpyo/protocol/ballot/plaintext.ts'
import type { ManifestContest } from '@hanpyo/protocol/election/manifest.ts'
import type { ContestView, Screen, SelectionView, TrackerView } from '../../contract/views.ts'
import { reviewState } from './selection.ts'
import type { Selections, SessionStep } from './state.ts'

/** A 32-byte tracker as QR text: 52 Crockford characters, the first 20 of which are the printed groups. */
export function trackerQr(tracker: Uint8Array): string {
  return encodeCrockford(tracker, 52)
}

/** The screen of a state. Choices appear only on the contest and review screens. */
export function screenOf(at: SessionStep): Screen {
  switch (at.step) {
    case 'attract':
    case 'done':
      return { screen: at.step }
    case 'slip':
      return { screen: 'slip', problem: at.problem }
    case 'contest':
      return contestScreen(at.slip.contests, at.selections, at.position, at.slip.number)
    case 'review':
      return reviewScreen(at.slip.contests, at.selections, at.slip.number)
    case 'prepared': {
      const { slip, prepared, problem } = at
      return { screen: 'tracker', slipNumber: slip.number, tracker: trackerView(prepared.tracker), problem }
    }
    case 'stored':
      return { screen: 'stored', slipNumber: at.slipNumber, tracker: trackerView(at.tracker) }
    case 'checked': {
      const { slipNumber, opening } = at
      return { screen: 'checked', slipNumber, tracker: trackerView(at.tracker), opening }
    }
    case 'receipt': {
      const { slipNumber, kind } = at
      return { screen: 'receipt', slipNumber, tracker: trackerView(at.tracker), kind }
    }
  }
}

/** @param slipNumber `null` while practising. */
export function contestScreen(
  contests: readonly ManifestContest[],
  selections: Selections,
  position: number,
  slipNumber: number | null,
): Screen {
  const contest = contests[position] as ManifestContest
  return {
    screen: 'contest',
    slipNumber,
    position: position + 1,
    count: contests.length,
    contest: contestView(contest),
    selection: selectionView(selections.get(contest.id)),
    contestIds: contests.map(({ id }) => id),
  }
}

/** @param slipNumber `null` while practising. */
export function reviewScreen(
  contests: readonly ManifestContest[],
  selections: Selections,
  slipNumber: number | null,
): Screen {
  const items = contests.map((contest) => {
    const selection = selections.get(contest.id)
    return {
      contest: contestView(contest),
      selection: selectionView(selection),
      state: reviewState(contest, selection),
    }
  })
  return { screen: 'review', slipNumber, items }
}

function contestView(contest: ManifestContest): ContestView {
  const { id, kind, title, summary, options, minSelections, maxSelections, budget } = contest
  const view = { id, kind, title, summary, options, minSelections, maxSelections }
  return budget === undefined ? view : { ...view, budget }
}

function selectionView(selection: Selection | undefined): SelectionView | null {
  if (selection === undefined) return null
  return 'options' in selection ? { kind: selection.kind, options: [...selection.options] } : selection
}

function trackerView(tracker: Uint8Array): TrackerView {
  return { text: trackerText(tracker), qr: trackerQr(tracker) }
}
