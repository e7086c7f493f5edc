import { ApplicationServiceService } from '@chirpstack/chirpstack-api/api/application_grpc_pb.js'
import applicationPb from '@chirpstack/chirpstack-api/api/application_pb.js'
import { DeviceProfileServiceService } from '@chirpstack/chirpstack-api/api/device_profile_grpc_pb.js'
import profilePb from '@chirpstack/chirpstack-api/api/device_profile_pb.js'
import { GatewayServiceService } from '@chirpstack/chirpstack-api/api/gateway_grpc_pb.js'
import gatewayPb from '@chirpstack/chirpstack-api/api/gateway_pb.js'
import { TenantServiceService } from '@chirpstack/chirpstack-api/api/tenant_grpc_pb.js'
import tenantPb from '@chirpstack/chirpstack-api/api/tenant_pb.js'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { CallError } from './call-error.ts'
import type { ChirpStack } from './connection.ts'
import { type Fields, setFields } from './fields.ts'

export type LookUpError = CallError | 'chirpstack-ambiguous'

/** An object by its name or id, and how it is made or changed. `null`: there is none. */
export interface NamedObjects<M> {
  find(by: { readonly name: string; readonly id?: string }): Promise<Result<M | null, LookUpError>>
  create(fields: Fields): Promise<Result<string, CallError>>
  /** Sets the fields on what was read; everything else in it stays. */
  update(found: M, fields: Fields): Promise<Result<void, CallError>>
}

/** Page size of lists: ChirpStack gives nothing but a count for 0. */
const LIMIT = 100

export function tenants(server: ChirpStack): NamedObjects<tenantPb.Tenant> {
  const get = async (id: string) => {
    const found = await server.call(
      TenantServiceService.get,
      setFields(new tenantPb.GetTenantRequest(), { id }),
    )
    return found.ok ? ok(found.value.getTenant() ?? null) : absent(found)
  }
  return {
    find: ({ name, id }) =>
      id === undefined
        ? byName(name, get, async (offset) => {
            const request = setFields(new tenantPb.ListTenantsRequest(), {
              limit: LIMIT,
              offset,
              search: name,
            })
            const page = await server.call(TenantServiceService.list, request)
            return page.ok ? ok(page.value.getResultList()) : page
          })
        : get(id),
    async create(fields) {
      const request = new tenantPb.CreateTenantRequest()
      request.setTenant(setFields(new tenantPb.Tenant(), fields))
      const made = await server.call(TenantServiceService.create, request)
      return made.ok ? ok(made.value.getId()) : made
    },
    async update(found, fields) {
      const request = new tenantPb.UpdateTenantRequest()
      request.setTenant(setFields(found, fields))
      return nothing(await server.call(TenantServiceService.update, request))
    },
  }
}

export function applications(
  server: ChirpStack,
  tenantId: string,
): NamedObjects<applicationPb.Application> & {
  get(id: string): Promise<Result<applicationPb.Application | null, CallError>>
} {
  const get = async (id: string) => {
    const request = setFields(new applicationPb.GetApplicationRequest(), { id })
    const found = await server.call(ApplicationServiceService.get, request)
    return found.ok ? ok(found.value.getApplication() ?? null) : absent(found)
  }
  return {
    get,
    find: ({ name, id }) =>
      id === undefined
        ? byName(name, get, async (offset) => {
            const request = new applicationPb.ListApplicationsRequest()
            setFields(request, { limit: LIMIT, offset, search: name, tenantId })
            const page = await server.call(ApplicationServiceService.list, request)
            return page.ok ? ok(page.value.getResultList()) : page
          })
        : get(id),
    async create(fields) {
      const request = new applicationPb.CreateApplicationRequest()
      request.setApplication(setFields(new applicationPb.Application(), fields))
      const made = await server.call(ApplicationServiceService.create, request)
      return made.ok ? ok(made.value.getId()) : made
    },
    async update(found, fields) {
      const request = new applicationPb.UpdateApplicationRequest()
      request.setApplication(setFields(found, fields))
      return nothing(await server.call(ApplicationServiceService.update, request))
    },
  }
}

export function profiles(server: ChirpStack, tenantId: string): NamedObjects<profilePb.DeviceProfile> {
  const get = async (id: string) => {
    const request = setFields(new profilePb.GetDeviceProfileRequest(), { id })
    const found = await server.call(DeviceProfileServiceService.get, request)
    return found.ok ? ok(found.value.getDeviceProfile() ?? null) : absent(found)
  }
  return {
    find: ({ name, id }) =>
      id === undefined
        ? byName(name, get, async (offset) => {
            const request = new profilePb.ListDeviceProfilesRequest()
            setFields(request, { limit: LIMIT, offset, search: name, tenantId })
            const page = await server.call(DeviceProfileServiceService.list, request)
            return page.ok ? ok(page.value.getResultList()) : page
          })
        : get(id),
    async create(fields) {
      const request = new profilePb.CreateDeviceProfileRequest()
      request.setDeviceProfile(setFields(new profilePb.DeviceProfile(), fields))
      const made = await server.call(DeviceProfileServiceService.create, request)
      return made.ok ? ok(made.value.getId()) : made
    },
    async update(found, fields) {
      const request = new profilePb.UpdateDeviceProfileRequest()
      request.setDeviceProfile(setFields(found, fields))
      return nothing(await server.call(DeviceProfileServiceService.update, request))
    },
  }
}

/** By gateway id instead of name. A key of a tenant is not told whether the gateway is missing or somebody else's. */
export function gateways(server: ChirpStack): NamedObjects<gatewayPb.Gateway> {
  return {
    async find({ name: gatewayId }) {
      const request = setFields(new gatewayPb.GetGatewayRequest(), { gatewayId })
      const found = await server.call(GatewayServiceService.get, request)
      if (found.ok) return ok(found.value.getGateway() ?? null)
      return found.error === 'chirpstack-forbidden' ? ok(null) : absent(found)
    },
    async create(fields) {
      const request = new gatewayPb.CreateGatewayRequest()
      request.setGateway(setFields(new gatewayPb.Gateway(), fields))
      const made = await server.call(GatewayServiceService.create, request)
      return made.ok ? ok(String(fields.gatewayId)) : made
    },
    async update(found, fields) {
      const request = new gatewayPb.UpdateGatewayRequest()
      request.setGateway(setFields(found, fields))
      return nothing(await server.call(GatewayServiceService.update, request))
    },
  }
}

/** Searches finds parts of names, in either case; only an equal one counts, and there must not be two. */
async function byName<M>(
  name: string,
  get: (id: string) => Promise<Result<M | null, CallError>>,
  list: (offset: number) => Promise<Result<readonly { getId(): string; getName(): string }[], CallError>>,
): Promise<Result<M | null, LookUpError>> {
  const ids: string[] = []
  for (let offset = 0; ; offset += LIMIT) {
    const page = await list(offset)
    if (!page.ok) return page
    ids.push(...page.value.filter((item) => item.getName() === name).map((item) => item.getId()))
    if (page.value.length < LIMIT) break
  }
  if (ids.length > 1) return err('chirpstack-ambiguous', `${name}: ${ids.join(', ')}`)
  return ids[0] === undefined ? ok(null) : get(ids[0])
}

/** NOT_FOUND as `null`. */
export function absent<E extends string>(
  failure: Extract<Result<unknown, E>, { ok: false }>,
): Result<null, E> {
  return failure.error === 'chirpstack-not-found' ? ok(null) : failure
}

export function nothing(result: Result<unknown, CallError>): Result<void, CallError> {
  return result.ok ? ok(undefined) : result
}
