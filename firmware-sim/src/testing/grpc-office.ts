import applicationPb from '@chirpstack/chirpstack-api/api/application_pb.js'
import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js'
import profilePb from '@chirpstack/chirpstack-api/api/device_profile_pb.js'
import gatewayPb from '@chirpstack/chirpstack-api/api/gateway_pb.js'
import internalPb from '@chirpstack/chirpstack-api/api/internal_pb.js'
import tenantPb from '@chirpstack/chirpstack-api/api/tenant_pb.js'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { openRegistration } from '../network-server/grpc/registration.ts'
import { type RegistryStore, volatileRegistryStore } from '../network-server/grpc/registry.ts'
import { DEFAULT_SERVER_SETTINGS } from '../network-server/types.ts'
import { connectGrpc, type RawCall } from './grpc-client.ts'
import { createWorld, GATEWAY_ID, type TestWorld } from './world.ts'

const KR920 = 8
const ADMIN_PASSWORD = 'admin'
/** A server with an administrator's key, the stand-in or a real one. */
export interface GrpcServer {
  readonly adminToken: string
  /** Password of the user `admin`. */
  readonly adminPassword: string
  /** Calls with a token, or without. */
  as(token?: string): RawCall
}

export interface Office extends GrpcServer {
  /** `127.0.0.1:port`. */
  readonly address: string
  readonly world: TestWorld
  /** A statistics report of a gateway comes in. */
  heardGateway(gatewayId: string): void
  close(): void
}

/** A network server without configured devices, and its gRPC services. */
export async function openOffice(store: RegistryStore = volatileRegistryStore()): Promise<Office> {
  const world = await createWorld({ deviceCount: 0 })
  const registration = await openRegistration({
    store,
    random: nodeRandom,
    settings: DEFAULT_SERVER_SETTINGS,
    clock: world.clock,
    devices: [],
    gateways: [GATEWAY_ID],
  })
  for (const device of registration.devices) await world.server.register(device)
  const closers: (() => void)[] = []
  const endpoint = await registration.serve(world.server, {
    port: 0,
    adminPassword: ADMIN_PASSWORD,
    log: silentLogger,
  })
  closers.push(() => endpoint.close())
  return {
    world,
    address: endpoint.address,
    heardGateway: (gatewayId) => registration.gateways.seen(gatewayId, world.clock.now()),
    close: () => {
      for (const close of closers.splice(0).reverse()) close()
    },
    adminPassword: ADMIN_PASSWORD,
    adminToken: await registration.createAdminToken('technician'),
    as(token) {
      const connection = connectGrpc(endpoint.address, token)
      closers.push(() => connection.close())
      return connection.call
    },
  }
}

/** A message with the given fields set, as bytes. */
export function bytes<T extends { serializeBinary(): Uint8Array }>(message: T, fields: object): Uint8Array {
  return filled(message, fields).serializeBinary()
}

export function filled<T>(message: T, fields: object): T {
  for (const [name, value] of Object.entries(fields)) {
    const setter = (message as Record<string, unknown>)[`set${name[0]!.toUpperCase()}${name.slice(1)}`]
    ;(setter as (value: unknown) => void).call(message, value)
  }
  return message
}

export const createTenant = (fields: object) =>
  bytes(new tenantPb.CreateTenantRequest(), { tenant: filled(new tenantPb.Tenant(), fields) })
export const createApplication = (fields: object) =>
  bytes(new applicationPb.CreateApplicationRequest(), {
    application: filled(new applicationPb.Application(), fields),
  })
export const createProfile = (fields: object) =>
  bytes(new profilePb.CreateDeviceProfileRequest(), {
    deviceProfile: filled(new profilePb.DeviceProfile(), {
      name: 'kiosk-kr920',
      region: KR920,
      supportsOtaa: true,
      rx1Delay: 5,
      ...fields,
    }),
  })
export const createDevice = (fields: object) =>
  bytes(new devicePb.CreateDeviceRequest(), { device: filled(new devicePb.Device(), fields) })
export const updateDevice = (fields: object) =>
  bytes(new devicePb.UpdateDeviceRequest(), { device: filled(new devicePb.Device(), fields) })
export const createKeys = (fields: object) =>
  bytes(new devicePb.CreateDeviceKeysRequest(), { deviceKeys: filled(new devicePb.DeviceKeys(), fields) })
export const createGateway = (fields: object) =>
  bytes(new gatewayPb.CreateGatewayRequest(), { gateway: filled(new gatewayPb.Gateway(), fields) })
export const createApiKey = (fields: object) =>
  bytes(new internalPb.CreateApiKeyRequest(), { apiKey: filled(new internalPb.ApiKey(), fields) })
export const enqueueItem = (fields: object) =>
  bytes(new devicePb.EnqueueDeviceQueueItemRequest(), {
    queueItem: filled(new devicePb.DeviceQueueItem(), fields),
  })
export const getDevice = (devEui: string) => bytes(new devicePb.GetDeviceRequest(), { devEui })

/** Tenant, application and profile as provisioning makes them, with a key of the tenant. */
export async function setUp(office: GrpcServer) {
  const admin = office.as(office.adminToken)
  const tenantId: string = (
    await admin('Tenant/Create', createTenant({ name: 'Seocho', canHaveGateways: true }))
  ).response.getId()
  const login = await office.as()(
    'Internal/Login',
    bytes(new internalPb.LoginRequest(), { email: 'admin', password: office.adminPassword }),
  )
  const userToken: string = login.response.getJwt()
  const user = office.as(userToken)
  const key = await user('Internal/CreateApiKey', createApiKey({ name: 'technician', tenantId }))
  const readOnlyKey = await user(
    'Internal/CreateApiKey',
    createApiKey({ name: 'auditor', tenantId, isReadOnly: true }),
  )
  const tenant = office.as(key.response.getToken())
  const applicationId: string = (
    await tenant('Application/Create', createApplication({ name: 'votes', tenantId }))
  ).response.getId()
  const deviceProfileId: string = (
    await tenant('DeviceProfile/Create', createProfile({ tenantId }))
  ).response.getId()
  return {
    admin,
    user,
    userToken,
    tenant,
    tenantToken: key.response.getToken() as string,
    readOnly: office.as(readOnlyKey.response.getToken()),
    readOnlyKeyId: readOnlyKey.response.getId() as string,
    tenantId,
    applicationId,
    deviceProfileId,
  }
}
