import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FetchHandler, serveFetch } from '@hanpyo/platform/http-server.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { seal } from '@hanpyo/platform/sealed-file.ts'
import { createTestCertificates } from '@hanpyo/platform/testing/certificates.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { ledgerFetch } from './ledger-fetch.ts'
import { httpLogReader } from './ledger-http.ts'

const certificates = await createTestCertificates()
const kiosk = await certificates.client('3')
let dir: string
const at = (name: string) => join(dir, name)

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-ledger-fetch-'))
  await writeFile(at('ca.pem'), certificates.server.ca)
  await writeFile(at('cert.pem'), kiosk.cert)
  await writeFile(at('key.pem'), kiosk.key)
  return () => rm(dir, { recursive: true })
})

const whoAsks: FetchHandler = (_request, info) =>
  new Response(info.clientCommonName ?? info.clientCertificateProblem)

async function serve(handler: FetchHandler = whoAsks, server: object = certificates.server) {
  const tls = { ...certificates.server, clientMustAuthenticate: false, ...server }
  const running = await serveFetch(handler, { tls })
  onTestFinished(() => running.close())
  return running.url
}

async function ledger(url: string, files: object = { cert: at('cert.pem'), key: at('key.pem') }) {
  const opened = await ledgerFetch({ url, everySeconds: 60, ca: at('ca.pem'), ...files })
  if (opened.ok) onTestFinished(() => opened.value.close())
  return opened
}

async function readerOf(url: string, files?: object) {
  const { fetch } = expectOk(await ledger(url, files))
  return httpLogReader({ url, fetch, onServerTime: () => {} })
}

test('a kiosk reads the ledger under its own name, and without a certificate under none', async () => {
  const url = await serve()
  expect(await (await readerOf(url)).checkpoint()).toBe('3')
  expect(await (await readerOf(url, {})).checkpoint()).toBe('certificate-missing')
})

test('a sealed key is opened as it is for the broker, and its text is in no error', async () => {
  const how = { method: 'passphrase', passphrase: 'four words of paper', work: 10 } as const
  const plaintext = utf8(kiosk.key)
  const sealed = await seal({ name: 'kiosk/3', content: 'pem', plaintext, how, random: nodeRandom })
  await writeFile(at('sealed.pem'), expectOk(sealed))
  await writeFile(at('passphrase'), 'four words of paper\n')
  const files = { cert: at('cert.pem'), key: at('sealed.pem') }
  const url = await serve()
  vi.stubEnv('HANPYO_KEY_PASSPHRASE_FILE', at('passphrase'))
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(await (await readerOf(url, files)).checkpoint()).toBe('3')

  await writeFile(at('passphrase'), 'others\n')
  const locked = await ledger(url, files)
  expect(locked).toMatchObject({ ok: false, error: 'ledger-files-missing' })
  const [, secret] = kiosk.key.split('\n')
  expect(JSON.stringify(locked)).not.toContain(secret)
  expect(JSON.stringify(locked)).not.toContain('words')
})

test('a server of another authority, or of another name, hears nothing', async () => {
  const asked: string[] = []
  const listen: FetchHandler = (request) => {
    asked.push(request.url)
    return new Response('forged')
  }
  const stranger = await serve(listen, (await createTestCertificates()).server)
  await expect((await readerOf(stranger)).checkpoint()).rejects.toThrow(/certificate/)
  const { cert, key } = await certificates.client('127.0.0.1')
  const otherName = await serve(listen, { cert, key })
  await expect((await readerOf(otherName)).checkpoint()).rejects.toThrow()
  expect(asked).toEqual([])
})

test('a redirection is not followed: the certificate is for one server', async () => {
  const asked: string[] = []
  const other = await serve((request) => {
    asked.push(request.url)
    return new Response('elsewhere')
  })
  const url = await serve(() => new Response(null, { status: 302, headers: { location: other } }))
  await expect((await readerOf(url)).checkpoint()).rejects.toThrow('HTTP 302')
  expect(asked).toEqual([])
})

test('an answer that is left unread ends at the server', async () => {
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1 << 16)),
      cancel: () => resolve(),
    })
  const url = await serve(() => new Response(endless()))
  await expect((await readerOf(url)).blob('ab')).rejects.toThrow('longer than')
  await ended
})

test('files that are missing, or do not fit together, are named before anything connects', async () => {
  const url = 'https://127.0.0.1:9'
  const gone = await ledger(url, { cert: at('nothing.pem'), key: at('key.pem') })
  expect(gone).toMatchObject({ ok: false, error: 'ledger-files-missing', detail: at('nothing.pem') })
  await writeFile(at('other-key.pem'), (await certificates.client('3')).key)
  const mixed = await ledger(url, { cert: at('cert.pem'), key: at('other-key.pem') })
  expect(mixed).toMatchObject({ ok: false, error: 'ledger-files-missing' })
})

test('without an authority of its own a kiosk asks as anybody does', async () => {
  const opened = expectOk(await ledgerFetch({ url: 'http://127.0.0.1:9', everySeconds: 60 }))
  expect(opened.fetch).toBe(globalThis.fetch)
})
