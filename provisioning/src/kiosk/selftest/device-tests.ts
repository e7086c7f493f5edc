import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { SelfTestPorts } from '@hanpyo/devices/self-test/ports.ts'
import type { TestResult } from '@hanpyo/devices/self-test/readiness.ts'
import { runSelfTest, type SelfTestId } from '@hanpyo/devices/self-test/self-test.ts'
import { SELF_TEST_TITLES, VERDICT_TEXT } from '@hanpyo/devices/self-test/texts.ts'
import { loadConfig } from '@hanpyo/platform/config.ts'
import { readAtMost } from '@hanpyo/platform/read-at-most.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { openCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { noteVerifier } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import type { Session } from '../../frame/command.ts'
import type { Device } from '../../frame/device-folder.ts'
import { languageOf } from '../../frame/errors.ts'
import { readBox } from '../hanpyo-command.ts'
import { type Answer, createGuide } from './answers.ts'
import { type DeviceUris, openTestDevices } from './open-devices.ts'

const uriTable = z.looseObject({ uri: z.string() }).optional()
const configSchema = z.looseObject({
  scanner: uriTable,
  printer: uriTable,
  lamp: uriTable,
  lora: z.looseObject({ modem: z.string() }).optional(),
  devices: z.looseObject({ keypad: z.string().optional(), switches: z.string().optional() }).optional(),
  ledger: z.looseObject({ url: z.string() }).optional(),
})

/** Below this a kiosk warns its staff. */
const LOW_BYTES = 100e6
const MOST_CHECKPOINT_BYTES = 64_000
const SCREEN = /^(\d{3,5})x(\d{3,5})$/

/** What `kiosk.toml` says about devices and ledger; nothing when there is no such file yet. */
export async function configuredDevices(
  root: string,
): Promise<Result<{ readonly uris: DeviceUris; readonly ledger: string | undefined }, 'folder-damaged'>> {
  const loaded = await loadConfig({ path: join(root, 'kiosk.toml'), schema: configSchema })
  if (!loaded.ok)
    return loaded.error === 'config-missing'
      ? ok({ uris: {}, ledger: undefined })
      : err('folder-damaged', loaded.detail)
  const { devices, lamp, ledger, lora, printer, scanner } = loaded.value
  const uris = {
    keypad: devices?.keypad,
    switches: devices?.switches,
    printer: printer?.uri,
    scanner: scanner?.uri,
    lamp: lamp?.uri,
    modem: lora?.modem,
  }
  const set = Object.entries(uris).filter(([, uri]) => uri !== undefined)
  return ok({ uris: Object.fromEntries(set) as DeviceUris, ledger: ledger?.url })
}

export interface DeviceTests {
  readonly device: Device
  readonly tests: readonly SelfTestId[]
  readonly uris: DeviceUris
  readonly answers: ReadonlyMap<SelfTestId, Answer>
  readonly ledger: { readonly url: string; readonly vkey: string } | undefined
  /** Time for what somebody has to press or scan. */
  readonly waitMs: number
  readonly isSimulated: boolean
}

/** Runs the tests one after another and says how each went. Devices are closed when it returns. */
export async function runDeviceTests(
  session: Session,
  input: DeviceTests,
): Promise<Result<TestResult[], 'device-uri'>> {
  const { ports, report } = session
  const language = languageOf(session.io.env)
  const used = input.tests.flatMap((id) => (id === 'link' ? ['modem'] : [id]))
  const uris = Object.fromEntries(Object.entries(input.uris).filter(([name]) => used.includes(name)))
  const opened = await openTestDevices(uris, ports)
  if (!opened.ok) return opened
  try {
    const all = { ...opened.value.devices, ...(await surroundings(session, input)) }
    const results: TestResult[] = []
    for (const id of input.tests) {
      const over = new AbortController()
      const timer = ports.clock.setTimeout(() => over.abort(new Error('nobody came')), input.waitMs)
      const guide = createGuide({
        report,
        terminal: session.terminal,
        language,
        answer: input.answers.get(id),
      })
      const ran = await runSelfTest(id, all, {
        clock: ports.clock,
        guide,
        signal: over.signal,
        name: `kiosk ${input.device.id}`,
      })
      ports.clock.clearTimeout(timer)
      const result = input.isSimulated ? { ...ran, facts: { ...ran.facts, simulated: true } } : ran
      results.push(result)
      const { detail, problem, verdict } = result
      const why = [problem, detail].filter((part) => part !== null).join(': ')
      report.fact(
        { test: id, verdict, problem, detail },
        `${verdict === 'passed' ? '✓' : verdict === 'failed' ? '✗' : '–'} ${SELF_TEST_TITLES[id][language]} (${VERDICT_TEXT[verdict][language]})${why === '' || verdict === 'absent' ? '' : ` ${why}`}`,
      )
    }
    return ok(results)
  } finally {
    await opened.value.close()
  }
}

async function surroundings(session: Session, { device, ledger }: DeviceTests): Promise<SelfTestPorts> {
  const { ctx, ports } = session
  const { root } = ctx.folder
  const asked = ledger === undefined ? undefined : await askLedger(ports.fetch, ledger)
  const aheadSeconds =
    asked?.serverMs === undefined ? null : Math.round((ports.clock.now() - asked.serverMs) / 1000)
  const { bavail, bsize } = await statfs(root)
  const freeBytes = bavail * bsize
  const counts = await readBox(ctx, {
    config: join(root, 'kiosk.toml'),
    box: join(root, 'data', 'box.sqlite'),
  })
  // A box that cannot be read counts as not empty.
  const waiting = counts.ok ? counts.value.waiting : 1
  const size = SCREEN.exec(session.flag('screen') ?? '')
  return {
    screen:
      size === null
        ? undefined
        : () => ({
            pxPerMetre: Math.round(device.pxPerMm * 1000),
            widthPx: Number(size[1]),
            heightPx: Number(size[2]),
          }),
    network: { wifi: null, bridge: asked === undefined ? null : async () => asked.answer },
    clockFacts: asked === undefined ? undefined : () => ({ aheadSeconds, source: 'ledger' }),
    storage: () => ({ freeBytes, isLow: freeBytes < LOW_BYTES }),
    outbox: () => ({ waiting, waitingForWifi: 0 }),
  }
}

/** Asks for the newest checkpoint: signature of the log, and the time the server told. */
async function askLedger(
  get: typeof fetch,
  { url, vkey }: { readonly url: string; readonly vkey: string },
): Promise<{
  readonly answer: Result<void, 'unreachable' | 'inconsistent'>
  readonly serverMs: number | undefined
}> {
  let response: Response
  try {
    const base = url.endsWith('/') ? url : `${url}/`
    response = await get(new URL('checkpoint', base), { signal: AbortSignal.timeout(10_000) })
  } catch {
    return { answer: err('unreachable'), serverMs: undefined }
  }
  const bytes = response.ok
    ? await readAtMost(response, MOST_CHECKPOINT_BYTES).catch(() => undefined)
    : undefined
  const told = Date.parse(response.headers.get('date') ?? '')
  const serverMs = Number.isNaN(told) ? undefined : told
  if (bytes === undefined) return { answer: err('unreachable'), serverMs }
  const verifier = noteVerifier(nobleEd25519, vkey)
  const isSigned = verifier.ok && openCheckpoint(bytes, verifier.value).ok
  return { answer: isSigned ? ok(undefined) : err('inconsistent'), serverMs }
}
