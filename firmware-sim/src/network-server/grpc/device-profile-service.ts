import { DeviceProfileServiceService } from '@chirpstack/chirpstack-api/api/device_profile_grpc_pb.js'
import profilePb from '@chirpstack/chirpstack-api/api/device_profile_pb.js'
import { err, ok } from '@hanpyo/protocol/result.ts'
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js'
import type { Caller } from './access.ts'
import type { Stored } from './registry.ts'
import type { GrpcService } from './serve.ts'
import {
  deleteDevices,
  devicesWhere,
  page,
  putInForce,
  replace,
  type ServiceContext,
  store,
  timestamp,
} from './service-context.ts'
import { danglingReference, invalid, missing, notFound, type Outcome, parseUuid } from './status.ts'

const MAX_RX1_DELAY_S = 15

/** `api.DeviceProfileService`: create, get, update, delete, list, listAdrAlgorithms; profiles of tenants only. */
export function deviceProfileService(context: ServiceContext): GrpcService {
  const { registry, access } = context
  return {
    definition: DeviceProfileServiceService,
    methods: {
      async create(request: profilePb.CreateDeviceProfileRequest, caller) {
        const profile = request.getDeviceProfile()
        if (profile === undefined) return missing('device_profile')
        const tenantId = parseUuid(profile.getTenantId())
        if (!tenantId.ok) return tenantId
        const allowed = access.tenant(caller, 'change', tenantId.value)
        if (!allowed.ok) return allowed
        const valid = check(profile)
        if (!valid.ok) return valid
        if (!registry.tenants.has(tenantId.value)) return danglingReference()
        profile.setId(context.newId())
        profile.setTenantId(tenantId.value)
        registry.deviceProfiles.set(profile.getId(), store(context, profile))
        await registry.save()
        const response = new profilePb.CreateDeviceProfileResponse()
        response.setId(profile.getId())
        return ok(response)
      },

      async get(request: profilePb.GetDeviceProfileRequest, caller) {
        const found = find(context, request.getId(), caller, 'read')
        if (!found.ok) return found
        const response = new profilePb.GetDeviceProfileResponse()
        response.setDeviceProfile(found.value.message)
        response.setCreatedAt(timestamp(found.value.createdAtMs))
        response.setUpdatedAt(timestamp(found.value.updatedAtMs))
        return ok(response)
      },

      async update(request: profilePb.UpdateDeviceProfileRequest, caller) {
        const profile = request.getDeviceProfile()
        if (profile === undefined) return missing('device_profile')
        const found = find(context, profile.getId(), caller, 'change')
        if (!found.ok) return found
        const valid = check(profile)
        if (!valid.ok) return valid
        profile.setId(found.value.message.getId())
        profile.setTenantId(found.value.message.getTenantId())
        replace(context, found.value, profile)
        await registry.save()
        await putInForce(
          context,
          devicesWhere(context, (one) => one.deviceProfileId === profile.getId()),
        )
        return ok(new emptyPb.Empty())
      },

      async delete(request: profilePb.DeleteDeviceProfileRequest, caller) {
        const found = find(context, request.getId(), caller, 'change')
        if (!found.ok) return found
        const id = found.value.message.getId()
        await deleteDevices(
          context,
          devicesWhere(context, (one) => one.deviceProfileId === id),
        )
        registry.deviceProfiles.delete(id)
        await registry.save()
        return ok(new emptyPb.Empty())
      },

      list: (request: profilePb.ListDeviceProfilesRequest, caller) => list(context, request, caller),

      async listAdrAlgorithms(_request: emptyPb.Empty, caller) {
        if (caller === undefined) return err('unauthenticated', 'no authorization provided')
        const item = new profilePb.AdrAlgorithmListItem()
        item.setId('default')
        item.setName('Default ADR algorithm (LoRa only)')
        const response = new profilePb.ListDeviceProfileAdrAlgorithmsResponse()
        response.setTotalCount(1)
        response.setResultList([item])
        return ok(response)
      },
    },
  }
}

/** ChirpStack wraps these sentences twice. */
function check(profile: profilePb.DeviceProfile): Outcome<void> {
  if (profile.getName() === '') return invalid('Validation error: name is not set')
  if (profile.getRx1Delay() > MAX_RX1_DELAY_S) {
    return invalid('Validation error: RX1 Delay must be between 0 - 15')
  }
  return ok(undefined)
}

function find(
  { registry, access }: ServiceContext,
  text: string,
  caller: Caller,
  need: 'read' | 'change',
): Outcome<Stored<profilePb.DeviceProfile>> {
  const id = parseUuid(text)
  if (!id.ok) return id
  const stored = registry.deviceProfiles.get(id.value)
  const allowed = access.tenant(caller, need, stored?.message.getTenantId())
  if (!allowed.ok) return allowed
  return stored === undefined ? notFound(id.value) : ok(stored)
}

async function list(
  { registry, access }: ServiceContext,
  request: profilePb.ListDeviceProfilesRequest,
  caller: Caller,
): Promise<Outcome<profilePb.ListDeviceProfilesResponse>> {
  const tenantId = request.getTenantId() === '' ? ok(undefined) : parseUuid(request.getTenantId())
  if (!tenantId.ok) return tenantId
  const allowed = access.tenant(caller, 'read', tenantId.value)
  if (!allowed.ok) return allowed
  const ofTenant = [...registry.deviceProfiles.values()].filter(
    ({ message }) =>
      !request.getGlobalOnly() && (tenantId.value === undefined || message.getTenantId() === tenantId.value),
  )
  const { totalCount, items } = page(ofTenant, request, ({ message }) => message.getName())
  const response = new profilePb.ListDeviceProfilesResponse()
  response.setTotalCount(totalCount)
  response.setResultList(
    items.map(({ message, createdAtMs, updatedAtMs }) => {
      const item = new profilePb.DeviceProfileListItem()
      item.setId(message.getId())
      item.setName(message.getName())
      item.setCreatedAt(timestamp(createdAtMs))
      item.setUpdatedAt(timestamp(updatedAtMs))
      item.setRegion(message.getRegion())
      item.setMacVersion(message.getMacVersion())
      item.setRegParamsRevision(message.getRegParamsRevision())
      item.setSupportsOtaa(message.getSupportsOtaa())
      item.setSupportsClassB(message.getSupportsClassB())
      item.setSupportsClassC(message.getSupportsClassC())
      return item
    }),
  )
  return ok(response)
}
