import { ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Text } from '../../frame/error-entry.ts'
import type { ProvisionError } from '../../frame/errors.ts'
import { defineStep, type Step } from '../../frame/step.ts'
import { type IdentityContext, readKey } from '../key-step.ts'
import { compareRadioFile, readRadioFile, updateRadioFile } from '../radio-file.ts'
import { checkAccess } from './access.ts'
import type { ChirpStack } from './connection.ts'
import { flushDevNonces } from './devices.ts'
import {
  type HomeIds,
  type Plan,
  planApplication,
  planDevice,
  planGateway,
  planKey,
  planProfile,
  planTenant,
} from './register.ts'
import type { Home, KioskDevice } from './wanted.ts'

/** What registering needs to know. `ids` fills as objects are found or made. */
export interface ChirpStackContext extends IdentityContext {
  readonly server: ChirpStack
  readonly tokenKind: 'key' | 'user'
  /** Path of the authority's certificate, to be remembered. */
  readonly ca: string | undefined
  readonly home: Home
  readonly ids: HomeIds
  readonly kiosk: Omit<KioskDevice, 'devEui' | 'joinEui'>
  readonly enable: boolean
}

type Planner = (ctx: ChirpStackContext) => Promise<Result<Plan, ProvisionError>>

/** Tenant, application and profile, which all kiosks share, and the gateways named. */
export function homeSteps(home: Home): Step<ChirpStackContext>[] {
  return [
    accessStep,
    planned('chirpstack-tenant', { ko: '테넌트', en: 'Tenant' }, ({ server, home, ids }) =>
      planTenant(server, home, ids),
    ),
    planned('chirpstack-application', { ko: '애플리케이션', en: 'Application' }, ({ server, home, ids }) =>
      planApplication(server, home, ids),
    ),
    planned(
      'chirpstack-profile',
      { ko: '장치 프로필 (KR920)', en: 'Device profile (KR920)' },
      ({ server, home, ids }) => planProfile(server, home, ids),
    ),
    ...home.gateways.map((gateway) =>
      planned(
        `chirpstack-gateway-${gateway.id}`,
        { ko: `게이트웨이 ${gateway.id}`, en: `Gateway ${gateway.id}` },
        (ctx) => planGateway(ctx.server, gateway, ctx.ids),
      ),
    ),
  ]
}

/** The device and its key, after `keyStep`; then what later commands need to know. */
export const deviceSteps: readonly Step<ChirpStackContext>[] = [
  planned('chirpstack-device', { ko: 'ChirpStack 장치', en: 'Device at ChirpStack' }, (ctx) =>
    planDevice(ctx.server, { ...ctx.kiosk, ...ctx.identity }, ctx.ids, { enable: ctx.enable }),
  ),
  planned('chirpstack-key', { ko: 'ChirpStack 장치 키', en: 'Key at ChirpStack' }, planDeviceKey),
  defineStep<ChirpStackContext>({
    id: 'chirpstack-remember',
    title: { ko: '등록 정보 저장', en: 'Note the registration' },
    async inspect(ctx) {
      const found = await readRadioFile(ctx.files, ctx.folder)
      if (!found.ok) return found
      const changes = compareRadioFile(found.value, remembered(ctx))
      return ok(changes.length === 0 ? 'done' : { changes })
    },
    apply: (ctx) => updateRadioFile(ctx.files, ctx.folder, remembered(ctx)),
  }),
]

/** Changes nothing: whether the server is there and lets us. */
const accessStep: Step<ChirpStackContext> = defineStep<ChirpStackContext>({
  id: 'chirpstack-access',
  title: { ko: 'ChirpStack 접속과 권한', en: 'ChirpStack and rights of the token' },
  async inspect({ server, home, tokenKind }) {
    const access = await checkAccess(server, { tenantId: home.tenant.id, kind: tokenKind })
    return access.ok ? ok('done') : access
  },
  apply: async () => ok(undefined),
})

async function planDeviceKey(ctx: ChirpStackContext): Promise<Result<Plan, ProvisionError>> {
  const { server, identity } = ctx
  const found = await readKey(ctx.folder.root)
  if (!found.ok) return found
  // In a dry run neither key nor device need be there yet.
  const isThere = found.value !== null
  const appKey = found.value?.appKey ?? ''
  const plan = await planKey(server, identity.devEui, appKey, {
    isNewDevice: !isThere || ctx.ids.applicationId === undefined,
    replaceKeys: identity.replaceKeys,
  })
  if (!plan.ok) {
    // A tenant's key is not told that there is no such device yet.
    const isUnseen = plan.error === 'chirpstack-forbidden'
    return isUnseen ? planKey(server, identity.devEui, appKey, { isNewDevice: true }) : plan
  }
  const isReplaced = plan.value.changes.some(({ from }) => from !== null)
  if (!isReplaced) return plan
  return ok({
    changes: plan.value.changes,
    async apply() {
      // Join-requests of the old key are worthless with the new one, and the modem may begin to count anew. Before the key:
      // should it break off in between, the flush is repeated with it.
      const flushed = await flushDevNonces(server, identity.devEui)
      return flushed.ok ? plan.value.apply() : flushed
    },
  })
}

function planned(id: string, title: Text, plan: Planner): Step<ChirpStackContext> {
  return defineStep<ChirpStackContext>({
    id,
    title,
    async inspect(ctx) {
      const found = await plan(ctx)
      if (!found.ok) return found
      return ok(found.value.changes.length === 0 ? 'done' : { changes: found.value.changes })
    },
    async apply(ctx) {
      const found = await plan(ctx)
      return found.ok ? found.value.apply() : found
    },
  })
}

function remembered({ server, ca, ids, identity }: ChirpStackContext) {
  const unknown = '(new)'
  return {
    joinEui: identity.joinEui,
    chirpstack: {
      url: server.url,
      ...(ca === undefined ? {} : { ca }),
      tenantId: ids.tenantId ?? unknown,
      applicationId: ids.applicationId ?? unknown,
      deviceProfileId: ids.deviceProfileId ?? unknown,
    },
  }
}
