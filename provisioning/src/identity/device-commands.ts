import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, UsageError } from '@hanpyo/platform/command.ts'
import { makeDurableDirectory, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { certificateSha256 } from '@hanpyo/platform/x509.ts'
import { parseEnrolmentRequest } from '@hanpyo/protocol/election/enrolment.ts'
import { provisionCommand, requiredFlag, type Session } from '../frame/command.ts'
import type { Ports } from '../frame/ports.ts'
import { describePosition, postRecord } from './bridge.ts'
import { readDeskKey, readDeviceCa } from './desk.ts'
import { DESK_OPTIONS, DESK_USAGE, deskOf, kioskOf, openersOf, timeOf } from './desk-session.ts'
import {
  BROKER_SERVICES,
  type DeviceRecord,
  enrolDevice,
  issueBrokerCertificate,
  issueServiceCertificate,
  writeEnrolment,
} from './device-authority.ts'
import { enrolAtDesk } from './enrol-at-desk.ts'
import { writeCrl } from './revoke-at-desk.ts'

const ENROL_OPTIONS = {
  ...DESK_OPTIONS,
  kiosk: { type: 'string' },
  request: { type: 'string' },
  out: { type: 'string' },
} as const

const enrolUsage = (name: string) =>
  [
    `hanpyo ${name} --kiosk ID --request FILE.json --out DIR [--desk DIR] [--bridge URL]`,
    '',
    'FILE.json comes from the kiosk: {"kiosk", "ed25519", "x25519", "devEui"?, "certificateRequest"?}, keys in',
    'base64, the request as PKCS #10 PEM with CN = kiosk id. Writes certificate, CA certificate and signed note.',
    'Running it again gives the same record and certificate.',
    '',
    '  --kiosk ID        the slot of the manifest',
    '  --request FILE    what the kiosk made',
    '  --out DIR         where to put what goes back to the kiosk',
    DESK_USAGE,
  ].join('\n')

/** The device authority's commands; `device enrol` and `provision enrol sign` are the same. */
export function deviceCommands(ports: () => Ports): readonly Command[] {
  const enrol = (name: string) =>
    provisionCommand({
      name,
      summary: "Admit a kiosk: certificate for the broker, record that binds the kiosk's keys",
      usage: enrolUsage(name),
      options: ENROL_OPTIONS,
      ports,
      body: (session) => signRequest(session),
    })
  return [
    enrol('device enrol'),
    enrol('provision enrol sign'),
    provisionCommand({
      name: 'device broker',
      summary: "Issue the broker's server certificate, by the same CA as the kiosks'",
      usage: [
        'hanpyo device broker --names broker.example,10.0.0.5 --out DIR [--desk DIR]',
        '',
        '  --names LIST      DNS names and IP addresses by which kiosks reach the broker',
        DESK_USAGE,
        '',
        'Writes broker.crt.pem, broker.key.pem (mode 0600), ca.crt.pem and crl.pem, the list of revoked certificates.',
      ].join('\n'),
      options: { ...DESK_OPTIONS, names: { type: 'string' }, out: { type: 'string' } },
      ports,
      body: issueForBroker,
    }),
    provisionCommand({
      name: 'device service',
      summary: "Issue the bridge's or ChirpStack's certificate for the broker, by the same CA as the kiosks'",
      usage: [
        'hanpyo device service --name bridge|chirpstack --out DIR [--desk DIR]',
        '',
        '  --name NAME       who it is for; the common name that the broker looks at',
        DESK_USAGE,
        '',
        'Writes client.pem, client-key.pem (mode 0600) and ca.pem.',
      ].join('\n'),
      options: { ...DESK_OPTIONS, name: { type: 'string' }, out: { type: 'string' } },
      ports,
      body: issueForService,
    }),
  ]
}

/** Admits the device of `--request` into a slot. */
export async function signRequest(session: Session, kiosk = kioskOf(session)): Promise<number> {
  const { ports, report } = session
  const [outDir, requestPath] = [outOf(session), session.path('request')]
  if (requestPath === undefined) throw new UsageError('--request is missing')
  const text = await readFile(requestPath, 'utf8').catch(() => '')
  const request = session.must(parseEnrolmentRequest(text))
  const desk = await deskOf(session)
  const openers = openersOf(session)
  const key = session.must(await readDeskKey(desk, openers))
  const ca = session.must(await readDeviceCa(desk, openers))
  const { files } = ports
  if (session.dryRun) {
    const input = { election: desk.election, key, ca, kiosk, request, at: timeOf(session) }
    session.must(await enrolDevice(input))
    report.fact({ wouldEnrol: kiosk, out: outDir }, `would enrol kiosk ${kiosk} and write to ${outDir}`)
    return 0
  }
  const enrolment = session.must(
    await enrolAtDesk({ desk, files, key, ca, kiosk, request, at: timeOf(session) }),
  )
  const written = await writeEnrolment(desk.folder, kiosk, enrolment, outDir)
  for (const path of Object.values(written)) report.fact({ written: path }, `written ${path}`)
  const caSha256 = certificateSha256(ca.cert)
  report.fact({ caSha256 }, `certificate authority, SHA-256: ${caSha256.match(/.{8}/g)?.join(' ')}`)
  await postIfAsked(session, enrolment.record)
  return 0
}

async function issueForBroker(session: Session): Promise<number> {
  const names = requiredFlag(session, 'names')
    .split(',')
    .map((name) => name.trim())
  const outDir = outOf(session)
  const desk = await deskOf(session)
  const ca = session.must(await readDeviceCa(desk, openersOf(session)))
  if (session.dryRun) {
    session.report.fact({ wouldWrite: outDir }, `would write the broker's certificate and lists to ${outDir}`)
    return 0
  }
  const issued = await issueBrokerCertificate(ca, names)
  await makeDurableDirectory(outDir)
  await writeDurable(join(outDir, 'broker.crt.pem'), issued.cert)
  await writeDurable(join(outDir, 'broker.key.pem'), issued.key, { mode: 0o600 })
  await writeDurable(join(outDir, 'ca.crt.pem'), ca.cert)
  const crl = session.must(await writeCrl(session.ports.files, desk.folder, ca))
  await writeDurable(join(outDir, 'crl.pem'), crl)
  const line = `written ${join(outDir, 'broker.crt.pem')}, broker.key.pem, ca.crt.pem and crl.pem`
  session.report.fact({ written: outDir }, line)
  return 0
}

async function issueForService(session: Session): Promise<number> {
  const service = BROKER_SERVICES.find((name) => name === requiredFlag(session, 'name'))
  if (service === undefined) throw new UsageError(`--name is not one of ${BROKER_SERVICES.join(', ')}`)
  const outDir = outOf(session)
  const ca = session.must(await readDeviceCa(await deskOf(session), openersOf(session)))
  if (session.dryRun) {
    session.report.fact({ wouldWrite: outDir }, `would write the certificate of ${service} to ${outDir}`)
    return 0
  }
  const issued = await issueServiceCertificate(ca, service)
  await makeDurableDirectory(outDir)
  await writeDurable(join(outDir, 'client.pem'), issued.cert)
  await writeDurable(join(outDir, 'client-key.pem'), issued.key, { mode: 0o600 })
  await writeDurable(join(outDir, 'ca.pem'), ca.cert)
  session.report.fact({ written: outDir }, `written ${join(outDir, 'client.pem')}, client-key.pem and ca.pem`)
  return 0
}

/** Posts a record to `--bridge`, if there is one, and says where it is. */
export async function postIfAsked(session: Session, record: DeviceRecord): Promise<void> {
  const url = session.flag('bridge')
  if (url === undefined) return
  if (!URL.canParse(url)) throw new UsageError(`not an address: ${url}`)
  const { position } = session.must(await postRecord(session.ports.fetch, url, record))
  session.report.fact({ position }, describePosition(position))
}

function outOf(session: Session): string {
  const out = session.path('out')
  if (out === undefined) throw new UsageError('--out is missing')
  return out
}
