import type { CommandIo } from '@hanpyo/platform/command.ts'
import { DurableWriteError } from '@hanpyo/platform/durable-file.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { languageOf, PROVISION_ERRORS, type ProvisionError } from './errors.ts'
import { type Journal, openJournal } from './journal.ts'
import { lockFolder } from './lock.ts'
import type { Terminal } from './prompts.ts'
import type { Failure, Report } from './report.ts'
import type { Change, Step, StepContext } from './step.ts'
import type { WorkLog, WorkLogEntry } from './work-log.ts'

export interface RunOptions {
  /** Changes nothing, and tells exactly what it would change. */
  readonly dryRun: boolean
  /** Asks nobody. */
  readonly yes: boolean
}

/**
 * Runs steps in order, each only if `inspect` finds something left to do, and stops at the first failure. For each step: journal "begun" → `apply` →
 * `inspect` again → line of the work log → journal "done". Killed anywhere in between, the next run comes to the same end.
 * Returns the exit code: 0, or that of the failure.
 */
export async function runSteps<C extends StepContext>(options: {
  readonly command: string
  readonly steps: readonly Step<C>[]
  readonly ctx: C
  readonly io: CommandIo
  readonly report: Report
  readonly openWorkLog: () => Promise<Result<WorkLog, ProvisionError>>
  readonly terminal?: Terminal | undefined
  readonly options: RunOptions
}): Promise<number> {
  const { command, ctx, report } = options
  const outcome = await explained(async () => {
    if (options.options.dryRun) return inspectAll(options)
    await ctx.files.makeFolder(ctx.folder.root)
    const lock = await lockFolder(ctx.files, ctx.folder)
    if (!lock.ok) return lock
    try {
      return await applyAll(options)
    } finally {
      await lock.value.release()
    }
  })
  if (!outcome.ok) report.failure(outcome, failedStep(outcome, options.steps))
  const exitCode = outcome.ok ? 0 : PROVISION_ERRORS[outcome.error].exit
  report.summary({ command, exitCode })
  return exitCode
}

type Run<C extends StepContext> = Parameters<typeof runSteps<C>>[0]
type Outcome = Result<void, ProvisionError> & { readonly step?: string }

async function inspectAll<C extends StepContext>({ steps, ctx, report }: Run<C>): Promise<Outcome> {
  for (const step of steps) {
    const found = await step.inspect(ctx)
    if (!found.ok) return { ...found, step: step.id }
    if (found.value === 'done') report.step(step, 'already-done', [])
    else report.step(step, 'would-change', found.value.changes)
  }
  return ok(undefined)
}

async function applyAll<C extends StepContext>(run: Run<C>): Promise<Outcome> {
  const journal = await openJournal(run.ctx.files, run.ctx.folder)
  if (!journal.ok) return journal
  const log = await run.openWorkLog()
  if (!log.ok) return log
  for (const step of run.steps) {
    const done = await explained(() => runStep(run, step, journal.value, log.value))
    if (!done.ok) return { ...done, step: step.id }
  }
  return ok(undefined)
}

async function runStep<C extends StepContext>(
  run: Run<C>,
  step: Step<C>,
  journal: Journal,
  log: WorkLog,
): Promise<Result<void, ProvisionError>> {
  const { command, ctx, report } = run
  const now = () => Math.floor(ctx.clock.now() / 1000)
  const finish = async (entry: Pick<WorkLogEntry, 'result' | 'changes' | 'error'>, line: number) => {
    const at = now()
    // A run that was killed after this line and before the next has written it already.
    if (log.lines.length === line) await log.append({ at, command, step: step.id, ...entry })
    const failed = entry.error === null ? {} : { error: entry.error }
    const state = entry.error === null ? 'done' : 'failed'
    await journal.note(step.id, { state, at, line, command, ...failed })
  }

  const before = journal.steps.get(step.id)
  const found = await step.inspect(ctx)
  if (!found.ok) return found
  if (found.value === 'done') {
    if (before?.state === 'begun') {
      await finish({ result: 'finished-earlier', changes: [], error: null }, before.line)
    } else if (before?.state === 'failed') {
      await finish({ result: 'finished-earlier', changes: [], error: null }, log.lines.length)
    }
    report.step(step, 'already-done', [])
    return ok(undefined)
  }
  const { changes } = found.value
  const confirmed = await confirm(run, step, changes)
  if (!confirmed.ok) return confirmed
  const line = log.lines.length
  await journal.note(step.id, { state: 'begun', at: now(), line, command })
  const applied = await explained(async () => {
    const result = await step.apply(ctx)
    if (!result.ok) return result
    const after = await step.inspect(ctx)
    if (!after.ok) return after
    return after.value === 'done'
      ? ok(undefined)
      : err('step-without-effect' as const, after.value.changes.map(({ what }) => what).join(', '))
  })
  const names = changes.map(({ what }) => what)
  if (!applied.ok) {
    await finish({ result: 'failed', changes: names, error: applied.error }, line)
    return applied
  }
  await finish({ result: 'done', changes: names, error: null }, line)
  report.step(step, 'done', changes)
  return ok(undefined)
}

async function confirm<C extends StepContext>(
  { io, options, terminal, report }: Run<C>,
  step: Step<C>,
  changes: readonly Change[],
): Promise<Result<void, ProvisionError>> {
  if (step.confirm === undefined || options.yes) return ok(undefined)
  if (terminal === undefined) return err('not-confirmed', `--yes: ${step.confirm.en}`)
  report.step(step, 'would-change', changes)
  const answer = await terminal.confirm(step.confirm[languageOf(io.env)])
  return answer === true ? ok(undefined) : err('not-confirmed')
}

const DISK_CODES = [
  'EIO',
  'EROFS',
  'ENODEV',
  'ENXIO',
  'EACCES',
  'EPERM',
  'ENOTDIR',
  'ENOENT',
  'EISDIR',
  'ESTALE',
]

/** Turns what a disk or stick does into a failure; other throws are bugs and go on. */
export async function explained<T>(
  work: () => Promise<Result<T, ProvisionError>>,
): Promise<Result<T, ProvisionError>> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof DurableWriteError) {
      const detail = error.message.replace(/^[a-z-]+: /, '')
      return err(error.code === 'disk-full' ? 'disk-full' : 'disk-failed', detail)
    }
    const { code, path } = error as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'EDQUOT') return err('disk-full', path)
    if (code !== undefined && DISK_CODES.includes(code))
      return err('disk-failed', `${code} ${path ?? ''}`.trim())
    throw error
  }
}

function failedStep<C extends StepContext>(
  outcome: Failure & { readonly step?: string },
  steps: readonly Step<C>[],
): Step<C> | undefined {
  return steps.find(({ id }) => id === outcome.step)
}
