import { join } from 'node:path'
import { type Command, UsageError } from '@hanpyo/platform/command.ts'
import { createNodeEd25519 } from '@hanpyo/platform/crypto/node-backend.ts'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { type Manifest, manifestHash, parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { provisionCommand, type Session } from '../../frame/command.ts'
import { readDevice } from '../../frame/device-folder.ts'
import type { Ports } from '../../frame/ports.ts'
import { askSecret } from '../../frame/prompts.ts'
import { startTestCore } from '../selftest/core.ts'
import { findBallot, ledgerReader } from '../selftest/find-on-ledger.ts'
import { castTestVote } from '../selftest/test-vote.ts'

/** `provision selftest`. */
export function selftestCommands(ports: () => Ports): readonly Command[] {
  return [
    provisionCommand({
      name: 'provision selftest',
      summary: 'Start the kiosk core, cast a test vote, and see it acknowledged and on the test ledger.',
      usage: [
        'hanpyo provision selftest --dir DIR --ledger URL [--slip-file FILE] [--seconds N]',
        '',
        'The loaded election must be a test election. Devices that need a person (keys, paper, sound, lamp) are tried on the technician',
        'screen of the kiosk, or one by one with hanpyo device test.',
        '',
        '  --ledger URL      the test ledger (bridge or mirror)',
        '  --slip-file FILE  QR text of a test slip, mode 0600 (or HANPYO_TEST_SLIP, or HANPYO_TEST_SLIP_FILE)',
        '  --seconds N       how long to wait for the acknowledgement (default 120)',
        '',
        'Exit codes: 0 on the ledger, 71 the core did not start, 72 no test election, 73 no acknowledgement, 74 not on the ledger.',
      ].join('\n'),
      options: {
        ledger: { type: 'string' },
        'slip-file': { type: 'string' },
        seconds: { type: 'string', default: '120' },
      },
      ports,
      body: selftest,
    }),
  ]
}

async function selftest(session: Session): Promise<number> {
  const { ports, ctx, report } = session
  const seconds = Number(session.flag('seconds'))
  if (!(seconds >= 1 && seconds <= 3600)) throw new UsageError('--seconds takes 1 to 3600')
  const ledger = session.flag('ledger')
  if (ledger === undefined || !URL.canParse(ledger)) throw new UsageError('--ledger is missing or no address')
  const device = session.must(await readDevice(ctx.files, ctx.folder))
  const { manifest, hash } = session.must(await loadedElection(ports, ctx.folder.root))
  if (manifest.test !== true) session.must(err('not-a-test-election', manifest.id))
  const text = { ko: '시험 투표권의 QR 내용', en: 'QR text of a test slip' }
  const variable = 'HANPYO_TEST_SLIP'
  const slip = session.must(
    await askSecret(session, { flag: 'slip', variable, text, file: session.path('slip-file') }),
  ) as string
  if (session.dryRun) return 0
  const startMs = ports.clock.now()
  const core = session.must(await startTestCore(ports, ctx.folder))
  try {
    const timeoutMs = seconds * 1000
    const vote = session.must(await castTestVote(core, { slip, clock: ports.clock, timeoutMs }))
    const position = await waitOnLedger(session, { ledger, manifest, hash, tracker: vote.tracker, timeoutMs })
    const tookMs = ports.clock.now() - startMs
    const result = { route: vote.route, ackMs: vote.tookMs, ledgerIndex: position, tookMs }
    await ctx.files.write(
      join(ctx.folder.root, 'selftest.json'),
      `${JSON.stringify({ version: 1, kiosk: device.id, at: Math.floor(ports.clock.now() / 1000), election: manifest.id, ...result }, null, 2)}\n`,
    )
    report.fact(
      { selftest: 'passed', ...result },
      `시험 표 확인 / test vote acknowledged over ${vote.route} in ${(vote.tookMs / 1000).toFixed(1)} s, ledger record ${position}`,
    )
  } finally {
    await core.stop()
  }
  report.summary({ command: 'provision selftest', exitCode: 0 })
  return 0
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

/** The manifest of the loaded election. Its signature was checked when it was loaded, and the core checks it again. */
export async function loadedElection(
  { files }: Pick<Ports, 'files'>,
  root: string,
): Promise<Result<{ manifest: Manifest; hash: Uint8Array }, 'election-not-loaded'>> {
  const bytes = await files.read(join(root, 'election', 'manifest.note'))
  const note = bytes === null ? null : parseNote(decodeUtf8(bytes))
  if (note?.ok !== true) return err('election-not-loaded', root)
  const manifest = parseManifest(note.value.text)
  if (!manifest.ok) return err('election-not-loaded', manifest.error)
  return ok({ manifest: manifest.value, hash: manifestHash(note.value.text) })
}
