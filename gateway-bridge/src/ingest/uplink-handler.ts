import type { Logger } from '@hanpyo/platform/logger.ts'
import { contextByte, fromCompact } from '@hanpyo/protocol/ballot/layout.ts'
import { refusalName } from '@hanpyo/protocol/election/refusal.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { ACK_RECORDED } from '@hanpyo/protocol/link/ack.ts'
import { parseDatagram } from '@hanpyo/protocol/link/datagram.ts'
import type { Admission } from '../admission/admission.ts'
import type { BridgeMetrics } from '../metrics.ts'
import type { ReturnRoute } from '../receipts/receipts.ts'
import type { RecordIntake } from '../records/record-intake.ts'
import { parseUplinkEvent } from './chirpstack-event.ts'
import { parseUplinkTopic } from './topics.ts'

export interface UplinkDeps {
  readonly state: Pick<ElectionState, 'manifestHash' | 'kioskByDevEui'>
  readonly admission: Pick<Admission, 'admit'>
  readonly records: Pick<RecordIntake, 'submit'>
  readonly receipts: {
    ack(route: ReturnRoute, item: { status: number; id: Uint8Array }): void
    promise(kioskId: number, note: string): void
  }
  readonly metrics: BridgeMetrics
  readonly log: Logger
  /** The promise stored with an accepted ballot. */
  promiseOf(id: Uint8Array): Promise<string | null>
}

/**
 * One MQTT message from either route. Resolves when it may be acknowledged to the broker: after the durable commit
 * of what it carried, or at once when it carries nothing for us. Never rejects for anything a sender can write.
 */
export type UplinkHandler = (topic: string, payload: Uint8Array) => Promise<void>

export function createUplinkHandler(deps: UplinkDeps): UplinkHandler {
  const { state, metrics, receipts } = deps
  const context = contextByte(state.manifestHash)

  async function ballot(compact: Uint8Array, route: ReturnRoute): Promise<void> {
    if (compact[0] !== context) return metrics.dropped('foreign-election')
    const canonical = fromCompact(compact, state.manifestHash, route.kioskId)
    if (!canonical.ok) return metrics.dropped(canonical.error)
    const admitted = await deps.admission.admit(canonical.value)
    switch (admitted.outcome) {
      case 'dropped':
        return metrics.dropped(admitted.error)
      case 'deferred':
        return metrics.ballot('deferred')
      case 'refused':
        metrics.ballot('refused')
        metrics.refused(refusalName(admitted.reason) ?? 'unknown')
        return receipts.ack(route, { status: admitted.reason, id: admitted.id })
      case 'recorded': {
        metrics.ballot(admitted.promise === undefined ? 'duplicate' : 'recorded')
        receipts.ack(route, { status: ACK_RECORDED, id: admitted.id })
        if (route.route !== 'wifi') return
        const note = admitted.promise ?? (await deps.promiseOf(admitted.id))
        if (note !== null) receipts.promise(route.kioskId, note)
      }
    }
  }

  async function record(type: number, body: Uint8Array, route: ReturnRoute): Promise<void> {
    const stored = await deps.records.submit(type, body, { kioskId: route.kioskId })
    metrics.record(stored.outcome)
    if (stored.outcome === 'rejected') return metrics.dropped(stored.rule)
    if (stored.outcome === 'stored') receipts.ack(route, { status: ACK_RECORDED, id: stored.id })
  }

  async function handle(topic: string, payload: Uint8Array): Promise<void> {
    const startedMs = performance.now()
    const uplink = readUplink(state, topic, payload)
    if ('dropped' in uplink) return metrics.dropped(uplink.dropped)
    const { route, data } = uplink
    metrics.uplink(route.route)
    const datagram = parseDatagram(data)
    if (!datagram.ok) return metrics.dropped(datagram.error)
    if (datagram.value.kind === 'ballot') await ballot(datagram.value.compact, route)
    else await record(datagram.value.type, datagram.value.body, route)
    metrics.answered(route.route, performance.now() - startedMs)
  }

  return async (topic, payload) => {
    try {
      await handle(topic, payload)
    } catch (error) {
      // A bug: were it passed on, the broker would deliver the same message again without end. The kiosk keeps
      // its ballot, because nothing acknowledged it.
      metrics.dropped('internal-error')
      deps.log.error('uplink-failed', { error })
    }
  }
}

type Uplink = { readonly route: ReturnRoute; readonly data: Uint8Array } | { readonly dropped: string }

/** Which kiosk speaks: the topic says it on Wi-Fi, the log binds the DevEUI on LoRaWAN. */
function readUplink(state: UplinkDeps['state'], topic: string, payload: Uint8Array): Uplink {
  const where = parseUplinkTopic(topic)
  if (where === undefined) return { dropped: 'topic' }
  if (where.route === 'wifi') return { route: where, data: payload }
  const { applicationId, devEui } = where
  const event = parseUplinkEvent(payload, devEui)
  if (!event.ok) return { dropped: event.error }
  const kiosk = state.kioskByDevEui(devEui)
  if (kiosk === undefined) return { dropped: 'device-unknown' }
  return { route: { route: 'lora', kioskId: kiosk.id, applicationId, devEui }, data: event.value.data }
}
