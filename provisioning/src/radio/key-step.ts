import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { readDevice, updateDevice } from '../frame/device-folder.ts'
import type { ProvisionError } from '../frame/errors.ts'
import { type Change, defineStep, type Step, type StepContext } from '../frame/step.ts'
import {
  type LorawanKey,
  type LorawanKeyError,
  makeAppKey,
  readLorawanKey,
  writeLorawanKey,
} from './lorawan-key.ts'

/** What the modem of this kiosk shall be. */
export interface WantedIdentity {
  readonly devEui: string
  readonly joinEui: string
  /** Given by somebody else; made here when undefined. */
  readonly appKey: string | undefined
  readonly replaceKeys: boolean
}

export interface IdentityContext extends StepContext {
  readonly identity: WantedIdentity
}

/** Makes the root key, or takes the given one, and notes the DevEUI in `device.json`. On disk before anybody else gets it. */
export function keyStep<C extends IdentityContext>(): Step<C> {
  return defineStep<C>({
    id: 'lorawan-key',
    title: { ko: 'LoRaWAN 키 만들기', en: 'Make the LoRaWAN key' },
    async inspect(ctx) {
      const device = await readDevice(ctx.files, ctx.folder)
      // In a dry run the folder may not be there yet.
      if (!device.ok && device.error !== 'folder-not-a-device') return device
      const knownEui = device.ok ? device.value.devEui : undefined
      const found = await readKey(ctx.folder.root)
      if (!found.ok) return found
      const { devEui, replaceKeys } = ctx.identity
      const changes = keyChanges(found.value, ctx.identity)
      const isOther = knownEui !== undefined && knownEui !== devEui
      if (!replaceKeys && (isOther || (found.value !== null && changes.length > 0))) {
        const known = found.value?.devEui ?? knownEui
        return err('modem-identity-differs', `DevEUI ${known}, not ${devEui}, or another JoinEUI or AppKey`)
      }
      if (knownEui !== devEui)
        changes.push({ what: 'device.json: devEui', from: knownEui ?? null, to: devEui })
      return ok(changes.length === 0 ? 'done' : { changes })
    },
    async apply(ctx) {
      const found = await readKey(ctx.folder.root)
      if (!found.ok) return found
      const { devEui, joinEui, appKey } = ctx.identity
      if (keyChanges(found.value, ctx.identity).length > 0) {
        const device = await readDevice(ctx.files, ctx.folder)
        if (!device.ok) return device
        const key = {
          name: `kiosk-${device.value.id}`,
          devEui,
          joinEui,
          appKey: appKey ?? makeAppKey(ctx.random),
        }
        const written = await writeLorawanKey(ctx.files, ctx.folder.root, key, { replace: true })
        if (!written.ok) return keyFailure(written)
      }
      const noted = await updateDevice(ctx.files, ctx.folder, { devEui })
      return noted.ok ? ok(undefined) : noted
    },
  })
}

/** The key of the folder; there once `keyStep` is done. */
export async function readKey(root: string): Promise<Result<LorawanKey | null, ProvisionError>> {
  const found = await readLorawanKey(root)
  return found.ok ? found : keyFailure(found)
}

/** The key of the folder, which has to be there. */
export async function requireKey(root: string): Promise<Result<LorawanKey, ProvisionError>> {
  const found = await readKey(root)
  if (!found.ok) return found
  return found.value === null ? err('lorawan-key-missing', root) : ok(found.value)
}

export function keyFailure(failure: {
  readonly error: LorawanKeyError
  readonly detail?: string
}): Result<never, ProvisionError> {
  return failure.error === 'key-malformed'
    ? err('lorawan-key-malformed')
    : err('lorawan-key-file', `${failure.error}: ${failure.detail ?? ''}`)
}

function keyChanges(found: LorawanKey | null, { devEui, joinEui, appKey }: WantedIdentity): Change[] {
  const isSame =
    found !== null &&
    found.devEui === devEui &&
    found.joinEui === joinEui &&
    (appKey === undefined || appKey === found.appKey)
  if (isSame) return []
  return [
    {
      what: 'keys/lorawan.json',
      from: found === null ? null : `key of DevEUI ${found.devEui}, JoinEUI ${found.joinEui}`,
      to: `${appKey === undefined ? 'new' : 'given'} key of DevEUI ${devEui}, JoinEUI ${joinEui} (not shown)`,
    },
  ]
}
