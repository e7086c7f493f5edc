import { execFile } from 'node:child_process'
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PostgresSession } from '@hanpyo/gateway-bridge/ledger/postgres-session.ts'
import { type PostgresTarget, parsePostgresUrl } from '@hanpyo/gateway-bridge/ledger/postgres-url.ts'
import { serverUser } from '@hanpyo/gateway-bridge/testing/postgres-cluster.ts'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'

const run = promisify(execFile)
const DEPLOY = fileURLToPath(new URL('../../../deploy/', import.meta.url))
const SCRIPTS = join(DEPLOY, 'postgres')
const BIN = '/usr/lib/postgresql/15/bin'

/** As in `cluster.env`. Each stands for a machine: a folder and an address of the loopback network of its own. */
const ADDRESSES = { n1: '127.0.20.1', n2: '127.0.20.2', n3: '127.0.20.3' } as const
export type Name = keyof typeof ADDRESSES
const NAMES = Object.keys(ADDRESSES) as Name[]
/** The first machine listens here too; no certificate names it. */
export const UNNAMED_ADDRESS = '127.0.20.9'

export interface Ended {
  readonly code: number
  readonly output: string
}

/**
 * The files of `deploy/postgres` on three folders instead of three machines. What an operator edits is changed, paths and
 * addresses, and how a server is started; TLS, SCRAM, roles, settings and scripts are as shipped.
 */
export class ShippedCluster {
  readonly dir: string
  readonly port: number
  readonly #owner: { readonly uid: number; readonly gid: number } | undefined

  private constructor(dir: string, port: number, owner: ShippedCluster['owner']) {
    this.dir = dir
    this.port = port
    this.#owner = owner
  }

  /** Makes credentials and configuration; no server runs yet. */
  static async prepare(): Promise<ShippedCluster> {
    const dir = await mkdtemp(join(tmpdir(), 'hanpyo-shipped-'))
    const cluster = new ShippedCluster(dir, await freePort(), await serverUser())
    await chmod(dir, 0o755)
    for (const name of NAMES) await cluster.#machine(name)
    const made = await cluster.script('n1', 'make-credentials.sh', [cluster.credentials], 'root')
    if (made.code !== 0) throw new Error(made.output)
    for (const name of NAMES) await cluster.#install(name)
    return cluster
  }

  get owner(): { readonly uid: number; readonly gid: number } | undefined {
    return this.#owner
  }

  /** The folder of `make-credentials.sh`. */
  get credentials(): string {
    return join(this.dir, 'credentials')
  }

  /** What stands for `/etc/hanpyo/db` on a machine. */
  etc(name: Name): string {
    return join(this.dir, name, 'etc')
  }

  async #machine(name: Name): Promise<void> {
    const home = join(this.dir, name)
    await mkdir(this.etc(name), { recursive: true })
    if (this.#owner !== undefined) await chown(home, this.#owner.uid, this.#owner.gid)
    const data = join(home, 'data')
    const listen = name === 'n1' ? `${ADDRESSES.n1},${UNNAMED_ADDRESS}` : ADDRESSES[name]
    // A copied data folder names the certificate of the machine it was copied from: machines have them at the same path.
    const own = { cert: 'server.pem', key: 'server-key.pem', ca: 'ca.pem' }
    const options = [
      `-k${home}`,
      `-clisten_addresses=${listen}`,
      ...Object.entries(own).map(([what, file]) => `-cssl_${what}_file=${join(this.etc(name), file)}`),
    ]
      .map((option) => `-o ${option}`)
      .join(' ')
    const edits: Record<string, string> = {
      NODES: `"${NAMES.map((one) => `${one}=${ADDRESSES[one]}`).join(' ')}"`,
      NODE: name,
      PORT: String(this.port),
      PGDATA: data,
      START: `"${BIN}/pg_ctl -D ${data} -s -w -l ${home}/log ${options} start"`,
      STOP: `"${BIN}/pg_ctl -D ${data} -s -m fast stop"`,
    }
    for (const file of ['cluster.env', 'hanpyo.conf', 'pg_hba.conf']) {
      const shipped = await readFile(join(SCRIPTS, file), 'utf8')
      const edited = shipped
        .replaceAll('/etc/hanpyo/db', this.etc(name))
        // Whoever connects to an address of the loopback network comes from 127.0.0.1.
        .replace(/10\.0\.\d+\.0\/24/g, '127.0.0.1/32')
        .replace(/^([A-Z]+)=.*$/gm, (line, key: string) => (key in edits ? `${key}=${edits[key]}` : line))
      await writeFile(join(this.etc(name), file), edited)
    }
  }

  /** As deploy/postgres/README.md has it: `install -m 640 -o root -g postgres`, the passwords for the server's user alone. */
  async #install(name: Name): Promise<void> {
    const from = join(this.credentials, name)
    for (const file of await readdir(from)) {
      const to = join(this.etc(name), file)
      await cp(join(from, file), to)
      const isPassword = file === 'pgpass'
      await chmod(to, isPassword || this.#owner === undefined ? 0o600 : 0o640)
      if (this.#owner !== undefined) await chown(to, isPassword ? this.#owner.uid : 0, this.#owner.gid)
    }
    if (name !== 'n1') return
    for (const role of ['admin', 'replicator', 'bridge']) {
      const file = join(this.dir, 'n1', `${role}.password`)
      await writeFile(file, await this.password(role))
      if (this.#owner !== undefined) await chown(file, this.#owner.uid, this.#owner.gid)
    }
  }

  async password(role: string): Promise<string> {
    return (await readFile(join(this.credentials, `${role}.password`), 'utf8')).trim()
  }

  /** Runs a shipped script as the user of the servers, on that machine. */
  async script(on: Name, name: string, args: readonly string[] = [], as?: 'root'): Promise<Ended> {
    const secrets = join(this.dir, 'n1')
    const env = {
      PATH: process.env.PATH,
      HANPYO_DB_ENV: join(this.etc(on), 'cluster.env'),
      ADMIN_PASSWORD_FILE: join(secrets, 'admin.password'),
      REPLICATOR_PASSWORD_FILE: join(secrets, 'replicator.password'),
      BRIDGE_PASSWORD_FILE: join(secrets, 'bridge.password'),
    }
    const who = as === 'root' ? {} : this.#owner
    try {
      const { stdout, stderr } = await run(join(SCRIPTS, name), [...args], { ...who, env, cwd: this.dir })
      return { code: 0, output: stdout + stderr }
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
      return { code, output: `${stdout}${stderr}` }
    }
  }

  /** The same for one that has to end well. */
  async done(on: Name, name: string, ...args: string[]): Promise<string> {
    const { code, output } = await this.script(on, name, args)
    if (code !== 0) throw new Error(`${name} on ${on} ended with ${code}:\n${output}`)
    return output
  }

  /** `START` of `cluster.env`, or a word for pg_ctl. */
  async control(name: Name, word: 'start' | 'reload'): Promise<void> {
    const env = await readFile(join(this.etc(name), 'cluster.env'), 'utf8')
    const start = /^START="(.*)"$/m.exec(env)?.[1]?.split(' ') ?? []
    const [command = '', ...args] =
      word === 'start' ? start : [join(BIN, 'pg_ctl'), '-D', join(this.dir, name, 'data'), '-s', word]
    await run(command, args, { ...this.#owner, cwd: this.dir })
  }

  /** The url of the shipped bridge.toml, edited for these machines. */
  async url(names: readonly (Name | string)[] = NAMES): Promise<string> {
    const shipped = await readFile(join(DEPLOY, 'bridge/bridge.toml'), 'utf8')
    const [, url = ''] = /^# url = "(.*)"$/m.exec(shipped) ?? []
    const hosts = names.map((name) => `${ADDRESSES[name as Name] ?? name}:${this.port}`)
    return url
      .replace('db1.example.org,db2.example.org,db3.example.org', hosts.join(','))
      .replace('/etc/hanpyo/bridge/secret', '/etc/hanpyo/bridge')
      .replaceAll('/etc/hanpyo/bridge', join(this.credentials, 'bridge'))
  }

  /** A connection to one server with the certificate of the bridges, or without TLS, and the password of a role. */
  async session(
    name: Name,
    role: 'admin' | 'replicator' | 'bridge',
    to: { readonly database?: string; readonly isTls?: boolean } = {},
  ): Promise<PostgresSession> {
    const user = { admin: 'postgres', replicator: 'hanpyo_replicator', bridge: 'hanpyo' }[role]
    const { database = role === 'bridge' ? 'hanpyo' : 'postgres', isTls = true } = to
    const [target] = expectOk(parsePostgresUrl(await this.url([name]), await this.password(role)))
    const { ssl, ...plain } = target as PostgresTarget
    const tls = isTls && ssl !== undefined ? { ssl } : {}
    return PostgresSession.open({ ...plain, ...tls, user, database }, createRealClock())
  }

  /** What the first server says when the role of the bridges wants to replicate, with all that a bridge has. */
  async replicateAsBridge(): Promise<string> {
    const { searchParams } = new URL(await this.url(['n1']))
    const tls = [...searchParams].map(([key, value]) => `${key}=${value}`).join(' ')
    const where = `host=${ADDRESSES.n1} port=${this.port} user=hanpyo replication=true ${tls}`
    const env = { PGPASSWORD: await this.password('bridge') }
    return run(join(BIN, 'psql'), ['-X', '-d', where, '-c', 'IDENTIFY_SYSTEM'], { env }).then(
      ({ stdout }) => stdout,
      ({ stderr }: { stderr: string }) => stderr,
    )
  }

  async close(): Promise<void> {
    for (const name of NAMES) {
      const stop = ['-D', join(this.dir, name, 'data'), '-m', 'immediate', 'stop']
      await run(join(BIN, 'pg_ctl'), stop, { ...this.#owner, cwd: this.dir }).catch(() => {})
    }
    await rm(this.dir, { recursive: true })
  }
}

/** A port that is free on every address now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '0.0.0.0', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
