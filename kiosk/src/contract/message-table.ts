import { ERROR_TEXT, type KioskErrorCode } from './errors.ts'
import { TECHNICIAN_ERROR_TEXT } from './technician-errors.ts'

/** Codes that only a fault of the software leads to; they share one line of the guide. */
const SOFTWARE_FAULTS: readonly KioskErrorCode[] = [
  'wrong-step',
  'unknown-contest',
  'unknown-topic',
  'wrong-kind',
  'unknown-option',
  'duplicate-option',
  'not-allowed',
  'unknown-method',
  'invalid-input',
  'request-too-large',
]

/** Every message a kiosk can show, as the table of the staff guide: what the voter reads, and what staff do. */
export function staffMessageTable(): string {
  const rows = (Object.keys(ERROR_TEXT) as KioskErrorCode[])
    .filter((code) => !SOFTWARE_FAULTS.includes(code) && !(code in TECHNICIAN_ERROR_TEXT))
    .map((code) => {
      const { voter, staff } = ERROR_TEXT[code]
      return `| ${voter.ko} | ${staff.ko} | ${staff.en} |`
    })
  return ['| on the voter’s screen | for you | in English |', '|---|---|---|', ...rows].join('\n')
}
