import applicationPb from '@chirpstack/chirpstack-api/api/application_pb.js'
import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js'
import profilePb from '@chirpstack/chirpstack-api/api/device_profile_pb.js'
import { FuotaServiceService } from '@chirpstack/chirpstack-api/api/fuota_grpc_pb.js'
import gatewayPb from '@chirpstack/chirpstack-api/api/gateway_pb.js'
import { MulticastGroupServiceService } from '@chirpstack/chirpstack-api/api/multicast_group_grpc_pb.js'
import { RelayServiceService } from '@chirpstack/chirpstack-api/api/relay_grpc_pb.js'
import tenantPb from '@chirpstack/chirpstack-api/api/tenant_pb.js'
import { UserServiceService } from '@chirpstack/chirpstack-api/api/user_grpc_pb.js'
import commonPb from '@chirpstack/chirpstack-api/common/common_pb.js'
import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { newUuid } from '../context.ts'
import type { GatewayRegister, NetworkServer } from '../server.ts'
import type { RegisteredDevice, ServerSettings } from '../types.ts'
import { Access } from './access.ts'
import { applicationService } from './application-service.ts'
import { deviceProfileService } from './device-profile-service.ts'
import { deviceService } from './device-service.ts'
import { gatewayService } from './gateway-service.ts'
import { addApiKey, internalService } from './internal-service.ts'
import { type RandomBytes, Registry, type RegistryStore } from './registry.ts'
import { type GrpcEndpoint, type GrpcService, serveGrpc } from './serve.ts'
import { registeredDevice, type ServiceContext } from './service-context.ts'
import { tenantService } from './tenant-service.ts'

export interface RegistrationOptions {
  readonly store: RegistryStore
  readonly settings: ServerSettings
  readonly clock: Clock
  /** Makes ids, and the secret that signs tokens: not a seeded one outside tests. */
  readonly random: RandomBytes
  /** What the configuration registers, in the tenant, application and profile of the settings. */
  readonly devices: readonly RegisteredDevice[]
  readonly gateways: readonly string[]
}

/** What is registered, from the last run and from the configuration; `serve` opens it for changes. */
export interface Registration {
  readonly devices: readonly RegisteredDevice[]
  readonly gateways: GatewayRegister
  /** A fresh administrator's key, as `chirpstack create-api-key` prints one. */
  createAdminToken(name: string): Promise<string>
  serve(
    server: NetworkServer,
    options: { port: number; adminPassword: string; log: Logger },
  ): Promise<GrpcEndpoint>
}

/**
 * Opens the registry. What the configuration names is put in as configured, at every start; everything else is as
 * somebody left it through gRPC. Resolves when that is durable.
 */
export async function openRegistration(options: RegistrationOptions): Promise<Registration> {
  const registry = await Registry.open(options.store, options.random)
  putConfigured(registry, options)
  await registry.save()
  const gatewaysSeenMs = new Map<string, number>()
  const newId = () => newUuid({ bytes: options.random })
  return {
    devices: [...registry.devices.keys()].map((devEui) => registeredDevice(registry, devEui)!),
    gateways: {
      isKnown: (gatewayId) => registry.gateways.has(gatewayId),
      seen: (gatewayId, unixMs) => void gatewaysSeenMs.set(gatewayId, unixMs),
    },
    async createAdminToken(name) {
      const key = { name, isAdmin: true, tenantId: undefined, isReadOnly: false }
      return (await addApiKey({ registry, clock: options.clock, newId }, key)).token
    },
    serve(server, { port, adminPassword, log }) {
      const { settings, clock } = options
      const access = new Access(registry)
      const context = { registry, access, server, settings, clock, gatewaysSeenMs, adminPassword, newId }
      return serveGrpc({
        services: allServices(context),
        port,
        tokens: registry,
        now: () => clock.now(),
        log,
      })
    },
  }
}

/** All services of the API package; those of no use here answer UNIMPLEMENTED to everything. */
export function allServices(context: ServiceContext): GrpcService[] {
  const others = [UserServiceService, MulticastGroupServiceService, RelayServiceService, FuotaServiceService]
  return [
    tenantService(context),
    applicationService(context),
    deviceProfileService(context),
    deviceService(context),
    gatewayService(context),
    internalService(context),
    ...others.map((definition) => ({ definition, methods: {} })),
  ]
}

function putConfigured(
  registry: Registry,
  { settings, clock, devices, gateways }: RegistrationOptions,
): void {
  const nowMs = clock.now()
  const put = <T>(
    table: Map<string, { message: T; createdAtMs: number; updatedAtMs: number }>,
    id: string,
    blank: T,
  ) => {
    const stored = table.get(id) ?? { message: blank, createdAtMs: nowMs, updatedAtMs: nowMs }
    table.set(id, stored)
    return stored.message
  }
  const { tenant, application, deviceProfile } = settings

  const itsTenant = put(registry.tenants, tenant.id, withGateways(new tenantPb.Tenant()))
  itsTenant.setId(tenant.id)
  itsTenant.setName(tenant.name)
  const itsApplication = put(registry.applications, application.id, new applicationPb.Application())
  itsApplication.setId(application.id)
  itsApplication.setName(application.name)
  itsApplication.setTenantId(tenant.id)
  const itsProfile = put(registry.deviceProfiles, deviceProfile.id, new profilePb.DeviceProfile())
  describeProfile(itsProfile, settings)

  for (const { devEui, name, appKey, tags } of devices) {
    const device = put(registry.devices, devEui, new devicePb.Device())
    device.setDevEui(devEui)
    device.setName(name)
    device.setApplicationId(application.id)
    device.setDeviceProfileId(deviceProfile.id)
    for (const [key, value] of Object.entries(tags)) device.getTagsMap().set(key, value)
    if (appKey === undefined) continue
    const keys = put(registry.deviceKeys, devEui, new devicePb.DeviceKeys())
    keys.setDevEui(devEui)
    keys.setNwkKey(appKey)
  }
  for (const gatewayId of gateways) {
    const gateway = put(registry.gateways, gatewayId, named(new gatewayPb.Gateway(), gatewayId))
    gateway.setGatewayId(gatewayId)
    gateway.setTenantId(tenant.id)
    const location = settings.gatewayLocations[gatewayId]
    gateway.setLocation(locationOf(location))
  }
}

function withGateways(tenant: tenantPb.Tenant): tenantPb.Tenant {
  tenant.setCanHaveGateways(true)
  return tenant
}

function named(gateway: gatewayPb.Gateway, gatewayId: string): gatewayPb.Gateway {
  gateway.setName(gatewayId)
  gateway.setStatsInterval(30)
  gateway.setDownlinkPriority(10)
  return gateway
}

function describeProfile(profile: profilePb.DeviceProfile, settings: ServerSettings): void {
  const { tenant, deviceProfile } = settings
  profile.setId(deviceProfile.id)
  profile.setName(deviceProfile.name)
  profile.setTenantId(tenant.id)
  profile.setRegion(commonPb.Region.KR920)
  profile.setMacVersion(commonPb.MacVersion.LORAWAN_1_0_4)
  profile.setRegParamsRevision(commonPb.RegParamsRevision.RP002_1_0_3)
  profile.setAdrAlgorithmId('default')
  profile.setSupportsOtaa(true)
  profile.setRx1Delay(deviceProfile.rx1DelayS)
  profile.setFlushQueueOnActivate(deviceProfile.flushQueueOnActivate)
  profile.setRegionConfigId(settings.regionConfigId)
}

function locationOf(place: ServerSettings['gatewayLocations'][string] | undefined): commonPb.Location {
  const location = new commonPb.Location()
  if (place === undefined) return location
  location.setLatitude(place.latitude)
  location.setLongitude(place.longitude)
  location.setAltitude(place.altitude ?? 0)
  return location
}
