import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import type { HttpServer } from '@hanpyo/platform/http-server.ts'
import { createLifecycle, type Lifecycle } from '@hanpyo/platform/lifecycle.ts'
import { type Logger, silentLogger } from '@hanpyo/platform/logger.ts'
import {
  type Credentials,
  certificateSerial,
  createCa,
  createCrl,
  issueClientCertificate,
  issueServerCertificate,
} from '@hanpyo/platform/x509.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { bridgeConfigSchema } from '../config.ts'
import { serveHttp } from '../operations/serve-http.ts'
import { TestBridge } from '../testing/test-bridge.ts'
import { TestElection } from '../testing/test-election.ts'

const election = new TestElection({ backend: await createNodeBackend() })
const DAY_MS = 86_400_000
let bridge: TestBridge
let lifecycle: Lifecycle
let server: HttpServer
let ca: Credentials
let foreign: Credentials
let dir: string
let record: Uint8Array
/** Told of each event the server logs. */
let onEvent = (_event: string): void => {}

const http = (more: object = {}) => ({
  port: 0,
  cert: join(dir, 'server.pem'),
  key: join(dir, 'server-key.pem'),
  clientCa: join(dir, 'ca.pem'),
  clientCrl: join(dir, 'crl.pem'),
  kioskCertificates: 'required',
  ...more,
})
const configOf = (more: object = {}) => bridgeConfigSchema.shape.http.parse(http(more))

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-kiosk-certificate-'))
  ca = await createCa({ name: 'Device authority' })
  foreign = await createCa({ name: 'Device authority' })
  const web = await issueServerCertificate({ ca })
  await writeFile(join(dir, 'server.pem'), web.cert)
  await writeFile(join(dir, 'server-key.pem'), web.key)
  await writeFile(join(dir, 'ca.pem'), ca.cert)
  await revoke()
  bridge = await TestBridge.start({ election, needsKioskCertificate: true })
  record = election.challenged(election.prepare(1), 1)
  lifecycle = createLifecycle({ signals: false })
  const log: Logger = {
    ...silentLogger,
    info: (event) => onEvent(event),
    warn: (event) => onEvent(event),
    child: () => log,
  }
  const started = await serveHttp(configOf(), (asked, info) => bridge.bridge.http(asked, info), {
    lifecycle,
    log,
    metrics: bridge.bridge.metrics,
  })
  server = expectOk(started)
})
afterAll(async () => {
  await lifecycle.close()
  await bridge.dispose()
  await rm(dir, { recursive: true })
})

const kiosk = (cn: string, more = {}) => issueClientCertificate({ ca, cn, ...more })

async function revoke(...certificates: Credentials[]): Promise<void> {
  const revoked = certificates.map(({ cert }) => ({ serial: certificateSerial(cert), at: new Date() }))
  await writeFile(join(dir, 'crl.pem'), await createCrl({ ca, revoked }))
}

/** As an operator does with `systemctl reload`. */
async function reload(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  onEvent = (event) => event.startsWith('tls-') && resolve(event)
  process.emit('SIGHUP')
  return promise.finally(() => {
    onEvent = () => {}
  })
}

function client(credentials: Partial<Credentials> = {}) {
  const agent = new Agent({ ca: ca.cert, ...credentials, keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  return async (path = '/records', body: Uint8Array | null = record) => {
    const method = body === null ? 'GET' : 'POST'
    const sent = request({ host: '127.0.0.1', port: server.port, path, method, agent })
    sent.end(body ?? undefined)
    const [answer] = await once(sent, 'response')
    let text = ''
    for await (const part of answer) text += part
    return {
      status: answer.statusCode as number,
      text,
      isNew: !sent.reusedSocket,
      error: /"error":"([^"]+)"/.exec(text)?.[1],
    }
  }
}

async function refused(reason: string): Promise<number> {
  const text = await bridge.bridge.metrics.registry.metrics()
  return Number(new RegExp(`http_refused_total\\{reason="${reason}"\\} (\\d+)`).exec(text)?.[1] ?? 0)
}

async function expectRefusal(credentials: Partial<Credentials>, reason: string): Promise<void> {
  const before = await refused(reason)
  const ask = client(credentials)
  expect(await ask()).toMatchObject({ status: 403, error: reason })
  expect((await ask()).text).toMatch(/"message":"\w[^"]+\."/)
  expect(await refused(reason)).toBe(before + 2)
  expect((await ask('/checkpoint', null)).status).toBe(200)
}

test('a kiosk is heard with its own certificate', async () => {
  expect((await client(await kiosk('1'))()).status).toBe(202)
})

test('without a certificate nobody speaks for a kiosk, and everybody reads', async () => {
  await expectRefusal({}, 'certificate-missing')
})

test('a kiosk does not speak for another one, nor does a service of the broker', async () => {
  await expectRefusal(await kiosk('2'), 'certificate-of-another')
  await expectRefusal(await kiosk('bridge'), 'certificate-of-another')
  await expectRefusal(await kiosk('01'), 'certificate-of-another')
})

test('a certificate of another authority of the same name is foreign', async () => {
  await expectRefusal(await issueClientCertificate({ ca: foreign, cn: '1' }), 'certificate-foreign')
})

test('a certificate counts neither after its time nor before it', async () => {
  const old = { notBefore: new Date(Date.now() - 3 * DAY_MS), days: 2 }
  await expectRefusal(await kiosk('1', old), 'certificate-expired')
  const early = { notBefore: new Date(Date.now() + DAY_MS) }
  await expectRefusal(await kiosk('1', early), 'certificate-not-yet-valid')
})

test('a certificate for servers does not make a kiosk', async () => {
  await expectRefusal(await issueServerCertificate({ ca, names: ['1'] }), 'certificate-unusable')
})

test('what no kiosk signs needs no certificate', async () => {
  const about = new Uint8Array(32)
  const ask = client()
  expect((await ask('/records', election.polls('closed'))).status).toBe(202)
  expect((await ask('/records', election.moderation(about, 'hide'))).status).toBe(422)
  const byKiosk = election.moderation(about, 'hide', { kioskId: 1 })
  expect((await ask('/records', byKiosk)).error).toBe('certificate-missing')
})

test('a revoked certificate is refused after a reload, on the open connection and on resumed ones as well', async () => {
  onTestFinished(async () => {
    await revoke()
    await reload()
  })
  const [stolen, neighbour] = [await kiosk('1'), await kiosk('1')]
  const [ask, other] = [client(stolen), client(neighbour)]
  expect(await ask()).toMatchObject({ status: 202, isNew: true })
  expect(await ask()).toMatchObject({ status: 202, isNew: false })
  expect((await other()).status).toBe(202)
  await revoke(stolen)
  expect(await ask()).toMatchObject({ status: 202, isNew: false })
  expect(await reload()).toBe('tls-reloaded')
  expect(await ask()).toMatchObject({ status: 403, error: 'connection-too-old', isNew: false })
  // The agent offers the session of the first connection.
  expect(await ask()).toMatchObject({ status: 403, error: 'certificate-revoked', isNew: true })
  expect(await refused('certificate-revoked')).toBe(1)
  expect((await ask('/checkpoint', null)).status).toBe(200)
  expect(await other()).toMatchObject({ status: 403, error: 'connection-too-old' })
  expect(await other()).toMatchObject({ status: 202, isNew: true })
})

test('a list of another authority, or none, is not taken: the one before stays in use', async () => {
  onTestFinished(async () => {
    await revoke()
    await reload()
  })
  const stolen = await kiosk('1')
  await revoke(stolen)
  await reload()
  for (const wrong of [await createCrl({ ca: foreign, revoked: [] }), 'nonsense']) {
    await writeFile(join(dir, 'crl.pem'), wrong)
    expect(await reload()).toBe('tls-not-reloaded')
    expect(await client(stolen)()).toMatchObject({ status: 403, error: 'certificate-revoked' })
    expect((await client(await kiosk('1'))()).status).toBe(202)
    const around = { lifecycle, log: silentLogger, metrics: bridge.bridge.metrics }
    const second = await serveHttp(configOf(), () => new Response(), around)
    expect(second).toMatchObject({ ok: false, error: 'tls-files-unusable' })
  }
})

test('certificates cannot be required without all the files that tell them apart', () => {
  const parses = (more: object) => bridgeConfigSchema.shape.http.safeParse(http(more)).success
  expect(parses({})).toBe(true)
  for (const file of ['cert', 'key', 'clientCa', 'clientCrl'])
    expect(parses({ [file]: undefined })).toBe(false)
  expect(parses({ kioskCertificates: 'optional', clientCa: undefined })).toBe(false)
})
