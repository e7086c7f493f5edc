import { TestElection } from '@hanpyo/gateway-bridge/testing/test-election.ts'
import { TestReplicas } from '@hanpyo/gateway-bridge/testing/test-replicas.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { expect, onTestFinished, test } from 'vitest'
import { type Handler, policiesOf, WitnessNetwork } from './support/witnesses.ts'

const backend = await createNodeBackend()

test('a leader that was cut off with an old primary calls nothing a fork, and follows when it is back', async () => {
  const policies = (logVkey: string) => policiesOf(backend.ed25519, logVkey)
  const election = new TestElection({ backend, policies, label: 'isolated leader' })
  const witnesses = new WitnessNetwork(election)
  onTestFinished(() => witnesses.close())
  const all = await TestReplicas.start({ election, count: 2, fetch: witnesses.fetch })
  onTestFinished(() => all.dispose())
  const [isolated, other] = all.replicas as [(typeof all.replicas)[0], (typeof all.replicas)[0]]
  expect(isolated.isLeading).toBe(true)
  witnesses.hosts.delete('w1.example')
  await isolated.cast(election.ballot(0))
  await all.ticks(2)

  // An old primary answers what it knows; whatever a standby would have to confirm waits.
  const { engine } = isolated.handle
  const { head, snapshot } = engine
  const old = await engine.head()
  const back = Promise.withResolvers<void>()
  engine.head = async () => old
  engine.snapshot = () => back.promise.then(snapshot)
  isolated.handle.isCutOff = true
  const tell = all.store.breakLead()
  await other.cast(election.ballot(1))
  await all.ticks(3)
  expect(other.isLeading).toBe(true)
  const { size } = other.bridge.sequencer.logState.head
  expect(size).toBeGreaterThan(old?.size ?? 0)
  witnesses.restore('w1')
  const w1 = witnesses.hosts.get('w1.example') as Handler
  let isShown = false
  // It is shown the new head before the old one.
  witnesses.hosts.set('w1.example', async (request) => {
    const body = await request.clone().text()
    isShown ||= body.includes(`\n${size}\n`)
    return isShown ? w1(request) : new Response(null, { status: 503 })
  })
  await all.ticks(3)
  expect(isolated.isLeading).toBe(true)
  expect(isolated.bridge.witnesses().find(({ name }) => name === 'w1')?.problem).toBe('other-history')
  expect(all.fatal).toEqual([])

  Object.assign(engine, { head, snapshot })
  isolated.handle.isCutOff = false
  back.resolve()
  tell()
  await all.ticks(3)
  expect(isolated.isLeading).toBe(false)
  expect(isolated.bridge.sequencer.logState.head.size).toBe(size)
  expect(all.fatal).toEqual([])
  expect(await all.verifyLog()).toEqual([])
})
