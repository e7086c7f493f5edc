import type { CommandIo } from '@hanpyo/platform/command.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { PROVISION_ERRORS } from '../../frame/errors.ts'
import type { Failure, Report } from '../../frame/report.ts'
import { runSteps } from '../../frame/run-steps.ts'
import type { Change, Step, StepContext } from '../../frame/step.ts'
import { type LogSigner, openWorkLog } from '../../frame/work-log.ts'
import type { DeviceRow } from './device-rows.ts'

/** What became of one device. */
export interface RowOutcome {
  readonly row: DeviceRow
  readonly exitCode: number
  readonly failure: Failure | undefined
  /** Step at which it failed. */
  readonly step: string | undefined
  /** Whether anything was done in this run. */
  readonly isNew: boolean
  readonly changes: readonly Change[]
}

export interface BatchListener {
  begun(row: DeviceRow): void
  /** A step of it is over. */
  moved(row: DeviceRow, step: string): void
  ended(outcome: RowOutcome): void
}

/** A context for one row, its steps, and what to let go of afterwards; or why it cannot even begin. */
export type PrepareRow<C extends StepContext> = (
  row: DeviceRow,
) => Promise<
  | { readonly ctx: C; readonly steps: readonly Step<C>[]; close(): Promise<void> }
  | { readonly failure: Failure }
>

/**
 * Runs the steps of every row, `parallel` rows at a time. An expected failure ends its row only. A row that was
 * finished in an earlier run is looked at again and found done.
 */
export async function runBatch<C extends StepContext>(options: {
  readonly rows: readonly DeviceRow[]
  readonly parallel: number
  readonly dryRun: boolean
  readonly io: CommandIo
  readonly signer: LogSigner | undefined
  readonly prepare: PrepareRow<C>
  readonly listener: BatchListener
}): Promise<readonly RowOutcome[]> {
  const { rows, listener } = options
  const outcomes: RowOutcome[] = []
  const queue = [...rows]
  const work = async () => {
    for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
      listener.begun(row)
      const outcome = await runRow(row, options)
      outcomes.push(outcome)
      listener.ended(outcome)
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.parallel, rows.length) }, work))
  return outcomes
}

async function runRow<C extends StepContext>(
  row: DeviceRow,
  options: Parameters<typeof runBatch<C>>[0],
): Promise<RowOutcome> {
  const { io, dryRun, signer, listener } = options
  const prepared = await options.prepare(row)
  if ('failure' in prepared) {
    const { failure } = prepared
    const exitCode = PROVISION_ERRORS[failure.error].exit
    return { row, exitCode, failure, step: undefined, isNew: false, changes: [] }
  }
  const { ctx, steps } = prepared
  let failure: Failure | undefined
  let failedAt: string | undefined
  let isNew = false
  const changes: Change[] = []
  const report: Report = {
    step(step, state, found) {
      if (state === 'done') isNew = true
      if (state === 'would-change') changes.push(...found)
      listener.moved(row, step.id)
    },
    failure(found, step) {
      failure = found
      failedAt = step?.id
    },
    fact() {},
    summary() {},
  }
  try {
    const exitCode = await runSteps({
      command: 'provision batch',
      steps,
      ctx,
      io,
      report,
      openWorkLog: () =>
        openWorkLog({
          files: ctx.files,
          folder: ctx.folder,
          ed25519: nobleEd25519,
          ...(signer === undefined ? {} : { signer }),
        }),
      options: { dryRun, yes: true },
    })
    return { row, exitCode, failure, step: failedAt, isNew, changes }
  } finally {
    await prepared.close()
  }
}
