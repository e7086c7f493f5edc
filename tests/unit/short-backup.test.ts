import { join } from 'node:path'
import { openSqliteEngine } from '@hanpyo/gateway-bridge/ledger/sqlite-engine.ts'
import { secondsBehind, watchClock, watchLedgerTime } from '@hanpyo/gateway-bridge/operations/clock-watch.ts'
import { askWitnesses } from '@hanpyo/gateway-bridge/recovery/ask-witnesses.ts'
import { backupStore } from '@hanpyo/gateway-bridge/recovery/backup.ts'
import { TestBridge } from '@hanpyo/gateway-bridge/testing/test-bridge.ts'
import { TestElection } from '@hanpyo/gateway-bridge/testing/test-election.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test, vi } from 'vitest'
import { policiesOf, WitnessNetwork } from './support/witnesses.ts'

const backend = await createNodeBackend()

test('a backup that is shorter than what witnesses have cosigned is not for going on with', async () => {
  const policies = (logVkey: string) => policiesOf(backend.ed25519, logVkey)
  const election = new TestElection({ backend, policies, label: 'short backup' })
  const witnesses = new WitnessNetwork(election)
  const bridge = await TestBridge.start({ election, fetch: witnesses.fetch })
  onTestFinished(async () => {
    await bridge.dispose()
    witnesses.close()
  })
  const [early, late] = [join(bridge.dir, 'early.db'), join(bridge.dir, 'late.db')]
  expectOk(await backupStore(join(bridge.dir, 'ledger.db'), early))
  await bridge.cast(election.ballot(0))
  await bridge.tick()
  const { size } = bridge.bridge.sequencer.logState.head
  await vi.waitFor(() => expect(bridge.bridge.publishedNote()?.split('\n')[1]).toBe(String(size)))
  expectOk(await backupStore(join(bridge.dir, 'ledger.db'), late))

  const ask = async (path: string) => {
    const engine = expectOk(openSqliteEngine({ path }))
    const head = (await engine.head())!
    const { clock } = bridge
    const deps = {
      ed25519: backend.ed25519,
      clock,
      log: silentLogger,
      fetch: witnesses.fetch,
      timeoutMs: 2_000,
    }
    return askWitnesses(engine, election.manifest, head, deps).finally(() => engine.close())
  }
  expect(await ask(late)).toMatchObject({ ok: true })
  expect(await ask(early)).toMatchObject({ error: 'ledger-behind-witnesses' })

  const note = bridge.bridge.publishedNote() as string
  const cosignedMs = Math.max(...bridge.bridge.witnesses().map(({ at }) => (at ?? 0) * 1000))
  expect(secondsBehind(note, cosignedMs)).toBe(0)
  expect(secondsBehind(note, cosignedMs - 3_600_000)).toBeGreaterThan(3_000)

  const said: string[] = []
  const say = (event: string) => void said.push(event)
  let nowMs = cosignedMs
  let isLeading = false
  const log = { ...silentLogger, warn: say, info: say }
  const time = watchLedgerTime({ now: () => nowMs, isLeading: () => isLeading, log })
  time.published(note)
  expect(time.secondsBehind()).toBe(0)
  nowMs = cosignedMs - 60_000
  time.published(note)
  expect(time.secondsBehind()).toBeGreaterThan(50)
  expect(said).toEqual([])
  isLeading = true
  time.published(note)
  time.published(note)
  expect(said).toEqual(['leader-clock-behind'])
  // The clock was set: the difference is held for a while, then it is over.
  nowMs = cosignedMs
  time.published(note)
  expect(time.secondsBehind()).toBeGreaterThan(50)
  nowMs = cosignedMs + 900_000
  time.published(note)
  expect(time.secondsBehind()).toBe(0)
  expect(said).toEqual(['leader-clock-behind', 'leader-clock-agrees'])
})

test('one witness in the year 2038 says nothing about the clock, most of them do', async () => {
  const warned: string[] = []
  const log = { ...silentLogger, warn: (event: string) => void warned.push(event) }
  const dates = new Map([
    ['a', '2026-06-01T10:00:00Z'],
    ['b', '2026-06-01T10:00:00Z'],
    ['c', '2038-01-19T03:14:07Z'],
  ])
  const answer = async (input: unknown) => {
    const date = new Date(dates.get(new URL(String(input)).host) as string).toUTCString()
    return new Response('', { headers: { date } })
  }
  let nowMs = Date.parse('2026-06-01T10:00:00Z')
  const clock = watchClock({ fetch: answer as typeof fetch, now: () => nowMs, log })
  const askAll = async () => {
    for (const host of dates.keys()) await clock.fetch(`http://${host}/`)
  }
  expect(clock.offsetSeconds()).toBeNull()
  await clock.fetch('http://a/')
  await clock.fetch('http://b/')
  await clock.fetch('http://c/')
  expect(Math.abs(clock.offsetSeconds() ?? 99)).toBeLessThan(1)
  expect(warned).toEqual([])
  nowMs -= 60_000
  await askAll()
  expect(clock.offsetSeconds()).toBeGreaterThan(59)
  expect(warned).toEqual(['clock-differs'])
})
