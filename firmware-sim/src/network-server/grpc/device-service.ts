import { DeviceServiceService } from '@chirpstack/chirpstack-api/api/device_grpc_pb.js'
import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js'
import { err, ok } from '@hanpyo/protocol/result.ts'
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js'
import type { Caller } from './access.ts'
import { activationMethods } from './device-activation.ts'
import { deviceKeyMethods } from './device-keys.ts'
import { deviceQueueMethods } from './device-queue.ts'
import type { Stored } from './registry.ts'
import type { GrpcService } from './serve.ts'
import {
  deleteDevices,
  page,
  putInForce,
  replace,
  type ServiceContext,
  store,
  tenantOfApplication,
  tenantOfDevice,
  timestamp,
} from './service-context.ts'
import {
  danglingReference,
  invalid,
  missing,
  notFound,
  notUnique,
  type Outcome,
  parseEui,
  parseUuid,
} from './status.ts'

/** `api.DeviceService` without codecs and metrics. What it changes holds for the next frame on air. */
export function deviceService(context: ServiceContext): GrpcService {
  return {
    definition: DeviceServiceService,
    methods: {
      create: (request: devicePb.CreateDeviceRequest, caller) => create(context, request, caller),
      get: async (request: devicePb.GetDeviceRequest, caller) => get(context, request, caller),
      update: (request: devicePb.UpdateDeviceRequest, caller) => update(context, request, caller),
      list: async (request: devicePb.ListDevicesRequest, caller) => list(context, request, caller),
      async delete(request: devicePb.DeleteDeviceRequest, caller) {
        const found = findDevice(context, request.getDevEui(), caller, 'change')
        if (!found.ok) return found
        await deleteDevices(context, [found.value.message.getDevEui()])
        await context.registry.save()
        return ok(new emptyPb.Empty())
      },
      ...deviceKeyMethods(context),
      ...activationMethods(context),
      ...deviceQueueMethods(context),
    },
  }
}

/** The device an EUI names, if the caller may `need` it. */
export function findDevice(
  context: ServiceContext,
  text: string,
  caller: Caller,
  need: 'read' | 'change',
): Outcome<Stored<devicePb.Device>> {
  const permitted = permitDevice(context, text, caller, need)
  if (!permitted.ok) return permitted
  const stored = context.registry.devices.get(permitted.value)
  return stored === undefined ? notFound(permitted.value) : ok(stored)
}

/** The EUI in lower case, if the caller may `need` the device; an administrator may, even when there is none. */
export function permitDevice(
  context: ServiceContext,
  text: string,
  caller: Caller,
  need: 'read' | 'change',
): Outcome<string> {
  const devEui = parseEui(text)
  if (!devEui.ok) return devEui
  const allowed = context.access.tenant(caller, need, tenantOfDevice(context, devEui.value))
  return allowed.ok ? devEui : allowed
}

interface References {
  readonly devEui: string
  readonly applicationId: string
  readonly deviceProfileId: string
  readonly joinEui: string
}

function referencesOf(device: devicePb.Device): Outcome<References> {
  const devEui = parseEui(device.getDevEui())
  if (!devEui.ok) return devEui
  const applicationId = parseUuid(device.getApplicationId())
  if (!applicationId.ok) return applicationId
  const deviceProfileId = parseUuid(device.getDeviceProfileId())
  if (!deviceProfileId.ok) return deviceProfileId
  const joinEui = parseEui(device.getJoinEui())
  if (!joinEui.ok) return joinEui
  return ok({
    devEui: devEui.value,
    applicationId: applicationId.value,
    deviceProfileId: deviceProfileId.value,
    joinEui: joinEui.value,
  })
}

function withReferences(device: devicePb.Device, references: References): devicePb.Device {
  device.setDevEui(references.devEui)
  device.setApplicationId(references.applicationId)
  device.setDeviceProfileId(references.deviceProfileId)
  device.setJoinEui(references.joinEui)
  return device
}

/** An empty name passes here and is refused by `update` only, as in ChirpStack. */
async function create(
  context: ServiceContext,
  request: devicePb.CreateDeviceRequest,
  caller: Caller,
): Promise<Outcome<emptyPb.Empty>> {
  const { registry, access } = context
  const device = request.getDevice()
  if (device === undefined) return missing('device')
  const references = referencesOf(device)
  if (!references.ok) return references
  const { devEui, applicationId, deviceProfileId } = references.value
  const tenantId = tenantOfApplication(context, applicationId)
  const allowed = access.tenant(caller, 'change', tenantId)
  if (!allowed.ok) return allowed
  if (tenantId === undefined) return err('internal', 'Record not found')
  const limit = registry.tenants.get(tenantId)!.message.getMaxDeviceCount()
  const count = [...registry.devices.keys()].filter((one) => tenantOfDevice(context, one) === tenantId).length
  if (limit !== 0 && count >= limit) {
    return err('invalid-argument', 'Not allowed (Max number of devices exceeded for tenant)')
  }
  if (registry.devices.has(devEui)) return notUnique('device.dev_eui')
  if (!registry.deviceProfiles.has(deviceProfileId)) return danglingReference()
  registry.devices.set(devEui, store(context, withReferences(device, references.value)))
  await registry.save()
  await putInForce(context, [devEui])
  return ok(new emptyPb.Empty())
}

function get(
  context: ServiceContext,
  request: devicePb.GetDeviceRequest,
  caller: Caller,
): Outcome<devicePb.GetDeviceResponse> {
  const found = findDevice(context, request.getDevEui(), caller, 'read')
  if (!found.ok) return found
  const { message, createdAtMs, updatedAtMs } = found.value
  const response = new devicePb.GetDeviceResponse()
  response.setDevice(message)
  response.setCreatedAt(timestamp(createdAtMs))
  response.setUpdatedAt(timestamp(updatedAtMs))
  const lastSeenMs = context.server.device(message.getDevEui())?.record.lastSeenMs
  if (lastSeenMs !== undefined) response.setLastSeenAt(timestamp(lastSeenMs))
  return ok(response)
}

async function update(
  context: ServiceContext,
  request: devicePb.UpdateDeviceRequest,
  caller: Caller,
): Promise<Outcome<emptyPb.Empty>> {
  const { registry, access } = context
  const device = request.getDevice()
  if (device === undefined) return missing('device')
  const references = referencesOf(device)
  if (!references.ok) return references
  const { devEui, applicationId, deviceProfileId } = references.value
  const allowed = access.tenant(caller, 'change', tenantOfDevice(context, devEui))
  if (!allowed.ok) return allowed
  const mayMove = access.tenant(caller, 'read', tenantOfApplication(context, applicationId))
  if (!mayMove.ok) return mayMove
  const profile = registry.deviceProfiles.get(deviceProfileId)
  const mayUse = access.tenant(caller, 'read', profile?.message.getTenantId())
  if (!mayUse.ok) return mayUse
  if (device.getName() === '') return invalid('name is not set')
  const stored = registry.devices.get(devEui)
  if (stored === undefined) return notFound(devEui)
  if (!registry.applications.has(applicationId) || profile === undefined) return danglingReference()
  replace(context, stored, withReferences(device, references.value))
  await registry.save()
  await putInForce(context, [devEui])
  return ok(new emptyPb.Empty())
}

function list(
  context: ServiceContext,
  request: devicePb.ListDevicesRequest,
  caller: Caller,
): Outcome<devicePb.ListDevicesResponse> {
  const { registry, access } = context
  const applicationId = parseUuid(request.getApplicationId())
  if (!applicationId.ok) return applicationId
  const allowed = access.tenant(caller, 'read', tenantOfApplication(context, applicationId.value))
  if (!allowed.ok) return allowed
  const tags = [...request.getTagsMap().entries()] as [string, string][]
  const profileId = request.getDeviceProfileId()
  const devices = [...registry.devices.values()].filter(
    ({ message }) =>
      message.getApplicationId() === applicationId.value &&
      (profileId === '' || message.getDeviceProfileId() === profileId) &&
      tags.every(([name, value]) => message.getTagsMap().get(name) === value),
  )
  const { totalCount, items } = page(devices, request, ({ message }) => message.getName())
  const response = new devicePb.ListDevicesResponse()
  response.setTotalCount(totalCount)
  response.setResultList(items.map((stored) => listItem(context, stored)))
  return ok(response)
}

function listItem(context: ServiceContext, stored: Stored<devicePb.Device>): devicePb.DeviceListItem {
  const { message } = stored
  const item = new devicePb.DeviceListItem()
  item.setDevEui(message.getDevEui())
  item.setName(message.getName())
  item.setDescription(message.getDescription())
  item.setCreatedAt(timestamp(stored.createdAtMs))
  item.setUpdatedAt(timestamp(stored.updatedAtMs))
  item.setDeviceProfileId(message.getDeviceProfileId())
  const profile = context.registry.deviceProfiles.get(message.getDeviceProfileId())
  item.setDeviceProfileName(profile?.message.getName() ?? '')
  for (const [name, value] of message.getTagsMap().entries() as Iterable<[string, string]>) {
    item.getTagsMap().set(name, value)
  }
  const lastSeenMs = context.server.device(message.getDevEui())?.record.lastSeenMs
  if (lastSeenMs !== undefined) item.setLastSeenAt(timestamp(lastSeenMs))
  return item
}
