import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterEach, expect, test } from 'vitest'
import { Terminal } from '../testing/terminal.ts'
import { findSocat, serveModemOverPty } from './pty-port.ts'
import { serveModemOverTcp } from './tcp-port.ts'

const cleanUps: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

/** Stands in for a modem: answers every line with itself. */
function echoModem() {
  let output: ((bytes: Uint8Array) => void) | undefined
  return {
    attach(next: (bytes: Uint8Array) => void) {
      output = next
    },
    detach() {
      output = undefined
    },
    receive: (bytes: Uint8Array) => output?.(bytes),
    say: (text: string) => output?.(utf8(text)),
    get isAttached() {
      return output !== undefined
    },
  }
}

async function openTerminal(port: number) {
  const socket = connect(port, '127.0.0.1')
  cleanUps.push(() => socket.destroy())
  await once(socket, 'connect')
  const terminal = new Terminal((bytes) => socket.write(bytes))
  socket.on('data', terminal.receive)
  return { socket, terminal }
}

test('over TCP the newest connection has the line', async () => {
  const modem = echoModem()
  const port = await serveModemOverTcp(modem)
  cleanUps.push(() => port.close())
  expect(port.uri).toBe(`tcp:127.0.0.1:${port.port}`)
  const first = await openTerminal(port.port)
  expect(await first.terminal.ask('AT', /AT/)).toBe('AT')
  const closed = once(first.socket, 'close')
  const second = await openTerminal(port.port)
  await closed
  expect(await second.terminal.ask('AT+VER=?', /VER/)).toBe('AT+VER=?')
})

test('what a modem says while nobody is connected is lost, and the next host starts clean', async () => {
  const modem = echoModem()
  const port = await serveModemOverTcp(modem)
  cleanUps.push(() => port.close())
  modem.say('nobody hears this\r\n')
  const { terminal, socket } = await openTerminal(port.port)
  await terminal.ask('AT', /AT/)
  expect(terminal.lines).toEqual(['AT'])
  socket.destroy()
  await expect.poll(() => modem.isAttached).toBe(false)
})

test('over a pty the line survives that the host closes and opens it again', async (context) => {
  const socat = await findSocat()
  if (socat === undefined) context.skip('socat is not installed, so there is no pty to test')
  const directory = await mkdtemp(join(tmpdir(), 'hanpyo-pty-'))
  cleanUps.push(() => rm(directory, { recursive: true }))
  const path = join(directory, 'modem0')
  const port = expectOk(await serveModemOverPty(echoModem(), path))
  cleanUps.push(() => port.close())
  for (const command of ['AT', 'AT+NJS=?']) {
    const host = spawn(socat!, ['STDIO', `${path},raw,echo=0`], { stdio: ['pipe', 'pipe', 'inherit'] })
    const terminal = new Terminal((bytes) => host.stdin.write(bytes))
    host.stdout.on('data', terminal.receive)
    expect(await terminal.ask(command, /AT/)).toBe(command)
    const gone = once(host, 'exit')
    host.kill('SIGTERM')
    await gone
  }
})
