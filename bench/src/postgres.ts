import { openPostgresEngine } from '@hanpyo/gateway-bridge/ledger/postgres-engine.ts'
import { parsePostgresUrl } from '@hanpyo/gateway-bridge/ledger/postgres-url.ts'
import { benchAdmission } from '@hanpyo/gateway-bridge/testing/bench-admission.ts'
import { hasPostgres, PostgresCluster } from '@hanpyo/gateway-bridge/testing/postgres-cluster.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { against, type Bench } from './harness.ts'

const BALLOTS = 3_000
const ROUNDS = 3
const WORKERS = 2
const CONNECTIONS = 4
const IN_FLIGHT = 32

export const postgresBench: Bench = {
  name: 'postgres',
  summary: `ballots into a primary and two standbys on this machine, and into SQLite`,
  async run(report) {
    if (!hasPostgres())
      throw new Error('this bench needs PostgreSQL 15 (scripts/system-packages installs it)')
    const options = {
      ballots: BALLOTS,
      rounds: ROUNDS,
      workers: WORKERS,
      connections: CONNECTIONS,
      inFlightPerConnection: IN_FLIGHT,
      onProgress: (what: string) => report(`  ${what} …`),
    }
    const sqlite = await benchAdmission(options)
    report('  starting a primary and two standbys …')
    const cluster = await PostgresCluster.start({ nodes: 3, fsync: true })
    try {
      await cluster.primary.query('CREATE DATABASE ledger')
      const targets = expectOk(parsePostgresUrl(cluster.url('ledger')))
      const openEngine = async () => expectOk(await openPostgresEngine({ targets, requireQuorum: true }))
      const postgres = await benchAdmission({ ...options, openEngine })
      const admitted = {
        name: `admitted, ${WORKERS} workers, three servers on the same cores`,
        value: postgres.admittedPerSecond,
        unit: 'ballots/s',
        reach: '≥ 0.6 ×',
      }
      return [
        against(admitted, 'SQLite', sqlite.admittedPerSecond),
        against(
          { ...admitted, name: 'the same', reach: '' },
          'verification alone',
          postgres.rawVerifiedPerSecond,
        ),
        { name: 'group commits, each on two disks', value: postgres.commits, unit: 'commits' },
      ]
    } finally {
      await cluster.close()
    }
  },
}
