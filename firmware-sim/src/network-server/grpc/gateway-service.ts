import { GatewayServiceService } from '@chirpstack/chirpstack-api/api/gateway_grpc_pb.js'
import gatewayPb from '@chirpstack/chirpstack-api/api/gateway_pb.js'
import commonPb from '@chirpstack/chirpstack-api/common/common_pb.js'
import { err, ok } from '@hanpyo/protocol/result.ts'
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js'
import type { Caller } from './access.ts'
import type { Stored } from './registry.ts'
import type { GrpcService } from './serve.ts'
import { page, replace, type ServiceContext, store, timestamp } from './service-context.ts'
import { invalid, missing, notFound, notUnique, type Outcome, parseEui, parseUuid } from './status.ts'

/** `api.GatewayService`: create, get, update, delete, list. */
export function gatewayService(context: ServiceContext): GrpcService {
  const { registry } = context
  return {
    definition: GatewayServiceService,
    methods: {
      create: (request: gatewayPb.CreateGatewayRequest, caller) => create(context, request, caller),

      async get(request: gatewayPb.GetGatewayRequest, caller) {
        const found = find(context, request.getGatewayId(), caller, 'read')
        if (!found.ok) return found
        const response = new gatewayPb.GetGatewayResponse()
        response.setGateway(found.value.message)
        response.setCreatedAt(timestamp(found.value.createdAtMs))
        response.setUpdatedAt(timestamp(found.value.updatedAtMs))
        const seenMs = context.gatewaysSeenMs.get(found.value.message.getGatewayId())
        if (seenMs !== undefined) response.setLastSeenAt(timestamp(seenMs))
        return ok(response)
      },

      async update(request: gatewayPb.UpdateGatewayRequest, caller) {
        const gateway = request.getGateway()
        if (gateway === undefined) return missing('gateway')
        const found = find(context, gateway.getGatewayId(), caller, 'change')
        if (!found.ok) return found
        const valid = check(gateway)
        if (!valid.ok) return valid
        gateway.setGatewayId(found.value.message.getGatewayId())
        gateway.setTenantId(found.value.message.getTenantId())
        replace(context, found.value, complete(gateway))
        await registry.save()
        return ok(new emptyPb.Empty())
      },

      async delete(request: gatewayPb.DeleteGatewayRequest, caller) {
        const found = find(context, request.getGatewayId(), caller, 'change')
        if (!found.ok) return found
        registry.gateways.delete(found.value.message.getGatewayId())
        await registry.save()
        return ok(new emptyPb.Empty())
      },

      list: (request: gatewayPb.ListGatewaysRequest, caller) => list(context, request, caller),
    },
  }
}

async function create(
  context: ServiceContext,
  request: gatewayPb.CreateGatewayRequest,
  caller: Caller,
): Promise<Outcome<emptyPb.Empty>> {
  const { registry, access } = context
  const gateway = request.getGateway()
  if (gateway === undefined) return missing('gateway')
  const tenantId = parseUuid(gateway.getTenantId())
  if (!tenantId.ok) return tenantId
  const allowed = access.tenant(caller, 'change', tenantId.value)
  if (!allowed.ok) return allowed
  const gatewayId = parseEui(gateway.getGatewayId())
  if (!gatewayId.ok) return gatewayId
  const valid = check(gateway)
  if (!valid.ok) return valid
  const tenant = registry.tenants.get(tenantId.value)?.message
  if (tenant === undefined) return notFound(tenantId.value)
  if (!tenant.getCanHaveGateways()) return notAllowed('Tenant can not have gateways')
  const siblings = [...registry.gateways.values()].filter(
    ({ message }) => message.getTenantId() === tenantId.value,
  )
  if (tenant.getMaxGatewayCount() !== 0 && siblings.length >= tenant.getMaxGatewayCount()) {
    return notAllowed('Max number of gateways exceeded for tenant')
  }
  if (registry.gateways.has(gatewayId.value)) return notUnique('gateway.gateway_id')
  gateway.setGatewayId(gatewayId.value)
  gateway.setTenantId(tenantId.value)
  registry.gateways.set(gatewayId.value, store(context, complete(gateway)))
  await registry.save()
  return ok(new emptyPb.Empty())
}

/** A gateway that nobody gave a place stands at 0° N 0° E. */
function complete(gateway: gatewayPb.Gateway): gatewayPb.Gateway {
  if (gateway.getLocation() === undefined) gateway.setLocation(new commonPb.Location())
  return gateway
}

function check(gateway: gatewayPb.Gateway): Outcome<void> {
  if (gateway.getName() === '') return invalid('name is not set')
  if (gateway.getDownlinkPriority() === 0) return invalid('downlink_priority must be > 0')
  return ok(undefined)
}

function notAllowed(reason: string): Outcome<never> {
  return err('invalid-argument', `Not allowed (${reason})`)
}

function find(
  { registry, access }: ServiceContext,
  text: string,
  caller: Caller,
  need: 'read' | 'change',
): Outcome<Stored<gatewayPb.Gateway>> {
  const id = parseEui(text)
  if (!id.ok) return id
  const stored = registry.gateways.get(id.value)
  const allowed = access.tenant(caller, need, stored?.message.getTenantId())
  if (!allowed.ok) return allowed
  return stored === undefined ? notFound(id.value) : ok(stored)
}

async function list(
  context: ServiceContext,
  request: gatewayPb.ListGatewaysRequest,
  caller: Caller,
): Promise<Outcome<gatewayPb.ListGatewaysResponse>> {
  const { registry, access } = context
  const tenantId = request.getTenantId() === '' ? ok(undefined) : parseUuid(request.getTenantId())
  if (!tenantId.ok) return tenantId
  const allowed = access.tenant(caller, 'read', tenantId.value)
  if (!allowed.ok) return allowed
  const ofTenant = [...registry.gateways.values()].filter(
    ({ message }) => tenantId.value === undefined || message.getTenantId() === tenantId.value,
  )
  const { totalCount, items } = page(ofTenant, request, ({ message }) => message.getName())
  const response = new gatewayPb.ListGatewaysResponse()
  response.setTotalCount(totalCount)
  response.setResultList(items.map((stored) => listItem(context, stored)))
  return ok(response)
}

function listItem(context: ServiceContext, stored: Stored<gatewayPb.Gateway>): gatewayPb.GatewayListItem {
  const { message } = stored
  const item = new gatewayPb.GatewayListItem()
  item.setTenantId(message.getTenantId())
  item.setGatewayId(message.getGatewayId())
  item.setName(message.getName())
  item.setDescription(message.getDescription())
  item.setLocation(message.getLocation())
  item.setCreatedAt(timestamp(stored.createdAtMs))
  item.setUpdatedAt(timestamp(stored.updatedAtMs))
  item.setDownlinkPriority(message.getDownlinkPriority())
  const seenMs = context.gatewaysSeenMs.get(message.getGatewayId())
  if (seenMs === undefined) {
    item.setState(gatewayPb.GatewayState.NEVER_SEEN)
    return item
  }
  item.setLastSeenAt(timestamp(seenMs))
  // Two missed reports make a gateway offline.
  const isLate = context.clock.now() - seenMs > message.getStatsInterval() * 2000
  item.setState(isLate ? gatewayPb.GatewayState.OFFLINE : gatewayPb.GatewayState.ONLINE)
  return item
}
