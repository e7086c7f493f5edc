import type { ResultRecord } from '@hanpyo/protocol/count/records.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'

/** The result as lines for people: every contest with its options, blank and invalid ballots. */
export function resultTable(manifest: Manifest, contests: ResultRecord['contests']): string[] {
  return contests.flatMap((entry) => {
    const contest = manifest.contests.find(({ id }) => id === entry.id)
    const head = `${entry.id}  ${contest?.title.ko ?? ''} / ${contest?.title.en ?? ''}`
    if ('withheld' in entry) {
      return ['', head, row(entry.total, 'ballots; not opened, fewer than the minimum of the manifest')]
    }
    const options = entry.counts.map(({ option, votes, byRank }) => {
      const title = contest?.options.find(({ id }) => id === option)?.title
      const places = byRank === undefined ? '' : `  by place ${byRank.join(', ')}`
      return row(votes, `${option} ${title?.ko ?? ''} / ${title?.en ?? ''}${places}`)
    })
    const invalid = Object.entries(entry.invalid)
    const invalidCount = invalid.reduce((sum, [, count]) => sum + (count ?? 0), 0)
    const reasons = invalid.map(([reason, count]) => `${reason} ${count}`).join(', ')
    return [
      '',
      head,
      ...options,
      row(entry.blank, '기권 / blank'),
      row(invalidCount, `무효 / invalid${reasons === '' ? '' : `: ${reasons}`}`),
      row(entry.total, `합계 / ballots; trustees ${entry.trustees.join(', ')}`),
    ]
  })
}

function row(count: number, text: string): string {
  return `${count.toLocaleString('en-US').padStart(10)}  ${text}`
}
