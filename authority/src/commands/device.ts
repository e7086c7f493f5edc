import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Command, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { makeDurableDirectory, writeDurable } from '@hanpyo/platform/durable-file.ts'
import {
  BROKER_SERVICES,
  enrolDevice,
  issueBrokerCertificate,
  issueServiceCertificate,
  parseEnrolmentRequest,
  readDeviceCa,
  readEnrolment,
  revokeDevice,
  writeEnrolment,
} from '../device-authority.ts'
import {
  type Arguments,
  deliver,
  electionOf,
  guard,
  keyOf,
  must,
  post,
  RECORD_OPTIONS,
  RECORD_USAGE,
  readArguments,
  timeOf,
} from './run.ts'

export const deviceEnrol: Command = {
  name: 'device enrol',
  summary: "Admit a kiosk: certificate for the broker, record that binds the kiosk's keys",
  usage: [
    'hanpyo device enrol --kiosk ID --request FILE.json --out DIR [--election DIR] [--bridge URL]',
    '',
    'FILE.json comes from the kiosk: {"kiosk", "ed25519", "x25519", "devEui"?, "certificateRequest"?}, keys in',
    'base64, the request as PKCS #10 PEM with CN = kiosk id. Writes certificate, CA certificate and signed note.',
    '',
    '  --kiosk ID       the slot of the manifest',
    '  --request FILE   what the kiosk made',
    '  --out DIR        where to put what goes back to the kiosk',
    '  --election DIR   election folder (default: the current folder)',
    '  --bridge URL     post the record to this bridge now',
    '  --at TIME        time in the record, ISO 8601 with offset (default: now)',
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, {
        ...RECORD_OPTIONS,
        kiosk: { type: 'string' },
        request: { type: 'string' },
      })
      const kiosk = kioskOf(given)
      const outDir = resolve(io.cwd, given.required('out'))
      const requestPath = resolve(io.cwd, given.required('request'))
      const text = await readFile(requestPath, 'utf8').catch(() => '')
      const request = must(parseEnrolmentRequest(text))
      const election = await electionOf(given, io)
      const key = await keyOf(election, 'deviceAuthority')
      const { cert, key: caKey } = must(await readDeviceCa(election))
      const at = timeOf(given)
      const enrolment = must(
        await enrolDevice({ election, key, ca: { cert, key: caKey }, kiosk, request, at }),
      )
      const files = await writeEnrolment(election, kiosk, enrolment, outDir)
      for (const path of Object.values(files)) io.stdout(`written ${path}`)
      const bridge = given.text('bridge')
      if (bridge !== undefined) await post(bridge, enrolment.record, given, io)
      return EXIT.ok
    }),
}

export const deviceRevoke: Command = {
  name: 'device revoke',
  summary: "End a kiosk's enrolment, for a replacement or after a loss",
  usage: ['hanpyo device revoke --kiosk ID --bridge URL [--election DIR]', '', RECORD_USAGE].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, { ...RECORD_OPTIONS, kiosk: { type: 'string' } })
      const kiosk = kioskOf(given)
      const election = await electionOf(given, io)
      const key = await keyOf(election, 'deviceAuthority')
      const enrolled = must(await readEnrolment(election, kiosk))
      await deliver(must(revokeDevice(election, key, enrolled, timeOf(given))), given, io)
      return EXIT.ok
    }),
}

export const deviceBroker: Command = {
  name: 'device broker',
  summary: "Issue the broker's server certificate, by the same CA as the kiosks'",
  usage: [
    'hanpyo device broker --names broker.example,10.0.0.5 --out DIR [--election DIR]',
    '',
    '  --names LIST     DNS names and IP addresses by which kiosks reach the broker',
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, { ...RECORD_OPTIONS, names: { type: 'string' } })
      const names = given
        .required('names')
        .split(',')
        .map((name) => name.trim())
      const outDir = resolve(io.cwd, given.required('out'))
      const election = await electionOf(given, io)
      const ca = must(await readDeviceCa(election))
      const issued = await issueBrokerCertificate({ cert: ca.cert, key: ca.key }, names)
      await makeDurableDirectory(outDir)
      await writeDurable(join(outDir, 'broker.crt.pem'), issued.cert)
      await writeDurable(join(outDir, 'broker.key.pem'), issued.key, { mode: 0o600 })
      await writeDurable(join(outDir, 'ca.crt.pem'), ca.cert)
      io.stdout(`written ${join(outDir, 'broker.crt.pem')}, broker.key.pem and ca.crt.pem`)
      return EXIT.ok
    }),
}

export const deviceService: Command = {
  name: 'device service',
  summary: "Issue the bridge's or ChirpStack's certificate for the broker, by the same CA as the kiosks'",
  usage: [
    'hanpyo device service --name bridge|chirpstack --out DIR [--election DIR]',
    '',
    '  --name NAME      who it is for; the common name that the broker looks at',
    '',
    'Writes client.pem, client-key.pem (mode 0600) and ca.pem.',
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, { ...RECORD_OPTIONS, name: { type: 'string' } })
      const service = BROKER_SERVICES.find((name) => name === given.required('name'))
      if (service === undefined) throw new UsageError(`--name is not one of ${BROKER_SERVICES.join(', ')}`)
      const outDir = resolve(io.cwd, given.required('out'))
      const ca = must(await readDeviceCa(await electionOf(given, io)))
      const issued = await issueServiceCertificate({ cert: ca.cert, key: ca.key }, service)
      await makeDurableDirectory(outDir)
      await writeDurable(join(outDir, 'client.pem'), issued.cert)
      await writeDurable(join(outDir, 'client-key.pem'), issued.key, { mode: 0o600 })
      await writeDurable(join(outDir, 'ca.pem'), ca.cert)
      io.stdout(`written ${join(outDir, 'client.pem')}, client-key.pem and ca.pem`)
      return EXIT.ok
    }),
}

function kioskOf(args: Arguments): number {
  args.required('kiosk')
  const kiosk = args.integer('kiosk')
  if (kiosk === undefined || kiosk > 0xffff) throw new UsageError('--kiosk is not a kiosk id')
  return kiosk
}
