import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writePolicies } from '@hanpyo/authority/policies.ts'
import { HANPYO, runHanpyo } from '@hanpyo/cli/demo/processes.ts'
import { startWatchers } from '@hanpyo/cli/demo/watchers.ts'
import { PostgresCluster } from '@hanpyo/gateway-bridge/testing/postgres-cluster.ts'
import { ProcessBridge } from '@hanpyo/gateway-bridge/testing/process-bridge.ts'
import { drillElection } from '@hanpyo/gateway-bridge/testing/replica-drill.ts'
import { spawnChild } from '@hanpyo/platform/child.ts'
import { type Broker, startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { expect, onTestFinished, test } from 'vitest'

/** A bridge on PostgreSQL, four witnesses, and the loss of the database. In `npm run test:full`: half a minute. */
test.runIf(process.env.HANPYO_FULL === '1')(
  'a rebuild from a copy that is too short leaves the database empty; the right one goes on with the log',
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hanpyo-rebuild-'))
    onTestFinished(() => rm(dir, { recursive: true, force: true }))
    const cluster = await PostgresCluster.start({ nodes: 1, fsync: false })
    onTestFinished(() => cluster.close())
    const broker = await startBroker({ kind: 'aedes', dir: join(dir, 'broker'), plainPort: 0 })
    onTestFinished(() => broker.close())
    const watchers = await startWatchers(join(dir, 'watchers'))
    onTestFinished(() => watchers.close())
    const { witnesses } = watchers.config
    const election = await drillElection({
      hasCeremony: true,
      policies: (log) => writePolicies(log, { witnesses, mirrors: [], quorum: { witnesses: 3, mirrors: 0 } }),
    })
    await watchers.tell(election.manifest.keys.log)
    const prepare = async (database: string) => {
      await cluster.primary.query(`CREATE DATABASE ${database}`)
      const url = cluster.url(database)
      const extra = `[ledger]\nengine = "postgres"\n[ledger.postgres]\nurl = "${url}"\nrequireQuorum = false\n`
      return bridgeOn(join(dir, database), broker, election, extra)
    }
    const [lost, next] = [await prepare('lost'), await prepare('next')]
    const start = async ({ configPath }: ProcessBridge) => {
      const child = await spawnChild({
        command: process.execPath,
        args: [HANPYO, 'bridge', 'run', '--config', configPath, '--close-with-parent'],
        ready: 'json-line',
      })
      onTestFinished(async () => void (await child.stop()))
      return { child, ...(child.ready as { url: string; size: number }) }
    }
    const post = async (url: string, record: Uint8Array) =>
      (await fetch(`${url}/records`, { method: 'POST', body: new Uint8Array(record) })).status
    const rebuild = (from: string) =>
      runHanpyo(['bridge', 'rebuild', '--config', next.configPath, '--from', from])
    const rows = async (table: string) =>
      (await cluster.primary.query(`SELECT count(*)::int AS n FROM ${table}`, 'next'))[0]?.n

    expect(await lost.init()).toMatchObject({ code: 0 })
    const { child, url } = await start(lost)
    expect(await post(url, election.enrol(1))).toBe(200)
    const early = join(dir, 'early')
    expect(await runHanpyo(['copy', url, early])).toMatchObject({ code: 0 })
    expect(await post(url, election.polls('open'))).toBe(200)

    const short = await rebuild(early)
    expect(short.code).toBe(65)
    expect(short.output).toContain('ledger-behind-witnesses')
    expect([await rows('entry'), await rows('waiting'), await rows('blob')]).toEqual([0, 0, 0])
    expect(await readdir(next.dataDir)).toEqual([])

    const size = Number((await (await fetch(`${url}/checkpoint`)).text()).split('\n')[1])
    const whole = await rebuild(url)
    expect(whole.output).toContain(
      `In place: ${size} leaves, 0 ballots. 4 of 4 witnesses and mirrors know no more.`,
    )
    expect(whole.code).toBe(0)
    expect((await rebuild(url)).output).toContain('already-initialised')
    await child.stop()
    const going = await start(next)
    expect(going.size).toBe(size)
    expect(await post(going.url, election.enrol(2))).toBe(200)
    const shown = Number((await (await fetch(`${going.url}/checkpoint`)).text()).split('\n')[1])
    expect(shown).toBeGreaterThan(size)
  },
  120_000,
)

function bridgeOn(
  dir: string,
  broker: Broker,
  election: Awaited<ReturnType<typeof drillElection>>,
  extra: string,
): Promise<ProcessBridge> {
  const mqttUrl = broker.plainUrl as string
  return ProcessBridge.prepare({ dir, election, mqttUrl, mqttVersion: broker.mqttVersion, extra })
}
