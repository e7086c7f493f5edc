import { constants } from 'node:fs'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { delimiter, join, resolve } from 'node:path'
import { type Child, ChildError, spawnChild } from '../child.ts'
import type { Logger } from '../logger.ts'
import { formatAcl } from './acl.ts'
import type { Broker, BrokerOptions } from './broker.ts'

/** Debian puts daemons where an ordinary user's PATH does not lead. */
const EXTRA_FOLDERS = ['/usr/sbin', '/usr/local/sbin']
const PORT_ATTEMPTS = 5

/** The path of the mosquitto daemon, or undefined when it is not installed. */
export async function findMosquitto(path = process.env.PATH ?? ''): Promise<string | undefined> {
  for (const folder of [...path.split(delimiter), ...EXTRA_FOLDERS]) {
    const candidate = join(folder, 'mosquitto')
    try {
      await access(candidate, constants.X_OK)
      return candidate
    } catch {
      // Not in this folder.
    }
  }
  return undefined
}

interface Listeners {
  readonly host: string
  readonly tlsPort: number | undefined
  readonly plainPort: number | undefined
}

/** Starts mosquitto as a child process; when a port it was told to choose is taken meanwhile, tries others. */
export async function startMosquitto(command: string, options: BrokerOptions, log: Logger): Promise<Broker> {
  const dir = resolve(options.dir)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const mayChoose = options.tls?.port === undefined || options.plainPort === 0
  for (let attempt = 1; ; attempt++) {
    const listeners = await chooseListeners(options)
    const configPath = await writeConfig(dir, options, listeners)
    try {
      const child = await spawnChild({
        command,
        args: ['-c', configPath],
        ready: /mosquitto version \S+ running/,
      })
      return await running(child, listeners, log)
    } catch (error) {
      const wasTaken = error instanceof ChildError && error.message.includes('Address already in use')
      if (!wasTaken || !mayChoose || attempt >= PORT_ATTEMPTS) throw error
    }
  }
}

async function running(child: Child, listeners: Listeners, log: Logger): Promise<Broker> {
  const { host, tlsPort, plainPort } = listeners
  let isClosing = false
  const exited = child.exited.then(({ code, signal }) => {
    const detail = `mosquitto ended (${signal ?? code})\n${child.tail()}`
    if (!isClosing) log.error('broker-died', { detail })
    return { expected: isClosing, detail }
  })
  if (tlsPort !== undefined) await canConnect(host, tlsPort)
  if (plainPort !== undefined) await canConnect('127.0.0.1', plainPort)
  return {
    kind: 'mosquitto',
    mqttVersion: 5,
    url: tlsPort === undefined ? undefined : `mqtts://${host}:${tlsPort}`,
    plainUrl: plainPort === undefined ? undefined : `mqtt://127.0.0.1:${plainPort}`,
    pid: child.pid,
    exited,
    async close() {
      isClosing = true
      // A signal that arrives between its first log line and its main loop is forgotten by mosquitto 2.0.
      const again = setInterval(() => child.kill('SIGTERM'), 100)
      await child.stop().finally(() => clearInterval(again))
    },
  }
}

async function chooseListeners(options: BrokerOptions): Promise<Listeners> {
  const { host = '127.0.0.1', tls, plainPort } = options
  if (tls === undefined && plainPort === undefined)
    throw new RangeError('a broker needs "tls" or "plainPort"')
  return {
    host,
    tlsPort: tls === undefined ? undefined : tls.port || (await freePort(host)),
    plainPort: plainPort === undefined ? undefined : plainPort || (await freePort('127.0.0.1')),
  }
}

async function writeConfig(dir: string, options: BrokerOptions, listeners: Listeners): Promise<string> {
  const { tls, acl } = options
  const secretFile = async (name: string, content: string) => {
    const path = join(dir, name)
    await writeFile(path, content, { mode: 0o600 })
    return path
  }
  const lines = mosquittoSettings(dir)
  if (tls !== undefined) {
    lines.push(
      '',
      `listener ${listeners.tlsPort} ${listeners.host}`,
      `cafile ${await secretFile('ca.pem', tls.ca)}`,
      `certfile ${await secretFile('server.pem', tls.cert)}`,
      `keyfile ${await secretFile('server-key.pem', tls.key)}`,
      'tls_version tlsv1.2',
      'require_certificate true',
      'use_identity_as_username true',
      'allow_anonymous false',
    )
    if (tls.crl !== undefined) lines.push(`crlfile ${await secretFile('crl.pem', tls.crl)}`)
    if (acl !== undefined) lines.push(`acl_file ${await secretFile('acl', formatAcl(acl))}`)
  }
  if (listeners.plainPort !== undefined) {
    lines.push('', `listener ${listeners.plainPort} 127.0.0.1`, 'allow_anonymous true')
  }
  return secretFile('mosquitto.conf', `${lines.join('\n')}\n`)
}

/** What holds for all listeners; `deploy/` repeats it for the installed daemon. */
function mosquittoSettings(dir: string): string[] {
  return [
    'per_listener_settings true',
    // Started by root, mosquitto would change to its own user, who may not read these files.
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    'persistence true',
    `persistence_location ${dir}/`,
    'autosave_interval 30',
    // 0 is "no limit": a ballot must not be dropped because the bridge is away for long.
    'max_queued_messages 0',
    'max_inflight_messages 256',
    'max_packet_size 262144',
    'set_tcp_nodelay true',
    'connection_messages false',
    'log_dest stderr',
    'log_type error',
    'log_type warning',
    'log_type notice',
    'log_type information',
  ]
}

async function freePort(host: string): Promise<number> {
  const server = createServer()
  await new Promise<void>((done, reject) => {
    server.once('error', reject)
    server.listen(0, host, done)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

function canConnect(host: string, port: number): Promise<void> {
  return new Promise((done, reject) => {
    const socket = connect(port, host, () => {
      socket.destroy()
      done()
    })
    socket.once('error', reject)
  })
}
