import commonPb from '@chirpstack/chirpstack-api/common/common_pb.js'
import type { Clock } from '@hanpyo/platform/clock.ts'
import timestampPb from 'google-protobuf/google/protobuf/timestamp_pb.js'
import type { NetworkServer } from '../server.ts'
import type { RegisteredDevice, ServerSettings } from '../types.ts'
import type { Access } from './access.ts'
import type { Registry, Stored } from './registry.ts'

/** What the services share. */
export interface ServiceContext {
  readonly registry: Registry
  readonly access: Access
  readonly server: NetworkServer
  readonly settings: ServerSettings
  readonly clock: Clock
  /** When each gateway was last heard, unix ms. */
  readonly gatewaysSeenMs: ReadonlyMap<string, number>
  /** Password of the user `admin`. */
  readonly adminPassword: string
  newId(): string
}

/** An object as of now. */
export function store<T>(context: Pick<ServiceContext, 'clock'>, message: T): Stored<T> {
  const nowMs = context.clock.now()
  return { message, createdAtMs: nowMs, updatedAtMs: nowMs }
}

/** Puts a new version in the place of a stored one. */
export function replace<T>(context: Pick<ServiceContext, 'clock'>, stored: Stored<T>, message: T): void {
  stored.message = message
  stored.updatedAtMs = context.clock.now()
}

export function timestamp(unixMs: number): timestampPb.Timestamp {
  const time = new timestampPb.Timestamp()
  time.fromDate(new Date(unixMs))
  return time
}

/** The tenant of an application, if there is such an application. */
export function tenantOfApplication({ registry }: ServiceContext, id: string): string | undefined {
  return registry.applications.get(id)?.message.getTenantId()
}

export function tenantOfDevice(context: ServiceContext, devEui: string): string | undefined {
  const device = context.registry.devices.get(devEui)
  return device === undefined ? undefined : tenantOfApplication(context, device.message.getApplicationId())
}

/** Orders by name, keeps names with `search` in them (ASCII letters in either case, as SQLite's LIKE), cuts the page. */
export function page<T>(
  items: Iterable<T>,
  request: { getLimit(): number; getOffset(): number; getSearch?(): string },
  nameOf: (item: T) => string,
): { totalCount: number; items: T[] } {
  const search = request.getSearch?.().toLowerCase() ?? ''
  const found = [...items].filter((item) => nameOf(item).toLowerCase().includes(search))
  const ordered = found.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const start = request.getOffset()
  return { totalCount: found.length, items: ordered.slice(start, start + request.getLimit()) }
}

/**
 * A device as the network server needs it, from what the registry holds now. A profile of another region or without
 * OTAA keeps the device from joining, as in ChirpStack. Undefined when the device does not exist.
 */
export function registeredDevice(registry: Registry, devEui: string): RegisteredDevice | undefined {
  const device = registry.devices.get(devEui)?.message
  if (device === undefined) return undefined
  const application = registry.applications.get(device.getApplicationId())!.message
  const profile = registry.deviceProfiles.get(device.getDeviceProfileId())!.message
  const tenant = registry.tenants.get(application.getTenantId())!.message
  const appKey = registry.deviceKeys.get(devEui)?.message.getNwkKey()
  const isOfRegion = profile.getRegion() === commonPb.Region.KR920
  return {
    devEui,
    name: device.getName(),
    appKey: profile.getSupportsOtaa() ? appKey : undefined,
    isDisabled: device.getIsDisabled() || !isOfRegion,
    tags: Object.fromEntries(
      [application, profile, device].flatMap((one) => [...one.getTagsMap().entries()] as [string, string][]),
    ),
    home: {
      tenant: { id: tenant.getId(), name: tenant.getName() },
      application: { id: application.getId(), name: application.getName() },
      deviceProfile: {
        id: profile.getId(),
        name: profile.getName(),
        rx1DelayS: profile.getRx1Delay(),
        flushQueueOnActivate: profile.getFlushQueueOnActivate(),
      },
    },
  }
}

/** Hands devices to the network server as they are registered now. */
export async function putInForce(context: ServiceContext, devEuis: Iterable<string>): Promise<void> {
  for (const devEui of devEuis) {
    const device = registeredDevice(context.registry, devEui)
    if (device !== undefined) await context.server.register(device)
  }
}

/** Deletes devices here and in the network server. */
export async function deleteDevices(context: ServiceContext, devEuis: readonly string[]): Promise<void> {
  for (const devEui of devEuis) {
    context.registry.devices.delete(devEui)
    context.registry.deviceKeys.delete(devEui)
    await context.server.unregister(devEui)
  }
}

/** The devices a condition holds for. */
export function devicesWhere(
  { registry }: ServiceContext,
  holds: (device: { applicationId: string; deviceProfileId: string }) => boolean,
): string[] {
  return [...registry.devices].flatMap(([devEui, { message }]) => {
    const device = {
      applicationId: message.getApplicationId(),
      deviceProfileId: message.getDeviceProfileId(),
    }
    return holds(device) ? [devEui] : []
  })
}
