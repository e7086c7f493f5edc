import { type Language, printable } from '../format.ts'
import type { Words } from './catalogue.ts'
import type { FsckLine, FsckReport, Problem } from './findings.ts'

/** Problems printed for each check; `--json` holds more. */
const MOST_PROBLEMS_SHOWN = 10

/** The report as lines for people; names of files and records are shown escaped. */
export function formatFsck(report: FsckReport, language: Language): string[] {
  const { checkpoint } = report
  const counts = report.lines.map(({ status }) => status)
  const failed = counts.filter((status) => status === 'FAIL').length
  const skipped = counts.filter((status) => status === 'SKIPPED').length
  return [
    report.source,
    ...(checkpoint === null ? [] : [`${checkpoint.origin}: ${checkpoint.size} ${checkpoint.root}`]),
    '',
    ...report.lines.flatMap((line) => linesOf(line, language)),
    '',
    report.sound ? WORDS[language].sound(counts.length) : WORDS[language].unsound(failed, skipped),
  ].map(printable)
}

function linesOf(line: FsckLine, language: Language): string[] {
  const { number, status, check, remarks, problems, problemCount } = line
  const shown = problems.slice(0, MOST_PROBLEMS_SHOWN)
  const advice = new Set(shown.flatMap((problem) => problem.advice?.[language] ?? []))
  const more = problemCount - shown.length
  return [
    `${String(number).padStart(2)} ${status.padEnd(7)} ${check[language]}`,
    ...remarks.map((remark) => `           ${remark[language]}`),
    ...shown.map((problem) => `           ${sentence(problem, language)}`),
    ...(more > 0 ? [`           ${WORDS[language].more(more)}`] : []),
    ...[...advice].map((text) => `           → ${text}`),
  ]
}

function sentence({ path, record, what, detail }: Problem, language: Language): string {
  const place = [
    ...(path === null ? [] : [path]),
    ...(record === null ? [] : [`${WORDS[language].record} ${record}`]),
  ].join(', ')
  const found = detail === undefined ? '' : ` [${detail}]`
  return `${place === '' ? '' : `${place}: `}${(what as Words)[language]}${found}`
}

const WORDS = {
  en: {
    record: 'record',
    more: (count: number) => `and ${count} more`,
    sound: (count: number) => `SOUND: all ${count} checks passed`,
    unsound: (failed: number, skipped: number) => `NOT SOUND: ${failed} failed, ${skipped} skipped`,
  },
  ko: {
    record: '기록',
    more: (count: number) => `외 ${count}건`,
    sound: (count: number) => `온전함: ${count}가지 확인을 모두 통과했습니다`,
    unsound: (failed: number, skipped: number) => `온전하지 않음: 실패 ${failed}가지, 건너뜀 ${skipped}가지`,
  },
} as const
