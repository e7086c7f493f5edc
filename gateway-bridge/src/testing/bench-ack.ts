import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { connectMqtt } from '@hanpyo/platform/mqtt/client.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { decodeUtf8, fromBase64, toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { parseAck } from '@hanpyo/protocol/link/ack.ts'
import { FPORT_DATAGRAM, FPORT_SCHC_UP, maxPayloadBytes } from '@hanpyo/protocol/link/constants.ts'
import { FragmentSender } from '@hanpyo/protocol/link/schc/sender.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { seededDice } from '@hanpyo/protocol/testing/schc-channel.ts'
import { deviceDownTopic } from '../ingest/topics.ts'
import { ProcessBridge } from './process-bridge.ts'
import { TestElection } from './test-election.ts'

export interface BenchAckOptions {
  readonly ballots: number
  readonly ballotsPerSecond: number
  /** One ballot in so many comes in fragments, as at DR0. */
  readonly fragmentedEvery: number
  onProgress?(what: string): void
}

export interface BenchAckReport {
  /** Real milliseconds from handing the uplink event to the broker to the ack's command coming from it. */
  readonly wholeMs: readonly number[]
  /** The same from the fragment that completes a ballot. */
  readonly fragmentedMs: readonly number[]
}

const KIOSKS = 16
const APPLICATION = '7c1f2a8e-3d52-4a6b-9f0e-5a4d3c2b1a00'
const PREFIX_BYTES = 6

/**
 * Ballots at random moments over LoRaWAN, as ChirpStack publishes them, through a real broker to a bridge that runs as a
 * process of its own, with its fsyncs, batches and worker; how long until the ack is in the broker's hands.
 */
export async function benchAck(options: BenchAckOptions): Promise<BenchAckReport> {
  const { ballots: count, ballotsPerSecond, fragmentedEvery, onProgress } = options
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-bench-ack-'))
  const closers: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true })]
  try {
    const backend = await createNodeBackend()
    onProgress?.('making an election and its ballots')
    const election = new TestElection({ backend, slipCount: count, kioskCount: KIOSKS, tickSeconds: 2 })
    const ballots = Array.from({ length: count }, (_, slip) => election.ballot(slip, 1 + (slip % KIOSKS)))
    const broker = await startBroker({ kind: 'mosquitto', dir: join(dir, 'broker'), plainPort: 0 })
    closers.push(() => broker.close())
    const mqttUrl = broker.plainUrl as string
    const bridge = await ProcessBridge.prepare({
      dir,
      election,
      mqttUrl,
      mqttVersion: 5,
      applicationId: APPLICATION,
    })
    const initialised = await bridge.init()
    if (initialised.code !== 0) throw new Error(initialised.output)
    const running = await bridge.run()
    closers.push(() => running.stop())
    const records = [...election.kiosks.map(({ id }) => election.enrol(id)), election.polls('open')]
    for (const record of records) {
      const url = `${running.url}/records`
      const response = await fetch(url, { method: 'POST', body: new Uint8Array(record) })
      if (response.status !== 200) throw new Error(await response.text())
    }

    const mqtt = connectMqtt({ url: mqttUrl, clientId: 'chirpstack', protocolVersion: 5, clean: true })
    closers.push(() => mqtt.close())
    await mqtt.whenOnline()
    const sentMs = new Map<string, { atMs: number; times: number[] }>()
    const report = { wholeMs: [] as number[], fragmentedMs: [] as number[] }
    const finished = Promise.withResolvers<void>()
    expectOk(
      await mqtt.subscribe(deviceDownTopic(APPLICATION, '+'), 1, async (_topic, payload) => {
        const nowMs = performance.now()
        const command = JSON.parse(decodeUtf8(payload))
        if (command.fPort !== FPORT_DATAGRAM) return
        for (const { prefix } of expectOk(parseAck(fromBase64(command.data))).items) {
          const sent = sentMs.get(toHex(prefix))
          if (sent !== undefined) sent.times.push(nowMs - sent.atMs)
          sentMs.delete(toHex(prefix))
        }
        if (report.wholeMs.length + report.fragmentedMs.length === count) finished.resolve()
      }),
    )

    onProgress?.(`sending ${count} of them, ${ballotsPerSecond} a second`)
    const dice = seededDice(20)
    let dueMs = performance.now()
    for (const [slip, ballot] of ballots.entries()) {
      const { devEui } = election.kiosks[slip % KIOSKS] as { devEui: string }
      const isFragmented = slip % fragmentedEvery === fragmentedEvery - 1
      const publish = (fPort: number, data: Uint8Array) => {
        const event = { deviceInfo: { devEui }, fPort, data: toBase64(data) }
        const topic = `application/${APPLICATION}/device/${devEui}/event/up`
        return mqtt.publish(topic, JSON.stringify(event), 1)
      }
      const datagram = election.datagram(ballot)
      const frames = isFragmented ? framesOf(datagram) : [datagram]
      for (const frame of frames.slice(0, -1)) expectOk(await publish(FPORT_SCHC_UP, frame))
      dueMs += (-Math.log(1 - dice()) * 1_000) / ballotsPerSecond
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())))
      const times = isFragmented ? report.fragmentedMs : report.wholeMs
      const prefix = toHex(ballotId(ballot).subarray(0, PREFIX_BYTES))
      sentMs.set(prefix, { atMs: performance.now(), times })
      void publish(isFragmented ? FPORT_SCHC_UP : FPORT_DATAGRAM, frames.at(-1) as Uint8Array)
    }
    await Promise.race([finished.promise, tooLate(() => sentMs.size)])
    return report
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

/** The frames of a datagram at DR0, the one that completes it last. */
function framesOf(datagram: Uint8Array): Uint8Array[] {
  const sender = new FragmentSender(datagram)
  const frames: Uint8Array[] = []
  for (;;) {
    const step = sender.next(maxPayloadBytes(0), 0)
    if (step.do !== 'send') return frames
    frames.push(step.payload)
  }
}

async function tooLate(left: () => number): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, 30_000).unref())
  throw new Error(`${left()} acks did not come within 30 s`)
}
