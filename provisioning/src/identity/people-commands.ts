import { join } from 'node:path'
import { type Command, UsageError } from '@hanpyo/platform/command.ts'
import { openSealed, seal } from '@hanpyo/platform/sealed-file.ts'
import { openTpm } from '@hanpyo/platform/tpm/tpm.ts'
import { equalBytes, utf8 } from '@hanpyo/protocol/bytes.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { err, ok } from '@hanpyo/protocol/result.ts'
import { COMMON_USAGE, provisionCommand, requiredFlag, type Session } from '../frame/command.ts'
import { parseJsonWith } from '../frame/parse-json.ts'
import type { Ports } from '../frame/ports.ts'
import { askSecret } from '../frame/prompts.ts'
import { readDeskKey } from './desk.ts'
import { DESK_OPTIONS, DESK_USAGE, deskOf, openersOf, timeOf } from './desk-session.ts'
import { parseKeyFileName } from './key-file-name.ts'
import { kiosksOf } from './revoke-commands.ts'
import {
  approveRevocation,
  certifyTechnician,
  drawTechnician,
  readTechnician,
  technicianFiles,
  technicianRequestSchema,
} from './technician.ts'

const DAY_SECONDS = 86_400
const MOST_DAYS = 366

/** Technicians' keys and certificates, approvals, and sealing the device authority's keys. */
export function peopleCommands(ports: () => Ports): readonly Command[] {
  return [
    provisionCommand({
      name: 'provision technician new',
      summary: "Make a technician's key and a request for a certificate",
      usage: `hanpyo provision technician new --id NAME --technician DIR

  --id NAME         lower-case letters, digits and hyphens
${COMMON_USAGE}`,
      options: { id: { type: 'string' } },
      ports,
      body: newTechnician,
    }),
    provisionCommand({
      name: 'provision technician certify',
      summary: "Sign a technician's certificate, at the device authority's desk",
      usage: `hanpyo provision technician certify --request FILE --out DIR [--days 90] [--desk DIR]

  --request FILE    technician-request.json
  --out DIR         where technician.note goes; the technician puts it into their folder
  --days N          how long it is good, 1 to ${MOST_DAYS} (default: 90)
${DESK_USAGE}`,
      options: {
        ...DESK_OPTIONS,
        request: { type: 'string' },
        out: { type: 'string' },
        days: { type: 'string' },
      },
      ports,
      body: certify,
    }),
    provisionCommand({
      name: 'provision approve',
      summary: 'Agree to revoke exactly these kiosks; two people are needed for more than 5',
      usage: `hanpyo provision approve --kiosks 1,2,3,4,5,6 --technician DIR --out FILE

${COMMON_USAGE}`,
      options: {
        kiosk: { type: 'string', multiple: true },
        kiosks: { type: 'string' },
        out: { type: 'string' },
        'passphrase-file': { type: 'string' },
      },
      ports,
      body: approve,
    }),
    provisionCommand({
      name: 'provision desk seal',
      summary: "Encrypt the device authority's keys by a passphrase or this machine's TPM",
      usage: `hanpyo provision desk seal --seal passphrase|tpm [--new-passphrase-file FILE] [--desk DIR]

Replaces the key files by sealed ones. Keep the passphrase apart from the folder; without it the keys are gone.
${DESK_USAGE}`,
      options: { ...DESK_OPTIONS, seal: { type: 'string' }, 'new-passphrase-file': { type: 'string' } },
      ports,
      body: sealDesk,
    }),
  ]
}

async function newTechnician(session: Session): Promise<number> {
  const { files, random } = session.ports
  const id = requiredFlag(session, 'id')
  const folder = session.path('technician')
  if (folder === undefined) throw new UsageError('--technician is missing')
  if (!/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(id)) throw new UsageError('--id is not a short name')
  const paths = technicianFiles(folder)
  if (session.dryRun) return wouldWrite(session, paths.request)
  await files.makeFolder(folder, 0o700)
  if ((await files.read(paths.key)) === null) {
    const { key, request } = drawTechnician(nobleEd25519, id, random(32))
    await files.write(paths.request, `${JSON.stringify(request, null, 2)}\n`)
    await files.write(paths.key, `${JSON.stringify(key, null, 2)}\n`, { mode: 0o600 })
  }
  session.report.fact({ request: paths.request }, `written ${paths.request}`)
  return 0
}

async function certify(session: Session): Promise<number> {
  const { files } = session.ports
  const [path, out] = [session.path('request'), session.path('out')]
  if (path === undefined || out === undefined) throw new UsageError('--request and --out are needed')
  const days = Number(session.flag('days') ?? '90')
  if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS)
    throw new UsageError(`--days is 1 to ${MOST_DAYS}`)
  const parsed = parseJsonWith(technicianRequestSchema, (await files.read(path)) ?? new Uint8Array())
  const request = session.must(parsed.ok ? parsed : err('request-unreadable', `${path}: ${parsed.detail}`))
  const desk = await deskOf(session)
  const key = session.must(await readDeskKey(desk, openersOf(session)))
  const notBefore = timeOf(session)
  const validity = { notBefore, notAfter: notBefore + days * DAY_SECONDS }
  const note = certifyTechnician(desk.election, { name: key.name, seed: key.seed }, request, validity)
  if (session.dryRun) return wouldWrite(session, technicianFiles(out).certificate)
  await files.makeFolder(out)
  await files.makeFolder(desk.folder.technicians)
  await files.write(join(desk.folder.technicians, `${request.id}.note`), note)
  await files.write(technicianFiles(out).certificate, note)
  session.report.fact(
    { technician: request.id, notAfter: validity.notAfter },
    `written ${technicianFiles(out).certificate}, good for ${days} days`,
  )
  return 0
}

async function approve(session: Session): Promise<number> {
  const { clock, files } = session.ports
  const [folder, out] = [session.path('technician'), session.path('out')]
  if (folder === undefined || out === undefined) throw new UsageError('--technician and --out are needed')
  const kiosks = kiosksOf(session)
  const now = Math.floor(clock.now() / 1000)
  const openers = openersOf(session, 'HANPYO_TECHNICIAN_PASSPHRASE')
  const technician = session.must(
    await readTechnician(files, folder, { ed25519: nobleEd25519, openers, now }),
  )
  if (session.dryRun) return wouldWrite(session, out)
  await files.write(out, approveRevocation(nobleEd25519, technician, kiosks, now))
  session.report.fact(
    { approved: [...kiosks] },
    `written ${out}: ${technician.id} agrees to revoke ${kiosks.join(', ')}`,
  )
  return 0
}

async function sealDesk(session: Session): Promise<number> {
  const { files, random, run } = session.ports
  const desk = await deskOf(session)
  if (session.dryRun) return wouldWrite(session, desk.folder.deviceAuthorityKey, desk.folder.deviceCa)
  const how = await method()
  const openers = {
    passphrase: async () => (how.method === 'passphrase' ? how.passphrase : undefined),
    tpm: () => openTpm(run),
  }
  for (const path of [desk.folder.deviceAuthorityKey, desk.folder.deviceCa]) {
    const plaintext = await files.read(path)
    const named = plaintext === null ? null : parseKeyFileName(plaintext)
    if (plaintext === null) return session.must(err('key-file-missing', path))
    // A file that is sealed already has the type of a sealed file.
    if (named === null) return session.must(err('key-file-malformed', path))
    if (named.type === 'hanpyo-sealed') continue
    const sealed = await seal({ name: named.name, content: named.type, plaintext, how, random })
    const text = session.must(sealed)
    // There is no other copy of the key: what cannot be opened here and now does not replace it.
    const opened = session.must(await openSealed(utf8(text), openers))
    if (!equalBytes(opened, plaintext)) return session.must(err('seal-wrong', path))
    await files.write(path, text, { mode: 0o600 })
    session.report.fact({ sealed: path }, `sealed ${path}`)
  }
  return session.must(ok(0))

  async function method() {
    if (requiredFlag(session, 'seal') === 'tpm') {
      return { method: 'tpm2', tpm: session.must(await openTpm(run)) } as const
    }
    const question = {
      flag: 'new-passphrase',
      variable: 'HANPYO_NEW_PASSPHRASE',
      text: { ko: '새 암호', en: 'New passphrase' },
      file: session.flag('new-passphrase-file'),
    }
    const passphrase = session.must(await askSecret(session, question)) as string
    const again = { ...question, text: { ko: '새 암호 한 번 더', en: 'New passphrase once more' } }
    // Typed without seeing it; from a file or the environment it is the same anyway.
    if (passphrase !== session.must(await askSecret(session, again)))
      session.must(err('answer-invalid', 'the two passphrases differ'))
    return { method: 'passphrase', passphrase } as const
  }
}

function wouldWrite(session: Session, ...paths: readonly string[]): number {
  for (const path of paths) session.report.fact({ wouldWrite: path }, `would write ${path}`)
  return 0
}
