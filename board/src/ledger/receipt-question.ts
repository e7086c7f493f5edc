import { equalBytes, parseBase64 } from '@hanpyo/protocol/bytes.ts'
import { parseCode, parseQr, type Receipt } from '@hanpyo/protocol/checks/receipt.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ReceiptQuestion } from '../snapshot.ts'

export type QuestionError = 'nothing-asked' | 'slip-malformed' | 'code-malformed' | 'slip-secret'

/** The largest slip number: three bytes of the ballot. */
const MAX_SLIP = 0xff_ffff

/**
 * What a person typed or scanned: a slip number, the printed code, the text of the receipt's QR code, or that of an
 * opened ballot. `slip-secret`: the QR code of the voting slip itself, which nobody should show to anything but a kiosk.
 */
export function readQuestion({ slip, code }: ReceiptQuestion): Result<Receipt, QuestionError> {
  const number = slip.trim()
  const text = code.trim()
  if (/^HP[12]/i.test(number) || /(^|#)HP[12][0-9A-Z]{20}/i.test(text)) return err('slip-secret')
  if (number === '' && text === '') return err('nothing-asked')
  if (number !== '' && !(/^[0-9]{1,8}$/.test(number) && Number(number) <= MAX_SLIP))
    return err('slip-malformed')
  const matches = text === '' ? null : readCode(text)
  if (matches === undefined) return err('code-malformed')
  return ok({
    ...(number === '' ? {} : { slip: Number(number) }),
    ...(matches === null ? {} : { matches }),
  })
}

function readCode(text: string): Receipt['matches'] {
  const qr = parseQr(text)
  if (qr.ok) return qr.value
  const code = parseCode(text)
  if (code.ok) return code.value
  const opened = text.startsWith('{') ? trackerOfOpened(text) : null
  return opened === null ? undefined : (tracker) => equalBytes(tracker, opened)
}

/** The tracker in the QR code of an opened ballot. */
function trackerOfOpened(text: string): Uint8Array | null {
  try {
    const { tracker } = JSON.parse(text) as Record<string, unknown>
    const bytes = typeof tracker === 'string' ? parseBase64(tracker) : null
    return bytes?.length === 32 ? bytes : null
  } catch {
    return null
  }
}
