import { DeviceServiceService } from '@chirpstack/chirpstack-api/api/device_grpc_pb.js'
import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { CallError } from './call-error.ts'
import type { ChirpStack } from './connection.ts'
import { type Fields, setFields } from './fields.ts'
import { absent, applications, nothing } from './objects.ts'

export type DeviceLookUpError = CallError | 'deveui-elsewhere'

/**
 * The device with this DevEUI in our application, or null. In another application it is `deveui-elsewhere`, and the detail
 * names that. A tenant's key gets the same answer for what does not exist and for what is of another tenant: null.
 */
export async function findDevice(
  server: ChirpStack,
  devEui: string,
  applicationId: string | undefined,
): Promise<Result<devicePb.Device | null, DeviceLookUpError>> {
  const request = setFields(new devicePb.GetDeviceRequest(), { devEui })
  const found = await server.call(DeviceServiceService.get, request)
  if (!found.ok) return found.error === 'chirpstack-forbidden' ? ok(null) : absent(found)
  const device = found.value.getDevice()
  if (device === undefined) return ok(null)
  if (device.getApplicationId() === applicationId) return ok(device)
  const other = device.getApplicationId()
  const application = await applications(server, '').get(other)
  const name = application.ok && application.value !== null ? application.value.getName() : 'not to be seen'
  return err('deveui-elsewhere', `${device.getName()} in application ${name} (${other})`)
}

export async function createDevice(
  server: ChirpStack,
  fields: Fields,
): Promise<Result<void, DeviceLookUpError>> {
  const request = new devicePb.CreateDeviceRequest()
  request.setDevice(setFields(new devicePb.Device(), fields))
  const made = await server.call(DeviceServiceService.create, request)
  // We looked for it before and were not shown any: so it is of a tenant that this token may not see.
  if (!made.ok && made.error === 'chirpstack-duplicate')
    return err('deveui-elsewhere', 'another tenant, which this token may not see')
  return nothing(made)
}

/** Sets the fields on what was read; everything else in it stays, `isDisabled` too. */
export async function updateDevice(
  server: ChirpStack,
  found: devicePb.Device,
  fields: Fields,
): Promise<Result<void, CallError>> {
  const request = new devicePb.UpdateDeviceRequest()
  const device = setFields(found, fields)
  // An object made by hand may have none, and an update without one is refused.
  if (device.getName() === '') device.setName(device.getDevEui())
  request.setDevice(device)
  return nothing(await server.call(DeviceServiceService.update, request))
}

/** Whether the AppKey there is ours; null when there is none. The keys themselves stay in here. */
export async function compareKey(
  server: ChirpStack,
  devEui: string,
  appKey: string,
): Promise<Result<'same' | 'other' | null, CallError>> {
  const request = setFields(new devicePb.GetDeviceKeysRequest(), { devEui })
  const found = await server.call(DeviceServiceService.getKeys, request)
  if (!found.ok) return absent(found)
  const keys = found.value.getDeviceKeys()
  return ok(keys === undefined ? null : keys.getNwkKey() === appKey.toLowerCase() ? 'same' : 'other')
}

/** For LoRaWAN 1.0.x the field `nwkKey` is the AppKey, and `appKey` stays empty. */
export async function putKey(
  server: ChirpStack,
  devEui: string,
  appKey: string,
  how: 'create' | 'replace',
): Promise<Result<void, CallError>> {
  const keys = setFields(new devicePb.DeviceKeys(), { devEui, nwkKey: appKey.toLowerCase(), appKey: '' })
  if (how === 'create') {
    const request = new devicePb.CreateDeviceKeysRequest()
    request.setDeviceKeys(keys)
    return nothing(await server.call(DeviceServiceService.createKeys, request))
  }
  const request = new devicePb.UpdateDeviceKeysRequest()
  request.setDeviceKeys(keys)
  return nothing(await server.call(DeviceServiceService.updateKeys, request))
}

/**
 * Forgets which join-requests were used. Safe only together with a new key: recorded ones of the old key fail their MIC.
 */
export async function flushDevNonces(server: ChirpStack, devEui: string): Promise<Result<void, CallError>> {
  const request = setFields(new devicePb.FlushDevNoncesRequest(), { devEui })
  return nothing(await server.call(DeviceServiceService.flushDevNonces, request))
}

/** What the server knows of a device that did not get in. */
export interface DeviceFacts {
  readonly isDisabled: boolean
  readonly isInOurApplication: boolean
  /** Unix ms of the last uplink. */
  readonly lastSeenMs: number | undefined
  /** It has a session now. */
  readonly isActivated: boolean
}

export async function readFacts(
  server: ChirpStack,
  devEui: string,
  applicationId: string | undefined,
): Promise<Result<DeviceFacts | null, CallError>> {
  const request = setFields(new devicePb.GetDeviceRequest(), { devEui })
  const found = await server.call(DeviceServiceService.get, request)
  if (!found.ok) return found.error === 'chirpstack-forbidden' ? ok(null) : absent(found)
  const device = found.value.getDevice()
  if (device === undefined) return ok(null)
  const activation = await server.call(
    DeviceServiceService.getActivation,
    setFields(new devicePb.GetDeviceActivationRequest(), { devEui }),
  )
  return ok({
    isDisabled: device.getIsDisabled(),
    isInOurApplication: applicationId === undefined || device.getApplicationId() === applicationId,
    lastSeenMs: found.value.getLastSeenAt()?.toDate().getTime(),
    isActivated: activation.ok && activation.value.hasDeviceActivation(),
  })
}

/**
 * Keeps a device out (`isDisabled: true`) or lets it in again. It is never deleted: the list of its used DevNonces would go
 * too, and recorded join-requests would be good again. `changed: false` when it was so already.
 */
export async function setDisabled(
  server: ChirpStack,
  devEui: string,
  isDisabled: boolean,
): Promise<Result<{ readonly changed: boolean }, CallError>> {
  const request = setFields(new devicePb.GetDeviceRequest(), { devEui })
  const found = await server.call(DeviceServiceService.get, request)
  if (!found.ok) return found
  const device = found.value.getDevice()
  if (device === undefined) return err('chirpstack-not-found', devEui)
  if (device.getIsDisabled() === isDisabled) return ok({ changed: false })
  const changed = await updateDevice(server, device, { isDisabled })
  return changed.ok ? ok({ changed: true }) : changed
}
