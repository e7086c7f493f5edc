import type { Clock } from '@hanpyo/platform/clock.ts'
import { concatBytes } from '@hanpyo/protocol/bytes.ts'
import type { Bitmap } from '../raster/bitmap.ts'
import type { PrinterError, PrinterStatus } from '../receipt-printer.ts'
import { clearBuffer, completeUnfinishedBand, cut, initialise, rasterCommands } from './commands.ts'
import type { PrinterLine } from './printer-line.ts'

export type PrintOutcome =
  | { readonly kind: 'printed' }
  /** `isPartly`: something may be on paper. */
  | { readonly kind: 'failed'; readonly error: PrinterError; readonly isPartly: boolean }
  | { readonly kind: 'connection-lost'; readonly isPartly: boolean }

export interface PrintJob {
  readonly line: PrinterLine
  readonly clock: Clock
  /** Ends waiting that would be of no use any more. */
  readonly signal: AbortSignal
  readonly hasStatus: boolean
  /** The first try was torn off: cut before printing again. */
  readonly isSecondTry: boolean
  readonly onStatus: (status: PrinterStatus) => void
}

/** A printer that is ready answers the marker at once; one that does not know it never. */
const KNOWS_MARKER_WITHIN_MS = 1_000
/** How often a printer that is still printing is asked whether something is wrong. */
const LOOK_EVERY_MS = 2_000
/** 30 s: half a metre at 25 mm/s, and the cut. No receipt takes longer. */
const MOST_LOOKS = 15
/** Without a marker: the time that slow printers take for a row, 25 mm/s at 8 dots a millimetre. */
const ROW_MS = 5

const LOST_BEFORE: PrintOutcome = { kind: 'connection-lost', isPartly: false }
const LOST: PrintOutcome = { kind: 'connection-lost', isPartly: true }

/**
 * Prints and cuts one picture. Starts only when the printer says that it can, and ends when it says that it is done:
 * that everything was sent means nothing, buffers are large.
 */
export async function printPicture(picture: Bitmap, job: PrintJob): Promise<PrintOutcome> {
  const { line } = job
  let knowsMarker = false
  if (job.hasStatus) {
    const before = await check(job, false)
    if (before !== undefined) return before
    const detected = await detectMarker(line)
    if (detected === 'gone') return LOST_BEFORE
    knowsMarker = detected
  }
  const preamble = concatBytes(completeUnfinishedBand(picture.width), initialise())
  const commands = [preamble, ...(job.isSecondTry ? [cut()] : []), ...rasterCommands(picture), cut()]
  for (const command of commands) {
    const written = await line.write(command)
    if (written.ok) continue
    if (written.error === 'gone') return LOST
    return (await check(job, true)) ?? (await failed(job, 'print-interrupted'))
  }
  if (!job.hasStatus) return { kind: 'printed' }
  return knowsMarker ? awaitMarker(job) : awaitRows(job, picture.height)
}

async function detectMarker(line: PrinterLine): Promise<boolean | 'gone'> {
  const asked = await line.requestMarker()
  const answered = asked.ok ? await line.awaitMarkers(KNOWS_MARKER_WITHIN_MS) : asked
  if (!answered.ok && answered.error === 'gone') return 'gone'
  if (!answered.ok) line.forgetMarkers()
  return answered.ok
}

async function awaitMarker(job: PrintJob): Promise<PrintOutcome> {
  const asked = await job.line.requestMarker()
  if (!asked.ok && asked.error === 'gone') return LOST
  for (let look = 0; look < MOST_LOOKS; look++) {
    const came = await job.line.awaitMarkers(LOOK_EVERY_MS)
    if (came.ok) return { kind: 'printed' }
    if (came.error === 'gone') return LOST
    const problem = await check(job, true)
    if (problem !== undefined) return problem
  }
  return failed(job, 'print-interrupted')
}

async function awaitRows(job: PrintJob, rows: number): Promise<PrintOutcome> {
  await job.clock.sleep(rows * ROW_MS, job.signal).catch(() => {})
  return (await check(job, true)) ?? { kind: 'printed' }
}

/** Undefined when the printer is ready. */
async function check(job: PrintJob, isUnderWay: boolean): Promise<PrintOutcome | undefined> {
  const status = await job.line.status()
  if (status.ok) {
    job.onStatus(status.value)
    const { problem } = status.value
    if (problem === undefined) return undefined
    return isUnderWay ? failed(job, problem) : { kind: 'failed', error: problem, isPartly: false }
  }
  if (status.error === 'gone') return isUnderWay ? LOST : LOST_BEFORE
  job.onStatus({ paper: 'unknown', problem: 'printer-silent' })
  return isUnderWay
    ? failed(job, 'printer-silent')
    : { kind: 'failed', error: 'printer-silent', isPartly: false }
}

async function failed(job: PrintJob, error: PrinterError): Promise<PrintOutcome> {
  await job.line.write(clearBuffer())
  return { kind: 'failed', error, isPartly: true }
}
