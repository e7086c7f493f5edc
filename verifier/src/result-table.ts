import { invalidCount } from './count-check.ts'
import type { ContestReport, Report } from './report.ts'

/** The recomputed result as lines for people, with the titles of the manifest in both languages. */
export function resultTable({ contests, titles }: Pick<Report, 'contests' | 'titles'>): string[] {
  if (contests.length === 0) return []
  return ['RESULT / 결과', ...contests.flatMap((contest) => contestLines(contest, titles))]
}

function contestLines(contest: ContestReport, titles: Report['titles']): string[] {
  const entry = titles.find(({ id }) => id === contest.id)
  const title = entry === undefined ? '' : `${entry.title.ko} / ${entry.title.en}`
  const head = `  ${contest.id}  ${title}`
  if ('withheld' in contest) {
    return [
      head,
      `     ${contest.total} ballots: too few to be opened / 투표 ${contest.total}건: 너무 적어 열지 않습니다`,
    ]
  }
  const { total, blank, counts } = contest
  const invalid = invalidCount(contest)
  const rows = counts.map(({ option, votes, byRank }) => {
    const name = entry?.options.find(({ id }) => id === option)?.title
    const places = byRank === undefined ? '' : `  (${byRank.join(', ')})`
    const text = name === undefined ? `${option}` : `${name.ko} / ${name.en}`
    return `${String(votes).padStart(9)}  ${text}${places}`
  })
  return [
    head,
    ...rows,
    `${String(blank).padStart(9)}  백지 / blank`,
    `${String(invalid).padStart(9)}  무효 / invalid`,
    `${String(total).padStart(9)}  합계 / ballots`,
  ]
}
