import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js'
import { ok } from '@hanpyo/protocol/result.ts'
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js'
import { DEFAULT_CHANNELS_HZ } from '../../radio/kr920.ts'
import { devAddrText } from '../events.ts'
import type { ServerSession } from '../types.ts'
import { findDevice } from './device-service.ts'
import type { GrpcService } from './serve.ts'
import type { ServiceContext } from './service-context.ts'
import { missing, type Outcome, parseHex, parseKey } from './status.ts'

/** Sessions: how one looks, ABP, and taking one away. */
export function activationMethods(context: ServiceContext): GrpcService['methods'] {
  const { server } = context
  return {
    /** Without a session the response is empty. */
    async getActivation(request: devicePb.GetDeviceActivationRequest, caller) {
      const found = findDevice(context, request.getDevEui(), caller, 'read')
      if (!found.ok) return found
      const devEui = found.value.message.getDevEui()
      const response = new devicePb.GetDeviceActivationResponse()
      const session = server.device(devEui)?.record.session ?? null
      if (session !== null) response.setDeviceActivation(describe(devEui, session))
      return ok(response)
    },

    async activate(request: devicePb.ActivateDeviceRequest, caller) {
      const wanted = request.getDeviceActivation()
      if (wanted === undefined) return missing('device_activation')
      const found = findDevice(context, wanted.getDevEui(), caller, 'change')
      if (!found.ok) return found
      const entry = server.device(found.value.message.getDevEui())!
      const session = sessionOf(context, wanted)
      if (!session.ok) return session
      entry.record.session = session.value
      if (entry.settings.deviceProfile.flushQueueOnActivate) entry.record.queue = []
      await server.save(entry)
      return ok(new emptyPb.Empty())
    },

    async deactivate(request: devicePb.DeactivateDeviceRequest, caller) {
      const found = findDevice(context, request.getDevEui(), caller, 'change')
      if (!found.ok) return found
      const entry = server.device(found.value.message.getDevEui())!
      entry.record.session = null
      entry.record.queue = []
      await server.save(entry)
      return ok(new emptyPb.Empty())
    },

    async getRandomDevAddr(request: devicePb.GetRandomDevAddrRequest, caller) {
      const found = findDevice(context, request.getDevEui(), caller, 'read')
      if (!found.ok) return found
      const response = new devicePb.GetRandomDevAddrResponse()
      // NetID 0: the seven highest bits are zero.
      response.setDevAddr(`0${Number.parseInt(context.newId()[0]!, 16) & 1}${context.newId().slice(0, 6)}`)
      return ok(response)
    },
  }
}

/** LoRaWAN 1.0.x: one network session key in the three places of 1.1, one downlink counter. */
function describe(devEui: string, session: ServerSession): devicePb.DeviceActivation {
  const activation = new devicePb.DeviceActivation()
  activation.setDevEui(devEui)
  activation.setDevAddr(devAddrText(session.devAddr))
  activation.setAppSKey(session.appSKey)
  activation.setNwkSEncKey(session.nwkSKey)
  activation.setSNwkSIntKey(session.nwkSKey)
  activation.setFNwkSIntKey(session.nwkSKey)
  activation.setFCntUp(session.nextFCntUp)
  activation.setNFCntDown(session.nextFCntDown)
  return activation
}

function sessionOf({ settings }: ServiceContext, wanted: devicePb.DeviceActivation): Outcome<ServerSession> {
  const devAddr = parseHex(wanted.getDevAddr(), 4)
  if (!devAddr.ok) return devAddr
  const nwkSKey = parseKey(wanted.getNwkSEncKey())
  if (!nwkSKey.ok) return nwkSKey
  const appSKey = parseKey(wanted.getAppSKey())
  if (!appSKey.ok) return appSKey
  const { region } = settings
  return ok({
    devAddr: Number.parseInt(devAddr.value, 16),
    nwkSKey: nwkSKey.value,
    appSKey: appSKey.value,
    nextFCntUp: wanted.getFCntUp(),
    nextFCntDown: wanted.getNFCntDown(),
    rx1DelayS: region.rx1DelayS,
    rx1DataRateOffset: region.rx1DataRateOffset,
    rx2DataRate: region.rx2DataRate,
    dataRate: 0,
    txPowerIndex: 0,
    transmissions: 1,
    channelCount: DEFAULT_CHANNELS_HZ.length,
    isAdrOn: false,
    adrHistory: [],
    pendingCommands: {},
  })
}
