import { hasValidMic, openPayload } from '../mac/codec.ts'
import { type DeviceCommand, parseDeviceCommands, type ServerCommand } from '../mac/commands.ts'
import { fullCounter, MAX_FCNT } from '../mac/counter.ts'
import type { DataFrame } from '../mac/frame.ts'
import { snrFloorDb } from '../radio/propagation.ts'
import { ADR_HISTORY_LENGTH } from './adr.ts'
import { type DeviceEntry, newUuid, publishLog, type ServerContext } from './context.ts'
import type { UplinkSet } from './deduplicator.ts'
import { devAddrText } from './events.ts'
import { applyAnswer } from './server-requests.ts'
import type { ServerSession } from './types.ts'
import { dataRateOfSet } from './uplink-set.ts'

/** What the downlink flow has to answer. */
export interface UplinkOutcome {
  readonly entry: DeviceEntry
  readonly set: UplinkSet
  readonly deduplicationId: string
  readonly mustAck: boolean
  readonly mustSend: boolean
  readonly answers: readonly ServerCommand[]
}

/** GPS time started 1980-01-06 and knows no leap seconds (18 so far). */
const GPS_EPOCH_MS = Date.UTC(1980, 0, 6)
const GPS_LEAP_SECONDS = 18
const NOTHING = new Uint8Array(0)

/**
 * The way of a data uplink in ChirpStack: session by DevAddr and MIC, counter check, MAC commands, `up` event. A
 * repeated counter gives a `log` event and nothing else, not even an ACK. Undefined when the frame ends here.
 */
export async function handleDataUplink(
  context: ServerContext,
  set: UplinkSet,
  frame: DataFrame,
): Promise<UplinkOutcome | undefined> {
  const found = findSession(context, set, frame)
  if (found === undefined) return undefined
  const { entry, session, fCnt } = found
  const deduplicationId = newUuid(context.random)
  if (fCnt < session.nextFCntUp) {
    logOldCounter(context, entry, { deduplicationId, fCnt, isRepeated: fCnt === session.nextFCntUp - 1 })
    return undefined
  }
  session.nextFCntUp = fCnt + 1
  const dataRate = dataRateOfSet(set)
  if (dataRate !== session.dataRate) {
    // The device chose it, perhaps together with full power.
    session.txPowerIndex = 0
    session.adrHistory = []
  }
  session.dataRate = dataRate
  session.isAdrOn = frame.control.adr
  entry.record.lastSeenMs = set.firstSeenMs
  const clear = openPayload(frame, fCnt, entry.keys!)
  const commands = parseDeviceCommands(frame.fPort === 0 ? clear : frame.fOpts)
  const handled = handleCommands(context, entry, set, deduplicationId, commands)
  // After LinkADRAns, which empties the history: the frame that brings it is the first at the new rate.
  recordForAdr(session, fCnt, set)
  await context.save(entry)
  const event = entry.events.up({
    deduplicationId,
    timeMs: set.frames[0]!.gatewayTimeMs ?? set.firstSeenMs,
    devAddr: frame.devAddr,
    isAdrOn: frame.control.adr,
    dataRate: session.dataRate,
    fCnt,
    fPort: frame.fPort,
    isConfirmed: frame.isConfirmed,
    data: frame.fPort === 0 ? NOTHING : clear,
    frames: set.frames,
    serverTimeMs: set.firstSeenMs,
  })
  context.publishEvent(entry, 'up', event)
  if (frame.control.ack) await confirmPending(context, entry, deduplicationId)
  return {
    entry,
    set,
    deduplicationId,
    mustAck: frame.isConfirmed,
    mustSend: frame.control.adrAckReq || handled.mustSend,
    answers: handled.answers,
  }
}

/** Tries the MIC of every session with this DevAddr, with the full counter and with the bare 16 bits (after a reset). */
function findSession(
  context: ServerContext,
  set: UplinkSet,
  frame: DataFrame,
): { entry: DeviceEntry; session: ServerSession; fCnt: number } | undefined {
  const { phyPayload } = set.frames[0]!
  let isKnown = false
  for (const entry of context.devices.values()) {
    const { session } = entry.record
    if (session === null || entry.keys === undefined || session.devAddr !== frame.devAddr) continue
    if (entry.device.isDisabled === true) continue
    isKnown = true
    for (const fCnt of new Set([fullCounter(frame.fCnt16, session.nextFCntUp), frame.fCnt16])) {
      if (fCnt <= MAX_FCNT && hasValidMic(phyPayload, frame, fCnt, entry.keys.nwkSKey)) {
        return { entry, session, fCnt }
      }
    }
  }
  const event = isKnown ? 'uplink-mic-invalid' : 'uplink-unknown-dev-addr'
  context.log.info(event, { devAddr: devAddrText(frame.devAddr) })
  return undefined
}

function logOldCounter(
  context: ServerContext,
  entry: DeviceEntry,
  uplink: { deduplicationId: string; fCnt: number; isRepeated: boolean },
): void {
  publishLog(context, entry, {
    level: 'WARNING',
    ...(uplink.isRepeated
      ? {
          code: 'UPLINK_F_CNT_RETRANSMISSION',
          description: 'Uplink was flagged as re-transmission / frame-counter did not increment',
        }
      : { code: 'UPLINK_F_CNT_RESET', description: 'Frame-counter reset or rollover detected' }),
    context: { deduplication_id: uplink.deduplicationId, f_cnt_up: String(uplink.fCnt) },
  })
}

function recordForAdr(session: ServerSession, fCnt: number, set: UplinkSet): void {
  const maxSnrDb = Math.max(...set.frames.map((one) => one.snrDb))
  session.adrHistory.push({ fCnt, maxSnrDb, txPowerIndex: session.txPowerIndex })
  session.adrHistory.splice(0, session.adrHistory.length - ADR_HISTORY_LENGTH)
}

function handleCommands(
  context: ServerContext,
  entry: DeviceEntry,
  set: UplinkSet,
  deduplicationId: string,
  commands: readonly DeviceCommand[],
): { answers: ServerCommand[]; mustSend: boolean } {
  const session = entry.record.session!
  const answers: ServerCommand[] = []
  for (const command of commands) {
    switch (command.name) {
      case 'LinkCheckReq':
        answers.push(linkCheckAnswer(set))
        break
      case 'DeviceTimeReq':
        answers.push(deviceTimeAnswer(set.frames[0]!.gatewayTimeMs ?? set.firstSeenMs))
        break
      case 'DevStatusAns': {
        const { battery, marginDb } = command
        const status = { deduplicationId, timeMs: context.clock.now(), battery, marginDb }
        context.publishEvent(entry, 'status', entry.events.status(status))
        break
      }
      default:
        applyAnswer(session, command)
    }
  }
  // Devices repeat these two answers until they hear something, so ChirpStack sends even an empty frame.
  const isRepeated = commands.some(({ name }) => name === 'RXTimingSetupAns' || name === 'RXParamSetupAns')
  return { answers, mustSend: answers.length > 0 || isRepeated }
}

function linkCheckAnswer(set: UplinkSet): ServerCommand {
  const best = set.frames[0]!
  const marginDb = Math.max(0, Math.trunc(best.snrDb - snrFloorDb(best.spreadingFactor)))
  return { name: 'LinkCheckAns', marginDb, gatewayCount: set.frames.length }
}

function deviceTimeAnswer(uplinkEndMs: number): ServerCommand {
  const gps = (uplinkEndMs - GPS_EPOCH_MS) / 1000 + GPS_LEAP_SECONDS
  return { name: 'DeviceTimeAns', gpsSeconds: Math.floor(gps), fraction: gps % 1 }
}

async function confirmPending(
  context: ServerContext,
  entry: DeviceEntry,
  deduplicationId: string,
): Promise<void> {
  const item = entry.record.queue[0]
  if (item?.isPending !== true) return
  entry.record.queue.shift()
  await context.save(entry)
  const event = entry.events.ack({
    deduplicationId,
    timeMs: context.clock.now(),
    queueItemId: item.id,
    isAcknowledged: true,
    fCntDown: item.fCntDown ?? 0,
  })
  context.publishEvent(entry, 'ack', event)
}
