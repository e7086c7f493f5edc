import { connectMqtt, type MqttPort } from '@hanpyo/platform/mqtt/client.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { ackKey, verifyAck } from '@hanpyo/protocol/link/ack.ts'
import { kioskTopic } from '@hanpyo/protocol/link/constants.ts'
import { parseDownDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import type { TestElection } from './test-election.ts'

/** A kiosk's outbox on a real broker: sends a ballot again and again until its ack has been verified. */
export class WifiKiosk {
  readonly #election: TestElection
  readonly #kioskId: number
  readonly #port: MqttPort
  readonly #key: Uint8Array
  readonly #open = new Map<string, { readonly id: Uint8Array; settle(status: number): void }>()
  /** Verified answers by hex ballot id, as a witness for drills: what is in here must be in the log. */
  readonly answers = new Map<string, number>()
  readonly promises: string[] = []

  constructor(options: { election: TestElection; kioskId: number; url: string; mqttVersion: 4 | 5 }) {
    const { election, kioskId, url, mqttVersion } = options
    this.#election = election
    this.#kioskId = kioskId
    const secret = election.kiosks[kioskId - 1]!.x25519Secret
    const peerPublic = x25519PublicKey(election.bridgeKeys.x25519Secret)
    this.#key = expectOk(ackKey({ secret, peerPublic, manifestHash: election.manifestHash, kioskId }))
    this.#port = connectMqtt({
      url,
      clientId: `kiosk-${kioskId}`,
      protocolVersion: mqttVersion,
      clean: false,
      sessionExpirySeconds: 3600,
      concurrency: 8,
    })
  }

  async start(): Promise<void> {
    expectOk(
      await this.#port.subscribe(kioskTopic(this.#kioskId, 'down'), 1, async (_, bytes) => this.#take(bytes)),
    )
  }

  /** Resolves with the status of the ack. Sends again every `resendMs` real milliseconds until it comes. */
  cast(canonical: Uint8Array, resendMs = 1_000): Promise<number> {
    return this.deliver(this.#election.datagram(canonical), ballotId(canonical), resendMs)
  }

  /** The same for any datagram, by the id that its ack names. */
  async deliver(datagram: Uint8Array, id: Uint8Array, resendMs = 1_000): Promise<number> {
    const answered = Promise.withResolvers<number>()
    this.#open.set(toHex(id), { id, settle: answered.resolve })
    const send = () => void this.publish(datagram)
    send()
    const again = setInterval(send, resendMs)
    return answered.promise.finally(() => clearInterval(again))
  }

  publish(datagram: Uint8Array) {
    return this.#port.publish(kioskTopic(this.#kioskId, 'up'), datagram, 1)
  }

  close(): Promise<void> {
    return this.#port.close()
  }

  #take(bytes: Uint8Array): void {
    const down = expectOk(parseDownDatagram(bytes))
    if (down.kind === 'promise') {
      this.promises.push(down.note)
      return
    }
    const { manifestHash } = this.#election
    const ids = [...this.#open.values()].map(({ id }) => id)
    const verified = verifyAck({
      key: this.#key,
      manifestHash,
      kioskId: this.#kioskId,
      bytes,
      findIds: () => ids,
    })
    if (!verified.ok) return
    for (const { id, status } of verified.value) {
      this.answers.set(toHex(id), status)
      this.#open.get(toHex(id))?.settle(status)
    }
  }
}
