import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openPostgresEngine } from '@hanpyo/gateway-bridge/ledger/postgres-engine.ts'
import { parsePostgresUrl } from '@hanpyo/gateway-bridge/ledger/postgres-url.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Name, ShippedCluster } from './support/shipped-cluster.ts'

/** The scripts of `deploy/postgres`, over TLS with its roles and settings. In `npm run test:full`: half a minute. */
describe.runIf(process.env.HANPYO_FULL === '1')('the shipped scripts of a cluster', () => {
  let cluster: ShippedCluster
  beforeAll(async () => {
    cluster = await ShippedCluster.prepare()
  })
  afterAll(() => cluster?.close())

  /** Under which names somebody streams from n1 while a standby is being made and its server does not run yet. */
  async function namesWhileCopying(name: Name): Promise<string[]> {
    const admin = await cluster.session('n1', 'admin')
    const seen = new Set<string>()
    let isDone = false
    const made = cluster.done(name, 'setup-standby.sh', 'n1').finally(() => {
      isDone = true
    })
    const runs = () => existsSync(join(cluster.dir, name, 'data', 'postmaster.pid'))
    while (!isDone && !runs()) {
      const rows = await admin.query<{ name: string; sync: string }>(
        'SELECT application_name AS name, sync_state AS sync FROM pg_stat_replication',
      )
      if (runs()) break
      for (const row of rows) {
        seen.add(row.name)
        expect(row, 'a copy that is being made confirms commits').toMatchObject({ sync: 'async' })
      }
    }
    await made
    await admin.close()
    return [...seen]
  }

  test('set up, lose the primary, promote by the rule, take the old one back, copy', async () => {
    await cluster.done('n1', 'setup-primary.sh')
    expect((await cluster.script('n1', 'setup-primary.sh')).output).toContain('nothing was changed')
    expect(await namesWhileCopying('n2')).toContain('copy-for-n2')
    await cluster.done('n3', 'setup-standby.sh', 'n1')
    expect(await cluster.done('n1', 'status.sh')).toMatch(
      /n1 {2}primary .*quorum.*\nn2 {2}standby.*\nn3 {2}standby/,
    )

    const targets = expectOk(parsePostgresUrl(await cluster.url(), await cluster.password('bridge')))
    const engine = expectOk(await openPostgresEngine({ targets, requireQuorum: true }))
    const store = async (n: number) =>
      expectOk(await engine.accept([{ id: new Uint8Array(32).fill(n), leaf: Uint8Array.of(n) }], []))
    expect(await store(1)).toEqual(['stored'])
    expect((await cluster.script('n2', 'promote.sh')).output).toContain('There is a primary: n1')

    await cluster.done('n1', 'fence.sh')
    await cluster.done('n3', 'fence.sh')
    const alone = await cluster.script('n2', 'promote.sh')
    expect(alone.code).toBe(1)
    expect(alone.output).toContain('Only n2 answers')
    await cluster.control('n3', 'start')
    const promoted = await cluster.done('n2', 'promote.sh')
    const primary = /(n\d) has received most/.exec(promoted)?.[1] as Name
    let answer = await engine.accept([{ id: new Uint8Array(32).fill(2), leaf: Uint8Array.of(2) }], [])
    while (!answer.ok)
      answer = await engine.accept([{ id: new Uint8Array(32).fill(2), leaf: Uint8Array.of(2) }], [])
    expect(await store(1)).toEqual(['already-stored'])

    await cluster.done('n1', 'rejoin.sh', primary)
    expect(await cluster.done('n1', 'status.sh')).toMatch(new RegExp(`${primary} {2}primary`))
    const rejoined = await cluster.session('n1', 'admin')
    expect(await rejoined.query('SELECT slot_name FROM pg_replication_slots')).toEqual([])
    await rejoined.close()
    await cluster.done('n1', 'backup.sh', join(cluster.dir, 'n1', 'copy'))
    expect(await engine.waiting()).toHaveLength(2)
    await engine.close()
  }, 120_000)
})
