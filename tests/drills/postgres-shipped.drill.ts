import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HANPYO, runHanpyo } from '@hanpyo/cli/demo/processes.ts'
import { BRIDGE_EXIT } from '@hanpyo/gateway-bridge/errors.ts'
import { ProcessBridge } from '@hanpyo/gateway-bridge/testing/process-bridge.ts'
import { TestElection } from '@hanpyo/gateway-bridge/testing/test-election.ts'
import { type Child, spawnChild } from '@hanpyo/platform/child.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { type Broker, startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { createCa, issueServerCertificate } from '@hanpyo/platform/x509.ts'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { freePort, ShippedCluster, UNNAMED_ADDRESS } from './support/shipped-cluster.ts'

/** Bridges as processes of the real command on the files of `deploy/postgres`. In `npm run test:full`: a minute. */
describe.runIf(process.env.HANPYO_FULL === '1')('a bridge on a database as it is shipped', () => {
  let cluster: ShippedCluster
  let broker: Broker
  let election: TestElection
  let files: ProcessBridge
  const bridges: Child[] = []

  beforeAll(async () => {
    cluster = await ShippedCluster.prepare()
    broker = await startBroker({ kind: 'aedes', dir: join(cluster.dir, 'broker'), plainPort: 0 })
    election = new TestElection({ backend: await createNodeBackend(), tickSeconds: 1 })
    files = await prepareBridge('bridge', election)
  })
  afterAll(async () => {
    for (const bridge of bridges) await bridge.stop()
    await broker?.close()
    await cluster?.close()
  })

  async function prepareBridge(name: string, of: TestElection): Promise<ProcessBridge> {
    return ProcessBridge.prepare({
      dir: join(cluster.dir, name),
      election: of,
      mqttUrl: broker.plainUrl as string,
      mqttVersion: broker.mqttVersion,
      extra: `[ledger]
engine = "postgres"
[ledger.postgres]
url = "${await cluster.url()}"
passwordFile = "${join(cluster.credentials, 'bridge', 'db-password')}"
`,
    })
  }
  const init = (of = files, election = 'bridge') =>
    runHanpyo(['bridge', 'init', '--config', of.configPath, '--election', join(cluster.dir, election)])
  /** `bridge run` with other words for the database than the right ones; it has to end by itself. */
  const refused = async (change: { url?: string; passwordFile?: string }) => {
    const ended = await runHanpyo(['bridge', 'run', '--config', files.configPath], {
      ...(change.url === undefined ? {} : { HANPYO_BRIDGE_LEDGER__POSTGRES__URL: change.url }),
      ...(change.passwordFile === undefined
        ? {}
        : { HANPYO_BRIDGE_LEDGER__POSTGRES__PASSWORD_FILE: change.passwordFile }),
    })
    expect(ended.output).not.toContain(await cluster.password('bridge'))
    return ended
  }
  const run = async (ready: RegExp | 'json-line', env: Record<string, string> = {}) => {
    const child = await spawnChild({
      command: process.execPath,
      args: [HANPYO, 'bridge', 'run', '--config', files.configPath, '--close-with-parent'],
      env,
      ready,
      readyTimeoutMs: 120_000,
    })
    bridges.push(child)
    return child
  }

  test('init without a server names what each address said and changes nothing', async () => {
    const ended = await init()
    expect(ended.code).toBe(1)
    expect(ended.output).toMatch(/^Waiting for the database: .*ECONNREFUSED/m)
    expect(ended.output).toMatch(/^no-primary: .*127\.0\.20\.1:.*ECONNREFUSED.*127\.0\.20\.2:/m)
    expect(ended.output).toContain('Start the primary and a standby')
  })

  test('init needs a standby, makes the ledger once, and says whose ledger is in the way', async () => {
    await cluster.done('n1', 'setup-primary.sh')
    const alone = await init()
    expect(alone).toMatchObject({ code: 1 })
    expect(alone.output).toMatch(/^no-primary: .*no standby is connected to 127\.0\.20\.1/m)
    await cluster.done('n2', 'setup-standby.sh', 'n1')

    const both = await Promise.all([init(), init()])
    const made = both.find(({ code }) => code === 0)
    expect(made).toMatchObject({ stdout: `Ledger of ${election.manifest.id}: 2 leaves.\n` })
    expect(both.find((one) => one !== made)?.output).toMatch(/^already-initialised: /m)
    const again = await init()
    expect(again.code).toBe(BRIDGE_EXIT.ledger)
    expect(again.output).toMatch(/^already-initialised: .*\(vote\.example\.org\/2026\/test, 2 leaves\)/m)
    const other = new TestElection({ backend: election.backend, label: 'another' })
    const foreign = await init(await prepareBridge('other', other), 'other')
    expect(foreign.code).toBe(BRIDGE_EXIT.ledger)
    expect(foreign.output).toMatch(/^holds-another-election: .*\(vote\.example\.org\/2026\/test, 2 leaves\)/m)
  })

  test('without TLS, with a wrong password, certificate, name or authority a bridge ends with a plain sentence', async () => {
    const url = await cluster.url()
    const without = (text: string) => url.replace(text, '')
    const plain = await refused({ url: url.replace(/\?.*/, '?sslmode=disable') })
    expect(plain.code).toBe(BRIDGE_EXIT.config)
    expect(plain.output).toMatch(/^database-login: .*no encryption/m)

    const guess = join(cluster.dir, 'guess')
    await writeFile(guess, 'hunter2-hunter2', { mode: 0o600 })
    const wrong = await refused({ passwordFile: guess })
    expect(wrong.code).toBe(BRIDGE_EXIT.config)
    expect(wrong.output).toMatch(/^database-password: .*password authentication failed for user "hanpyo"/m)
    expect(wrong.output).not.toContain('hunter2')

    const anonymous = await refused({ url: without(/&sslcert=.*/.exec(url)?.[0] as string) })
    expect(anonymous.code).toBe(BRIDGE_EXIT.config)
    expect(anonymous.output).toMatch(/^database-login: .*client certificate/m)

    const elsewhere = await refused({ url: await cluster.url([UNNAMED_ADDRESS]) })
    expect(elsewhere.code).toBe(BRIDGE_EXIT.config)
    expect(elsewhere.output).toMatch(/^database-tls: .*127\.0\.20\.9 is not in the cert/m)

    const stranger = join(cluster.dir, 'stranger.pem')
    await writeFile(stranger, (await createCa({ name: 'Somebody else' })).cert)
    const foreign = await refused({ url: url.replace(/(?<=sslrootcert=)[^&]+/, stranger) })
    expect(foreign.code).toBe(BRIDGE_EXIT.config)
    expect(foreign.output).toMatch(/^database-tls: .*certificate/m)
  })

  test('a server whose certificate comes from another authority is refused, whatever else is right', async () => {
    const ca = await createCa({ name: 'Hanpyo database' })
    const { cert, key } = await issueServerCertificate({ ca, names: ['127.0.20.1'] })
    for (const [file, text] of [
      ['server.pem', cert],
      ['server-key.pem', key],
    ] as const)
      await writeFile(join(cluster.etc('n1'), file), text)
    await cluster.control('n1', 'reload')
    const ended = await refused({ url: await cluster.url(['n1']) })
    expect(ended.code).toBe(BRIDGE_EXIT.config)
    expect(ended.output).toMatch(/^database-tls: /m)
    for (const file of ['server.pem', 'server-key.pem'])
      await writeFile(join(cluster.etc('n1'), file), await readFile(join(cluster.credentials, 'n1', file)))
    await cluster.control('n1', 'reload')
    await vi.waitFor(async () => (await cluster.session('n1', 'admin')).close(), { timeout: 10_000 })
  })

  test('the role of the bridge can do what the bridge does, and nothing else', async () => {
    const admin = await cluster.session('n1', 'admin')
    const [role] = await admin.query(
      `SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolpassword LIKE 'SCRAM-SHA-256$%' AS scram,
       (SELECT count(*) FROM pg_auth_members WHERE member = a.oid) AS memberships,
       (SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datallowconn AND has_database_privilege(a.oid, oid, 'CONNECT')) AS databases
       FROM pg_authid a WHERE rolname = 'hanpyo'`,
    )
    expect(role).toEqual({
      rolsuper: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      rolbypassrls: false,
      scram: true,
      memberships: 0,
      databases: 'hanpyo',
    })
    const bridge = await cluster.session('n1', 'bridge')
    for (const forbidden of [
      'CREATE ROLE another LOGIN',
      'CREATE DATABASE another',
      'ALTER ROLE hanpyo REPLICATION',
      'SET ROLE postgres',
      "ALTER SYSTEM SET fsync = 'off'",
      "SELECT pg_read_file('/etc/passwd')",
      "COPY head TO PROGRAM 'cat'",
      'SELECT rolpassword FROM pg_authid',
      'SELECT pg_promote()',
      'CREATE EXTENSION dblink',
    ])
      await expect(bridge.query(forbidden), forbidden).rejects.toThrow(/denied|must be|not permitted/)
    expect(await bridge.query('SELECT size FROM head')).toEqual([{ size: 2 }])

    const noEntry = { sqlState: '28000' }
    for (const database of ['postgres', 'template1'])
      await expect(cluster.session('n1', 'bridge', { database })).rejects.toMatchObject(noEntry)
    const database = 'hanpyo'
    await expect(cluster.session('n1', 'replicator', { database })).rejects.toMatchObject(noEntry)
    for (const role of ['admin', 'replicator', 'bridge'] as const)
      await expect(cluster.session('n1', role, { isTls: false }), role).rejects.toMatchObject(noEntry)
    expect(await cluster.replicateAsBridge()).toContain('no pg_hba.conf entry for replication connection')
    await bridge.close()
    await admin.close()
    const log = await readFile(join(cluster.dir, 'n1', 'log'), 'utf8')
    expect(log).toContain('permission denied')
    expect(log).not.toContain('STATEMENT')
  })

  test('a bridge runs on it over TLS alone, takes records, and waits and goes on when the primary is lost', async () => {
    const port = await freePort()
    const health = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/healthz`)
      return { status: response.status, body: (await response.json()) as { reason?: string } }
    }
    const atPort = { HANPYO_BRIDGE_HTTP__PORT: String(port) }
    const running = await run('json-line', atPort)
    const { url } = running.ready as { url: string }
    const post = (record: Uint8Array) =>
      fetch(`${url}/records`, { method: 'POST', body: new Uint8Array(record) })
    expect((await post(election.enrol(1))).status).toBe(200)
    const admin = await cluster.session('n1', 'admin')
    const rows = await admin.query(
      `SELECT bool_and(s.ssl AND s.version = 'TLSv1.3') AS tls, count(*)::int > 3 AS several
       FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid) WHERE a.usename = 'hanpyo'`,
    )
    expect(rows).toEqual([{ tls: true, several: true }])
    await admin.close()
    expect(await health()).toMatchObject({ status: 200 })
    expect(await running.stop()).toMatchObject({ code: 0 })

    await cluster.done('n1', 'fence.sh')
    const stopped = await run(/database-awaited/, atPort)
    expect(stopped.ready).toMatch(/127\.0\.20\.1:\d+.*127\.0\.20\.2:\d+ is a standby.*starts by itself/)
    expect(await health()).toMatchObject({
      status: 503,
      body: { reason: expect.stringContaining('is a standby') },
    })
    expect((await post(election.enrol(2))).status).toBe(503)
    expect(await stopped.stop(20_000)).toEqual({ code: 0, signal: null })

    const waiting = await run(/database-awaited/, atPort)
    const isReady = new Promise<string>((resolve) => waiting.onLine(resolve))
    await cluster.done('n2', 'promote.sh', '--one-is-lost-for-good')
    await cluster.done('n1', 'rejoin.sh', 'n2')
    expect(JSON.parse(await isReady)).toMatchObject({ ready: true, url })
    expect(await health()).toMatchObject({ status: 200 })
    expect((await post(election.enrol(2))).status).toBe(200)
    expect(await waiting.stop()).toMatchObject({ code: 0 })
  })
})
