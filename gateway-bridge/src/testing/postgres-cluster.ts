import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, chown, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

const run = promisify(execFile)

/** Where Debian has the programs that are not in the path. */
const BIN = '/usr/lib/postgresql/15/bin'
/** Part of the names of socket files only: nothing listens to TCP, so that clusters never meet. */
const PORT = 5432
const NAMES = ['n1', 'n2', 'n3'] as const

export interface PostgresClusterOptions {
  /** 1, or a primary and two standbys. */
  readonly nodes: 1 | 3
  /** Off where no test asks for durability: several times as fast. */
  readonly fsync: boolean
  /** Lines appended to postgresql.conf of every node. */
  readonly settings?: readonly string[]
}

/** Whether the programs are installed. */
export function hasPostgres(): boolean {
  return existsSync(join(BIN, 'initdb'))
}

/**
 * A real cluster in a temporary folder: physical replication with slots, quorum commit, Unix sockets only. PostgreSQL does not
 * run as root; root's servers run as the user `postgres`.
 */
export class PostgresCluster {
  readonly dir: string
  readonly nodes: readonly PostgresNode[]
  primary: PostgresNode

  private constructor(dir: string, nodes: readonly PostgresNode[]) {
    this.dir = dir
    this.nodes = nodes
    this.primary = nodes[0] as PostgresNode
  }

  static async start(options: PostgresClusterOptions): Promise<PostgresCluster> {
    const dir = await mkdtemp(join(tmpdir(), 'hanpyo-pg-'))
    const owner = await serverUser()
    if (owner !== undefined) await chown(dir, owner.uid, owner.gid)
    const names = NAMES.slice(0, options.nodes)
    const nodes = names.map((name) => new PostgresNode(name, join(dir, name), owner))
    const cluster = new PostgresCluster(dir, nodes)
    try {
      await cluster.#initialise(options, names)
      return cluster
    } catch (error) {
      await cluster.close()
      throw error
    }
  }

  async #initialise(options: PostgresClusterOptions, names: readonly string[]): Promise<void> {
    const { primary } = this
    const auth = ['-A', 'trust', '-U', 'hanpyo', '--no-locale', '-E', 'UTF8', '--data-checksums', '--no-sync']
    await primary.program('initdb', ['-D', primary.dataDir, ...auth])
    const isCluster = names.length > 1
    const settings = [
      "listen_addresses = ''",
      `port = ${PORT}`,
      `fsync = ${options.fsync ? 'on' : 'off'}`,
      ...(isCluster ? [`synchronous_standby_names = 'ANY 1 (${names.join(', ')})'`] : []),
      'wal_log_hints = on',
      'wal_sender_timeout = 2s',
      'wal_receiver_timeout = 5s',
      'wal_retrieve_retry_interval = 200ms',
      'max_slot_wal_keep_size = 1GB',
      'shared_buffers = 32MB',
      'log_min_messages = warning',
      'log_error_verbosity = terse',
      ...(options.settings ?? []),
    ]
    await appendFile(join(primary.dataDir, 'postgresql.conf'), `${settings.join('\n')}\n`)
    await primary.start()
    const copies = this.nodes.slice(1)
    // The first backup would otherwise wait for standbys that it is about to become.
    for (const node of copies) {
      const base = [
        '-D',
        node.dataDir,
        '-R',
        '-X',
        'stream',
        '-c',
        'fast',
        '--no-sync',
        '-C',
        '-S',
        node.name,
      ]
      await node.program('pg_basebackup', [...base, '-d', conninfo(primary, node)])
      await node.start()
    }
    if (isCluster) await this.whenStreaming(copies)
  }

  /** Several hosts in one URL, as an operator writes it. */
  url(database: string, nodes: readonly PostgresNode[] = this.nodes): string {
    const hosts = nodes.map(({ dir }) => `${encodeURIComponent(dir)}:${PORT}`)
    return `postgresql://hanpyo@${hosts.join(',')}/${database}`
  }

  /** Waits until the primary streams to these nodes. */
  async whenStreaming(nodes: readonly PostgresNode[]): Promise<void> {
    const names = nodes.map(({ name }) => name)
    await until(`${names.join(', ')} stream`, async () => {
      const rows = await this.primary.query(
        `SELECT application_name FROM pg_stat_replication WHERE state = 'streaming' AND sync_state <> 'async'`,
      )
      return names.every((name) => rows.some(({ application_name }) => application_name === name))
    })
  }

  /**
   * The rule of docs/adr/0014: of both standbys the one that has received more becomes the primary, and the other one follows
   * it. Takes only what is running; a test that leaves one out knows what it does.
   */
  async promote(): Promise<PostgresNode> {
    const standbys = this.nodes.filter((node) => node !== this.primary && node.isRunning)
    const received = await Promise.all(
      standbys.map(async (node) => {
        const [row] = await node.query(
          `SELECT (coalesce(greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0') - '0/0')::text AS at`,
        )
        return { node, at: BigInt(row?.at as string) }
      }),
    )
    const [first] = received.sort((a, b) => (a.at < b.at ? 1 : -1))
    if (first === undefined) throw new Error('no standby is running')
    await first.node.query('SELECT pg_promote(true, 30)')
    this.primary = first.node
    for (const { node } of received.slice(1)) await this.follow(node)
    return first.node
  }

  /** Makes a running standby follow the primary. */
  async follow(node: PostgresNode): Promise<void> {
    await this.#slot(node)
    await node.query(`ALTER SYSTEM SET primary_conninfo = '${conninfo(this.primary, node)}'`)
    await node.query(`ALTER SYSTEM SET primary_slot_name = '${node.name}'`)
    await node.query('SELECT pg_reload_conf()')
  }

  /** Takes a stopped old primary back as a standby: what only it had is thrown away. */
  async rejoin(node: PostgresNode): Promise<void> {
    await this.#slot(node)
    // The control file names the new timeline only after the first checkpoint of the new primary; pg_rewind goes by it.
    await this.primary.query('CHECKPOINT')
    const source = `${conninfo(this.primary, node)} dbname=postgres`
    await node.program('pg_rewind', ['-D', node.dataDir, '--source-server', source, '-R', '--no-sync'])
    const lines = [
      `primary_slot_name = '${node.name}'`,
      `primary_conninfo = '${conninfo(this.primary, node)}'`,
    ]
    await appendFile(join(node.dataDir, 'postgresql.auto.conf'), `${lines.join('\n')}\n`)
    await node.start()
  }

  async #slot({ name }: PostgresNode): Promise<void> {
    await this.primary.query(
      `SELECT pg_create_physical_replication_slot('${name}', true)
       WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '${name}')`,
    )
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()))
    await rm(this.dir, { recursive: true, force: true })
  }
}

/** One server. */
export class PostgresNode {
  readonly name: string
  /** Folder of the socket. */
  readonly dir: string
  readonly #owner: { readonly uid: number; readonly gid: number } | undefined
  #process: ChildProcess | undefined

  constructor(name: string, dir: string, owner: { readonly uid: number; readonly gid: number } | undefined) {
    this.name = name
    this.dir = dir
    this.#owner = owner
  }

  get dataDir(): string {
    return join(this.dir, 'data')
  }

  get isRunning(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** Returns when the server takes connections. */
  async start(): Promise<void> {
    await this.#ownDir()
    const server = spawn(join(BIN, 'postgres'), ['-D', this.dataDir, '-k', this.dir], {
      ...this.#owner,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#process = server
    let log = ''
    server.stderr?.on('data', (chunk: Buffer) => {
      log = `${log}${chunk.toString()}`.slice(-4_000)
    })
    await until(`${this.name} takes connections`, async () => {
      if (!this.isRunning) throw new Error(`${this.name} has ended:\n${log}`)
      return this.query('SELECT 1').then(
        () => true,
        () => false,
      )
    })
  }

  /** A clean end, which waits for no client. */
  async stop(): Promise<void> {
    await this.#end((server) => server.kill('SIGINT'))
  }

  /** SIGKILL for the whole server at once, as when its machine dies: no process of it says another word. */
  async kill(): Promise<void> {
    const { pid } = this.#process ?? {}
    if (!this.isRunning || pid === undefined) return
    this.#process?.kill('SIGSTOP')
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
    await this.#end((server) => {
      server.kill('SIGKILL')
      for (const child of children.trim().split(' ')) killIfThere(Number(child))
    })
  }

  /** A connection of its own for every call. */
  async query(text: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ host: this.dir, port: PORT, user: 'hanpyo', database })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query(text)).rows ?? []
    } finally {
      await client.end().catch(() => {})
    }
  }

  async setting(line: string): Promise<void> {
    await this.query(`ALTER SYSTEM SET ${line}`)
    await this.query('SELECT pg_reload_conf()')
  }

  async program(name: string, args: readonly string[]): Promise<void> {
    await this.#ownDir()
    await run(join(BIN, name), [...args], { ...this.#owner, cwd: this.dir })
  }

  async #ownDir(): Promise<void> {
    await mkdir(this.dir, { recursive: true, mode: 0o700 })
    if (this.#owner !== undefined) await chown(this.dir, this.#owner.uid, this.#owner.gid)
  }

  async #end(signal: (server: ChildProcess) => void): Promise<void> {
    const server = this.#process
    if (server === undefined || !this.isRunning) return
    const ended = new Promise((resolve) => server.once('exit', resolve))
    signal(server)
    await ended
    // A killed server leaves its socket and lock; what tests start next has another process id.
    await rm(join(this.dir, `.s.PGSQL.${PORT}.lock`), { force: true })
    await rm(join(this.dir, `.s.PGSQL.${PORT}`), { force: true })
  }
}

function conninfo(primary: PostgresNode, standby: PostgresNode): string {
  return `host=${primary.dir} port=${PORT} user=hanpyo application_name=${standby.name}`
}

/** Whom servers run as: root cannot be it. Undefined for the user of this process. */
export async function serverUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((one) => one.startsWith('postgres:'))
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined)
    throw new Error('there is no user "postgres" to run the server as')
  return { uid: Number(uid), gid: Number(gid) }
}

function killIfThere(pid: number): void {
  if (!(pid > 1)) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const startedMs = performance.now(); performance.now() - startedMs < 30_000; ) {
    if (await isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`it is not so that ${what}`)
}
