import { dirname, join } from 'node:path'
import { type Command, UsageError } from '@hanpyo/platform/command.ts'
import { createNodeEd25519 } from '@hanpyo/platform/crypto/node-backend.ts'
import { readSealableKeyFile } from '@hanpyo/platform/sealable-key-file.ts'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { signingKeySchema } from '@hanpyo/protocol/election/office-files.ts'
import { parseSkey } from '@hanpyo/protocol/log/vkey.ts'
import { ok } from '@hanpyo/protocol/result.ts'
import { provisionCommand, type Session } from '../../frame/command.ts'
import { readDevice } from '../../frame/device-folder.ts'
import type { Ports } from '../../frame/ports.ts'
import { openersOf, timeOf } from '../../identity/desk-session.ts'
import { openSigner } from '../../identity/signer.ts'
import { createBundle } from '../bundle/create.ts'
import { type ImportContext, importBundle } from '../bundle/import.ts'
import { withVerifiedBundle } from '../bundle/verify.ts'
import { readBox } from '../hanpyo-command.ts'
import { type KioskFileContext, kioskFileStep } from '../kiosk-file.ts'

const AUTHORITY_USAGE =
  "  --authority VKEY  the authority's key, as compared on paper (or HANPYO_AUTHORITY; later runs remember it)"

/** `provision bundle create|verify|import` and `provision load-election`. */
export function bundleCommands(ports: () => Ports): readonly Command[] {
  const importing = { ports, openSigner, options: IMPORT_OPTIONS } as const
  return [
    provisionCommand({
      name: 'provision bundle create',
      summary: 'Make a signed content package of an election for kiosks.',
      usage: [
        'hanpyo provision bundle create --election DIR --key FILE --out bundle.zip [--extras DIR]',
        '',
        '  --election DIR  election folder: manifest.note and blobs/',
        '  --extras DIR    folder with texts/, audio/, settings/, policy/',
        '  --key FILE      signing key of the authority or the device authority (sealed or not)',
        '  --passphrase-file FILE   opens a sealed key (or HANPYO_DESK_PASSPHRASE_FILE)',
        '  --out FILE      the package',
        '  --at TIME       time in the index, ISO 8601 with offset (default: now)',
      ].join('\n'),
      options: {
        election: { type: 'string' },
        extras: { type: 'string' },
        key: { type: 'string' },
        out: { type: 'string' },
        at: { type: 'string' },
        'passphrase-file': { type: 'string' },
      },
      ports,
      body: create,
    }),
    provisionCommand({
      name: 'provision bundle verify',
      summary: 'Check a content package to the last byte; writes nothing.',
      usage: `hanpyo provision bundle verify FILE --authority VKEY\n\n${AUTHORITY_USAGE}`,
      options: { authority: { type: 'string' } },
      ports,
      async body(session) {
        const path = bundlePath(session)
        const trust = { ed25519: createNodeEd25519(), authority: await authorityOf(session) }
        const bundle = session.must(await withVerifiedBundle(path, trust, async (found) => ok(found)))
        const { election, manifest, isTest } = bundle.index
        session.report.fact(
          { bundle: bundle.id, election, manifest, isTest, files: bundle.files.length },
          `${election}${isTest ? ' (시험 / TEST)' : ''}: ${bundle.files.length} files, manifest ${manifest}, content ${bundle.id}`,
        )
        return 0
      },
    }),
    provisionCommand({
      ...importing,
      name: 'provision bundle import',
      summary: 'Check a content package and put it in place, all of it or nothing.',
      usage: `hanpyo provision bundle import FILE --dir DIR --authority VKEY\n\n${AUTHORITY_USAGE}`,
      body: (session) => load(session, bundlePath(session)),
    }),
    provisionCommand({
      ...importing,
      name: 'provision load-election',
      summary: 'Load an election onto a kiosk: its package, and what the kiosk core needs to start with it.',
      usage: `hanpyo provision load-election --dir DIR --bundle FILE --authority VKEY [--ledger URL [--ledger-certificate]]\n\n${AUTHORITY_USAGE}\n  --ledger URL      the public ledger the kiosk follows\n  --ledger-certificate   its server has a certificate of the broker's authority; the kiosk shows it the one it shows the broker`,
      body: (session) => load(session, session.path('bundle') ?? missing('--bundle')),
    }),
  ]
}

const IMPORT_OPTIONS = {
  authority: { type: 'string' },
  bundle: { type: 'string' },
  ledger: { type: 'string' },
  'ledger-certificate': { type: 'boolean', default: false },
} as const

async function create(session: Session): Promise<number> {
  const [electionDir, key, out] = (['election', 'key', 'out'] as const).map(
    (name) => session.path(name) ?? missing(`--${name}`),
  ) as [string, string, string]
  const ed25519 = createNodeEd25519()
  const file = session.must(
    await readSealableKeyFile(key, 'hanpyo-signing-key', signingKeySchema, openersOf(session)),
  )
  const signer = parseSkey(ed25519, file.skey)
  if (!signer.ok) throw new UsageError(`--key: ${signer.error}`)
  const extrasDir = session.path('extras')
  const { name, seed } = signer.value
  const bytes = session.must(
    await createBundle(
      { electionDir, ...(extrasDir === undefined ? {} : { extrasDir }) },
      { ed25519, name, seed, at: timeOf(session) },
    ),
  )
  if (!session.dryRun) {
    await session.ports.files.makeFolder(dirname(out))
    await session.ports.files.write(out, bytes)
  }
  session.report.fact({ written: out, bytes: bytes.length }, `${out}: ${bytes.length} bytes`)
  return 0
}

async function load(session: Session, path: string): Promise<number> {
  const { ctx } = session
  const { folder, files } = ctx
  const device = session.must(await readDevice(files, folder))
  const authority = await authorityOf(session)
  const trust = { ed25519: createNodeEd25519(), authority }
  const box = () =>
    readBox(ctx, { config: join(folder.root, 'kiosk.toml'), box: join(folder.root, 'data', 'box.sqlite') })
  const kiosk = { device, authority, ...ledgerOf(session) }
  return session.must(
    await withVerifiedBundle(path, trust, async (bundle) =>
      ok(
        await session.run<ImportContext & KioskFileContext>([importBundle, kioskFileStep], {
          ...ctx,
          bundle,
          box,
          kiosk,
        }),
      ),
    ),
  )
}

function ledgerOf(session: Session): { ledger?: { url: string; hasCertificate: boolean } } {
  const url = session.flag('ledger')
  const hasCertificate = session.isSet('ledger-certificate')
  if (hasCertificate && !url?.startsWith('https:'))
    throw new UsageError('--ledger-certificate is for --ledger https://…')
  return url === undefined ? {} : { ledger: { url, hasCertificate } }
}

/** The key people compared: from the flag, the environment, or the first import. */
async function authorityOf(session: Session): Promise<string> {
  const given = session.flag('authority') ?? session.io.env.HANPYO_AUTHORITY
  if (given !== undefined) return given
  const { files, folder } = session.ctx
  const file = await files.read(join(folder.root, 'kiosk.toml'))
  const remembered = file === null ? null : /^authority = (".*")$/m.exec(decodeUtf8(file))?.[1]
  return remembered === undefined || remembered === null
    ? missing('--authority')
    : (JSON.parse(remembered) as string)
}

function bundlePath(session: Session): string {
  const [given] = session.positionals
  return given === undefined || session.positionals.length > 1
    ? missing('one FILE')
    : join(given.startsWith('/') ? '/' : session.io.cwd, given)
}

function missing(what: string): never {
  throw new UsageError(`${what} is missing`)
}
