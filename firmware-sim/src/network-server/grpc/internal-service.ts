import { InternalServiceService } from '@chirpstack/chirpstack-api/api/internal_grpc_pb.js'
import internalPb from '@chirpstack/chirpstack-api/api/internal_pb.js'
import userPb from '@chirpstack/chirpstack-api/api/user_pb.js'
import commonPb from '@chirpstack/chirpstack-api/common/common_pb.js'
import { err, ok } from '@hanpyo/protocol/result.ts'
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js'
import { DEFAULT_CHANNELS_HZ, RX2_FREQUENCY_HZ } from '../../radio/kr920.ts'
import { ADMIN_USER_ID, type Caller } from './access.ts'
import type { ApiKey } from './registry.ts'
import type { GrpcService } from './serve.ts'
import { page, type ServiceContext } from './service-context.ts'
import { invalid, missing, notFound, type Outcome, parseUuid } from './status.ts'
import { issueToken } from './tokens.ts'

export const SERVER_VERSION = '4.19.0'
const REGION_ID = 'kr920'

/** `api.InternalService`: login, profile, API keys, regions, version. All but login are for users, not for API keys. */
export function internalService(context: ServiceContext): GrpcService {
  const { access } = context
  const forUsers = async <T>(caller: Caller, answer: () => Outcome<T>): Promise<Outcome<T>> => {
    const allowed = access.user(caller)
    return allowed.ok ? answer() : allowed
  }
  return {
    definition: InternalServiceService,
    methods: {
      login: async (request: internalPb.LoginRequest) => login(context, request),
      profile: (_request: emptyPb.Empty, caller) => forUsers(caller, () => ok(profile())),
      createApiKey: (request: internalPb.CreateApiKeyRequest, caller) =>
        createApiKey(context, request, caller),
      deleteApiKey: (request: internalPb.DeleteApiKeyRequest, caller) =>
        deleteApiKey(context, request, caller),
      listApiKeys: async (request: internalPb.ListApiKeysRequest, caller) =>
        listApiKeys(context, request, caller),
      listRegions: (_request: emptyPb.Empty, caller) => forUsers(caller, () => ok(regions())),
      getRegion: (request: internalPb.GetRegionRequest, caller) =>
        forUsers(caller, () => region(context, request.getId())),
      getVersion: (_request: emptyPb.Empty, caller) =>
        forUsers(caller, () => {
          const response = new internalPb.GetVersionResponse()
          response.setVersion(SERVER_VERSION)
          return ok(response)
        }),
    },
  }
}

function login(context: ServiceContext, request: internalPb.LoginRequest): Outcome<internalPb.LoginResponse> {
  if (request.getEmail() !== 'admin' || request.getPassword() !== context.adminPassword) {
    return err('unauthenticated', 'Invalid username or password')
  }
  const { secret } = context.registry
  const response = new internalPb.LoginResponse()
  response.setJwt(issueToken({ type: 'user', id: ADMIN_USER_ID }, { secret, nowMs: context.clock.now() }))
  return ok(response)
}

function profile(): internalPb.ProfileResponse {
  const user = new userPb.User()
  user.setId(ADMIN_USER_ID)
  user.setEmail('admin')
  user.setIsActive(true)
  user.setIsAdmin(true)
  const response = new internalPb.ProfileResponse()
  response.setUser(user)
  return response
}

/** Whose keys are meant: an administrator's, or those of one tenant. */
function scopeOf(scope: { getIsAdmin(): boolean; getTenantId(): string }): Outcome<string | undefined> {
  const tenantId = scope.getTenantId() === '' ? ok(undefined) : parseUuid(scope.getTenantId())
  if (!tenantId.ok) return tenantId
  if (scope.getIsAdmin() && tenantId.value !== undefined) {
    return err('invalid-argument', 'tenant_id can not be set with is_admin set to true')
  }
  if (!scope.getIsAdmin() && tenantId.value === undefined) {
    return err('invalid-argument', 'either is_admin or tenant_id must be set')
  }
  return tenantId
}

async function createApiKey(
  context: ServiceContext,
  request: internalPb.CreateApiKeyRequest,
  caller: Caller,
): Promise<Outcome<internalPb.CreateApiKeyResponse>> {
  const wanted = request.getApiKey()
  if (wanted === undefined) return missing('api_key')
  const tenantId = scopeOf(wanted)
  if (!tenantId.ok) return tenantId
  const allowed = context.access.user(caller)
  if (!allowed.ok) return allowed
  if (wanted.getName() === '') return invalid('name is not set')
  const { id, token } = await addApiKey(context, {
    name: wanted.getName(),
    isAdmin: wanted.getIsAdmin(),
    tenantId: tenantId.value,
    isReadOnly: wanted.getIsReadOnly(),
  })
  const response = new internalPb.CreateApiKeyResponse()
  response.setId(id)
  response.setToken(token)
  return ok(response)
}

/** Makes a key and its token, which nobody can look up later. */
export async function addApiKey(
  context: Pick<ServiceContext, 'registry' | 'newId' | 'clock'>,
  wanted: Omit<ApiKey, 'id'>,
): Promise<{ id: string; token: string }> {
  const { registry, clock } = context
  const id = context.newId()
  registry.apiKeys.set(id, { id, ...wanted })
  await registry.save()
  return { id, token: issueToken({ type: 'key', id }, { secret: registry.secret, nowMs: clock.now() }) }
}

async function deleteApiKey(
  { registry, access }: ServiceContext,
  request: internalPb.DeleteApiKeyRequest,
  caller: Caller,
): Promise<Outcome<emptyPb.Empty>> {
  const id = parseUuid(request.getId())
  if (!id.ok) return id
  const allowed = access.user(caller)
  if (!allowed.ok) return allowed
  if (!registry.apiKeys.delete(id.value)) return notFound(id.value)
  await registry.save()
  return ok(new emptyPb.Empty())
}

function listApiKeys(
  { registry, access }: ServiceContext,
  request: internalPb.ListApiKeysRequest,
  caller: Caller,
): Outcome<internalPb.ListApiKeysResponse> {
  const tenantId = scopeOf(request)
  if (!tenantId.ok) return tenantId
  const allowed = access.user(caller)
  if (!allowed.ok) return allowed
  const inScope = [...registry.apiKeys.values()].filter((key) => key.tenantId === tenantId.value)
  const { totalCount, items } = page(inScope, request, (key) => key.name)
  const response = new internalPb.ListApiKeysResponse()
  response.setTotalCount(totalCount)
  response.setResultList(
    items.map((key) => {
      const item = new internalPb.ApiKey()
      item.setId(key.id)
      item.setName(key.name)
      item.setIsAdmin(key.isAdmin)
      item.setTenantId(key.tenantId ?? '')
      item.setIsReadOnly(key.isReadOnly)
      return item
    }),
  )
  return ok(response)
}

function regions(): internalPb.ListRegionsResponse {
  const item = new internalPb.RegionListItem()
  item.setId(REGION_ID)
  item.setDescription('KR920')
  item.setRegion(commonPb.Region.KR920)
  const response = new internalPb.ListRegionsResponse()
  response.setRegionsList([item])
  return response
}

function region({ settings }: ServiceContext, id: string): Outcome<internalPb.GetRegionResponse> {
  if (id !== REGION_ID) return err('internal', `region_config_id ${id} does not exist in enabled regions`)
  const response = new internalPb.GetRegionResponse()
  response.setId(REGION_ID)
  response.setDescription('KR920')
  response.setRegion(commonPb.Region.KR920)
  response.setRx1Delay(settings.region.rx1DelayS)
  response.setRx1DrOffset(settings.region.rx1DataRateOffset)
  response.setRx2Dr(settings.region.rx2DataRate)
  response.setRx2Frequency(RX2_FREQUENCY_HZ)
  response.setUplinkChannelsList(
    [...DEFAULT_CHANNELS_HZ, ...settings.region.extraChannelsHz].map((frequencyHz) => {
      const channel = new internalPb.RegionChannel()
      channel.setFrequency(frequencyHz)
      channel.setDataRatesList([0, 1, 2, 3, 4, 5])
      return channel
    }),
  )
  return ok(response)
}
