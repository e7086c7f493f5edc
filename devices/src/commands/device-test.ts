import { parseArgs } from 'node:util'
import { type Clock, createRealClock } from '@hanpyo/platform/clock.ts'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { type Logger, silentLogger } from '@hanpyo/platform/logger.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { KEYPAD_KEYS, type KeyDevice } from '../keypad/keypad.ts'
import { openKeypad } from '../keypad/open-keypad.ts'
import { openLamp } from '../lamp/open-lamp.ts'
import { explainPrinterError } from '../printer/explain.ts'
import { openReceiptPrinter } from '../printer/open-printer.ts'
import { parsePrinterUri } from '../printer/printer-uri.ts'
import { openScanner } from '../scanner/open-scanner.ts'
import { openSwitches } from '../switches/open-switches.ts'
import { SWITCHES } from '../switches/switches.ts'
import { parseDeviceUri } from '../transport.ts'
import { TEST_CODE, testReceipt } from './test-receipt.ts'

export const DEVICE_KINDS = ['printer', 'scanner', 'keypad', 'switches', 'lamp'] as const
type DeviceKind = (typeof DEVICE_KINDS)[number]

/** One fact of a test, printed as a sentence or as a line of JSON. */
interface Fact {
  readonly event: string
  readonly text: string
  readonly fields?: object
}

interface TestRun {
  readonly uri: string
  readonly clock: Clock
  readonly random: typeof nodeRandom
  readonly log: Logger
  /** Aborted when the time for the test is over. */
  readonly over: AbortSignal
  tell(fact: Fact): void
}

export const deviceTest: Command = {
  name: 'device test',
  summary:
    'Tries one device of a kiosk: prints a test receipt, waits for a scan, shows keys, lights the lamp.',
  usage: `Usage: hanpyo device test <printer|scanner|keypad|switches|lamp> <uri> [options]

  printer   prints a test receipt and asks for paper and cover; tcp:host:9100, file:/dev/usb/lp0,
            serial:/dev/ttyUSB0?baud=115200, each with ?width=58 and ?status=no
  scanner   waits for one code: hid:usage=8c:02, hid:0c2e:0b61, serial:…, tcp:…. Only the code on the test receipt is
            shown; of others, which may be voting rights, only the length
  keypad    waits until each of the nine keys was pressed once; serial:…, tcp:…, hid:…
  switches  waits until both switches were pressed
  lamp      on, blinking, off; serial:…, tcp:…, file:/sys/class/gpio/gpio17/value

  --seconds N   how long to wait for a person or the device (default 60)
  --json        one JSON object a line: {"event":…}

Exit codes: 0 the device works, 1 it does not or nobody did anything in time, 2 wrong arguments.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { seconds: { type: 'string', default: '60' }, json: { type: 'boolean', default: false } },
    })
    const [kind, uri] = positionals
    if (!isKind(kind) || uri === undefined || positionals.length > 2)
      throw new UsageError('the kind of device and its URI expected')
    const address = kind === 'printer' ? parsePrinterUri(uri) : parseDeviceUri(uri)
    if (!address.ok) throw new UsageError(address.detail ?? address.error)
    const seconds = Number(values.seconds)
    if (!(seconds > 0 && seconds <= 3_600)) throw new UsageError('--seconds takes 1 to 3600')
    const over = new AbortController()
    const clock = createRealClock()
    const timer = clock.setTimeout(() => over.abort(new Error('time is over')), seconds * 1_000)
    const tell = (fact: Fact) => say(fact, values.json, io)
    const log = tellProblems(uri, tell)
    const works = await TESTS[kind]({ uri, clock, random: nodeRandom, log, over: over.signal, tell })
    clock.clearTimeout(timer)
    tell(
      works
        ? { event: 'passed', text: `The ${kind} works.` }
        : { event: 'failed', text: `The ${kind} did not pass.` },
    )
    return works ? EXIT.ok : EXIT.failed
  },
}

/** The drivers say in their log why a device cannot be opened, once for each reason. */
function tellProblems(uri: string, tell: TestRun['tell']): Logger {
  return {
    ...silentLogger,
    warn(event, fields = {}) {
      const { error } = fields as { error?: unknown }
      const reason = error instanceof Error ? error.message : event
      const text = `${uri} cannot be opened (${reason}). Check the plug, the name and the rights; it is tried again.`
      tell({ event: 'unavailable', text, fields: { reason } })
    },
  }
}

function isKind(text: string | undefined): text is DeviceKind {
  return (DEVICE_KINDS as readonly (string | undefined)[]).includes(text)
}

function say({ event, text, fields = {} }: Fact, json: boolean, io: CommandIo): void {
  io.stdout(json ? JSON.stringify({ event, ...fields }) : text)
}

const TESTS: Readonly<Record<DeviceKind, (run: TestRun) => Promise<boolean>>> = {
  printer: testPrinter,
  scanner: testScanner,
  keypad: (run) => testKeys(run, openKeypad(run.uri, run), KEYPAD_KEYS),
  switches: (run) => testKeys(run, openSwitches(run.uri, run), SWITCHES),
  lamp: testLamp,
}

async function testPrinter(run: TestRun): Promise<boolean> {
  const opened = await openReceiptPrinter(run.uri, run)
  if (!opened.ok) throw new UsageError(opened.detail ?? opened.error)
  const printer = opened.value
  const status = await printer.status()
  if (status.ok) {
    const { paper, problem } = status.value
    const text = `The printer answers. Paper: ${paper}. ${problem === undefined ? 'It is ready.' : problem}`
    run.tell({ event: 'status', text, fields: { paper, problem: problem ?? null } })
  }
  const printed = await printer.print(testReceipt(run.uri))
  await printer.close()
  if (printed.ok) {
    run.tell({
      event: 'printed',
      text: 'The test receipt was printed. Scan its QR code to test the scanner.',
    })
    return true
  }
  const { error, detail } = printed
  const text = `${explainPrinterError(error).staff.en}${detail === undefined ? '' : ` (${detail})`}`
  run.tell({ event: 'problem', text, fields: { error, detail: detail ?? null } })
  return false
}

async function testScanner(run: TestRun): Promise<boolean> {
  const scanned = Promise.withResolvers<string>()
  const scanner = openScanner(run.uri, { ...run, onText: scanned.resolve })
  tellStates(run, scanner)
  run.tell({ event: 'waiting', text: `Waiting for ${run.uri}; then scan the code on the test receipt.` })
  const text = await Promise.race([scanned.promise, aborted(run.over)])
  await scanner.close()
  if (text === undefined) {
    run.tell({ event: 'problem', text: 'Nothing was scanned in time.', fields: { error: 'no-scan' } })
    return false
  }
  const isTestCode = text === TEST_CODE
  const what = isTestCode ? 'the code of the test receipt' : 'another code, which is not shown'
  run.tell({
    event: 'scanned',
    text: `Scanned ${what}: ${text.length} characters.`,
    fields: { isTestCode, length: text.length },
  })
  return true
}

async function testKeys<Key extends string>(
  run: TestRun,
  device: KeyDevice<Key>,
  keys: readonly Key[],
): Promise<boolean> {
  const missing = new Set<Key>(keys)
  const all = Promise.withResolvers<void>()
  tellStates(run, device)
  device.onKey(({ kind, key }) => {
    run.tell({ event: kind, text: `${key}: ${kind}`, fields: { key } })
    if (kind === 'press') missing.delete(key)
    if (missing.size === 0) all.resolve()
  })
  run.tell({ event: 'waiting', text: `Press each of these once: ${keys.join(', ')}.`, fields: { keys } })
  await Promise.race([all.promise, aborted(run.over)])
  const { stuckKeys } = device
  await device.close()
  if (missing.size > 0) {
    const text = `Not pressed, or not heard: ${[...missing].join(', ')}.`
    run.tell({ event: 'problem', text, fields: { error: 'keys-missing', keys: [...missing] } })
  }
  if (stuckKeys.length > 0) {
    const text = `Stuck: ${stuckKeys.join(', ')}.`
    run.tell({ event: 'problem', text, fields: { error: 'keys-stuck', keys: stuckKeys } })
  }
  return missing.size === 0 && stuckKeys.length === 0
}

async function testLamp(run: TestRun): Promise<boolean> {
  const lamp = openLamp(run.uri, run)
  const online = new Promise<void>((resolve) => {
    if (lamp.state === 'online') resolve()
    lamp.onState((state) => state === 'online' && resolve())
  })
  await Promise.race([online, aborted(run.over)])
  let works = true
  for (const mode of ['on', 'blink', 'off'] as const) {
    const shown = await lamp.set(mode)
    works &&= shown.ok
    const text = shown.ok ? `Lamp: ${mode}.` : `Lamp: ${mode} failed, ${shown.error}.`
    run.tell({ event: 'lamp', text, fields: { mode, error: shown.ok ? null : shown.error } })
    if (!works) break
    if (mode !== 'off') await run.clock.sleep(2_000, run.over).catch(() => {})
  }
  await lamp.close()
  return works
}

function tellStates(run: TestRun, device: { onState(listener: (state: string) => void): () => void }): void {
  device.onState((state) => {
    const text = state === 'online' ? `${run.uri} is there.` : `${run.uri} is gone; waiting for it.`
    run.tell({ event: state, text })
  })
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
