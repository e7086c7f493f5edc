import { connect, type Socket } from 'node:net'
import type { SeededRandom } from '@hanpyo/firmware-sim/random.ts'

/** Connections at once. */
const PARALLEL = 64
/** Requests in one go on a connection; the server ends it at the first whose body it did not want. */
const PIPELINED = 3
/** A connection that hears nothing for so long is left, real milliseconds. */
const PATIENCE_MS = 5_000

/** Somewhere in 127.0.0.0/8, so that no limit for one address keeps the parser from seeing what is sent. */
export function strangeAddress(random: SeededRandom): string {
  return `127.${1 + random.integer(254)}.${random.integer(255)}.${1 + random.integer(254)}`
}

/** Opens a connection that complains to nobody. */
export function openSocket(port: number, localAddress: string): Socket {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  socket.on('error', () => {})
  return socket
}

/** Sends so many requests that no honest client would send; resolves to how many the server answered and with what. */
export async function sendMalformed(
  port: number,
  count: number,
  random: SeededRandom,
): Promise<ReadonlyMap<number, number>> {
  const statuses = new Map<number, number>()
  let left = count
  const worker = async () => {
    while (left > 0) {
      const isBroken = random.integer(4) === 0
      const length = isBroken ? 1 : Math.min(PIPELINED, left)
      const requests = isBroken
        ? [broken(random)]
        : Array.from({ length }, (_, n) => odd(random, n === length - 1))
      left -= length
      const answer = await exchange(port, Buffer.concat(requests), random, isBroken)
      for (const [, status] of answer.matchAll(/HTTP\/1\.1 (\d{3})/g))
        statuses.set(Number(status), (statuses.get(Number(status)) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  return statuses
}

/** With `isLast` the client says no more after these bytes, so that the server waits for no rest. */
function exchange(port: number, bytes: Buffer, random: SeededRandom, isLast: boolean): Promise<string> {
  return new Promise((resolve) => {
    const socket = openSocket(port, strangeAddress(random))
    let answer = ''
    socket.setTimeout(PATIENCE_MS, () => socket.destroy())
    socket.on('data', (part) => {
      if (answer.length < 20_000) answer += part.toString('latin1')
    })
    socket.on('close', () => resolve(answer))
    if (isLast) socket.end(bytes)
    else socket.write(bytes)
  })
}

const pick = <T>(random: SeededRandom, of: readonly T[]): T => of[random.integer(of.length)] as T
const noise = (random: SeededRandom, most: number) =>
  Buffer.from(Array.from({ length: random.integer(most) }, () => random.integer(256)))

const PATHS = [
  '/',
  '//',
  '/checkpoint/..',
  '/tile/0/x001',
  '/tile/64/000',
  '/tile/0/000.p/0',
  '/tile/0/000.p/999',
  '/tile/entries/x999/x999/999',
  '/tile/%2e%2e/%2e%2e/etc/passwd',
  '/blob/00',
  `/blob/${'g'.repeat(64)}`,
  `/blob/${'0'.repeat(64)}`,
  '/proposal/zz',
  `/proposal/${'f'.repeat(64)}`,
  '/proposals?after=-1&limit=1e9',
  '/proposals?limit=99999999999999999999',
  '/history?after=NaN',
  '/board/../../../etc/passwd',
  '/board/%00',
  '/status?%%%',
  '/metrics',
  '/add-checkpoint',
  `/${'a/'.repeat(500)}`,
]
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND']

/** Well-formed HTTP that asks for nonsense. */
function odd(random: SeededRandom, isLast: boolean): Buffer {
  const method = pick(random, METHODS)
  const path = random.integer(5) === 0 && method === 'POST' ? '/records' : pick(random, PATHS)
  const body = method === 'POST' || method === 'PUT' ? noise(random, 400) : Buffer.alloc(0)
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    ...(isLast ? ['Connection: close'] : []),
    `Content-Length: ${body.length}`,
    ...(random.integer(3) === 0 ? [`Authorization: Bearer ${'x'.repeat(random.integer(300))}`] : []),
    ...(random.integer(3) === 0 ? [`X-Forwarded-For: ${'1.1.1.1, '.repeat(random.integer(40))}x`] : []),
    ...(random.integer(5) === 0 ? ['Range: bytes=0-,5-99999999999,-1', 'If-None-Match: W/"*"'] : []),
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body])
}

/** What is no HTTP, or would be read differently by two parsers. */
function broken(random: SeededRandom): Buffer {
  const start = 'POST /records HTTP/1.1\r\nHost: x\r\n'
  const text = pick(random, [
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'GET http://elsewhere/ HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a b\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\nHost: x\n\n',
    `GET / HTTP/1.1\r\nHost: x\r\n${'X-A: b\r\n'.repeat(3_000)}\r\n`,
    `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(30_000)}\r\n\r\n`,
    `${start}Content-Length: -1\r\n\r\n`,
    `${start}Content-Length: 99999999999999999999\r\n\r\n`,
    `${start}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`,
    `${start}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n`,
    `${start}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n`,
    `${start}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    `${start}Transfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
    `${start}Content-Length: 70000000\r\n\r\n`,
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: x\r\n continued: y\r\n\r\n',
  ])
  return random.integer(5) === 0 ? noise(random, 2_000) : Buffer.from(text, 'latin1')
}
