import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { connectMqtt, type MqttPort } from '@hanpyo/platform/mqtt/client.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { decodeUtf8, fromBase64, toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { FragmentSender } from '@hanpyo/protocol/link/schc/sender.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterEach, expect, test } from 'vitest'
import { openSqliteEngine } from '../ledger/sqlite-engine.ts'
import { ackVerifier } from '../testing/ack-verifier.ts'
import { ProcessBridge } from '../testing/process-bridge.ts'
import { TestElection } from '../testing/test-election.ts'

const APPLICATION = '7c1f2a8e-3d52-4a6b-9f0e-5a4d3c2b1a00'
const DR0_BYTES = 51
const closers: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A kiosk behind a network server that hands on every event and has a receive window for every answer. */
class LoraKiosk {
  readonly #port: MqttPort
  readonly #devEui: string
  readonly #sender: FragmentSender
  readonly #answer = Promise.withResolvers<number>()
  readonly #verify: (bytes: Uint8Array) => number | undefined
  #publishing: Promise<unknown> = Promise.resolve()

  constructor(port: MqttPort, election: TestElection, kioskId: number, ballot: Uint8Array) {
    this.#port = port
    this.#devEui = election.kiosks[kioskId - 1]!.devEui
    this.#sender = new FragmentSender(election.datagram(ballot))
    this.#verify = ackVerifier(election, kioskId, ballotId(ballot))
  }

  async listen(): Promise<void> {
    const topic = `application/${APPLICATION}/device/${this.#devEui}/command/down`
    expectOk(
      await this.#port.subscribe(topic, 1, async (_, payload) => {
        const { fPort, data } = JSON.parse(decodeUtf8(payload))
        const status = fPort === 1 ? this.#verify(fromBase64(data)) : undefined
        if (status !== undefined) this.#answer.resolve(status)
        else if (fPort === 20) {
          this.#sender.receive(fromBase64(data))
          void this.send()
        }
      }),
    )
  }

  /** Up to `most` frames, as many as are due; resolves when the broker has them. */
  send(most = Number.POSITIVE_INFINITY): Promise<unknown> {
    for (let count = 0; count < most; count++) {
      const step = this.#sender.next(DR0_BYTES, 0)
      if (step.do !== 'send') break
      this.#publish(step.payload)
    }
    return this.#publishing
  }

  /** The request once more, as after a time without an answer. */
  ask(): Promise<unknown> {
    this.#sender.resume()
    return this.send(1)
  }

  /** The status in the ballot's ack. */
  get answer(): Promise<number> {
    return this.#answer.promise
  }

  #publish(message: Uint8Array): void {
    const topic = `application/${APPLICATION}/device/${this.#devEui}/event/up`
    const event = JSON.stringify({
      deviceInfo: { devEui: this.#devEui },
      fPort: 20,
      data: toBase64(message),
    })
    this.#publishing = this.#publishing.then(async () => expectOk(await this.#port.publish(topic, event, 1)))
  }
}

test('killed in the middle of two transfers, and again at their ends, the bridge records and acknowledges both ballots', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-fragment-kill-'))
  closers.push(() => rm(dir, { recursive: true, force: true }))
  const election = new TestElection({ backend: await createNodeBackend(), tickSeconds: 1 })
  const broker = await startBroker({ kind: 'auto', dir: join(dir, 'broker'), plainPort: 0 })
  closers.push(() => broker.close())
  const { mqttVersion } = broker
  const url = broker.plainUrl as string
  const files = await ProcessBridge.prepare({
    dir,
    election,
    mqttUrl: url,
    mqttVersion,
    applicationId: APPLICATION,
  })
  expect(await files.init()).toMatchObject({ code: 0 })
  let child = await files.run()
  closers.push(() => child.stop())
  const restart = async () => {
    child.kill('SIGKILL')
    await child.exited
    child = await files.run()
  }
  await openPolls(election, child.url)

  const port = connectMqtt({ url, clientId: 'network-server', protocolVersion: mqttVersion, clean: true })
  closers.push(() => port.close())
  const ballots = [election.ballot(3, 1), election.ballot(4, 2)]
  const kiosks = ballots.map((ballot, at) => new LoraKiosk(port, election, at + 1, ballot))
  for (const kiosk of kiosks) await kiosk.listen()

  // What the broker has taken is on the bridge's disk or comes again.
  await Promise.all(kiosks.map((kiosk) => kiosk.send(3)))
  await restart()
  await Promise.all(kiosks.map((kiosk) => kiosk.send()))
  // Somewhere between the last fragment and its ack.
  await restart()
  await Promise.all(kiosks.map((kiosk) => kiosk.ask()))
  expect(await Promise.all(kiosks.map(({ answer }) => answer))).toEqual([0, 0])

  expect(await child.stop()).toMatchObject({ code: 0 })
  const engine = expectOk(openSqliteEngine({ path: join(files.dataDir, 'ledger.db') }))
  const leaves = [...(await engine.entries(0, 1000)), ...(await engine.waiting()).map(({ leaf }) => leaf)]
  await engine.close()
  const logged = leaves.filter(([type]) => type === RECORD.ballot).map((leaf) => leaf.subarray(1))
  expect(logged.map(toHex).sort()).toEqual(ballots.map(toHex).sort())
}, 120_000)

async function openPolls(election: TestElection, url: string): Promise<void> {
  const post = async (record: Uint8Array) => {
    const { status } = await fetch(`${url}/records`, { method: 'POST', body: new Uint8Array(record) })
    expect(status).toBe(200)
  }
  await Promise.all(election.kiosks.map(({ id }) => post(election.enrol(id))))
  await post(election.polls('open'))
}
