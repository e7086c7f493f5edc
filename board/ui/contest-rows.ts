import type { ContestResult, ContestView } from '../src/snapshot.ts'
import type { TextInUse } from './i18n/use-text.ts'

export type OpenedResult = Exclude<ContestResult, { readonly withheld: string }>

/** One line of a result, in words and numbers; charts, tables and paper show the same ones. */
export interface ContestRow {
  readonly key: string
  readonly label: string
  readonly votes: number
  /** How often it stood at the first, second, … place; null unless options were ranked. */
  readonly byRank: readonly number[] | null
  /** Won; null where nothing costs. */
  readonly cost: number | null
}

export interface ContestRows {
  /** Options, the one with the most votes first; of a ranking, the one with the most first places. */
  readonly options: readonly ContestRow[]
  /** Ballots that name no option: blank and invalid ones. */
  readonly rest: readonly ContestRow[]
  /** Places of the ranking; 0 for everything else. */
  readonly places: number
}

/** What a contest's count says, in the order in which people look for it. */
export function contestRows(
  contest: ContestView,
  result: OpenedResult,
  { t, say }: Pick<TextInUse, 't' | 'say'>,
): ContestRows {
  const titles = contest.options.map(({ title }) => say(title))
  const labelOf = (option: number): string => {
    const at = contest.options.findIndex(({ id }) => id === option)
    const title = titles[at] ?? String(option)
    // Two people of one name are told apart by their number on the ballot.
    return titles.indexOf(title) === titles.lastIndexOf(title) ? title : t.results.sameName(title, option)
  }
  const options = result.counts.map(
    ({ option, votes, byRank }): ContestRow => ({
      key: String(option),
      label: labelOf(option),
      votes,
      byRank: byRank ?? null,
      cost: contest.options.find(({ id }) => id === option)?.cost ?? null,
    }),
  )
  const invalid = Object.values(result.invalid).reduce<number>((sum, count) => sum + (count ?? 0), 0)
  const other = (key: string, label: string, votes: number): ContestRow => ({
    key,
    label,
    votes,
    byRank: null,
    cost: null,
  })
  return {
    options: options.sort(byPlaces),
    rest: [other('blank', t.results.blank, result.blank), other('invalid', t.results.invalid, invalid)],
    places: options[0]?.byRank?.length ?? 0,
  }
}

/** Most first places first, then second ones, and so on; without places, most votes. Sorting keeps the ballot's order. */
function byPlaces(a: ContestRow, b: ContestRow): number {
  for (const [place, count] of (a.byRank ?? []).entries()) {
    const difference = (b.byRank?.[place] ?? 0) - count
    if (difference !== 0) return difference
  }
  return b.votes - a.votes
}

/** The places at which an option stood, in words: “place 1: 13 · place 3: 2”; null for none. */
export function placesText({ t, n }: Pick<TextInUse, 't' | 'n'>, byRank: readonly number[]): string | null {
  const said = byRank.flatMap((count, at) => (count === 0 ? [] : [t.results.place(at + 1, n(count))]))
  return said.length === 0 ? null : said.join(' · ')
}
