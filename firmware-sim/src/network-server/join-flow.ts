import { fromHex, toHex } from '@hanpyo/protocol/bytes.ts'
import type { AesKey } from '../mac/aes.ts'
import { hasValidJoinMic, sessionKeys } from '../mac/codec.ts'
import type { JoinRequest } from '../mac/frame.ts'
import { deriveSessionKeys, type JoinAccept, sealJoinAccept } from '../mac/join.ts'
import {
  DEFAULT_CHANNELS_HZ,
  JOIN_ACCEPT_DELAY1_MS,
  JOIN_ACCEPT_DELAY2_MS,
  RX2_FREQUENCY_HZ,
  rx1DataRate,
  spreadingFactor,
} from '../radio/kr920.ts'
import { type DeviceEntry, newUuid, publishLog, type ServerContext } from './context.ts'
import type { UplinkSet } from './deduplicator.ts'
import { chooseGateway, DEFAULT_MIN_MARGIN_DB } from './gateway-choice.ts'
import { dataRateOfSet } from './uplink-set.ts'

/** DevAddr space of NetID 0: the seven highest bits are zero. */
const DEV_ADDR_SPAN = 2 ** 25

/**
 * Answers a join-request as ChirpStack does: wrong MIC and a DevNonce used before give a `log` event and no answer.
 * The nonce and the new session are on disk before the join-accept leaves; the `join` event does not wait for the
 * device to have heard it.
 */
export async function handleJoinRequest(
  context: ServerContext,
  set: UplinkSet,
  request: JoinRequest,
): Promise<void> {
  const devEui = toHex(request.devEui)
  const entry = context.devices.get(devEui)
  if (entry === undefined) return context.log.warn('join-unknown-device', { devEui })
  if (entry.appKey === undefined) return context.log.warn('join-without-keys', { devEui })
  if (entry.device.isDisabled === true) return context.log.info('join-disabled-device', { devEui })
  const { appKey } = entry
  const deduplicationId = newUuid(context.random)
  if (!hasValidJoinMic(request, appKey)) {
    return publishLog(context, entry, {
      level: 'ERROR',
      code: 'UPLINK_MIC',
      description: 'MIC of join-request is invalid, make sure keys are correct',
      context: { deduplication_id: deduplicationId },
    })
  }
  if (entry.record.usedDevNonces.includes(request.devNonce)) {
    return publishLog(context, entry, {
      level: 'ERROR',
      code: 'OTAA',
      description: 'DevNonce has already been used',
      context: {
        deduplication_id: deduplicationId,
        join_eui: toHex(request.joinEui),
        dev_nonce: String(request.devNonce),
      },
    })
  }
  const accept = beginSession(context, { entry, appKey }, request, dataRateOfSet(set))
  await context.save(entry)
  await sendJoinAccept(context, set, sealJoinAccept(accept, appKey))
  const event = entry.events.join({
    deduplicationId,
    timeMs: set.frames[0]!.gatewayTimeMs ?? set.firstSeenMs,
    devAddr: accept.devAddr,
  })
  context.publishEvent(entry, 'join', event)
}

function beginSession(
  context: ServerContext,
  { entry, appKey }: { entry: DeviceEntry; appKey: AesKey },
  request: JoinRequest,
  dataRate: number,
): JoinAccept {
  const { region, netId, deviceProfile } = entry.settings
  const { record } = entry
  const accept: JoinAccept = {
    joinNonce: record.joinNonce,
    netId,
    devAddr: context.random.integer(DEV_ADDR_SPAN),
    rx1DataRateOffset: region.rx1DataRateOffset,
    rx2DataRate: region.rx2DataRate,
    rx1DelayS: region.rx1DelayS,
    extraChannelsHz: region.extraChannelsHz,
  }
  const keys = deriveSessionKeys(appKey, { ...accept, devNonce: request.devNonce })
  record.usedDevNonces.push(request.devNonce)
  record.joinNonce++
  record.session = {
    devAddr: accept.devAddr,
    nwkSKey: toHex(keys.nwkSKey),
    appSKey: toHex(keys.appSKey),
    nextFCntUp: 0,
    nextFCntDown: 0,
    rx1DelayS: region.rx1DelayS,
    rx1DataRateOffset: region.rx1DataRateOffset,
    rx2DataRate: region.rx2DataRate,
    dataRate,
    txPowerIndex: 0,
    transmissions: 1,
    channelCount: DEFAULT_CHANNELS_HZ.length + region.extraChannelsHz.length,
    extraChannelsHz: region.extraChannelsHz,
    isAdrOn: false,
    adrHistory: [],
    pendingCommands: {},
  }
  entry.keys = restoreKeys(entry)
  if (deviceProfile.flushQueueOnActivate) record.queue = []
  return accept
}

/** Keys of the stored session; undefined when the device has not joined. */
export function restoreKeys(entry: Pick<DeviceEntry, 'record'>): DeviceEntry['keys'] {
  const { session } = entry.record
  if (session === null) return undefined
  return sessionKeys({ nwkSKey: fromHex(session.nwkSKey), appSKey: fromHex(session.appSKey) })
}

async function sendJoinAccept(context: ServerContext, set: UplinkSet, phyPayload: Uint8Array): Promise<void> {
  const minMarginDb = context.settings.gatewayPreferMinMarginDb ?? DEFAULT_MIN_MARGIN_DB
  const best = chooseGateway(set.frames, minMarginDb, context.random)
  const powerDbm = context.settings.region.downlinkPowerDbm
  const { context: gatewayContext } = best
  await context.sendDownlink({
    gatewayId: best.gatewayId,
    downlinkId: context.random.integer(2 ** 32),
    items: [
      {
        phyPayload,
        frequencyHz: best.frequencyHz,
        powerDbm,
        spreadingFactor: spreadingFactor(rx1DataRate(dataRateOfSet(set), 0)),
        timing: { type: 'delay', delayMs: JOIN_ACCEPT_DELAY1_MS },
        context: gatewayContext,
      },
      {
        phyPayload,
        frequencyHz: RX2_FREQUENCY_HZ,
        powerDbm,
        spreadingFactor: spreadingFactor(0),
        timing: { type: 'delay', delayMs: JOIN_ACCEPT_DELAY2_MS },
        context: gatewayContext,
      },
    ],
  })
}
