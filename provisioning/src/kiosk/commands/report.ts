import { join } from 'node:path'
import type { Command } from '@hanpyo/platform/command.ts'
import { createNodeEd25519 } from '@hanpyo/platform/crypto/node-backend.ts'
import { fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { err } from '@hanpyo/protocol/result.ts'
import { provisionCommand, type Session } from '../../frame/command.ts'
import type { Ports } from '../../frame/ports.ts'
import { technicianFiles, verifyTechnician } from '../../identity/technician.ts'
import { readFacts } from '../../radio/chirpstack/devices.ts'
import { openServer, SERVER_OPTIONS, SERVER_USAGE } from '../../radio/chirpstack/open-server.ts'
import { TOKEN_VARIABLE } from '../../radio/chirpstack/token.ts'
import { readRadioFile } from '../../radio/radio-file.ts'
import { type GatherOptions, gatherReport } from '../report/gather.ts'
import { reportPdf, verdictText } from '../report/paper.ts'
import { ownSoftwareHash } from '../software.ts'
import { loadedElection } from './selftest.ts'

/** `provision report`. */
export function reportCommands(ports: () => Ports): readonly Command[] {
  return [
    provisionCommand({
      name: 'provision report',
      summary: 'Say whether a device is ready, and write the report (JSON and PDF).',
      usage: [
        'hanpyo provision report --dir DIR [--technician-certificates DIR] [--out DIR]',
        '',
        'Writes provision-report.json and provision-report.pdf. Merges steps, tests, certificate, modem, ChirpStack and software, and checks chain and',
        "signatures of the work log. The election's device authority signs technicians' certificates; those of lines in the log are needed.",
        '',
        '  --technician-certificates DIR   folder of *.note (the desk has them in devices/technicians); --technician counts too',
        '  --allow-simulated for an exercise: tests of simulated devices count; the report says that it is one',
        '  --out DIR         where the two files go (default: the device folder)',
        SERVER_USAGE,
        '',
        'ChirpStack is asked when there is a token. Exit codes: 0 ready, 75 not ready, 16 the work log was changed.',
      ].join('\n'),
      options: {
        ...SERVER_OPTIONS,
        'technician-certificates': { type: 'string' },
        out: { type: 'string' },
        'allow-simulated': { type: 'boolean', default: false },
      },
      ports,
      body: report,
    }),
  ]
}

async function report(session: Session): Promise<number> {
  const { ctx, report: tell } = session
  const { files, folder } = ctx
  const gathered = session.must(
    await gatherReport(ctx, {
      technicianKey: await technicianKeys(session),
      chirpstack: await askChirpStack(session),
      softwareHash: await ownSoftwareHash(ctx),
      allowSimulated: session.isSet('allow-simulated'),
    }),
  )
  const out = session.path('out') ?? folder.root
  if (!session.dryRun) {
    await files.makeFolder(out)
    await files.write(join(out, 'provision-report.pdf'), await reportPdf(gathered))
    await files.write(join(out, 'provision-report.json'), `${JSON.stringify(gathered, null, 2)}\n`)
  }
  const { kiosk, missing, verdict, workLog } = gathered
  const log = workLog.isIntact ? `${workLog.lines} lines, ${workLog.unsigned} unsigned` : 'changed'
  tell.fact(
    { kiosk, verdict, simulated: gathered.simulated, missing: [...missing], workLog: { ...workLog } },
    `${kiosk}: ${verdictText(gathered)}; work log: ${log}`,
  )
  if (!workLog.isIntact) session.must(err('work-log-broken', workLog.problem ?? ''))
  if (missing.length > 0) session.must(err('not-ready', missing.join('\n')))
  tell.summary({ command: 'provision report', exitCode: 0 })
  return 0
}

/** Keys by the certificates at hand, each valid only in its time. */
export async function technicianKeys(session: Session): Promise<GatherOptions['technicianKey']> {
  const { files, folder } = session.ctx
  const loaded = await loadedElection(session.ctx, folder.root)
  const certificates = session.path('technician-certificates')
  const own = session.path('technician') ?? session.io.env.HANPYO_TECHNICIAN
  const names = certificates === undefined ? [] : await files.list(certificates)
  const paths = names.filter((name) => name.endsWith('.note')).map((name) => join(certificates ?? '', name))
  if (own !== undefined) paths.push(technicianFiles(own).certificate)
  const notes = (await Promise.all(paths.map((path) => files.read(path)))).filter((bytes) => bytes !== null)
  const texts = notes.map((bytes) => new TextDecoder().decode(bytes))
  return (id, at) => {
    if (!loaded.ok) return undefined
    const { hash, manifest } = loaded.value
    const election = { ed25519: createNodeEd25519(), manifest, manifestHash: hash }
    for (const text of texts) {
      const certificate = verifyTechnician(text, election, at)
      if (certificate.ok && certificate.value.id === id) return fromBase64(certificate.value.ed25519)
    }
    return undefined
  }
}

/** Whether ChirpStack lets the modem in now. Without a token it is not asked; one that cannot be asked ends the command. */
async function askChirpStack(session: Session): Promise<GatherOptions['chirpstack']> {
  const { env } = session.io
  const hasToken =
    session.flag('token-file') ?? env[`${TOKEN_VARIABLE}_FILE`] ?? env[TOKEN_VARIABLE] ?? undefined
  const radio = session.must(await readRadioFile(session.ctx.files, session.ctx.folder))
  const devEui = radio.programming?.devEui
  if (hasToken === undefined || devEui === undefined) return null
  const opened = session.must(await openServer(session, radio.chirpstack))
  if (opened === null) return null
  const { server } = opened
  try {
    const facts = session.must(await readFacts(server, devEui, radio.chirpstack?.applicationId))
    if (facts === null) return 'missing'
    return facts.isDisabled ? 'disabled' : 'registered'
  } finally {
    server.close()
  }
}
