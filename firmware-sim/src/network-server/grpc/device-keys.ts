import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js'
import { ok } from '@hanpyo/protocol/result.ts'
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js'
import { permitDevice } from './device-service.ts'
import type { GrpcService } from './serve.ts'
import { putInForce, replace, type ServiceContext, store, timestamp } from './service-context.ts'
import { danglingReference, missing, notFound, notUnique, type Outcome, parseKey } from './status.ts'

/** Root keys of a device. For LoRaWAN 1.0.x `nwk_key` is the AppKey and `app_key` stays empty. */
export function deviceKeyMethods(context: ServiceContext): GrpcService['methods'] {
  const { registry, server } = context
  return {
    async createKeys(request: devicePb.CreateDeviceKeysRequest, caller) {
      const keys = request.getDeviceKeys()
      if (keys === undefined) return missing('device_keys')
      const devEui = permitDevice(context, keys.getDevEui(), caller, 'change')
      if (!devEui.ok) return devEui
      const complete = withKeys(keys, devEui.value)
      if (!complete.ok) return complete
      if (!registry.devices.has(devEui.value)) return danglingReference()
      if (registry.deviceKeys.has(devEui.value)) return notUnique('device_keys.dev_eui')
      registry.deviceKeys.set(devEui.value, store(context, complete.value))
      await registry.save()
      await putInForce(context, [devEui.value])
      return ok(new emptyPb.Empty())
    },

    async getKeys(request: devicePb.GetDeviceKeysRequest, caller) {
      const devEui = permitDevice(context, request.getDevEui(), caller, 'read')
      if (!devEui.ok) return devEui
      const stored = registry.deviceKeys.get(devEui.value)
      if (stored === undefined) return notFound(devEui.value)
      const response = new devicePb.GetDeviceKeysResponse()
      response.setDeviceKeys(stored.message)
      response.setCreatedAt(timestamp(stored.createdAtMs))
      response.setUpdatedAt(timestamp(stored.updatedAtMs))
      return ok(response)
    },

    async updateKeys(request: devicePb.UpdateDeviceKeysRequest, caller) {
      const keys = request.getDeviceKeys()
      if (keys === undefined) return missing('device_keys')
      const devEui = permitDevice(context, keys.getDevEui(), caller, 'change')
      if (!devEui.ok) return devEui
      const stored = registry.deviceKeys.get(devEui.value)
      if (stored === undefined) return notFound(devEui.value)
      const complete = withKeys(keys, devEui.value)
      if (!complete.ok) return complete
      replace(context, stored, complete.value)
      await registry.save()
      await putInForce(context, [devEui.value])
      return ok(new emptyPb.Empty())
    },

    /** Used DevNonces and the join nonce go with the keys. */
    async deleteKeys(request: devicePb.DeleteDeviceKeysRequest, caller) {
      const devEui = permitDevice(context, request.getDevEui(), caller, 'change')
      if (!devEui.ok) return devEui
      if (!registry.deviceKeys.delete(devEui.value)) return notFound(devEui.value)
      await registry.save()
      await putInForce(context, [devEui.value])
      const entry = server.device(devEui.value)
      if (entry !== undefined) {
        entry.record.usedDevNonces = []
        entry.record.joinNonce = 0
        await server.save(entry)
      }
      return ok(new emptyPb.Empty())
    },

    async flushDevNonces(request: devicePb.FlushDevNoncesRequest, caller) {
      const devEui = permitDevice(context, request.getDevEui(), caller, 'change')
      if (!devEui.ok) return devEui
      const entry = server.device(devEui.value)
      if (entry === undefined || !registry.deviceKeys.has(devEui.value)) return notFound(devEui.value)
      entry.record.usedDevNonces = []
      await server.save(entry)
      return ok(new emptyPb.Empty())
    },
  }
}

function withKeys(keys: devicePb.DeviceKeys, devEui: string): Outcome<devicePb.DeviceKeys> {
  const nwkKey = parseKey(keys.getNwkKey())
  if (!nwkKey.ok) return nwkKey
  const appKey = parseKey(keys.getAppKey())
  if (!appKey.ok) return appKey
  const genAppKey = parseKey(keys.getGenAppKey())
  if (!genAppKey.ok) return genAppKey
  keys.setDevEui(devEui)
  keys.setNwkKey(nwkKey.value)
  keys.setAppKey(appKey.value)
  keys.setGenAppKey(genAppKey.value)
  return ok(keys)
}
