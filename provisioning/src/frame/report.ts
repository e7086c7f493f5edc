import type { CommandIo } from '@hanpyo/platform/command.ts'
import type { Json } from '@hanpyo/protocol/json.ts'
import { explain, type Language, languageOf, PROVISION_ERRORS, type ProvisionError } from './errors.ts'
import type { Change, Step } from './step.ts'

export type StepState = 'already-done' | 'would-change' | 'done' | 'failed'

/** How a run is told: to a person in lines, or with `--json` as one object a step and a summary. */
export interface Report {
  step(step: Pick<Step, 'id' | 'title'>, state: StepState, changes: readonly Change[]): void
  failure(failure: Failure, step?: Pick<Step, 'id' | 'title'>): void
  /** Facts of the command itself, for example a table's rows. */
  fact(value: { readonly [name: string]: Json }, line: string): void
  summary(value: { readonly command: string; readonly exitCode: number }): void
}

export interface Failure {
  readonly error: ProvisionError
  readonly detail?: string
}

const MARK: Readonly<Record<StepState, string>> = {
  'already-done': '✓',
  'would-change': '…',
  done: '✓',
  failed: '✗',
}
const STATE_WORDS: Readonly<Record<StepState, Record<Language, string>>> = {
  'already-done': { ko: '이미 되어 있음', en: 'was done already' },
  'would-change': { ko: '할 일', en: 'would change' },
  done: { ko: '완료', en: 'done' },
  failed: { ko: '실패', en: 'failed' },
}

export function createReport(
  io: CommandIo,
  options: { readonly json: boolean; readonly dir: string },
): Report {
  const language = languageOf(io.env)
  const counts: Record<StepState, number> = { 'already-done': 0, 'would-change': 0, done: 0, failed: 0 }
  let failed: { step: string | null; error: ProvisionError } | null = null
  const line = (value: { readonly [name: string]: Json }) => io.stdout(JSON.stringify(value))

  return {
    step({ id, title }, state, changes) {
      counts[state]++
      if (options.json) {
        line({ step: id, state, changes: changes.map(({ what, from, to }) => ({ what, from, to })) })
        return
      }
      io.stdout(`${MARK[state]} ${title[language]} (${STATE_WORDS[state][language]})`)
      for (const { what, from, to } of changes) io.stdout(`    ${what}: ${from ?? '–'} → ${to}`)
    },
    failure(failure, step) {
      counts.failed++
      failed = { step: step?.id ?? null, error: failure.error }
      const lines = explain(failure, { language, dir: options.dir })
      if (options.json) {
        const { exit } = PROVISION_ERRORS[failure.error]
        const detail = failure.detail ?? null
        line({
          step: step?.id ?? null,
          state: 'failed',
          error: failure.error,
          detail,
          exit,
          text: lines.join('\n'),
        })
        return
      }
      if (step !== undefined) io.stderr(`${MARK.failed} ${step.title[language]}`)
      for (const text of lines) io.stderr(text)
    },
    fact(value, text) {
      if (options.json) line({ ...value })
      else io.stdout(text)
    },
    summary({ command, exitCode }) {
      if (options.json)
        line({ summary: true, command, dir: options.dir, exitCode, failure: failed, ...counts })
    },
  }
}
