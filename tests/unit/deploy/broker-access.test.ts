import { X509Certificate } from 'node:crypto'
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawnChild } from '@hanpyo/platform/child.ts'
import { type Logger, silentLogger } from '@hanpyo/platform/logger.ts'
import { connectMqtt, type MqttPort } from '@hanpyo/platform/mqtt/client.ts'
import { findMosquitto } from '@hanpyo/platform/mqtt/mosquitto.ts'
import { createCa, createCrl, issueClientCertificate, issueServerCertificate } from '@hanpyo/platform/x509.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'

const DEPLOY = fileURLToPath(new URL('../../../deploy/mosquitto/', import.meta.url))
const DEVICE = 'application/7c1f2a8e-3d52-4a6b-9f0e-5a4d3c2b1a00/device/24e124ffff000001'
const [GATEWAY, OTHER_GATEWAY] = ['0016c001f1500001', '0016c001f1500002']
const GATEWAYS = [GATEWAY, OTHER_GATEWAY]
const closers: (() => Promise<unknown>)[] = []

type Credentials = Awaited<ReturnType<typeof createCa>>
interface Participant {
  readonly port: MqttPort
  readonly heard: string[]
  /** Resolves when a message with this topic and text has come. */
  wait(topic: string, text: string): Promise<void>
}

let authority: Credentials
let gatewayAuthority: Credentials
/** Of a kiosk that was revoked. */
let stolen: Credentials
let kioskDoor: string
let gatewayDoor: string
const participants = new Map<string, Participant>()

beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-broker-'))
  closers.push(() => rm(dir, { recursive: true }))
  authority = await createCa({ name: 'device authority' })
  gatewayAuthority = await createCa({ name: 'gateway authority' })
  const server = await issueServerCertificate({ ca: authority })
  stolen = await issueClientCertificate({ ca: authority, cn: '3' })
  const revoked = { serial: new X509Certificate(stolen.cert).serialNumber, at: new Date() }
  await writeFile(join(dir, 'ca.pem'), authority.cert)
  await writeFile(join(dir, 'crl.pem'), await createCrl({ ca: authority, revoked: [revoked] }))
  await writeFile(join(dir, 'gateways-ca.pem'), gatewayAuthority.cert)
  await writeFile(join(dir, 'server.pem'), server.cert)
  await writeFile(join(dir, 'server-key.pem'), server.key)
  for (const name of ['acl', 'gateways-acl']) {
    await copyFile(join(DEPLOY, name), join(dir, name))
    await chmod(join(dir, name), 0o600)
  }
  const [kiosks, gateways] = [await freePort(), await freePort()]
  const shipped = await Promise.all(
    ['mosquitto.conf', 'gateways.conf'].map((name) => readFile(join(DEPLOY, name), 'utf8')),
  )
  const adapted = shipped
    .join('')
    .replaceAll('/etc/hanpyo/broker', dir)
    .replace('/var/lib/mosquitto/', `${dir}/`)
    .replace('listener 8883', `listener ${kiosks} 127.0.0.1`)
    .replace('listener 8884', `listener ${gateways} 127.0.0.1`)
  const asRoot = process.getuid?.() === 0 ? 'user root\n' : ''
  await writeFile(join(dir, 'mosquitto.conf'), `${asRoot}log_type information\n${adapted}`)
  const command = await findMosquitto()
  if (command === undefined)
    throw new Error('this test needs mosquitto (scripts/system-packages installs it)')
  const broker = await spawnChild({
    command,
    args: ['-c', join(dir, 'mosquitto.conf')],
    ready: /mosquitto version .* running/,
  })
  closers.push(() => broker.stop())
  kioskDoor = `mqtts://127.0.0.1:${kiosks}`
  gatewayDoor = `mqtts://127.0.0.1:${gateways}`
  for (const name of ['bridge', 'chirpstack', '1', '2', ...GATEWAYS]) {
    participants.set(name, await participate(name))
  }
})

afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

/** The way in of somebody with this name in the certificate. */
async function accessOf(name: string) {
  const isGateway = GATEWAYS.includes(name)
  const ca = isGateway ? gatewayAuthority : authority
  return {
    url: isGateway ? gatewayDoor : kioskDoor,
    protocolVersion: 5,
    clean: true,
    tls: { ca: authority.cert, ...(await issueClientCertificate({ ca, cn: name })) },
  } as const
}

/** Connects and asks for everything; the broker gives what the list allows. */
async function participate(name: string): Promise<Participant> {
  const port = connectMqtt({ ...(await accessOf(name)), clientId: `test-${name}` })
  closers.push(() => port.close())
  const heard: string[] = []
  const waiting = new Map<string, () => void>()
  expectOk(
    await port.subscribe('#', 1, async (topic, payload) => {
      const message = `${topic} ${new TextDecoder().decode(payload)}`
      heard.push(message)
      waiting.get(message)?.()
    }),
  )
  return {
    port,
    heard,
    wait: (topic, text) => new Promise((resolve) => void waiting.set(`${topic} ${text}`, resolve)),
  }
}

/** A topic on which the reader certainly hears something, and who says it. */
function allowedTopicOf(reader: string): { from: string; topic: string } {
  if (reader === 'bridge') return { from: '2', topic: 'hanpyo/v1/kiosk/2/up' }
  if (reader === 'chirpstack')
    return { from: OTHER_GATEWAY!, topic: `kr920/gateway/${OTHER_GATEWAY}/event/stats` }
  if (GATEWAYS.includes(reader))
    return { from: 'chirpstack', topic: `kr920/gateway/${reader}/command/config` }
  return { from: 'bridge', topic: `hanpyo/v1/kiosk/${reader}/down` }
}

/**
 * Whether what `from` publishes reaches `reader`: known once a later message, on an allowed topic, has come. The
 * attempt has a connection of its own, because mosquitto 2.0.11 drops a client whose publish it refused.
 */
async function reaches(from: string, topic: string, reader: string, text: string): Promise<boolean> {
  const to = participants.get(reader)!
  const attempt = connectMqtt({ ...(await accessOf(from)), clientId: `attempt-${text}` })
  await attempt.whenOnline()
  await attempt.publish(topic, text)
  await attempt.close()
  const mark = allowedTopicOf(reader)
  const marked = to.wait(mark.topic, `mark ${text}`)
  expectOk(await participants.get(mark.from)!.port.publish(mark.topic, `mark ${text}`))
  await marked
  return to.heard.includes(`${topic} ${text}`)
}

type Row = readonly [from: string, topic: string, reader: string]

const ALLOWED: readonly Row[] = [
  ['1', 'hanpyo/v1/kiosk/1/up', 'bridge'],
  ['bridge', 'hanpyo/v1/kiosk/1/down', '1'],
  ['chirpstack', `${DEVICE}/event/up`, 'bridge'],
  ['bridge', `${DEVICE}/command/down`, 'chirpstack'],
  [GATEWAY!, `kr920/gateway/${GATEWAY}/event/up`, 'chirpstack'],
  [GATEWAY!, `kr920/gateway/${GATEWAY}/event/ack`, 'chirpstack'],
  ['chirpstack', `kr920/gateway/${GATEWAY}/command/down`, GATEWAY!],
]

const DENIED: readonly Row[] = [
  // A kiosk speaks for itself only.
  ['1', 'hanpyo/v1/kiosk/2/up', 'bridge'],
  ['1', 'hanpyo/v1/kiosk/2/down', '2'],
  ['1', `${DEVICE}/event/up`, 'bridge'],
  ['1', `${DEVICE}/command/down`, 'chirpstack'],
  ['1', `kr920/gateway/${GATEWAY}/event/up`, 'chirpstack'],
  ['1', 'kr920/gateway/1/event/up', 'chirpstack'],
  // A gateway speaks for itself only, and never as a server or a kiosk.
  [GATEWAY!, `kr920/gateway/${OTHER_GATEWAY}/event/up`, 'chirpstack'],
  [GATEWAY!, `kr920/gateway/${OTHER_GATEWAY}/command/down`, OTHER_GATEWAY!],
  [GATEWAY!, `${DEVICE}/event/up`, 'bridge'],
  [GATEWAY!, `hanpyo/v1/kiosk/1/up`, 'bridge'],
  [GATEWAY!, `hanpyo/v1/kiosk/${GATEWAY}/up`, 'bridge'],
  // The bridge answers; it makes no ballots, events or frames.
  ['bridge', 'hanpyo/v1/kiosk/1/up', 'bridge'],
  ['bridge', `${DEVICE}/event/up`, 'bridge'],
  ['bridge', `kr920/gateway/${GATEWAY}/command/down`, GATEWAY!],
  ['bridge', `kr920/gateway/${GATEWAY}/event/up`, 'chirpstack'],
  // ChirpStack knows devices and gateways, not kiosks.
  ['chirpstack', 'hanpyo/v1/kiosk/1/up', 'bridge'],
  ['chirpstack', 'hanpyo/v1/kiosk/1/down', '1'],
  ['chirpstack', `kr920/gateway/${GATEWAY}/event/up`, 'chirpstack'],
  ['chirpstack', `${DEVICE}/command/down`, 'chirpstack'],
  // Nobody listens to what is not theirs.
  ['bridge', 'hanpyo/v1/kiosk/1/down', '2'],
  ['bridge', 'hanpyo/v1/kiosk/1/down', 'chirpstack'],
  ['1', 'hanpyo/v1/kiosk/1/up', '2'],
  ['1', 'hanpyo/v1/kiosk/1/up', 'chirpstack'],
  ['1', 'hanpyo/v1/kiosk/1/up', GATEWAY!],
  ['chirpstack', `${DEVICE}/event/up`, '1'],
  ['chirpstack', `${DEVICE}/event/up`, GATEWAY!],
  ['bridge', `${DEVICE}/command/down`, '1'],
  ['chirpstack', `kr920/gateway/${GATEWAY}/command/down`, OTHER_GATEWAY!],
  ['chirpstack', `kr920/gateway/${GATEWAY}/command/down`, 'bridge'],
  [GATEWAY!, `kr920/gateway/${GATEWAY}/event/up`, 'bridge'],
  [GATEWAY!, `kr920/gateway/${GATEWAY}/event/up`, OTHER_GATEWAY!],
]

test('everyone can do their work with what the shipped lists give', async () => {
  const outcomes: boolean[] = []
  for (const [i, row] of ALLOWED.entries()) outcomes.push(await reaches(...row, `work ${i}`))
  expect(ALLOWED.filter((_, i) => !outcomes[i])).toEqual([])
})

test('nobody speaks as another or hears what is not theirs', async () => {
  const outcomes: boolean[] = []
  for (const [i, row] of DENIED.entries()) outcomes.push(await reaches(...row, `forged ${i}`))
  expect(DENIED.filter((_, i) => outcomes[i])).toEqual([])
})

test('a certificate opens only the door of its own authority, and none once it was revoked', async () => {
  const kiosk = await issueClientCertificate({ ca: authority, cn: '1' })
  const gateway = await issueClientCertificate({ ca: gatewayAuthority, cn: GATEWAY! })
  expect(await opens(kioskDoor, kiosk)).toBe(true)
  expect(await opens(gatewayDoor, gateway)).toBe(true)
  expect(await opens(gatewayDoor, kiosk)).toBe(false)
  expect(await opens(kioskDoor, gateway)).toBe(false)
  expect(await opens(kioskDoor, undefined)).toBe(false)
  expect(await opens(kioskDoor, stolen)).toBe(false)
})

/** Whether the broker lets a client in. */
async function opens(url: string, credentials: Credentials | undefined): Promise<boolean> {
  const refused = Promise.withResolvers<boolean>()
  const log: Logger = {
    ...silentLogger,
    info: (event) => void (event === 'mqtt-offline' && refused.resolve(false)),
    child: () => log,
  }
  const tls = { ca: authority.cert, ...credentials }
  const port = connectMqtt({ url, clientId: 'test-door', protocolVersion: 5, clean: true, tls, log })
  const online = port.whenOnline().then(() => true)
  online.catch(() => {})
  const outcome = await Promise.race([online, refused.promise])
  await port.close()
  return outcome
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
