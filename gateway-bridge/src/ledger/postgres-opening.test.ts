import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { openPostgresEngine } from './postgres-engine.ts'
import type { OpenWait } from './postgres-opening.ts'
import { parsePostgresUrl } from './postgres-url.ts'

const PASSWORD = 'correct horse battery'

/** Answers of a server in its own words (https://www.postgresql.org/docs/15/protocol-message-formats.html). */
const message = (type: string, body: Buffer) => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, body])
}
const refusal = (sqlState: string, text: string) =>
  message('E', Buffer.from(`SFATAL\0VFATAL\0C${sqlState}\0M${text}\0\0`))
const authentication = (step: number, body = '') => {
  const kind = Buffer.alloc(4)
  kind.writeInt32BE(step)
  return message('R', Buffer.concat([kind, Buffer.from(body)]))
}

/** A server that answers the first message of every connection with the next of `answers`; the last one stays. */
async function fakeServer(...answers: ((socket: Socket) => void)[]): Promise<Server> {
  let connections = 0
  const server = createServer((socket) => {
    const answer = answers[Math.min(connections++, answers.length - 1)]
    socket.on('error', () => {})
    socket.once('data', () => answer?.(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return server
}
const says = (bytes: Buffer) => (socket: Socket) => void socket.end(bytes)

/** SCRAM by somebody who does not know the password. */
function scram(socket: Socket): void {
  socket.write(authentication(10, 'SCRAM-SHA-256\0\0'))
  socket.once('data', (first: Buffer) => {
    const nonce = /r=(\S+)/.exec(first.toString('latin1'))?.[1]
    socket.write(authentication(11, `r=${nonce}more,s=c2FsdHNhbHQ=,i=4096`))
    socket.once('data', () => socket.end(authentication(12, `v=${Buffer.alloc(32).toString('base64')}`)))
  })
}

async function open(
  servers: readonly Server[],
  { query = '', password, ...wait }: OpenWait & { query?: string; password?: string } = {},
) {
  const hosts = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`)
  const url = `postgresql://hanpyo@${hosts.join(',')}/ledger${query}`
  const targets = expectOk(parsePostgresUrl(url, password))
  return openPostgresEngine({
    targets,
    requireQuorum: true,
    openWaitMs: Number.POSITIVE_INFINITY,
    ...wait,
  })
}

test.each([
  ['database-password', '28P01', 'password authentication failed for user "hanpyo"'],
  ['database-login', '28000', 'no pg_hba.conf entry for host "10.0.0.1", user "hanpyo", no encryption'],
  ['database-login', '3D000', 'database "ledger" does not exist'],
])(
  'a refusal that waiting does not change ends the start at once: %s for %s',
  async (error, sqlState, text) => {
    const server = await fakeServer(says(refusal(sqlState, text)))
    const opened = await open([server, server], { password: PASSWORD })
    expect(opened).toMatchObject({ ok: false, error, detail: expect.stringContaining(text) })
    expect(JSON.stringify(opened)).not.toContain(PASSWORD)
  },
)

test('no password where one is wanted, and a server that does not know it either, are told apart', async () => {
  const server = await fakeServer(scram)
  expect(await open([server])).toMatchObject({ ok: false, error: 'database-password' })
  const wrongServer = await open([server], { password: PASSWORD })
  expect(wrongServer).toMatchObject({ ok: false, error: 'database-tls' })
  expect(JSON.stringify(wrongServer)).not.toContain(PASSWORD)
})

test('a server without TLS, and one that answers nonsense, are no bug of the bridge', async () => {
  const plain = await fakeServer((socket) => void socket.end('N'))
  const query = '?sslmode=verify-full'
  expect(await open([plain], { query })).toMatchObject({ ok: false, error: 'database-tls' })
  const nonsense = await fakeServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  expect(await open([nonsense], { query, openWaitMs: 1 })).toMatchObject({ ok: false, error: 'no-primary' })
})

test('a server that is starting is waited for, and what it said is handed on once', async () => {
  const starting = says(refusal('57P03', 'the database system is starting up'))
  const server = await fakeServer(starting, starting, says(refusal('28P01', 'now it is up')))
  const reasons: string[] = []
  const opened = await open([server], { onWaiting: (why) => reasons.push(why) })
  expect(opened).toMatchObject({ ok: false, error: 'database-password' })
  expect(reasons).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+: the database system is starting up$/)])
})

test('with a limit the start ends without a primary, without one only when it is told to', async () => {
  const server = await fakeServer(says(refusal('57P03', 'the database system is starting up')))
  expect(await open([server], { openWaitMs: 1 })).toMatchObject({
    ok: false,
    error: 'no-primary',
    detail: expect.stringContaining('starting up'),
  })
  const stop = new AbortController()
  const opening = open([server], { signal: stop.signal, onWaiting: () => stop.abort() })
  expect(await opening).toMatchObject({ ok: false, error: 'stopped' })
})

test('half a password that was not percent-encoded is not repeated', () => {
  const parsed = parsePostgresUrl('postgresql://hanpyo:se@cret@db1,db2/ledger')
  expect(parsed).toMatchObject({ ok: false, error: 'postgres-url', detail: expect.stringContaining('%40') })
  expect(JSON.stringify(parsed)).not.toContain('cret')
})
