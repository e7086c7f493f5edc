/**
 * The plain facts of an election as one HTML page without scripts, Korean first and English beside it: for people whose
 * browser runs none, for search engines, for a print-out on a wall. Whoever serves it is trusted for it; the page says so.
 */
import type { ContestTally } from '../count/tally.ts'
import type { ElectionState } from '../election/state.ts'

interface Bilingual {
  readonly ko: string
  readonly en: string
}

/** The announced result of a contest, or that it has too few ballots to be opened. */
export type AnnouncedContest =
  | ContestTally
  | { readonly id: number; readonly total: number; readonly withheld: 'below-minimum' }

export interface PlainFactsInput {
  readonly state: ElectionState
  /** Ballots that voters had opened to check a kiosk, and refusals on the ledger. */
  readonly challenged: number
  readonly refused: number
  readonly head: { readonly size: number; readonly root: string; readonly at: number | null }
  readonly watchers: readonly {
    readonly name: string
    readonly kind: 'witness' | 'mirror'
    readonly size: number | null
    readonly at: number | null
    readonly problem: string | null
  }[]
  /** As the authority announced it; `null` before. */
  readonly result: readonly AnnouncedContest[] | null
}

const POLLS: Readonly<Record<ElectionState['polls'], Bilingual>> = {
  'not-open': { ko: '투표 시작 전', en: 'not open yet' },
  open: { ko: '투표 중', en: 'open' },
  closed: { ko: '투표가 끝났고, 마지막 표를 받고 있습니다', en: 'closed; the last ballots are arriving' },
  sealed: { ko: '투표와 접수가 모두 끝났습니다', en: 'closed and sealed' },
}

const STYLE =
  '<style>body{font:1.1rem/1.6 sans-serif;margin:1rem auto;max-width:46rem;padding:0 1rem;color:#111;background:#fff}table{border-collapse:collapse;width:100%;margin:1.5rem 0}caption{font-weight:bold;text-align:left}th,td{border-top:1px solid #767676;padding:.4rem .3rem;text-align:left;vertical-align:top}td{overflow-wrap:anywhere}</style>'

/** The whole page, UTF-8 HTML with no script, style or file from elsewhere. */
export function factsPage(input: PlainFactsInput): string {
  const { manifest } = input.state
  const title = both(manifest.title)
  return [
    '<!doctype html><html lang="ko"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(manifest.title.ko)} · 한표 Hanpyo</title>${STYLE}</head><body><main>`,
    `<h1>${title}</h1>`,
    manifest.test === true
      ? `<p><strong>${both({ ko: '시험용입니다', en: 'This is a test' })}</strong></p>`
      : '',
    counts(input),
    result(input),
    head(input),
    watchers(input),
    trust(),
    '</main></body></html>\n',
  ].join('\n')
}

function counts({ state, challenged, refused }: PlainFactsInput): string {
  const proposals = [...state.proposals()]
  const rows: [Bilingual, string][] = [
    [{ ko: '투표 상태', en: 'Polls' }, both(POLLS[state.polls])],
    [{ ko: '원장에 있는 표', en: 'Ballots on the ledger' }, String(state.ballotCount)],
    [{ ko: '확인하려고 연 표', en: 'Ballots opened by voters to check a kiosk' }, String(challenged)],
    [{ ko: '거절 기록', en: 'Refusals on the ledger' }, String(refused)],
  ]
  if (state.manifest.proposals !== undefined) {
    const supports = proposals.length + state.supportCount
    rows.push([{ ko: '제안과 공감', en: 'Proposals and supports' }, `${proposals.length} · ${supports}`])
  }
  return table({ ko: '지금까지', en: 'So far' }, rows)
}

function result({ state, result: announced }: PlainFactsInput): string {
  if (announced === null) {
    return `<h2>${both({ ko: '결과', en: 'Result' })}</h2><p>${both({ ko: '아직 발표되지 않았습니다.', en: 'Not announced yet.' })}</p>`
  }
  const heading = `<h2>${both({ ko: '발표된 결과', en: 'Announced result' })}</h2>`
  return [heading, ...announced.map((contest) => contestTable(state, contest))].join('\n')
}

function contestTable(state: ElectionState, contest: AnnouncedContest): string {
  const known = state.manifest.contests.find(({ id }) => id === contest.id)
  const caption = known?.title ?? { ko: String(contest.id), en: String(contest.id) }
  if ('withheld' in contest) {
    const few = {
      ko: `${contest.total}표: 너무 적어 열지 않습니다`,
      en: `${contest.total} ballots: too few to be opened`,
    }
    return table(caption, [[{ ko: '합계', en: 'Ballots' }, both(few)]])
  }
  const { counts: options, blank, invalid, total } = contest
  const invalidTotal = Object.values(invalid).reduce((sum, count) => sum + count, 0)
  return table(caption, [
    ...options.map(({ option, votes, byRank }): [Bilingual, string] => {
      const name = known?.options.find(({ id }) => id === option)?.title
      const places = byRank === undefined ? '' : ` (${byRank.join(', ')})`
      return [name ?? { ko: String(option), en: String(option) }, `${votes}${places}`]
    }),
    [{ ko: '백지', en: 'Blank' }, String(blank)],
    [{ ko: '무효', en: 'Invalid' }, String(invalidTotal)],
    [{ ko: '합계', en: 'Ballots' }, String(total)],
  ])
}

function head({ state, head: { size, root, at } }: PlainFactsInput): string {
  return table({ ko: '공개 원장', en: 'The public ledger' }, [
    [{ ko: '선거 식별자', en: 'Election id' }, `<code>${escapeHtml(state.manifest.id)}</code>`],
    [{ ko: '기록 수', en: 'Records' }, String(size)],
    [{ ko: '루트', en: 'Root' }, `<code>${escapeHtml(root)}</code>`],
    [{ ko: '증인이 확인한 때', en: 'Seen by witnesses at' }, at === null ? '–' : time(at)],
  ])
}

function watchers({ watchers: all }: PlainFactsInput): string {
  const rows = all.map(({ name, kind, size, at, problem }): [Bilingual, string] => [
    { ko: `${name} (${kind === 'mirror' ? '사본' : '증인'})`, en: kind },
    [
      size === null ? '–' : String(size),
      at === null ? '–' : time(at),
      problem === null ? '' : escapeHtml(problem),
    ]
      .filter((text) => text !== '')
      .join(' · '),
  ])
  return rows.length === 0 ? '' : table({ ko: '지켜보는 곳', en: 'Who watches' }, rows)
}

function trust(): string {
  const text = {
    ko: '이 쪽의 숫자는 이 서버가 말하는 것입니다. 스스로 확인하려면 공개 원장을 내려받아 hanpyo verify로 다시 계산하세요.',
    en: 'The numbers on this page are what this server says. To check them yourself, copy the ledger and recompute it with "hanpyo verify".',
  }
  const files = ['checkpoint', 'history', 'witnesses']
    .map((name) => `<a href="${name}">${name}</a>`)
    .join(' · ')
  return `<p>${both(text)}</p><p>${files}</p>`
}

function table(caption: Bilingual, rows: readonly (readonly [Bilingual, string])[]): string {
  const body = rows.map(([name, value]) => `<tr><th scope="row">${both(name)}</th><td>${value}</td></tr>`)
  return `<table><caption>${both(caption)}</caption><tbody>${body.join('')}</tbody></table>`
}

/** Seoul's wall clock, which everybody there reads; no locale data needed. */
function time(at: number): string {
  const seoul = new Date((at + 9 * 3600) * 1000).toISOString()
  return `<time datetime="${new Date(at * 1000).toISOString()}">${seoul.slice(0, 10)} ${seoul.slice(11, 16)} KST</time>`
}

function both({ ko, en }: Bilingual): string {
  return `${escapeHtml(ko)} <span lang="en">/ ${escapeHtml(en)}</span>`
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
