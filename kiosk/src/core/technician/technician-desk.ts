import type { Guide, Question, SelfTestPorts } from '@hanpyo/devices/self-test/ports.ts'
import {
  makeReadiness,
  notDone,
  type Readiness,
  readinessText,
  type TestResult,
} from '@hanpyo/devices/self-test/readiness.ts'
import { readinessPdf, readinessReceipt } from '@hanpyo/devices/self-test/readiness-paper.ts'
import { scanPort } from '@hanpyo/devices/self-test/scan-port.ts'
import type { Calibration } from '@hanpyo/devices/self-test/screen.ts'
import { runSelfTest, SELF_TESTS, type SelfTestId } from '@hanpyo/devices/self-test/self-test.ts'
import { QUESTION_TEXT } from '@hanpyo/devices/self-test/texts.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import { toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import type { Json } from '@hanpyo/protocol/json.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { TechnicianView } from '../../contract/technician-views.ts'
import type { Health } from '../../contract/views.ts'
import type { Audit } from '../audit.ts'
import type { BallotMaker } from '../ballot-maker.ts'
import type { KioskElection } from '../election.ts'
import type { ReceiptDesk } from '../receipts/receipt-desk.ts'
import { attestation } from './attestation.ts'
import type { TechnicianPorts } from './ports.ts'
import type { TestVote } from './test-vote.ts'

export interface TechnicianDeskDeps {
  readonly election: KioskElection
  readonly maker: BallotMaker
  readonly receipts: ReceiptDesk
  readonly testVote: TestVote
  readonly ports: TechnicianPorts
  /** From the configuration; a measured one comes before it. */
  readonly configuredPxPerMm: number | undefined
  readonly clock: Clock
  readonly health: () => Health
  readonly audit: Audit
  readonly onChange: () => void
  /** A test ended by a fault of the software. */
  readonly onBug: (error: unknown) => void
}

type Running = NonNullable<TechnicianView['running']>

/** The technician's work at the machine: one test at a time, the screen's calibration, the signed report. */
export class TechnicianDesk {
  readonly #deps: TechnicianDeskDeps
  readonly #scans
  #running: Running | null = null
  #over = new AbortController()
  #answer: ((answer: string) => void) | null = null
  #chimes = 0
  #report: { readonly facts: NonNullable<TechnicianView['report']>; readonly readiness: Readiness } | null =
    null

  constructor(deps: TechnicianDeskDeps) {
    this.#deps = deps
    // A scanner that types into the page cannot be seen from here.
    this.#scans = scanPort(() => (deps.ports.scannerState() === 'offline' ? 'offline' : 'online'))
  }

  /** Pixels per millimetre for the page; undefined: nobody knows. */
  get pxPerMm(): number | undefined {
    const measured = this.#deps.ports.calibration.value
    return measured === null ? this.#deps.configuredPxPerMm : measured.pxPerMetre / 1000
  }

  /** Whether key presses belong to a test now, and must not walk the page. */
  get takesKeys(): boolean {
    return this.#running?.test === 'keypad' || this.#running?.test === 'switches'
  }

  /** Hands a scanned text to the test that waits for one; false when none does. */
  takeScan(text: string): boolean {
    return this.#scans.push(text)
  }

  view(): TechnicianView {
    const { ports, receipts, health, election } = this.#deps
    const { pxPerMm } = this
    return {
      results: this.#results(),
      running: this.#running,
      calibration: {
        pxPerMetre: pxPerMm === undefined ? null : Math.round(pxPerMm * 1000),
        isMeasured: ports.calibration.value !== null,
      },
      software: { version: ports.software.version, hash: ports.software.hash() },
      isTestElection: election.manifest.test === true,
      hasPrinter: receipts.hasPrinter,
      hasStick: ports.writeReport.toStick !== null,
      report: this.#report?.facts ?? null,
      health: health(),
    }
  }

  run(test: SelfTestId): Result<void, 'test-running'> {
    if (this.#running !== null) return err('test-running')
    this.#over = new AbortController()
    this.#running = { test, prompt: null, question: null, chime: null }
    const { clock, election, onBug, onChange } = this.#deps
    const { signal } = this.#over
    const options = { clock, signal, guide: this.#guide(signal), name: `kiosk ${election.kioskId}` }
    runSelfTest(test, this.#portsFor(test), options)
      .then((result) => this.#finished(result))
      .catch((error: unknown) => {
        this.#running = null
        onBug(error)
        onChange()
      })
    onChange()
    return ok(undefined)
  }

  answer(answer: string): Result<void, 'no-such-answer'> {
    const { question = null, chime = null } = this.#running ?? {}
    const isKnown =
      question !== null
        ? Object.hasOwn(QUESTION_TEXT[question].answers, answer)
        : chime !== null && ['played', 'silent'].includes(answer)
    if (!isKnown || this.#answer === null) return err('no-such-answer')
    this.#answer(answer)
    return ok(undefined)
  }

  /** Ends the test that runs; what it noted stays. */
  stop(): void {
    this.#over.abort(new Error('stopped'))
  }

  async calibrate(calibration: Calibration): Promise<Result<void, 'not-kept'>> {
    const { ports, audit, onChange } = this.#deps
    const isKept = await ports.calibration.keep(calibration)
    if (!isKept) return err('not-kept')
    audit({ event: 'technician-calibrated', pxPerMetre: calibration.pxPerMetre })
    onChange()
    if (this.#running === null) this.run('screen')
    return ok(undefined)
  }

  /** Signs what is known now and writes it as `readiness.json`, `readiness.note` and `readiness.pdf`. */
  async report(toStick: boolean): Promise<Result<void, 'test-running' | 'not-kept'>> {
    if (this.#running !== null) return err('test-running')
    const { election, maker, ports, clock, onChange } = this.#deps
    const readiness = makeReadiness({
      kiosk: election.kioskId,
      centre: election.centre,
      election: election.manifest.id,
      isTestElection: election.manifest.test === true,
      at: Math.floor(clock.now() / 1000),
      software: { version: ports.software.version, hash: ports.software.hash() },
      results: [...ports.results.value],
    })
    const note = maker.signStatement(readiness as unknown as { readonly [key: string]: Json })
    const files = [
      { name: 'readiness.json', bytes: utf8(readinessText(readiness)) },
      { name: 'readiness.note', bytes: utf8(note) },
      { name: 'readiness.pdf', bytes: await readinessPdf(readiness, note) },
    ]
    const { folder, toDisk, toStick: writeStick } = ports.writeReport
    if (!(await toDisk(files))) return err('not-kept')
    const stick =
      toStick && writeStick !== null ? ((await writeStick(files)) ? 'written' : 'failed') : 'not-asked'
    const { at, verdict } = readiness
    this.#report = { facts: { at, verdict, folder, stick }, readiness }
    onChange()
    return ok(undefined)
  }

  print(): Result<void, 'no-printer' | 'no-report'> {
    const { receipts } = this.#deps
    if (!receipts.hasPrinter) return err('no-printer')
    if (this.#report === null) return err('no-report')
    receipts.printReport(readinessReceipt(this.#report.readiness))
    return ok(undefined)
  }

  /** The signed text of the QR code that says which software runs here. */
  attest(): Result<{ text: string }, 'hash-not-ready'> {
    const { election, maker, ports } = this.#deps
    const hash = ports.software.hash()
    if (hash === null) return err('hash-not-ready')
    const { kioskId: kiosk, manifestHash, manifest } = election
    const { version } = ports.software
    const statement = attestation({
      hash,
      version,
      kiosk,
      election: manifest.id,
      manifest: toBase64(manifestHash),
    })
    return ok({ text: maker.signStatement(statement) })
  }

  #results(): TestResult[] {
    const { value } = this.#deps.ports.results
    return SELF_TESTS.map(({ id }) => value.find(({ test }) => test === id) ?? notDone(id))
  }

  async #finished(result: TestResult): Promise<void> {
    const { ports, audit, onChange } = this.#deps
    this.#running = null
    const { test, verdict } = result
    audit({ event: 'technician-test', test, verdict })
    // A disk that is full makes the report fail, where it is said.
    await ports.results.keep([...ports.results.value.filter((one) => one.test !== test), result])
    onChange()
  }

  #portsFor(test: SelfTestId): SelfTestPorts {
    const { ports, testVote } = this.#deps
    const hasScanner = ports.scannerState() !== 'not-configured'
    return {
      ...ports.selfTest,
      screen: () => ports.calibration.value,
      chime: (side) => this.#play(side),
      // For a test vote the slip may also be typed by a scanner in keyboard mode, or pasted.
      scanner: test === 'scanner' && !hasScanner ? undefined : this.#scans,
      testVote,
    }
  }

  #guide(signal: AbortSignal): Guide {
    return {
      tell: (prompt) => {
        const { kind, ...keys } = prompt
        const lists = 'keys' in keys ? { keys: [...keys.keys], missing: [...keys.missing] } : {}
        this.#show({ prompt: { kind, ...lists } })
      },
      ask: (question: Question) => {
        this.#show({ question, prompt: null, chime: null })
        return this.#answered(signal)
      },
    }
  }

  /** The page has the loudspeaker: it plays, and says whether it could. */
  async #play(side: 'left' | 'right' | 'speaker'): Promise<boolean> {
    this.#show({ chime: { number: ++this.#chimes, side }, question: null })
    return (await this.#answered(this.#over.signal)) === 'played'
  }

  async #answered(signal: AbortSignal): Promise<string | null> {
    const answered = Promise.withResolvers<string | null>()
    const onAbort = (): void => answered.resolve(null)
    this.#answer = answered.resolve
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    const answer = await answered.promise
    signal.removeEventListener('abort', onAbort)
    this.#answer = null
    this.#show({ question: null })
    return answer
  }

  #show(change: Partial<Running>): void {
    if (this.#running === null) return
    this.#running = { ...this.#running, ...change }
    this.#deps.onChange()
  }
}
