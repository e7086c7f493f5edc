import { DeviceProfileServiceService } from '@chirpstack/chirpstack-api/api/device_profile_grpc_pb.js'
import profilePb from '@chirpstack/chirpstack-api/api/device_profile_pb.js'
import { InternalServiceService } from '@chirpstack/chirpstack-api/api/internal_grpc_pb.js'
import { TenantServiceService } from '@chirpstack/chirpstack-api/api/tenant_grpc_pb.js'
import tenantPb from '@chirpstack/chirpstack-api/api/tenant_pb.js'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js'
import type { CallError } from './call-error.ts'
import type { ChirpStack } from './connection.ts'
import { setFields } from './fields.ts'
import { REGION_CONFIG } from './wanted.ts'

export type AccessError =
  | CallError
  | 'chirpstack-tenant-needed'
  | 'chirpstack-read-only'
  | 'chirpstack-too-old'
  | 'chirpstack-region'

export interface Access {
  /** Undefined when the server only tells users. */
  readonly version: string | undefined
}

/** The first version without the faults of docs/guides/chirpstack.md 1. */
const OLDEST = [4, 19] as const

/**
 * Whether the server is there, is one we know, and lets this token change what is to be changed; nothing is changed. The right to
 * write shows in how a change is refused that no server carries out: with a complaint about the object, or with one about the
 * token.
 */
export async function checkAccess(
  server: ChirpStack,
  options: { readonly tenantId: string | undefined; readonly kind: 'key' | 'user' },
): Promise<Result<Access, AccessError>> {
  const { tenantId, kind } = options
  const reads = await mayRead(server, tenantId)
  if (!reads.ok) return reads
  const writes = await mayWrite(server, tenantId)
  if (!writes.ok) return writes
  return kind === 'user' ? checkServer(server) : ok({ version: undefined })
}

async function mayRead(server: ChirpStack, tenantId: string | undefined): Promise<Result<void, AccessError>> {
  if (tenantId !== undefined) {
    const request = setFields(new tenantPb.GetTenantRequest(), { id: tenantId })
    const found = await server.call(TenantServiceService.get, request)
    return found.ok ? ok(undefined) : found
  }
  const list = await server.call(
    TenantServiceService.list,
    setFields(new tenantPb.ListTenantsRequest(), { limit: 1 }),
  )
  if (list.ok) return ok(undefined)
  // A key of a tenant may not look for tenants, not even for its own.
  return list.error === 'chirpstack-forbidden' ? err('chirpstack-tenant-needed') : list
}

async function mayWrite(
  server: ChirpStack,
  tenantId: string | undefined,
): Promise<Result<void, AccessError>> {
  if (tenantId === undefined) {
    const request = new tenantPb.CreateTenantRequest()
    request.setTenant(new tenantPb.Tenant())
    return refusedFor(await server.call(TenantServiceService.create, request))
  }
  const request = new profilePb.CreateDeviceProfileRequest()
  // Neither a profile without a name nor this delay is taken by any version.
  request.setDeviceProfile(setFields(new profilePb.DeviceProfile(), { tenantId, name: '', rx1Delay: 16 }))
  return refusedFor(await server.call(DeviceProfileServiceService.create, request))
}

function refusedFor(result: Result<unknown, CallError>): Result<void, AccessError> {
  if (result.ok) return err('not-chirpstack', 'it made an object without a name')
  if (result.error === 'chirpstack-invalid') return ok(undefined)
  return result.error === 'chirpstack-forbidden' ? err('chirpstack-read-only') : result
}

/** Only users are told version and regions. */
async function checkServer(server: ChirpStack): Promise<Result<Access, AccessError>> {
  const asked = await server.call(InternalServiceService.getVersion, new emptyPb.Empty())
  if (!asked.ok) return asked
  const version = asked.value.getVersion()
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    return err('chirpstack-too-old', version)
  const regions = await server.call(InternalServiceService.listRegions, new emptyPb.Empty())
  if (!regions.ok) return regions
  const names = regions.value.getRegionsList().map((region) => region.getId())
  return names.includes(REGION_CONFIG) ? ok({ version }) : err('chirpstack-region', names.join(', '))
}
