import type { Logger } from '@hanpyo/platform/logger.ts'
import { contextByte, fromCompact } from '@hanpyo/protocol/ballot/layout.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { refusalName } from '@hanpyo/protocol/election/refusal.ts'
import type { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { ACK_RECORDED } from '@hanpyo/protocol/link/ack.ts'
import { FPORT_SCHC_UP } from '@hanpyo/protocol/link/constants.ts'
import { parseDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { encodeDown, parseUp } from '@hanpyo/protocol/link/schc/messages.ts'
import {
  STATEMENT_REFUSAL,
  type StatementRefusal,
  statementRefusalName,
} from '@hanpyo/protocol/proposal/status.ts'
import type { Admission } from '../admission/admission.ts'
import { type BridgeMetrics, INTERNAL_ERROR } from '../metrics.ts'
import type { StatementIntake } from '../proposals/statement-intake.ts'
import type { Reassembly } from '../reassembly/reassembly.ts'
import type { LoraRoute, ReturnRoute } from '../receipts/receipts.ts'
import { isFinalForModeration } from '../records/moderation-refusal.ts'
import type { RecordIntake } from '../records/record-intake.ts'
import { parseUplinkEvent } from './chirpstack-event.ts'
import { parseUplinkTopic } from './topics.ts'

export interface UplinkDeps {
  readonly state: Pick<ElectionState, 'manifestHash' | 'kioskByDevEui'>
  readonly admission: Pick<Admission, 'admit'>
  readonly records: Pick<RecordIntake, 'submit'>
  readonly statements: Pick<StatementIntake, 'submit'>
  readonly receipts: {
    ack(route: ReturnRoute, item: { status: number; id: Uint8Array }): void
    promise(kioskId: number, note: string): void
    fragmentAnswer(route: LoraRoute, message: Uint8Array): void
  }
  readonly reassembly: Pick<Reassembly, 'take' | 'handledPacket'>
  readonly metrics: BridgeMetrics
  readonly log: Logger
  /** Whether this kiosk may send one more message now. */
  readonly maySend?: (kioskId: number) => boolean
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

  /** True when an ack was sent. */
  async function ballot(compact: Uint8Array, route: ReturnRoute): Promise<boolean> {
    if (compact[0] !== context) return drop('foreign-election')
    const canonical = fromCompact(compact, state.manifestHash, route.kioskId)
    if (!canonical.ok) return drop(canonical.error)
    const admitted = await deps.admission.admit(canonical.value)
    switch (admitted.outcome) {
      case 'dropped':
        return drop(admitted.error)
      case 'deferred':
        metrics.ballot('deferred')
        return false
      case 'refused':
        metrics.ballot('refused')
        metrics.refused(refusalName(admitted.reason) ?? 'unknown')
        receipts.ack(route, { status: admitted.reason, id: admitted.id })
        return true
      case 'recorded': {
        metrics.ballot(admitted.promise === undefined ? 'duplicate' : 'recorded')
        receipts.ack(route, { status: ACK_RECORDED, id: admitted.id })
        if (route.route !== 'wifi') return true
        const note = admitted.promise ?? (await deps.promiseOf(admitted.id))
        if (note !== null) receipts.promise(route.kioskId, note)
        return true
      }
    }
  }

  async function record(type: number, body: Uint8Array, route: ReturnRoute): Promise<boolean> {
    if (type === RECORD.proposal || type === RECORD.support) return statement(type, body, route)
    const stored = await deps.records.submit(type, body, { kioskId: route.kioskId })
    metrics.record(stored.outcome)
    if (stored.outcome === 'rejected') {
      if (type !== RECORD.moderation || !isFinalForModeration(stored.rule)) return drop(stored.rule)
      return refuseStatement(STATEMENT_REFUSAL.moderationRefused, stored.id, route)
    }
    if (stored.outcome !== 'stored') return false
    receipts.ack(route, { status: ACK_RECORDED, id: stored.id })
    return true
  }

  async function statement(type: number, body: Uint8Array, route: ReturnRoute): Promise<boolean> {
    const taken = await deps.statements.submit(type, body, route.kioskId)
    switch (taken.outcome) {
      case 'dropped':
        metrics.record('rejected')
        return drop(taken.reason)
      case 'deferred':
        metrics.record('deferred')
        return false
      case 'refused':
        metrics.record('rejected')
        return refuseStatement(taken.status, taken.id, route)
      case 'recorded':
        metrics.record('stored')
        receipts.ack(route, { status: ACK_RECORDED, id: taken.id })
        return true
    }
  }

  /** Said to the kiosk and counted, never logged. */
  function refuseStatement(status: StatementRefusal, id: Uint8Array, route: ReturnRoute): true {
    metrics.refused(statementRefusalName(status) ?? 'unknown')
    receipts.ack(route, { status, id })
    return true
  }

  async function datagram(data: Uint8Array, route: ReturnRoute): Promise<boolean> {
    const parsed = parseDatagram(data)
    if (!parsed.ok) return drop(parsed.error)
    return parsed.value.kind === 'ballot'
      ? ballot(parsed.value.compact, route)
      : record(parsed.value.type, parsed.value.body, route)
  }

  /**
   * The ack of a datagram that is whole stands in for SCHC's own success. Where the datagram gets none (forged, foreign,
   * or held back for now), success is said the SCHC way, so that the kiosk stops and tries again in its own time. Only about
   * a ballot of another election nothing is said: the kiosk would hear that instead of the ack of that election's bridge.
   */
  async function fragment(data: Uint8Array, route: LoraRoute): Promise<void> {
    const message = parseUp(data)
    if (!message.ok) return metrics.dropped(message.error)
    const reply = await deps.reassembly.take(route.devEui, message.value)
    metrics.fragment(reply.type)
    if (reply.type === 'none') return
    if (reply.type === 'answer') return receipts.fragmentAnswer(route, encodeDown(reply.message))
    const isAcknowledged = await datagram(reply.packet, route)
    deps.reassembly.handledPacket(route.devEui)
    if (isAcknowledged || isOfAnotherElection(reply.packet)) return
    receipts.fragmentAnswer(route, encodeDown(reply.completion))
  }

  function isOfAnotherElection(packet: Uint8Array): boolean {
    const parsed = parseDatagram(packet)
    return parsed.ok && parsed.value.kind === 'ballot' && parsed.value.context !== context
  }

  function drop(reason: string): false {
    metrics.dropped(reason)
    return false
  }

  async function handle(topic: string, payload: Uint8Array): Promise<void> {
    const startedMs = performance.now()
    const uplink = readUplink(state, topic, payload)
    if (uplink === undefined) return
    if ('dropped' in uplink) return metrics.dropped(uplink.dropped)
    const { route, data } = uplink
    metrics.uplink(route.route)
    // Without an ack the kiosk keeps what it sent and sends it again, more slowly.
    if (deps.maySend?.(route.kioskId) === false) return metrics.rateLimited(route.route)
    if (route.route === 'lora' && uplink.fPort === FPORT_SCHC_UP) await fragment(data, route)
    else await datagram(data, route)
    metrics.answered(route.route, performance.now() - startedMs)
  }

  return async (topic, payload) => {
    try {
      await handle(topic, payload)
    } catch (error) {
      // A bug: were it passed on, the broker would deliver the same message again without end. The kiosk keeps
      // its ballot, because nothing acknowledged it.
      metrics.dropped(INTERNAL_ERROR)
      deps.log.error('uplink-failed', { error })
    }
  }
}

type Uplink =
  | { readonly route: ReturnRoute; readonly fPort?: number; readonly data: Uint8Array }
  | { readonly dropped: string }

/** Which kiosk speaks: the topic says it on Wi-Fi, the log binds the DevEUI on LoRaWAN. `undefined`: nothing for us. */
function readUplink(state: UplinkDeps['state'], topic: string, payload: Uint8Array): Uplink | undefined {
  const where = parseUplinkTopic(topic)
  if (where === undefined) return { dropped: 'topic' }
  if (where.route === 'wifi') return { route: where, data: payload }
  const { applicationId, devEui } = where
  const event = parseUplinkEvent(payload, devEui)
  if (!event.ok) return event.error === 'event-nothing' ? undefined : { dropped: event.error }
  const kiosk = state.kioskByDevEui(devEui)
  if (kiosk === undefined) return { dropped: 'device-unknown' }
  const { fPort, data } = event.value
  return { route: { route: 'lora', kioskId: kiosk.id, applicationId, devEui }, fPort, data }
}
