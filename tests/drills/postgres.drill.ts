import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LedgerEngine, WaitingRecord } from '@hanpyo/gateway-bridge/ledger/engine.ts'
import { openPostgresEngine } from '@hanpyo/gateway-bridge/ledger/postgres-engine.ts'
import { parsePostgresUrl } from '@hanpyo/gateway-bridge/ledger/postgres-url.ts'
import { type AtCommit, CutProxy } from '@hanpyo/gateway-bridge/testing/cut-proxy.ts'
import { PostgresCluster, type PostgresNode } from '@hanpyo/gateway-bridge/testing/postgres-cluster.ts'
import { err, expectOk, ok } from '@hanpyo/protocol/result.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'

/** Half a minute of real servers and real time: a primary and two standbys, whole servers killed. In `npm run test:full`. */
const isFull = process.env.HANPYO_FULL === '1'

describe.runIf(isFull)('a ledger on a primary and two standbys', () => {
  let cluster: PostgresCluster
  let database: string
  let databases = 0
  const opened: LedgerEngine[] = []

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ nodes: 3, fsync: true })
  })
  afterAll(() => cluster?.close())
  beforeEach(async () => {
    database = `ledger${++databases}`
    await cluster.primary.query(`CREATE DATABASE ${database}`)
  })
  afterEach(async () => {
    for (const engine of opened.splice(0)) await engine.close()
  })

  async function open(url = cluster.url(database)): Promise<LedgerEngine> {
    const targets = expectOk(parsePostgresUrl(url))
    const engine = expectOk(await openPostgresEngine({ targets, requireQuorum: true }))
    opened.push(engine)
    return engine
  }
  const standbys = () => cluster.nodes.filter((node) => node !== cluster.primary)

  test('the primary is killed under load: what was acknowledged is there, once', async () => {
    const engine = await open()
    const load = startLoad(engine)
    await load.reach(1_000)
    const old = cluster.primary
    await old.kill()
    const killedMs = performance.now()
    await cluster.promote()
    await load.reach(load.acknowledged.size + 100)
    console.log(
      `failover: ${((performance.now() - killedMs) / 1000).toFixed(2)} s from SIGKILL to the next stored ballots`,
    )
    await load.reach(load.acknowledged.size + 500)
    await load.stop()
    const rows = await cluster.primary.query(
      'SELECT credential, encode(id, $$hex$$) AS id FROM spent',
      database,
    )
    const stored = new Set(rows.map(({ credential }) => credential as number))
    const lost = [...load.acknowledged].filter((credential) => !stored.has(credential))
    const waiting = await engine.waiting()
    console.log(`${load.acknowledged.size} acknowledged, ${stored.size} stored, ${lost.length} lost`)
    expect(lost).toEqual([])
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
    expect(waiting).toHaveLength(rows.length)
    await cluster.rejoin(old)
    await cluster.whenStreaming(standbys())
  })

  test('an old primary that comes back alone takes no ballot, and nobody who knows the new one asks it', async () => {
    const engine = await open()
    const old = cluster.primary
    await old.kill()
    await cluster.promote()
    await old.start()
    expect(await old.query('SELECT pg_is_in_recovery() AS standby')).toEqual([{ standby: false }])
    const targets = expectOk(parsePostgresUrl(cluster.url(database, [old])))
    const alone = await openPostgresEngine({ targets, requireQuorum: true, openWaitMs: 3_000 })
    expect(alone).toMatchObject({ ok: false, error: 'no-primary' })
    expect(alone).toMatchObject({ detail: expect.stringContaining('no standby') })
    const second = await open()
    expect(expectOk(await second.accept([ballot(1)], []))).toEqual(['stored'])
    expect(expectOk(await engine.accept([ballot(1)], []))).toEqual(['already-stored'])
    expect(await old.query('SELECT count(*)::int AS n FROM spent', database)).toEqual([{ n: 0 }])
    await old.stop()
    await cluster.rejoin(old)
    await cluster.whenStreaming(standbys())
  })

  test('with one standby away it goes on; with both away nothing is acknowledged, and the store says why', async () => {
    const engine = await open()
    const [first, second] = standbys() as [PostgresNode, PostgresNode]
    await first.kill()
    expect(expectOk(await engine.accept([ballot(1)], []))).toEqual(['stored'])
    await second.kill()
    const isStored = watched(storeInTheEnd(engine, ballot(2)))
    await vi.waitFor(() => expect(engine.trouble).toContain('standby'), { timeout: 20_000 })
    await cluster.primary.query('SELECT pg_sleep(2)')
    expect(isStored.answer).toBeUndefined()
    await second.start()
    await isStored.promise
    await vi.waitFor(() => expect(engine.trouble).toBeNull(), { timeout: 20_000 })
    expect(expectOk(await engine.accept([ballot(2), ballot(3)], []))).toEqual(['already-stored', 'stored'])
    await first.start()
    await cluster.whenStreaming(standbys())
  })

  test.each(['pg_cancel_backend', 'pg_terminate_backend'])(
    'a wait for standbys that somebody ends with %s is no success: the answer waits until a standby has it',
    async (end) => {
      const engine = await open()
      expectOk(await engine.accept([ballot(0)], []))
      await Promise.all(standbys().map((node) => node.kill()))
      const held = watched(engine.accept([ballot(1)], [7]))
      // Until it is committed on this machine, for everybody to see: it would be lost with it.
      await vi.waitFor(
        async () => {
          await cluster.primary.query(
            `SELECT ${end}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name LIKE 'hanpyo-writer%'`,
          )
          expect(
            await cluster.primary.query(
              'SELECT count(*)::int AS n FROM spent WHERE credential = 1',
              database,
            ),
          ).toEqual([{ n: 1 }])
        },
        { timeout: 10_000, interval: 20 },
      )
      await cluster.primary.query('SELECT pg_sleep(2)')
      expect(held.answer).toBeUndefined()
      await Promise.all(standbys().map((node) => node.start()))
      expect(expectOk(await held.promise)).toEqual(['stored'])
      expect(await engine.refusedMore()).toEqual(new Map([[7, 1]]))
      await cluster.whenStreaming(standbys())
    },
  )

  test.each<AtCommit>(['cut-before', 'cut-after'])(
    'a connection that is lost in COMMIT (%s) is looked up, and the answer is what happened',
    async (atCommit) => {
      const dir = join(cluster.dir, `proxy${databases}`)
      await mkdir(dir)
      const proxy = await CutProxy.start(dir, cluster.primary.dir)
      const engine = await open(`postgresql://hanpyo@${encodeURIComponent(dir)}/${database}`)
      const cutOnce = async <T>(work: () => Promise<T>): Promise<T> => {
        proxy.atCommit = atCommit
        const before = proxy.cuts
        const result = work()
        await vi.waitFor(() => expect(proxy.cuts).toBeGreaterThan(before), { timeout: 10_000, interval: 1 })
        proxy.atCommit = 'pass'
        return result
      }
      for (let n = 1; n <= 5; n++) {
        const result = await cutOnce(() => engine.accept([ballot(n)], [9]))
        const [{ n: count } = { n: -1 }] = await cluster.primary.query(
          `SELECT count(*)::int AS n FROM spent WHERE credential = ${n}`,
          database,
        )
        expect(count).toBe(result.ok ? 1 : 0)
        if (result.ok) expect(result.value).toEqual(['stored'])
        else expect(result.error).toBe('storage-unavailable')
        if (!result.ok) expectOk(await engine.accept([ballot(n)], [9]))
      }
      expect(await engine.refusedMore()).toEqual(new Map([[9, 5]]))
      let size = 0
      for (let n = 1; n <= 5; n++) {
        const append = () =>
          engine.transaction(async (tx) => {
            await tx.insertEntries(size, [Uint8Array.of(n)])
            const head = { size: size + 1, root: new Uint8Array(32).fill(n), checkpoint: `${n}\n` }
            return (await tx.moveHead(size, head)) ? ok(undefined) : err('head-moved')
          })
        const result = await cutOnce(append)
        expect((await engine.head())?.size ?? 0).toBe(result.ok ? size + 1 : size)
        if (!result.ok) expectOk(await append())
        size++
      }
      expect(await engine.entries(0, 10)).toEqual([1, 2, 3, 4, 5].map((n) => Uint8Array.of(n)))
      await engine.close()
      await proxy.close()
    },
  )

  test('of two ballots that two bridges take for one credential at the same time one is stored', async () => {
    const [one, two] = [await open(), await open()]
    const credentials = Array.from({ length: 200 }, (_, n) => n)
    const race = async (engine: LedgerEngine, salt: number) => {
      const outcomes = new Map<number, string>()
      for (let at = 0; at < credentials.length; at += 8) {
        // In opposite orders, so that two that waited for each other in a circle would be found out.
        const group = credentials.slice(at, at + 8)
        if (salt === 2) group.reverse()
        const answers = expectOk(
          await engine.accept(
            group.map((credential) => ballot(credential, salt)),
            [],
          ),
        )
        for (const [i, credential] of group.entries()) outcomes.set(credential, answers[i] as string)
      }
      return outcomes
    }
    const [first, second] = await Promise.all([race(one, 1), race(two, 2)])
    for (const credential of credentials) {
      expect([first.get(credential), second.get(credential)].sort()).toEqual(['credential-taken', 'stored'])
    }
    expect(await one.waiting()).toHaveLength(credentials.length)
  })

  test('two that believe to lead cut one batch, and the other learns that it was too late', async () => {
    const [one, two] = [await open(), await open()]
    for (let size = 0; size < 20; size++) {
      const append = (engine: LedgerEngine, mark: number) =>
        engine.transaction(async (tx) => {
          if (((await tx.head())?.size ?? 0) !== size) return err('head-moved')
          await tx.insertEntries(size, [Uint8Array.of(mark)])
          const head = { size: size + 1, root: new Uint8Array(32).fill(mark), checkpoint: `${mark}\n` }
          return (await tx.moveHead(size, head)) ? ok(undefined) : err('head-moved')
        })
      const results = await Promise.all([append(one, 1), append(two, 2)])
      expect(results.filter(({ ok }) => ok)).toHaveLength(1)
      expect(results.find(({ ok }) => !ok)).toMatchObject({ error: 'head-moved' })
    }
    expect(await one.entries(0, 100)).toHaveLength(20)
  })

  test.each([
    ['synchronous_standby_names', "''"],
    ['synchronous_commit', "'local'"],
    ['full_page_writes', "'off'"],
  ])(
    'a server whose %s would lose ballots is refused at the start and left while running',
    async (name, value) => {
      const engine = await open()
      await cluster.primary.setting(`${name} = ${value}`)
      try {
        await vi.waitFor(
          () =>
            expect(engine.trouble).toContain(`set ${name === 'synchronous_standby_names' ? 'it to' : name}`),
          {
            timeout: 10_000,
          },
        )
        const targets = expectOk(parsePostgresUrl(cluster.url(database, [cluster.primary])))
        const refused = await openPostgresEngine({ targets, requireQuorum: true, openWaitMs: 1_000 })
        expect(refused).toMatchObject({
          ok: false,
          error: 'store-unsafe',
          detail: expect.stringContaining(name),
        })
        expect(await engine.accept([ballot(1)], [])).toMatchObject({
          ok: false,
          error: 'storage-unavailable',
        })
      } finally {
        await cluster.primary.query(`ALTER SYSTEM RESET ${name}`)
        await cluster.primary.query('SELECT pg_reload_conf()')
      }
      await vi.waitFor(() => expect(engine.trouble).toBeNull(), { timeout: 10_000 })
      expect(expectOk(await engine.accept([ballot(1)], []))).toEqual(['stored'])
    },
  )

  test('whoever leads loses that with the server, and somebody leads on the next one', async () => {
    const [one, two] = [await open(), await open()]
    const lead = await one.lead()
    expect(lead?.isHeld).toBe(true)
    expect(await two.lead()).toBeNull()
    let isLost = false
    lead?.onLost(() => {
      isLost = true
    })
    const old = cluster.primary
    await old.kill()
    await cluster.promote()
    await vi.waitFor(() => expect(isLost).toBe(true), { timeout: 10_000 })
    expect(lead?.isHeld).toBe(false)
    await vi.waitFor(async () => expect((await two.lead())?.isHeld).toBe(true), {
      timeout: 15_000,
      interval: 300,
    })
    await cluster.rejoin(old)
    await cluster.whenStreaming(standbys())
  })
})

function ballot(credential: number, salt = 0): WaitingRecord {
  const id = new Uint8Array(32)
  const view = new DataView(id.buffer)
  view.setUint32(0, Math.imul(credential + 1, 2_654_435_761) >>> 0)
  view.setUint32(4, credential)
  view.setUint32(8, salt)
  return { id, leaf: new Uint8Array(219).fill(credential), spends: { credential, promise: 'p'.repeat(300) } }
}

/** A promise whose answer can be looked at while there is none. */
function watched<T>(promise: Promise<T>): { readonly promise: Promise<T>; answer: T | undefined } {
  const seen: { promise: Promise<T>; answer: T | undefined } = { promise, answer: undefined }
  void promise.then((answer) => {
    seen.answer = answer
  })
  return seen
}

/** As the group commit does: again and again while the store is away. */
async function storeInTheEnd(engine: LedgerEngine, record: WaitingRecord): Promise<string | undefined> {
  for (;;) {
    const result = await engine.accept([record], [])
    if (result.ok) return result.value[0]
    expect(result.error).toBe('storage-unavailable')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Stores ballots without a pause and remembers what was answered; like a kiosk it asks again until there is an answer. */
function startLoad(engine: LedgerEngine) {
  const acknowledged = new Set<number>()
  let next = 0
  let isStopping = false
  const run = async () => {
    while (!isStopping) {
      const group = Array.from({ length: 16 }, () => ballot(next++))
      for (;;) {
        const result = await engine.accept(group, [])
        if (result.ok) {
          expect(result.value.every((outcome) => outcome === 'stored')).toBe(true)
          for (const { spends } of group) acknowledged.add(spends?.credential as number)
          break
        }
        expect(result.error).toBe('storage-unavailable')
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }
  const running = Promise.all([run(), run()])
  return {
    acknowledged,
    async reach(count: number) {
      await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThanOrEqual(count), {
        timeout: 60_000,
        interval: 5,
      })
    },
    async stop() {
      isStopping = true
      await running
    },
  }
}
