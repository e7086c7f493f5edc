import { randomUUID } from 'node:crypto'
import type { Clock } from '@hanpyo/platform/clock.ts'
import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import { type AckItem, encodeAck, MAX_ACK_ITEMS } from '@hanpyo/protocol/link/ack.ts'
import { FPORT_DATAGRAM, FPORT_SCHC_UP } from '@hanpyo/protocol/link/constants.ts'
import { encodePromiseDatagram } from '@hanpyo/protocol/link/datagram.ts'
import type { Result } from '@hanpyo/protocol/result.ts'
import { deviceDownTopic, kioskDownTopic } from '../ingest/topics.ts'
import type { AckKeys } from './ack-keys.ts'

/** A device behind ChirpStack, and the kiosk the log binds it to. */
export interface LoraRoute {
  readonly route: 'lora'
  readonly kioskId: number
  readonly applicationId: string
  readonly devEui: string
}

/** The way back: the route an uplink came on. */
export type ReturnRoute = { readonly route: 'wifi'; readonly kioskId: number } | LoraRoute

/** `fragment`: an answer of the fragmentation layer, which says nothing about a ballot. */
export type DownlinkKind = 'ack' | 'promise' | 'fragment'

export interface ReceiptsOptions {
  readonly manifestHash: Uint8Array
  readonly ackKeys: AckKeys
  readonly clock: Clock
  /** How long a LoRaWAN ack may wait for a receive window, simulated milliseconds. */
  readonly ackLifetimeMs: number
  /** Sends on a connection of its own, so that acks never queue behind uplinks. */
  publish(topic: string, payload: Uint8Array | string): Promise<Result<void, string>>
  /** Told about every datagram handed to the broker, or not. */
  onSent?(what: DownlinkKind, route: ReturnRoute['route'], error: string | undefined): void
}

/**
 * Sends acks and promises down. Fire and forget: a receipt that is lost makes the kiosk send again, and it gets the
 * same answer. What is due to one kiosk in one turn of the event loop (one group commit answers many) shares a
 * datagram, up to five items.
 */
export class Receipts {
  readonly #options: ReceiptsOptions
  readonly #due = new Map<string, { readonly route: ReturnRoute; readonly items: AckItem[] }>()
  readonly #inFlight = new Set<Promise<void>>()

  constructor(options: ReceiptsOptions) {
    this.#options = options
  }

  ack(route: ReturnRoute, item: AckItem): void {
    const key = `${route.route} ${route.kioskId}`
    const due = this.#due.get(key)
    if (due !== undefined) {
      due.items.push(item)
      return
    }
    this.#due.set(key, { route, items: [item] })
    setImmediate(() => this.#flush(key))
  }

  /** A promise goes to the kiosk itself and over Wi-Fi only; it does not fit a LoRaWAN downlink. */
  promise(kioskId: number, note: string): void {
    this.#send('promise', 'wifi', kioskDownTopic(kioskId), encodePromiseDatagram(note))
  }

  /** An SCHC message for the receive window of the fragment that asked for it. */
  fragmentAnswer(route: LoraRoute, message: Uint8Array): void {
    const topic = deviceDownTopic(route.applicationId, route.devEui)
    this.#send('fragment', 'lora', topic, this.#command(route.devEui, FPORT_SCHC_UP, message))
  }

  /** Resolves when nothing is being sent any more. */
  async settle(): Promise<void> {
    for (const key of this.#due.keys()) this.#flush(key)
    await Promise.all(this.#inFlight)
  }

  #flush(key: string): void {
    const due = this.#due.get(key)
    this.#due.delete(key)
    if (due === undefined) return
    const { route, items } = due
    const ackKey = this.#options.ackKeys(route.kioskId)
    // Revoked between verification and ack: nobody is left who could check it.
    if (ackKey === undefined) return
    for (let at = 0; at < items.length; at += MAX_ACK_ITEMS) {
      const ack = encodeAck({
        key: ackKey,
        manifestHash: this.#options.manifestHash,
        kioskId: route.kioskId,
        items: items.slice(at, at + MAX_ACK_ITEMS),
      })
      if (route.route === 'wifi') this.#send('ack', 'wifi', kioskDownTopic(route.kioskId), ack)
      else
        this.#send(
          'ack',
          'lora',
          deviceDownTopic(route.applicationId, route.devEui),
          this.#command(route.devEui, FPORT_DATAGRAM, ack),
        )
    }
  }

  /** ChirpStack's downlink command: unconfirmed, and gone when the receive window it was meant for has passed. */
  #command(devEui: string, fPort: number, data: Uint8Array): string {
    const expiresAt = new Date(this.#options.clock.now() + this.#options.ackLifetimeMs).toISOString()
    return JSON.stringify({
      id: randomUUID(),
      devEui,
      confirmed: false,
      fPort,
      data: toBase64(data),
      expiresAt,
    })
  }

  #send(what: DownlinkKind, route: ReturnRoute['route'], topic: string, payload: Uint8Array | string): void {
    const sending = this.#options.publish(topic, payload).then((sent) => {
      this.#inFlight.delete(sending)
      this.#options.onSent?.(what, route, sent.ok ? undefined : sent.error)
    })
    this.#inFlight.add(sending)
  }
}
