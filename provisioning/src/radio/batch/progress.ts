import type { Language } from '../../frame/errors.ts'
import { PROVISION_ERRORS } from '../../frame/errors.ts'
import type { DeviceRow } from './device-rows.ts'
import type { BatchListener, RowOutcome } from './run-batch.ts'

const UP = (lines: number) => (lines === 0 ? '' : `\x1b[${lines}A`)
const CLEAR = '\x1b[2K'

/**
 * What a person sees of a batch: on a terminal a table of the devices under way and a count, redrawn in place; otherwise one line
 * for each device that ended. `print` writes one line.
 */
export function showProgress(options: {
  readonly total: number
  readonly parallel: number
  readonly isTerminal: boolean
  readonly language: Language
  print(line: string): void
}): BatchListener {
  const { total, parallel, isTerminal, language, print } = options
  const running = new Map<DeviceRow, string>()
  let ended = 0
  let failed = 0
  let drawn = 0

  function draw(above: readonly string[] = []): void {
    if (!isTerminal) {
      for (const line of above) print(line)
      return
    }
    const rows = [...running].map(([row, step]) => `  ${name(row)}  ${step}`)
    while (rows.length < Math.min(parallel, total)) rows.push('')
    const lines = [...above, ...rows, `${ended}/${total}, ✗ ${failed}`]
    print(`${UP(drawn)}${lines.map((line) => CLEAR + line).join('\n')}`)
    drawn = rows.length + 1
  }

  return {
    begun(row) {
      running.set(row, '…')
      draw()
    },
    moved(row, step) {
      running.set(row, step)
      draw()
    },
    ended(outcome) {
      running.delete(outcome.row)
      ended++
      if (outcome.exitCode !== 0) failed++
      draw([describe(outcome, language)])
    },
  }
}

function describe({ row, exitCode, failure, step, isNew }: RowOutcome, language: Language): string {
  if (exitCode === 0) {
    const words = isNew ? { ko: '완료', en: 'done' } : { ko: '이미 되어 있음', en: 'was done already' }
    return `✓ ${name(row)}  ${words[language]}`
  }
  const happened = failure === undefined ? '' : PROVISION_ERRORS[failure.error].happened[language]
  const detail = failure?.detail === undefined ? '' : ` (${failure.detail})`
  return `✗ ${name(row)}  ${step ?? '–'}: ${failure?.error}: ${happened}${detail}`
}

function name({ kiosk, devEui, line }: DeviceRow): string {
  return `${String(kiosk).padStart(5)}  ${devEui}  :${line}`
}
