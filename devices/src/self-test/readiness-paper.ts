import { createPdf, MM, type PdfDocument } from '@hanpyo/platform/pdf.ts'
import type { Receipt, ReceiptPart } from '../printer/receipt.ts'
import { SELF_TEST_PROBLEMS } from './problems.ts'
import type { Readiness, TestResult } from './readiness.ts'
import { SELF_TEST_TITLES, VERDICT_TEXT } from './texts.ts'

const TITLE = '기기 준비 보고서 / Readiness report'
const VERDICTS = {
  ready: '준비되었습니다 / Ready',
  'not-ready': '아직 준비되지 않았습니다 / Not ready',
} as const
const COLUMNS_MM = { name: 0, verdict: 52, rest: 84 } as const

/** The report for the file: every test with its result, what was measured, and what to do; the signed text at the end. */
export function readinessPdf(report: Readiness, signedNote: string): Promise<Uint8Array> {
  return createPdf({
    title: `${TITLE} — ${report.kiosk}`,
    createdAt: new Date(report.at * 1000),
    draw(document) {
      document.fontSize(18).text(TITLE).moveDown(0.4)
      document.fontSize(14).text(VERDICTS[report.verdict]).moveDown(0.4)
      document.fontSize(9)
      for (const [name, value] of headRows(report)) document.text(`${name}: ${value}`)
      document.moveDown(0.8)
      for (const result of report.results) drawResult(document, result)
      document.moveDown(0.8).fontSize(8).text('기기가 서명한 내용 / Signed by the machine').moveDown(0.2)
      document.fontSize(6).text(signedNote.trimEnd())
    },
  })
}

/** The same in short, for the receipt printer. */
export function readinessReceipt(report: Readiness): Receipt {
  const pairs: ReceiptPart[] = report.results.map(({ test, verdict }) => ({
    kind: 'pair',
    label: SELF_TEST_TITLES[test].ko,
    value: VERDICT_TEXT[verdict].ko,
  }))
  return {
    title: TITLE,
    parts: [
      { kind: 'big', text: VERDICTS[report.verdict].split(' / ')[0] ?? '' },
      ...headRows(report).map(
        ([label, value]): ReceiptPart => ({ kind: 'text', text: `${label}: ${value}` }),
      ),
      { kind: 'rule' },
      ...pairs,
    ],
  }
}

function headRows({ kiosk, centre, at, software, election, isTestElection }: Readiness): [string, string][] {
  return [
    ['기기 / Kiosk', `${kiosk} ${centre.ko}`.trim()],
    ['때 / Date (UTC)', dateText(at)],
    ['투표 / Election', `${election ?? '–'}${isTestElection ? ' (시험 / TEST)' : ''}`],
    ['소프트웨어 / Software', software.version],
    ['해시 / Hash', software.hash ?? '–'],
  ]
}

function drawResult(document: PdfDocument, result: TestResult): void {
  if (document.y > document.page.height - document.page.margins.bottom - 14 * MM) document.addPage()
  const left = document.page.margins.left
  const top = document.y
  const column = (text: string, fromMm: number, toMm: number): number => {
    document.text(text, left + fromMm * MM, top, { width: (toMm - fromMm) * MM })
    return document.y
  }
  const { ko, en } = SELF_TEST_TITLES[result.test]
  const verdict = VERDICT_TEXT[result.verdict]
  document.fontSize(9)
  const bottoms = [
    column(`${ko}\n${en}`, COLUMNS_MM.name, COLUMNS_MM.verdict - 2),
    column(`${verdict.ko}\n${verdict.en}`, COLUMNS_MM.verdict, COLUMNS_MM.rest - 2),
    column(detailOf(result), COLUMNS_MM.rest, 178),
  ]
  document.x = left
  document.y = Math.max(...bottoms) + 1.5 * MM
}

function detailOf({ at, problem, detail, facts }: TestResult): string {
  const measured = factLines(facts).join(' · ')
  const lines = [
    at === null ? '' : dateText(at),
    measured,
    problem === null ? '' : SELF_TEST_PROBLEMS[problem].ko,
    problem === null ? '' : SELF_TEST_PROBLEMS[problem].en,
    detail ?? '',
  ]
  return lines.filter((line) => line !== '').join('\n')
}

/** `name value` of everything measured, in the order of the test. */
export function factLines(facts: TestResult['facts']): string[] {
  return Object.entries(facts).map(
    ([name, value]) =>
      `${name} ${Array.isArray(value) ? value.join(', ') : value === null ? '–' : String(value)}`,
  )
}

/** `2026-11-22 22:40 UTC`. */
export function dateText(unixSeconds: number): string {
  return `${new Date(unixSeconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
