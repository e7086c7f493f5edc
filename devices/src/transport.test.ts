import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openTransport, parseDeviceUri, type Transport } from './transport.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hanpyo-devices-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Resolves when `length` characters have arrived. */
function receive(transport: Transport, length: number): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    transport.onData((bytes) => {
      text += Buffer.from(bytes).toString()
      if (text.length >= length) resolve(text)
    })
  })
}

test.each([
  ['serial:/dev/ttyUSB0?baud=9600', { kind: 'serial', path: '/dev/ttyUSB0', baudRate: 9600 }],
  [
    'serial:/dev/serial/by-id/usb-x',
    { kind: 'serial', path: '/dev/serial/by-id/usb-x', baudRate: undefined },
  ],
  ['tcp:127.0.0.1:7001', { kind: 'tcp', host: '127.0.0.1', port: 7001 }],
  ['tcp://modem.local:7001', { kind: 'tcp', host: 'modem.local', port: 7001 }],
  ['tcp:[::1]:7001', { kind: 'tcp', host: '::1', port: 7001 }],
  ['file:/run/scans', { kind: 'file', path: '/run/scans' }],
])('the URI %s is understood', (uri, address) => {
  expect(parseDeviceUri(uri)).toEqual({ ok: true, value: address })
})

test.each(['', 'serial:', 'tcp:host', 'tcp:host:0', 'tcp:host:65536', 'usb:1', 'serial:/dev/x?baud=fast'])(
  'the URI "%s" is refused',
  (uri) => {
    expect(parseDeviceUri(uri)).toMatchObject({ ok: false, error: 'device-uri' })
  },
)

test('a TCP device is written to and read, and its end is noticed', async () => {
  const server = createServer()
  onTestFinished(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const transport = await openTransport(`tcp:127.0.0.1:${(server.address() as AddressInfo).port}`)
  const [socket] = await accepted
  const sent = once(socket, 'data')
  await transport.write(Buffer.from('AT\r\n'))
  expect(String((await sent)[0])).toBe('AT\r\n')
  const received = receive(transport, 4)
  socket.write('OK\r\n')
  expect(await received).toBe('OK\r\n')
  const closed = new Promise((resolve) => transport.onClose(resolve))
  socket.destroy()
  await closed
  await expect(transport.write(Buffer.from('x'))).rejects.toThrow(/closed/)
})

test('a TCP device that is not there rejects', async () => {
  await expect(openTransport('tcp:127.0.0.1:1')).rejects.toThrow(/ECONNREFUSED/)
})

test('a recorded session is read to its end, bytes before the first listener included', async () => {
  const path = join(temporaryFolder(), 'session')
  writeFileSync(path, 'one\ntwo\n')
  const transport = await openTransport(`file:${path}`)
  const end = new Promise((resolve) => transport.onClose(resolve))
  expect(await receive(transport, 8)).toBe('one\ntwo\n')
  expect(await end).toBe('end of file')
})

test('a FIFO stays open from one writer to the next', async () => {
  const path = join(temporaryFolder(), 'scans')
  execFileSync('mkfifo', [path])
  const transport = await openTransport(`file:${path}`)
  const both = receive(transport, 8)
  appendFileSync(path, 'one\n')
  appendFileSync(path, 'two\n')
  expect(await both).toBe('one\ntwo\n')
  await transport.close()
})

test('a serial port (here one end of a pseudo-terminal pair) is written to and read', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'modem')
  const appeared = new Promise<void>((resolve) => {
    const watcher = watch(folder, () => {
      if (!existsSync(path)) return
      watcher.close()
      resolve()
    })
  })
  // Sends back what it gets.
  const socat = spawn('socat', [`PTY,link=${path},raw,echo=0`, 'EXEC:cat'], { stdio: 'ignore' })
  onTestFinished(() => void socat.kill())
  await appeared
  const transport = await openTransport(`serial:${path}?baud=9600`)
  const echoed = receive(transport, 5)
  await transport.write(Buffer.from('hello'))
  expect(await echoed).toBe('hello')
  const closed = new Promise((resolve) => transport.onClose(resolve))
  await transport.close()
  await closed
})
