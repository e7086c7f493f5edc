import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll } from 'vitest'
import { PostgresCluster } from '../testing/postgres-cluster.ts'
import { engineConformance } from './conformance.ts'
import { openPostgresEngine } from './postgres-engine.ts'
import { parsePostgresUrl } from './postgres-url.ts'

let cluster: PostgresCluster
let databases = 0
beforeAll(async () => {
  cluster = await PostgresCluster.start({ nodes: 1, fsync: false })
})
afterAll(() => cluster?.close())

engineConformance('the postgres engine keeps the promises of every engine', async () => {
  const database = `store${++databases}`
  await cluster.primary.query(`CREATE DATABASE ${database}`)
  const targets = expectOk(parsePostgresUrl(cluster.url(database)))
  return {
    open: async () => expectOk(await openPostgresEngine({ targets, requireQuorum: false })),
    dispose: async () => {},
  }
})
