import { TenantServiceService } from '@chirpstack/chirpstack-api/api/tenant_grpc_pb.js'
import tenantPb from '@chirpstack/chirpstack-api/api/tenant_pb.js'
import { ok } from '@hanpyo/protocol/result.ts'
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
  tenantOfApplication,
  timestamp,
} from './service-context.ts'
import { invalid, missing, notFound, type Outcome, parseUuid } from './status.ts'

/** `api.TenantService`: create, get, update, delete, list. */
export function tenantService(context: ServiceContext): GrpcService {
  const { registry, access } = context
  return {
    definition: TenantServiceService,
    methods: {
      async create(request: tenantPb.CreateTenantRequest, caller) {
        const allowed = access.administrator(caller, 'change')
        if (!allowed.ok) return allowed
        const tenant = request.getTenant()
        if (tenant === undefined) return missing('tenant')
        if (tenant.getName() === '') return invalid('name is not set')
        tenant.setId(context.newId())
        registry.tenants.set(tenant.getId(), store(context, tenant))
        await registry.save()
        const response = new tenantPb.CreateTenantResponse()
        response.setId(tenant.getId())
        return ok(response)
      },

      async get(request: tenantPb.GetTenantRequest, caller) {
        const found = find(context, request.getId(), (id) => access.tenant(caller, 'read', id))
        if (!found.ok) return found
        const response = new tenantPb.GetTenantResponse()
        response.setTenant(found.value.message)
        response.setCreatedAt(timestamp(found.value.createdAtMs))
        response.setUpdatedAt(timestamp(found.value.updatedAtMs))
        return ok(response)
      },

      async update(request: tenantPb.UpdateTenantRequest, caller) {
        const tenant = request.getTenant()
        if (tenant === undefined) return missing('tenant')
        const found = find(context, tenant.getId(), () => access.administrator(caller, 'change'))
        if (!found.ok) return found
        if (tenant.getName() === '') return invalid('name is not set')
        replace(context, found.value, tenant)
        await registry.save()
        await putInForce(context, devicesOf(context, tenant.getId()))
        return ok(new emptyPb.Empty())
      },

      async delete(request: tenantPb.DeleteTenantRequest, caller) {
        const found = find(context, request.getId(), () => access.administrator(caller, 'change'))
        if (!found.ok) return found
        await deleteTenant(context, found.value.message.getId())
        return ok(new emptyPb.Empty())
      },

      list: (request: tenantPb.ListTenantsRequest, caller) => list(context, request, caller),
    },
  }
}

function find(
  { registry }: ServiceContext,
  text: string,
  permit: (id: string) => Outcome<void>,
): Outcome<Stored<tenantPb.Tenant>> {
  const id = parseUuid(text)
  if (!id.ok) return id
  const allowed = permit(id.value)
  if (!allowed.ok) return allowed
  const stored = registry.tenants.get(id.value)
  return stored === undefined ? notFound(id.value) : ok(stored)
}

function devicesOf(context: ServiceContext, tenantId: string): string[] {
  return devicesWhere(context, (device) => tenantOfApplication(context, device.applicationId) === tenantId)
}

/** With everything that refers to it, as the foreign keys of ChirpStack's schema do. */
async function deleteTenant(context: ServiceContext, tenantId: string): Promise<void> {
  const { registry } = context
  await deleteDevices(context, devicesOf(context, tenantId))
  for (const table of [registry.applications, registry.deviceProfiles, registry.gateways]) {
    for (const [id, { message }] of table) if (message.getTenantId() === tenantId) table.delete(id)
  }
  for (const key of [...registry.apiKeys.values()]) {
    if (key.tenantId === tenantId) registry.apiKeys.delete(key.id)
  }
  registry.tenants.delete(tenantId)
  await registry.save()
}

async function list(
  { registry, access }: ServiceContext,
  request: tenantPb.ListTenantsRequest,
  caller: Caller,
): Promise<Outcome<tenantPb.ListTenantsResponse>> {
  const allowed = access.administrator(caller, 'read')
  if (!allowed.ok) return allowed
  const { totalCount, items } = page(registry.tenants.values(), request, ({ message }) => message.getName())
  const response = new tenantPb.ListTenantsResponse()
  response.setTotalCount(totalCount)
  response.setResultList(
    items.map(({ message, createdAtMs, updatedAtMs }) => {
      const item = new tenantPb.TenantListItem()
      item.setId(message.getId())
      item.setName(message.getName())
      item.setCreatedAt(timestamp(createdAtMs))
      item.setUpdatedAt(timestamp(updatedAtMs))
      item.setCanHaveGateways(message.getCanHaveGateways())
      item.setPrivateGatewaysUp(message.getPrivateGatewaysUp())
      item.setPrivateGatewaysDown(message.getPrivateGatewaysDown())
      item.setMaxGatewayCount(message.getMaxGatewayCount())
      item.setMaxDeviceCount(message.getMaxDeviceCount())
      return item
    }),
  )
  return ok(response)
}
