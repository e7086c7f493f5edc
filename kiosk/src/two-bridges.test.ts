import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serveFetch } from '@hanpyo/platform/http-server.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { type Broker, startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { connectMqtt } from '@hanpyo/platform/mqtt/client.ts'
import { fromCompact } from '@hanpyo/protocol/ballot/layout.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { encodeLeaf, manifestField, noteLeaf, RECORD, signRecord } from '@hanpyo/protocol/election/records.ts'
import { REFUSAL } from '@hanpyo/protocol/election/refusal.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { parseDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test, vi } from 'vitest'
import { loadKioskConfig } from './config.ts'
import { exportEvidence } from './evidence-export.ts'
import { startCore } from './main.ts'
import { createCoreFolder } from './testing/core-folder.ts'
import { createFakeBridge } from './testing/fake-bridge.ts'
import { goAway, kioskClient, openPolls, prepareBlank } from './testing/kiosk-client.ts'
import { WITNESS_VKEYS, WitnessedLedger } from './testing/witnessed-ledger.ts'

/** Real brokers, a real core and a ledger over HTTP: dearer than the quick run allows. */
const IS_FULL = process.env.HANPYO_FULL === '1'
const WAIT = { timeout: 30_000, interval: 20 }

async function startAedes(dir: string): Promise<Broker> {
  mkdirSync(dir, { recursive: true })
  const broker = await startBroker({ kind: 'aedes', dir, plainPort: 0 })
  onTestFinished(() => broker.close())
  return broker
}

test.runIf(IS_FULL)(
  'a core with two brokers brings refused ballots to the second bridge, proves them in the ledger, and tells a fork after a restart',
  async () => {
    const made = await createCoreFolder({ slipCount: 3, style: 2, witnesses: WITNESS_VKEYS, bridges: ['b2'] })
    onTestFinished(() => made.remove())
    const { manifestHash, kioskId, manifest } = made.election.election
    const ledger = new WitnessedLedger(made.election)
    ledger.cosigning.atSeconds = manifest.times.opens
    const opened = noteLeaf(
      RECORD.polls,
      signRecord({
        ed25519: nobleEd25519,
        keyName: keyName.authority(manifest.id),
        seed: made.election.seeds.authority,
        value: { at: manifest.times.opens, manifest: manifestField(manifestHash), state: 'open' },
      }),
    )
    ledger.add([opened])
    const leaves: Uint8Array[] = []
    const brokers = await Promise.all(['b1', 'b2'].map((id) => startAedes(join(made.root, id))))
    for (const [at, id] of ['b1', 'b2'].entries()) {
      const bridge = createFakeBridge(made.election, id)
      const url = (brokers[at] as Broker).plainUrl as string
      const port = connectMqtt({ url, clientId: `bridge-${id}`, protocolVersion: 4, clean: true })
      onTestFinished(() => port.close())
      await port.subscribe('hanpyo/v1/kiosk/+/up', 1, async (topic, payload) => {
        const parsed = expectOk(parseDatagram(payload))
        const isRefused = id === 'b1' && parsed.kind === 'ballot'
        const { ack, promise } = bridge.answer(payload, isRefused ? REFUSAL.credentialSpent : 0)
        if (!isRefused && parsed.kind === 'ballot') {
          leaves.push(encodeLeaf(RECORD.ballot, expectOk(fromCompact(parsed.compact, manifestHash, kioskId))))
          await port.publish(topic.replace(/up$/, 'down'), promise)
        }
        await port.publish(topic.replace(/up$/, 'down'), ack)
      })
    }
    const reader = ledger.reader()
    const host = await serveFetch(
      async (request) => {
        const path = new URL(request.url).pathname.slice(1)
        const note = path === 'checkpoint' ? await reader.checkpoint() : null
        const body = note ?? ledger.log.files.get(path)
        return body === undefined
          ? new Response('', { status: 404 })
          : new Response(typeof body === 'string' ? body : new Uint8Array(body))
      },
      { host: '127.0.0.1', port: 0, log: silentLogger },
    )
    onTestFinished(() => host.close())
    const table = (broker: Broker) => `url = "${broker.plainUrl}"\nmqttVersion = 4`
    made.configure(`[ledger]
url = "${host.url}"
everySeconds = 2
[wifi]
${table(brokers[0] as Broker)}
[[bridges]]
id = "b2"
${table(brokers[1] as Broker)}`)
    const start = async () => {
      const config = expectOk(await loadKioskConfig(made.config, {}))
      const core = expectOk(await startCore(config, { log: silentLogger, closeWithParent: false }))
      onTestFinished(() => core.lifecycle.close())
      const kiosk = kioskClient(core.url, core.token)
      return { core, kiosk, health: async () => expectOk(await kiosk['health.get']({})) }
    }
    const first = await start()
    await openPolls(first.kiosk)
    for (const slip of [0, 1]) {
      await prepareBlank(first.kiosk, made.election.slips[slip] as string)
      expectOk(await first.kiosk['session.cast']({}))
      await goAway(first.kiosk)
    }
    await vi.waitFor(async () => expect((await first.health()).outbox.ackedOverWifi).toBe(2), WAIT)
    const [b1, b2] = (await first.health()).bridges
    expect(b1).toMatchObject({ id: 'b1', state: 'online', recorded: 0, refused: 2 })
    expect(b2).toMatchObject({ id: 'b2', state: 'online', recorded: 2, refused: 0 })
    expect((await first.health()).outbox).toMatchObject({ waiting: 0, refused: {} })
    ledger.add(leaves)
    await vi.waitFor(async () => expect((await first.health()).proofs.proven).toBe(2), WAIT)
    const done = expectOk(await exportEvidence(join(made.root, 'data'), join(made.root, 'stick')))
    expect(done).toMatchObject({ promises: b2?.promises, proofs: 2, findings: 0 })
    await first.core.lifecycle.close()

    ledger.log = WitnessedLedger.begin(made.election)
    ledger.add([opened, ...leaves.slice(0, 1), ...leaves.slice(0, 1)])
    const second = await start()
    await vi.waitFor(async () => expect((await second.health()).proofs.contradictions).toBe(1), WAIT)
    expect((await second.health()).election.ledger).toBe('inconsistent')
    await vi.waitFor(() => expect(readdirSync(join(made.root, 'data', 'evidence'))).toHaveLength(2), WAIT)
    const audit = readFileSync(join(made.root, 'data', 'audit.log'), 'utf8')
    expect(audit).toContain('"ledger-contradicts"')
  },
  120_000,
)
