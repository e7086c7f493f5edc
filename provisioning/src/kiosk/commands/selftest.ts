import { join } from 'node:path'
import { SELF_TEST_PROBLEMS } from '@hanpyo/devices/self-test/problems.ts'
import type { TestResult } from '@hanpyo/devices/self-test/readiness.ts'
import { SELF_TESTS } from '@hanpyo/devices/self-test/self-test.ts'
import { type Command, UsageError } from '@hanpyo/platform/command.ts'
import { createNodeEd25519 } from '@hanpyo/platform/crypto/node-backend.ts'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { type Manifest, manifestHash, parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { noteVerifier, parseNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { provisionCommand, type Session } from '../../frame/command.ts'
import { type Device, readDevice } from '../../frame/device-folder.ts'
import type { Ports } from '../../frame/ports.ts'
import { askSecret } from '../../frame/prompts.ts'
import { parseAnswers, parseOnly } from '../selftest/answers.ts'
import { startTestCore } from '../selftest/core.ts'
import { configuredDevices, runDeviceTests } from '../selftest/device-tests.ts'
import { findBallot, ledgerReader } from '../selftest/find-on-ledger.ts'
import { DEVICE_NAMES, type DeviceName, type DeviceUris, isDeviceUri } from '../selftest/open-devices.ts'
import { noteResults } from '../selftest/readiness-file.ts'
import { castTestVote } from '../selftest/test-vote.ts'
import { ownVersion } from '../software.ts'

/** `provision selftest`. */
export function selftestCommands(ports: () => Ports): readonly Command[] {
  return [
    provisionCommand({
      name: 'provision selftest',
      summary: 'Try every device, cast a test vote, and see it acknowledged and on the test ledger.',
      usage: [
        'hanpyo provision selftest --dir DIR --ledger URL [--slip-file FILE] [--seconds N]',
        'hanpyo provision selftest --dir DIR --only printer --answer printer=pass',
        '',
        'For the test vote the loaded election must be a test election. The kiosk itself must not run meanwhile. Results are merged into',
        'readiness.json; headphones, loudspeaker and touch are tried on the technician screen of the kiosk, whose signed report',
        '"provision report" takes in.',
        '',
        '  --ledger URL      the test ledger (bridge or mirror; default: that of kiosk.toml)',
        '  --slip-file FILE  QR text of a test slip, mode 0600 (or HANPYO_TEST_SLIP, or HANPYO_TEST_SLIP_FILE)',
        '  --seconds N       how long to wait for the acknowledgement (default 120)',
        '  --only TEST       this test only; may be given more than once',
        `                    ${SELF_TESTS.map(({ id }) => id).join(', ')}`,
        '  --answer TEST=A   pass, fail or skip, instead of asking; keys and scanner can only be skipped',
        '  --device NAME=URI instead of what kiosk.toml says: keypad, switches, printer, scanner, lamp, modem',
        '  --screen WxH      size of the screen in pixels, to check the calibration',
        '  --wait N          seconds for pressing and scanning (default 60)',
        '  --simulated       the devices are simulated (tcp: only); the report says so',
        '',
        'Exit codes: 0 all well, 70 a test failed or was not finished, 71 the core did not start, 72 no test election,',
        '73 no acknowledgement, 74 not on the ledger.',
      ].join('\n'),
      options: {
        ledger: { type: 'string' },
        'slip-file': { type: 'string' },
        seconds: { type: 'string', default: '120' },
        only: { type: 'string', multiple: true },
        answer: { type: 'string', multiple: true },
        device: { type: 'string', multiple: true },
        screen: { type: 'string' },
        wait: { type: 'string', default: '60' },
        simulated: { type: 'boolean', default: false },
      },
      ports,
      body: selftest,
    }),
  ]
}

async function selftest(session: Session): Promise<number> {
  const { ctx, report } = session
  const { files, folder } = ctx
  const timeoutMs = secondsOf(session, 'seconds') * 1000
  const wanted = usable(parseOnly(session.flags('only')))
  const answers = usable(parseAnswers(session.flags('answer')))
  const isSimulated = session.isSet('simulated')
  const device = session.must(await readDevice(files, folder))
  const configured = session.must(await configuredDevices(folder.root))
  const uris = urisOf(session, configured.uris, isSimulated)
  const loaded = await loadedElection(ctx, folder.root)
  const ledger = session.flag('ledger') ?? configured.ledger
  if (ledger !== undefined && !URL.canParse(ledger)) throw new UsageError('--ledger is no address')
  const tests = wanted.filter((id) => answers.get(id) !== 'skip')
  const vote = tests.includes('test-vote') ? await voteInput(session, ledger, timeoutMs) : null
  const election = loaded.ok
    ? { id: loaded.value.manifest.id, isTest: loaded.value.manifest.test === true }
    : null
  if (session.dryRun) return 0

  const software = { version: ownVersion(), hash: null }
  const results: TestResult[] = []
  const note = async (more: readonly TestResult[]): Promise<void> => {
    results.push(...more)
    const at = Math.floor(ctx.clock.now() / 1000)
    session.must(await noteResults(files, folder, more, { device, election, at, software }))
  }
  // Whether Wi-Fi carries anything, the test vote shows.
  const others = tests.filter((id) => id !== 'test-vote' && id !== 'wifi')
  if (others.length > 0) {
    const vkey = loaded.ok ? loaded.value.manifest.keys.log : undefined
    const tested = await runDeviceTests(session, {
      device,
      tests: others,
      uris,
      answers,
      ledger: ledger === undefined || vkey === undefined ? undefined : { url: ledger, vkey },
      waitMs: secondsOf(session, 'wait') * 1000,
      isSimulated,
    })
    if (!tested.ok) throw new UsageError(`${tested.error}: ${tested.detail ?? ''}`)
    await note(tested.value)
  }
  if (vote !== null) await note(await testVote(session, device, vote))
  const open = results.filter(({ verdict }) => verdict === 'failed' || verdict === 'not-done')
  if (open.length > 0) session.must(err('selftest-failed', open.map(whatToDo).join('\n')))
  report.summary({ command: 'provision selftest', exitCode: 0 })
  return 0
}

interface VoteInput {
  readonly ledger: string
  readonly slip: string
  readonly manifest: Manifest
  readonly hash: Uint8Array
  readonly timeoutMs: number
}

async function voteInput(
  session: Session,
  ledger: string | undefined,
  timeoutMs: number,
): Promise<VoteInput> {
  if (ledger === undefined) throw new UsageError('--ledger is missing')
  const { manifest, hash } = session.must(await loadedElection(session.ports, session.ctx.folder.root))
  if (manifest.test !== true) session.must(err('not-a-test-election', manifest.id))
  const text = { ko: '시험 투표권의 QR 내용', en: 'QR text of a test slip' }
  const variable = 'HANPYO_TEST_SLIP'
  const slip = session.must(
    await askSecret(session, { flag: 'slip', variable, text, file: session.path('slip-file') }),
  ) as string
  return { ledger, slip, manifest, hash, timeoutMs }
}

/** Casts the vote; ends the command when it does not come through. */
async function testVote(session: Session, device: Device, vote: VoteInput): Promise<TestResult[]> {
  const { ports, ctx, report } = session
  const { ledger, slip, manifest, hash, timeoutMs } = vote
  const startMs = ports.clock.now()
  const core = session.must(await startTestCore(ports, ctx.folder))
  try {
    const acked = session.must(await castTestVote(core, { slip, clock: ports.clock, timeoutMs }))
    const { route, tracker } = acked
    const ledgerIndex = await waitOnLedger(session, { ledger, manifest, hash, tracker, timeoutMs })
    const tookMs = ports.clock.now() - startMs
    const at = Math.floor(ports.clock.now() / 1000)
    const result = { route, ackMs: acked.tookMs, ledgerIndex, tookMs }
    await ctx.files.write(
      join(ctx.folder.root, 'selftest.json'),
      `${JSON.stringify({ version: 1, kiosk: device.id, at, election: manifest.id, ...result }, null, 2)}\n`,
    )
    report.fact(
      { selftest: 'passed', ...result },
      `시험 표 확인 / test vote acknowledged over ${route} in ${(acked.tookMs / 1000).toFixed(1)} s, ledger record ${ledgerIndex}`,
    )
    const passed = { verdict: 'passed', at, problem: null, detail: null } as const
    const played = session.isSet('simulated') ? { simulated: true } : {}
    const facts = { route, tookMs: Math.round(acked.tookMs), ledgerIndex, ...played }
    return [
      { test: 'test-vote', ...passed, facts },
      ...(route === 'wifi' ? [{ test: 'wifi', ...passed, facts: { online: true, ...played } } as const] : []),
    ]
  } finally {
    await core.stop()
  }
}

function urisOf(session: Session, configured: DeviceUris, isSimulated: boolean): DeviceUris {
  const given = session.flags('device').map((text) => {
    const at = text.indexOf('=')
    const [name, uri] = [text.slice(0, at), text.slice(at + 1)]
    if (
      at < 1 ||
      !(DEVICE_NAMES as readonly string[]).includes(name) ||
      !isDeviceUri(name as DeviceName, uri)
    )
      throw new UsageError(`--device takes NAME=URI with one of ${DEVICE_NAMES.join(', ')}: ${text}`)
    return [name, uri] as const
  })
  const uris: DeviceUris = { ...configured, ...Object.fromEntries(given) }
  const real = Object.entries(uris).find(([, uri]) => !uri.startsWith('tcp:'))
  if (isSimulated && real !== undefined)
    throw new UsageError(`--simulated takes tcp: devices only: ${real.join('=')}`)
  return uris
}

/** One line of what is wrong, and the flag or act that settles it. */
function whatToDo({ test, verdict, problem, detail }: TestResult): string {
  const what = problem === null ? '' : SELF_TEST_PROBLEMS[problem].en
  const unanswered =
    verdict === 'not-done' ? ` (--answer ${test}=pass|fail|skip, or run it on a terminal)` : ''
  return `${test}: ${what}${detail === null ? '' : ` ${detail}`}${unanswered}`
}

function secondsOf(session: Session, flag: string): number {
  const seconds = Number(session.flag(flag))
  if (!(seconds >= 1 && seconds <= 3600)) throw new UsageError(`--${flag} takes 1 to 3600`)
  return seconds
}

function usable<T>(parsed: Result<T, string>): T {
  if (parsed.ok) return parsed.value
  throw new UsageError(parsed.error)
}

async function waitOnLedger(
  session: Session,
  look: { ledger: string; manifest: Manifest; hash: Uint8Array; tracker: string; timeoutMs: number },
): Promise<number> {
  const { clock, fetch: get } = session.ports
  const reader = ledgerReader(look.ledger, get)
  const ed25519 = createNodeEd25519()
  const startMs = clock.now()
  const { manifest, hash, tracker } = look
  while (clock.now() - startMs < look.timeoutMs) {
    const logVkey = manifest.keys.log
    const index = await findBallot({ reader, ed25519, logVkey, manifestHash: hash, tracker })
    if (index !== null) return index
    await clock.sleep(500)
  }
  return session.must(err('test-vote-not-on-ledger', look.ledger))
}

/** The manifest of the loaded election, if it is still what the authority that it names has signed. */
export async function loadedElection(
  { files }: Pick<Ports, 'files'>,
  root: string,
): Promise<Result<{ manifest: Manifest; hash: Uint8Array }, 'election-not-loaded'>> {
  const bytes = await files.read(join(root, 'election', 'manifest.note'))
  const note = bytes === null ? null : parseNote(decodeUtf8(bytes))
  if (note?.ok !== true) return err('election-not-loaded', root)
  const manifest = parseManifest(note.value.text)
  if (!manifest.ok) return err('election-not-loaded', manifest.error)
  const authority = noteVerifier(nobleEd25519, manifest.value.keys.authority)
  if (!authority.ok || !verifyNote(note.value, [authority.value], { exactly: true }).ok)
    return err('election-not-loaded', 'manifest.note is not as the authority signed it')
  return ok({ manifest: manifest.value, hash: manifestHash(note.value.text) })
}
