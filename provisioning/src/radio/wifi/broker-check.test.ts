import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deviceAcl } from '@hanpyo/platform/mqtt/acl.ts'
import { startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { seal } from '@hanpyo/platform/sealed-file.ts'
import { createCa, issueClientCertificate, issueServerCertificate } from '@hanpyo/platform/x509.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterEach, expect, test } from 'vitest'
import { nodePorts } from '../../frame/ports.ts'
import { wifiCommand } from '../commands/wifi.ts'
import { type BrokerCheck, checkBroker } from './broker-check.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-wifi-'))
  closers.push(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** A broker as an election's, mosquitto where it is installed, and what kiosk 7 needs to talk to it. */
async function setUp(names?: string[], kind: 'auto' | 'aedes' = 'auto') {
  const ca = await createCa({ name: 'Test authority' })
  const server = await issueServerCertificate({ ca, ...(names === undefined ? {} : { names }) })
  const broker = await startBroker({
    kind,
    dir: await folder(),
    tls: { ca: ca.cert, cert: server.cert, key: server.key },
    acl: deviceAcl('hanpyo/v1/kiosk', ['bridge']),
  })
  closers.push(() => broker.close())
  const kiosk = await issueClientCertificate({ ca, cn: '7' })
  const good: BrokerCheck = {
    url: broker.url!,
    ca: ca.cert,
    cert: kiosk.cert,
    key: kiosk.key,
    mqttVersion: broker.mqttVersion,
    clientId: 'hanpyo-check-7',
    topic: 'hanpyo/v1/kiosk/7/down',
    timeoutMs: 5_000,
  }
  return { ca, good }
}

test('a broker that takes the kiosk is known by its certificate and answers with a CONNACK', async () => {
  const { good } = await setUp()
  const checked = await checkBroker(good)
  expect(checked).toMatchObject({ ok: true, value: { tlsVersion: 'TLSv1.3' } })
  expect(checked.ok && checked.value.certificateEndsMs).toBeGreaterThan(Date.now())
})

test('authority, name, certificate and topic that do not fit are told apart', async () => {
  // mosquitto grants every subscription and then delivers nothing, so that only the embedded broker refuses the topic.
  const { good, ca } = await setUp(undefined, 'aedes')
  const stranger = await createCa({ name: 'Somebody else' })
  expect(await checkBroker({ ...good, ca: stranger.cert })).toMatchObject({
    error: 'broker-certificate-foreign',
  })
  const foreign = await issueClientCertificate({ ca: stranger, cn: '7' })
  expect(await checkBroker({ ...good, ...foreign })).toMatchObject({ error: 'client-certificate-refused' })
  const other = await issueClientCertificate({ ca, cn: '8' })
  expect(await checkBroker({ ...good, ...other })).toMatchObject({ error: 'broker-topic-refused' })
})

test('a certificate for another name is refused', async () => {
  const { good } = await setUp(['broker.example.org'])
  expect(await checkBroker(good)).toMatchObject({ error: 'broker-certificate-name' })
})

test('an expired certificate, silence, plain text and nobody are told apart', async () => {
  const ca = await createCa({ name: 'Test authority' })
  const kiosk = await issueClientCertificate({ ca, cn: '7' })
  const sockets: Socket[] = []
  const answers = { text: '' }
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    if (answers.text !== '') socket.write(answers.text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const at: BrokerCheck = {
    url: `mqtts://127.0.0.1:${port}`,
    ca: ca.cert,
    ...kiosk,
    mqttVersion: 5,
    clientId: 'x',
    topic: 't',
    timeoutMs: 150,
  }
  expect(await checkBroker(at)).toMatchObject({ error: 'broker-slow' })
  answers.text = 'HTTP/1.1 400 Bad Request\r\n\r\n'
  expect(await checkBroker({ ...at, timeoutMs: 5_000 })).toMatchObject({ error: 'broker-not-tls' })
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
  expect(await checkBroker(at)).toMatchObject({ error: 'broker-unreachable' })
  expect(await checkBroker({ ...at, url: 'mqtt://127.0.0.1' })).toMatchObject({ error: 'broker-url' })
})

/** A named device folder with the kiosk's certificate. */
async function deviceFolder(good: BrokerCheck): Promise<string> {
  const dir = await folder()
  const device = {
    version: 1,
    id: 7,
    centre: 'banpo',
    name: 'Banpo 1',
    orientation: 'landscape',
    pxPerMm: 4,
    state: 'active',
  }
  await writeFile(join(dir, 'device.json'), JSON.stringify(device))
  await writeFile(join(dir, 'kiosk.toml'), 'kiosk = 7\n')
  await mkdir(join(dir, 'cert'))
  await mkdir(join(dir, 'keys'))
  await writeFile(join(dir, 'cert/ca.crt.pem'), good.ca)
  await writeFile(join(dir, 'cert/kiosk.crt.pem'), good.cert)
  await writeFile(join(dir, 'keys/tls-key.pem'), good.key, { mode: 0o600 })
  return dir
}

test('provision wifi writes both files once, tries the broker, and shows no password', async () => {
  const { good } = await setUp()
  const dir = await deviceFolder(good)
  const root = await folder()
  const told: string[] = []
  const io = {
    stdout: (line: string) => void told.push(line),
    stderr: (line: string) => void told.push(line),
    env: { HANPYO_WIFI_PSK: 'very secret 77' },
    cwd: dir,
  }
  const version = String(good.mqttVersion)
  const args = [
    '--ssid',
    'district',
    '--root',
    root,
    '--broker',
    good.url,
    '--mqtt-version',
    version,
    '--yes',
    '--json',
  ]
  expect(await wifiCommand(nodePorts).run(args, io), told.join('\n')).toBe(0)
  const path = join(root, 'etc/NetworkManager/system-connections/hanpyo.nmconnection')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readFile(path, 'utf8')).toContain('psk=very secret 77')
  expect(await readFile(join(dir, 'kiosk.toml'), 'utf8')).toContain(
    `[wifi]\nurl = "${good.url}"\nmqttVersion = ${version}\n`,
  )
  expect(await wifiCommand(nodePorts).run(args, io)).toBe(0)
  expect(told.filter((line) => /"wifi-network","state":"already-done"/.test(line))).toHaveLength(1)
  expect(told.join('')).not.toContain('very secret')
  const ca = await createCa({ name: 'Test authority' })
  const other = await issueClientCertificate({ ca, cn: '8' })
  await writeFile(join(dir, 'other.pem'), other.cert)
  await writeFile(join(dir, 'other.key.pem'), other.key, { mode: 0o600 })
  expect(await wifiCommand(nodePorts).run([...args, '--cert', join(dir, 'other.pem')], io)).toBe(52)
  expect(told.join('')).toContain('the key is of another certificate')
  const both = ['--cert', join(dir, 'other.pem'), '--key', join(dir, 'other.key.pem')]
  expect(await wifiCommand(nodePorts).run([...args, ...both], io)).toBe(52)
  expect(told.join('')).toContain('CN=8, not 7')
  const refused = await wifiCommand(nodePorts).run(['--ssid', 'x'.repeat(40), '--yes', '--json'], io)
  expect([refused, told.at(-2)]).toMatchObject([2, expect.stringContaining('wifi-ssid')])
})

test('a sealed TLS key is opened to try the broker, and stays sealed', async () => {
  const { good } = await setUp()
  const dir = await deviceFolder(good)
  const path = join(dir, 'keys/tls-key.pem')
  const how = { method: 'passphrase', passphrase: 'open sesame', work: 10 } as const
  const sealed = expectOk(
    await seal({
      name: 'kiosk/7',
      content: 'tls-key',
      plaintext: utf8(good.key),
      how,
      random: nodePorts().random,
    }),
  )
  await writeFile(path, sealed, { mode: 0o600 })
  const run = async (env: Record<string, string>) => {
    const told: string[] = []
    const tell = (line: string): void => void told.push(line)
    const args = ['--broker', good.url, '--mqtt-version', String(good.mqttVersion), '--yes']
    const code = await wifiCommand(nodePorts).run(args, { stdout: tell, stderr: tell, env, cwd: dir })
    return { code, told: told.join('\n') }
  }
  const opened = await run({ HANPYO_KEY_PASSPHRASE: 'open sesame' })
  expect(opened).toMatchObject({ code: 0, told: expect.stringContaining('TLSv1.3') })
  expect(await run({ HANPYO_KEY_PASSPHRASE: 'wrong' })).toMatchObject({
    code: 52,
    told: expect.stringContaining('seal-wrong'),
  })
  expect(await run({})).toMatchObject({ code: 52, told: expect.stringContaining('seal-passphrase-missing') })
  expect(opened.told).not.toContain('sesame')
  expect(await readFile(path, 'utf8')).toBe(sealed)
})
