import { CHECKS, type CheckId } from '@hanpyo/protocol/checks/catalogue.ts'
import { type CheckResult, Findings } from '@hanpyo/protocol/checks/findings.ts'
import { type AnyRuleId, ruleSentence } from '@hanpyo/protocol/checks/rules.ts'
import type { Violation } from '@hanpyo/protocol/election/rules.ts'
import type { Stage } from '@hanpyo/protocol/election/state.ts'
import type { Bilingual, CheckLine, PinStatus, Problem, Progress } from '../snapshot.ts'
import type { FullCheckState } from './full-check.ts'

/** Everything the lines follow from. */
export interface LinesInput {
  readonly stage: Stage
  readonly problems: readonly Problem[]
  readonly pin: PinStatus
  readonly pinned: 'hash' | 'key'
  /** Whether leaf 0 was read, and whether records could be proven at all. */
  readonly hasManifest: boolean
  readonly hasLists: boolean
  readonly reading: Progress
  /** Policies that do not hold for the head, with the reason; null before there is a head. */
  readonly policies: {
    readonly seen: string | null
    readonly official: string | null
    readonly isNone: boolean
  } | null
  /** What the quick reading found, with signatures of documents but without proofs of ballots. */
  readonly quick: readonly Violation[]
  readonly full: FullCheckState | null
}

/** Lines that the whole check decides; the others are known as soon as the records are read. */
const BY_FULL_CHECK: ReadonlySet<CheckId> = new Set<CheckId>([
  'manifest',
  'key-lists',
  'records',
  'batches',
  'polls',
  'devices',
  'official-records',
  'ballots',
  'one-ballot-per-slip',
  'challenged',
  'kiosk-manifests',
  'refusals',
  'reconciliation',
  'ceremony',
  'mixes',
  'shares',
  'plaintexts',
  'count',
  'proposals',
])

const PROBLEM_RULES: Partial<Record<Problem['code'], AnyRuleId>> = {
  'checkpoint-garbage': 'checkpoint.format',
  'checkpoint-signature': 'checkpoint.signature',
  'log-empty': 'checkpoint.empty',
  'manifest-invalid': 'manifest.note',
  'records-missing': 'tree.missing',
  'records-garbage': 'tree.bundle',
  'lists-missing': 'keylist.commitment',
}

/** The numbered lines of `hanpyo verify`, as far as this browser has come. */
export function checkLines(input: LinesInput): CheckLine[] {
  const findings = new Findings()
  for (const problem of input.problems) noteProblem(findings, problem, input)
  notePin(findings, input)
  noteWitnesses(findings, input)
  const { full, quick } = input
  const done = full?.done ?? 0
  // The check may have come to the end of the leaves it got before it got all of them.
  const isComplete =
    full?.finish != null && done >= input.reading.done && input.reading.done === input.reading.total
  for (const { rule, index, detail } of full?.violations ?? []) findings.fail(rule, index, detail)
  for (const { rule, index, detail } of quick) if (index >= done) findings.fail(rule, index, detail)
  for (const { rule, index, detail } of isComplete ? (full?.finish?.violations ?? []) : []) {
    findings.fail(rule, index, detail)
  }
  if (isComplete) noteMissingCount(findings, full)
  const isHopeless = !input.hasManifest || !input.hasLists
  if (isHopeless)
    for (const id of BY_FULL_CHECK) findings.skip(id, input.hasManifest ? NO_LISTS : NO_MANIFEST)
  if (!input.hasManifest) findings.skip('witnesses', NO_MANIFEST)
  // With a trouble and everything at hand gone through, nothing is under way: what is open stays open until the host gives more.
  const isStuck = input.problems.length > 0 && done >= input.reading.done
  const open = { status: isStuck ? 'SKIPPED' : 'RUNNING', remark: isStuck ? NOT_READ : null } as const
  return findings.results(input.stage).map((result) => {
    const waits = result.status === 'PASS' && BY_FULL_CHECK.has(result.id) && !isComplete
    const reads = result.status === 'PASS' && result.id === 'tree' && input.reading.done < input.reading.total
    const isUnread = result.status === 'PASS' && result.id !== 'pinned' && input.reading.total === 0
    return lineOf(result, waits || reads || isUnread ? open : null)
  })
}

/** `open`: how a line stands that nothing was found against, but that was not checked to its end. */
function lineOf(result: CheckResult, open: Pick<CheckLine, 'status' | 'remark'> | null): CheckLine {
  const check = CHECKS.find(({ id }) => id === result.id) as (typeof CHECKS)[number]
  return {
    number: result.number,
    id: result.id,
    status: open?.status ?? result.status,
    title: { ko: check.ko, en: check.en },
    explain: { ko: check.explainKo, en: check.explainEn },
    remark: open?.remark ?? result.remark ?? null,
    failures: result.failures.slice(0, MOST_SHOWN).map(({ index, number, rule, detail }) => ({
      record: index,
      number: number ?? null,
      text: { ko: ruleSentence(rule, 'ko'), en: ruleSentence(rule, 'en') },
      detail: detail ?? null,
    })),
    failureCount: result.failureCount,
  }
}

const MOST_SHOWN = 20

function noteProblem(findings: Findings, { code, detail }: Problem, { reading }: LinesInput): void {
  if (code === 'records-changed') {
    const index = detail === undefined ? null : Number(detail)
    findings.fail(index === null ? 'tree.root' : 'tree.leaf-hash', index)
    return
  }
  const rule = PROBLEM_RULES[code]
  if (rule !== undefined) findings.fail(rule, code === 'records-missing' ? reading.done : null, detail)
}

function notePin(findings: Findings, { pin, pinned }: LinesInput): void {
  if (pin === 'none') findings.skip('pinned', NO_PIN)
  if (pin === 'mismatch') findings.fail(pinned === 'hash' ? 'manifest.pinned' : 'manifest.trust', 0)
}

function noteWitnesses(findings: Findings, { policies, stage }: LinesInput): void {
  if (policies === null) return
  const isSealed = stage === 'sealed' || stage === 'final'
  if (policies.seen !== null) findings.fail('witness.seen', null, policies.seen)
  if (isSealed && policies.official !== null) findings.fail('witness.official', null, policies.official)
  if (policies.isNone) findings.remark('witnesses', NO_WITNESSES)
}

function noteMissingCount(findings: Findings, full: FullCheckState | null): void {
  const missing = full?.missingCount
  if (!missing) return
  if (missing.mixes) findings.skip('mixes', NOT_YET)
  if (missing.shares) findings.skip('shares', NOT_YET)
  if (missing.result) findings.skip('plaintexts', NOT_YET)
}

const NO_PIN: Bilingual = {
  ko: '주소에 공고문 값이 없어서 비교하지 못했습니다',
  en: 'the link held no value of the manifest to compare with',
}
const NO_MANIFEST: Bilingual = {
  ko: '선거 공고문을 읽지 못했습니다',
  en: 'the manifest could not be read',
}
const NO_LISTS: Bilingual = {
  ko: '투표 용지 목록을 읽지 못했습니다',
  en: 'the list of slips could not be read',
}
const NOT_READ: Bilingual = {
  ko: '이 서버에서 다 읽지 못해서 끝까지 확인하지 못했습니다',
  en: 'this server did not hand over all of it, so it was not checked to the end',
}
const NO_WITNESSES: Bilingual = {
  ko: '이 선거는 증인을 두지 않았습니다',
  en: 'this election asks for no witness',
}
const NOT_YET: Bilingual = { ko: '아직 다 없습니다', en: 'not all of it is there' }
