import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { CallError } from './call-error.ts'
import type { ChirpStack } from './connection.ts'
import {
  compareKey,
  createDevice,
  type DeviceLookUpError,
  findDevice,
  putKey,
  updateDevice,
} from './devices.ts'
import { compareFields, type FieldChange, type Fields } from './fields.ts'
import { applications, gateways, type LookUpError, type NamedObjects, profiles, tenants } from './objects.ts'
import {
  applicationFields,
  deviceFields,
  gatewayFields,
  type Home,
  type KioskDevice,
  profileFields,
  tenantFields,
} from './wanted.ts'

/** Ids the server gave; undefined as long as the object is not there. */
export interface HomeIds {
  tenantId: string | undefined
  applicationId: string | undefined
  deviceProfileId: string | undefined
}

export type RegisterError =
  | LookUpError
  | DeviceLookUpError
  | 'gateway-elsewhere'
  | 'chirpstack-device-disabled'
  | 'chirpstack-key-differs'

/** What one object lacks, and how it gets it. `changes` is empty when there is nothing to do. */
export interface Plan {
  readonly changes: readonly FieldChange[]
  apply(): Promise<Result<void, RegisterError>>
}

/** Stands for an id that the server will give. */
const UNKNOWN_ID = '(new)'

export async function planTenant(
  server: ChirpStack,
  home: Home,
  ids: HomeIds,
): Promise<Result<Plan, RegisterError>> {
  const { name, id } = home.tenant
  const all = tenants(server)
  const found = await all.find({ name, ...(id === undefined ? {} : { id }) })
  if (!found.ok) return found
  if (found.value === null && id !== undefined) return err('chirpstack-not-found', `tenant ${id}`)
  if (found.value !== null) ids.tenantId = found.value.getId()
  // Whoever names the tenant by its id keeps its name.
  const wanted: Fields = id === undefined ? tenantFields(name) : { canHaveGateways: true }
  return ok(
    plan(all, found.value, wanted, `tenant ${name}`, (made) => {
      ids.tenantId = made
    }),
  )
}

export async function planApplication(
  server: ChirpStack,
  home: Home,
  ids: HomeIds,
): Promise<Result<Plan, RegisterError>> {
  const { name } = home.application
  return inTenant(ids, async (tenantId, isNew) => {
    const all = applications(server, tenantId)
    const found = isNew ? ok(null) : await all.find({ name })
    if (!found.ok) return found
    if (found.value !== null) ids.applicationId = found.value.getId()
    const wanted = () => applicationFields(name, ids.tenantId ?? UNKNOWN_ID)
    return ok(
      plan(all, found.value, wanted, `application ${name}`, (made) => {
        ids.applicationId = made
      }),
    )
  })
}

export async function planProfile(
  server: ChirpStack,
  home: Home,
  ids: HomeIds,
): Promise<Result<Plan, RegisterError>> {
  const { name } = home.profile
  return inTenant(ids, async (tenantId, isNew) => {
    const all = profiles(server, tenantId)
    const found = isNew ? ok(null) : await all.find({ name })
    if (!found.ok) return found
    if (found.value !== null) ids.deviceProfileId = found.value.getId()
    const wanted = () => profileFields(home.profile, ids.tenantId ?? UNKNOWN_ID)
    return ok(
      plan(all, found.value, wanted, `device profile ${name}`, (made) => {
        ids.deviceProfileId = made
      }),
    )
  })
}

export async function planGateway(
  server: ChirpStack,
  gateway: Home['gateways'][number],
  ids: HomeIds,
): Promise<Result<Plan, RegisterError>> {
  const all = gateways(server)
  const found = await all.find({ name: gateway.id })
  if (!found.ok) return found
  const owner = found.value?.getTenantId()
  if (owner !== undefined && owner !== ids.tenantId) return err('gateway-elsewhere', `tenant ${owner}`)
  const wanted = () => gatewayFields(gateway, ids.tenantId ?? UNKNOWN_ID)
  const made = plan(all, found.value, wanted, `gateway ${gateway.id}`, () => {})
  return ok({
    ...made,
    async apply() {
      const applied = await made.apply()
      const isElsewhere = !applied.ok && applied.error === 'chirpstack-duplicate'
      return isElsewhere ? err('gateway-elsewhere', 'another tenant, which this token may not see') : applied
    },
  })
}

/** A device that was disabled stays so unless `enable` asks for it: it may have been revoked. */
export async function planDevice(
  server: ChirpStack,
  device: KioskDevice,
  ids: HomeIds,
  options: { readonly enable?: boolean } = {},
): Promise<Result<Plan, RegisterError>> {
  const { devEui } = device
  const found = await findDevice(server, devEui, ids.applicationId)
  if (!found.ok) return found
  const existing = found.value
  if (existing?.getIsDisabled() === true && options.enable !== true)
    return err('chirpstack-device-disabled', devEui)
  const wanted = (): Fields => ({
    ...deviceFields(device, {
      applicationId: ids.applicationId ?? UNKNOWN_ID,
      deviceProfileId: ids.deviceProfileId ?? UNKNOWN_ID,
    }),
    ...(options.enable === true ? { isDisabled: false } : {}),
  })
  return ok({
    changes: compareFields(existing ?? undefined, wanted(), `device ${devEui}`),
    apply: () =>
      existing === null ? createDevice(server, wanted()) : updateDevice(server, existing, wanted()),
  })
}

/** Another key at the server is not replaced unless `replaceKeys` asks for it: somebody's modem may be using it. */
export async function planKey(
  server: ChirpStack,
  devEui: string,
  appKey: string,
  options: { readonly isNewDevice: boolean; readonly replaceKeys?: boolean },
): Promise<Result<Plan, RegisterError>> {
  const found = options.isNewDevice ? ok(null) : await compareKey(server, devEui, appKey)
  if (!found.ok) return found
  if (found.value === 'same') return ok({ changes: [], apply: async () => ok(undefined) })
  if (found.value === 'other' && options.replaceKeys !== true) return err('chirpstack-key-differs', devEui)
  const isNew = found.value === null
  return ok({
    changes: [
      {
        what: `device ${devEui}: AppKey`,
        from: isNew ? null : 'another key',
        to: 'the key of this device (not shown)',
      },
    ],
    apply: () => putKey(server, devEui, appKey, isNew ? 'create' : 'replace'),
  })
}

function plan<M extends object>(
  all: NamedObjects<M>,
  found: M | null,
  wanted: Fields | (() => Fields),
  name: string,
  onMade: (id: string) => void,
): Plan {
  const fields = typeof wanted === 'function' ? wanted : () => wanted
  return {
    changes: compareFields(found ?? undefined, fields(), name),
    async apply(): Promise<Result<void, CallError>> {
      if (found !== null) return all.update(found, fields())
      const made = await all.create(fields())
      if (!made.ok) return made
      onMade(made.value)
      return ok(undefined)
    },
  }
}

/** Before the tenant is made nothing in it can be there. */
function inTenant<T>(ids: HomeIds, work: (tenantId: string, isNew: boolean) => Promise<T>): Promise<T> {
  return work(ids.tenantId ?? '', ids.tenantId === undefined)
}
