import { createServer } from 'node:net'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { createLifecycle } from '@hanpyo/platform/lifecycle.ts'
import { type Logger, silentLogger } from '@hanpyo/platform/logger.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test, vi } from 'vitest'
import { bridgeConfigSchema } from '../config.ts'
import { awaitDatabase } from './awaited-database.ts'
import { createFrontDoor, type FrontDoor } from './front-door.ts'

const NO_METRICS = { httpRefused() {} }

function doorAt(port: number) {
  const { http } = bridgeConfigSchema.parse({
    dataDir: 'data',
    keys: { log: 'log', bridge: 'bridge' },
    mqtt: { url: 'mqtt://127.0.0.1', clientId: 'bridge' },
    http: { port },
  })
  const lifecycle = createLifecycle({ signals: false })
  onTestFinished(() => lifecycle.close())
  return { lifecycle, door: createFrontDoor(http, { lifecycle, log: silentLogger }) }
}

test('a bridge that waits says so at /healthz, turns all others away for later, and then serves at the same address', async () => {
  const { door } = doorAt(0)
  const { url } = expectOk(await door.openWaiting('db1: is a standby'))
  const health = await fetch(`${url}/healthz`)
  expect(health.status).toBe(503)
  expect(await health.json()).toMatchObject({ isAccepting: false, reason: 'db1: is a standby' })
  const record = await fetch(`${url}/records`, { method: 'POST', body: 'a record' })
  expect([record.status, record.headers.get('retry-after')]).toEqual([503, '5'])
  expectOk(await door.openWaiting('db1: connection refused'))
  expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ reason: 'db1: connection refused' })

  const served = expectOk(await door.serve(() => new Response('the ledger'), NO_METRICS))
  expect(served.url).toBe(url)
  expect(await (await fetch(`${url}/healthz`)).text()).toBe('the ledger')
  expectOk(await door.openWaiting('late words'))
  expect(await (await fetch(`${url}/healthz`)).text()).toBe('the ledger')
})

test('what answers behind the door outlives it, although the door was opened first', async () => {
  const { lifecycle, door } = doorAt(0)
  const order: string[] = []
  const { url } = expectOk(await door.openWaiting('not yet'))
  lifecycle.onClose('ledger', async () => {
    order.push(
      await fetch(url).then(
        () => 'served',
        () => 'closed',
      ),
    )
  })
  expectOk(await door.serve(() => new Response('the ledger'), NO_METRICS))
  await lifecycle.close()
  expect(order).toEqual(['closed'])
})

function awaited(door: FrontDoor, signal: AbortSignal) {
  const lines: object[] = []
  const log: Logger = { ...silentLogger, warn: (event, fields) => void lines.push({ event, ...fields }) }
  const told: string[] = []
  const manager = { watchdogMs: null, notify: async (state: string) => void told.push(state) }
  const clock = createVirtualClock()
  return { database: awaitDatabase({ door, log, manager, clock, signal }), lines, told, clock }
}

test('a store that is lost while it is being read is waited for in the same way, said once for each reason', async () => {
  const { lifecycle, door } = doorAt(0)
  const { database, lines, clock } = awaited(door, lifecycle.signal)
  const engine: { trouble: string | null } = { trouble: null }
  database.follow(engine)
  await clock.advance(10_000)
  engine.trouble = 'a failover'
  await clock.advance(3_000)
  engine.trouble = null
  await clock.advance(1_000)
  expect(lines).toEqual([])
  engine.trouble = 'no standby'
  await clock.advance(60_000)
  engine.trouble = 'db1 does not answer'
  await clock.advance(60_000)
  await vi.waitFor(() => expect(lines).toHaveLength(2))
  expect(lines).toEqual(
    ['no standby', 'db1 does not answer'].map((reason) => ({
      event: 'database-awaited',
      reason,
      url: expect.stringContaining('http://'),
      message: expect.stringContaining('starts by itself'),
    })),
  )
  database.over()
  expect(clock.pendingCount).toBe(0)
})

test('a wait asks systemd for time, and ends when HTTP cannot be served', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void taken.close())
  const { lifecycle, door } = doorAt((taken.address() as { port: number }).port)
  const { database, lines, told } = awaited(door, lifecycle.signal)
  database.wait.onWaiting?.('db1: is a standby')
  await vi.waitFor(() => expect(database.wait.signal?.aborted).toBe(true))
  database.over()
  expect(database.failure).toMatchObject({ ok: false, error: 'port-taken' })
  expect(lines).toEqual([])
  expect(told).toEqual([expect.stringMatching(/^EXTEND_TIMEOUT_USEC=\d+$/)])
})
