import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Session } from '../../frame/command.ts'
import type { ProvisionError } from '../../frame/errors.ts'
import { askSecret } from '../../frame/prompts.ts'
import { parseEui } from '../batch/device-rows.ts'
import { DEFAULT_HOME, type Home } from '../chirpstack/wanted.ts'
import { keyFailure } from '../key-step.ts'
import { parseAppKey } from '../lorawan-key.ts'

export const HOME_OPTIONS = {
  tenant: { type: 'string' },
  'tenant-id': { type: 'string' },
  application: { type: 'string' },
  profile: { type: 'string' },
  'uplink-interval': { type: 'string' },
  gateway: { type: 'string', multiple: true },
} as const

export const HOME_USAGE = [
  `  --tenant NAME     default ${DEFAULT_HOME.tenant.name}; --tenant-id ID for a key that belongs to one tenant`,
  `  --application NAME, --profile NAME   defaults ${DEFAULT_HOME.application.name}, ${DEFAULT_HOME.profile.name}`,
  '  --uplink-interval S  seconds after which a silent kiosk counts as inactive (default 3600)',
  '  --gateway ID=NAME registers a gateway; may be repeated',
].join('\n')

/** `--dev-eui` and `--join-eui`, checked. */
export function readEuis(
  session: Session,
): Result<{ readonly devEui: string | undefined; readonly joinEui: string | undefined }, ProvisionError> {
  const euis: Record<string, string | undefined> = {}
  for (const name of ['dev-eui', 'join-eui']) {
    const text = session.flag(name)
    const eui = text === undefined ? undefined : parseEui(text)
    if (text !== undefined && eui === undefined)
      return err('answer-invalid', `--${name}: ${text.slice(0, 40)}`)
    euis[name] = eui
  }
  return ok({ devEui: euis['dev-eui'], joinEui: euis['join-eui'] })
}

/** An AppKey from a file or the environment; undefined when there is none: then it is made here. */
export async function givenAppKey(session: Session): Promise<Result<string | undefined, ProvisionError>> {
  const given = await askSecret(session, {
    flag: 'app-key',
    variable: 'HANPYO_APP_KEY',
    text: { ko: 'AppKey', en: 'AppKey' },
    file: session.flag('app-key-file'),
    optional: true,
  })
  if (!given.ok || given.value === undefined) return given
  const key = parseAppKey(given.value)
  return key.ok ? key : keyFailure(key)
}

/** The home of the kiosks as flags name it, or as it was named before. */
export function readHome(session: Session, tenantId?: string): Result<Home, ProvisionError> {
  const { tenant, application, profile } = DEFAULT_HOME
  const interval = Number(session.flag('uplink-interval') ?? profile.uplinkIntervalSeconds)
  if (!Number.isInteger(interval) || interval < 60 || interval > 604_800)
    return err('answer-invalid', '--uplink-interval: 60 to 604800 seconds')
  const gateways: { id: string; name: string }[] = []
  for (const text of session.flags('gateway')) {
    const [eui = '', name = ''] = text.split(/=(.*)/s)
    const id = parseEui(eui)
    if (id === undefined) return err('answer-invalid', `--gateway: ${text.slice(0, 40)}`)
    gateways.push({ id, name: name === '' ? id : name })
  }
  const id = session.flag('tenant-id') ?? (session.flag('tenant') === undefined ? tenantId : undefined)
  return ok({
    tenant: { name: session.flag('tenant') ?? tenant.name, ...(id === undefined ? {} : { id }) },
    application: { name: session.flag('application') ?? application.name },
    profile: { name: session.flag('profile') ?? profile.name, uplinkIntervalSeconds: interval },
    gateways,
  })
}
