import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { afterEach, expect, test } from 'vitest'
import { openTcpLink } from './tcp-link.ts'

const cleanUps: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function setUp() {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(() => void server.close())
  const target = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
  const link = await openTcpLink({ target, clock: createRealClock() })
  cleanUps.push(() => link.close())
  const open = async () => {
    const socket = connect(link.port, '127.0.0.1')
    socket.on('error', () => {})
    cleanUps.push(() => void socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  return { link, open }
}

/** Resolves when the socket is gone, with or without an error. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

async function echo(socket: Socket, text: string): Promise<string> {
  const answer = once(socket, 'data')
  socket.write(text)
  return String((await answer)[0])
}

test('bytes pass both ways', async () => {
  const { link, open } = await setUp()
  expect(await echo(await open(), 'hello')).toBe('hello')
  expect(link).toMatchObject({ isUp: true, connectionCount: 1 })
})

test('a cut breaks what is open and refuses what comes, until it is restored', async () => {
  const { link, open } = await setUp()
  const first = await open()
  await echo(first, 'x')
  const broken = closed(first)
  link.cut()
  await broken
  const refused = connect(link.port, '127.0.0.1').on('error', () => {})
  await closed(refused)
  link.restore()
  expect(await echo(await open(), 'again')).toBe('again')
})

test('a black hole keeps connections and swallows everything', async () => {
  const { link, open } = await setUp()
  const socket = await open()
  await echo(socket, 'x')
  link.cut('blackhole')
  const seen: string[] = []
  socket.on('data', (chunk) => seen.push(String(chunk)))
  socket.write('into the void')
  const late = await open()
  expect(late.destroyed).toBe(false)
  const broken = closed(socket)
  link.restore()
  await broken
  expect(seen).toEqual([])
})

test('a delay holds every chunk back and keeps the order', async () => {
  const { link, open } = await setUp()
  const socket = await open()
  await echo(socket, 'x')
  link.setDelay(30)
  const startMs = performance.now()
  let seen = ''
  const complete = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      seen += String(chunk)
      if (seen.length === 6) resolve()
    })
  })
  for (const letter of 'abcdef') socket.write(letter)
  await complete
  expect(seen).toBe('abcdef')
  expect(performance.now() - startMs).toBeGreaterThan(55)
})
