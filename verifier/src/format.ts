import { CHECKS } from '@hanpyo/protocol/checks/catalogue.ts'
import type { CheckResult, Failure } from '@hanpyo/protocol/checks/findings.ts'
import { ruleNumber, ruleSentence } from '@hanpyo/protocol/checks/rules.ts'
import type { Counts, Report } from './report.ts'
import { resultTable } from './result-table.ts'

export type Language = 'ko' | 'en'

type ProposalCounts = NonNullable<Counts['proposals']>

/** Failures printed for each check; `--json` holds more. */
const MAX_FAILURES_SHOWN = 10

/** The report as lines for people; with `explain`, in that language and with what each line means. */
export function formatReport(report: Report, sourceName: string, explain?: Language): string[] {
  const language = explain ?? 'en'
  const { checkpoint, counts } = report
  const refused = Object.values(counts.refused).reduce((sum, count) => sum + count, 0)
  const words = WORDS[language]
  return [
    `${words.source}: ${sourceName}`,
    `${words.election}: ${report.election ?? '?'}`,
    `${words.manifest}: ${report.manifestHash ?? '?'}`,
    `${words.checkpoint}: ${checkpoint === null ? '?' : `${checkpoint.size} ${checkpoint.root}`}`,
    `${words.stage}: ${report.stage}`,
    '',
    ...report.checks.flatMap((check) => checkLines(check, explain)),
    '',
    words.counts(counts.ballots, counts.challenged, refused, counts.kioskManifests, counts.unmatched),
    ...(counts.proposals === null ? [] : [words.proposals(counts.proposals)]),
    ...resultTable(report),
    verdict(report, language),
  ]
}

/**
 * A line that shows hostile text as it is: control characters, which could move the cursor and forge a verdict, and
 * invisible or direction-changing ones become JSON escapes, so that a line of JSON keeps its meaning.
 */
export function printable(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

function checkLines(check: CheckResult, explain: Language | undefined): string[] {
  const entry = CHECKS.find(({ id }) => id === check.id)
  const remark = check.remark === undefined ? '' : ` (${check.remark.ko})`
  const message = explain === 'ko' && entry !== undefined ? `${entry.ko}${remark}` : check.message
  const lines = [`${String(check.number).padStart(2)} ${check.status.padEnd(7)} ${message}`]
  if (explain !== undefined && entry !== undefined) {
    lines.push(`           ${explain === 'ko' ? entry.explainKo : entry.explainEn}`)
  }
  for (const failure of check.failures.slice(0, MAX_FAILURES_SHOWN)) {
    lines.push(`           ${failureText(failure, explain ?? 'en')}`)
  }
  const more = check.failureCount - MAX_FAILURES_SHOWN
  if (more > 0) lines.push(`           ${WORDS[explain ?? 'en'].more(more)}`)
  return lines
}

function failureText({ index, rule, detail }: Failure, language: Language): string {
  const place = index === null ? WORDS[language].whole : `${WORDS[language].record} ${index}`
  const found = detail === undefined ? '' : ` [${detail}]`
  const number = ruleNumber(rule)
  const name = number === undefined ? rule : `${rule} (${number})`
  return `${place}: ${name}: ${ruleSentence(rule, language)}${found}`
}

function verdict({ verified, checks }: Report, language: Language): string {
  const failed = checks.filter(({ status }) => status === 'FAIL').length
  const skipped = checks.filter(({ status }) => status === 'SKIPPED').length
  return verified ? WORDS[language].verified(checks.length) : WORDS[language].notVerified(failed, skipped)
}

const WORDS = {
  en: {
    source: 'source',
    election: 'election',
    manifest: 'manifest',
    checkpoint: 'checkpoint',
    stage: 'stage',
    record: 'record',
    whole: 'log',
    more: (count: number) => `and ${count} more`,
    counts: (ballots: number, challenged: number, refused: number, manifests: number, unmatched: number) =>
      `${ballots} ballots, ${challenged} checked by voters, ${refused} refused, ${manifests} kiosk manifests, ` +
      `${unmatched} listed but not in the ledger`,
    proposals: ({ handedIn, supports, hidden, erased }: ProposalCounts) =>
      `${handedIn} proposals with ${supports} supports, ${hidden} hidden, ${erased} erased`,
    verified: (count: number) => `VERIFIED: all ${count} checks passed`,
    notVerified: (failed: number, skipped: number) => `NOT VERIFIED: ${failed} failed, ${skipped} skipped`,
  },
  ko: {
    source: '출처',
    election: '선거',
    manifest: '공고문',
    checkpoint: '체크포인트',
    stage: '단계',
    record: '기록',
    whole: '원장',
    more: (count: number) => `외 ${count}건`,
    counts: (ballots: number, challenged: number, refused: number, manifests: number, unmatched: number) =>
      `투표 ${ballots}건, 확인용 투표 ${challenged}건, 거절 ${refused}건, 투표기 목록 ${manifests}건, ` +
      `목록에는 있으나 원장에 없는 투표 ${unmatched}건`,
    proposals: ({ handedIn, supports, hidden, erased }: ProposalCounts) =>
      `제안 ${handedIn}건, 공감 ${supports}건, 가린 제안 ${hidden}건, 글을 지운 제안 ${erased}건`,
    verified: (count: number) => `확인됨: ${count}가지 확인을 모두 통과했습니다`,
    notVerified: (failed: number, skipped: number) =>
      `확인되지 않음: 실패 ${failed}가지, 건너뜀 ${skipped}가지`,
  },
} as const
