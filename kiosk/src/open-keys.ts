import type { LineDeviceOptions } from '@hanpyo/devices/keep-connected.ts'
import type { HeadphoneState, KeyDevice } from '@hanpyo/devices/keypad/keypad.ts'
import { openKeypad } from '@hanpyo/devices/keypad/open-keypad.ts'
import { openSwitches } from '@hanpyo/devices/switches/open-switches.ts'
import { parseDeviceUri } from '@hanpyo/devices/transport.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { InputKey } from './contract/input-views.ts'
import type { Health } from './contract/views.ts'

/** What people press on the machine itself. */
export interface KioskKeys {
  readonly keypad: KeyDevice<string> | undefined
  readonly switches: KeyDevice<string> | undefined
  readonly facts: () => Pick<Health, 'keypad' | 'switches'>
  onKey(listener: (key: InputKey) => void): void
  onHeadphones(listener: (state: HeadphoneState) => void): void
  /** Something was unplugged or plugged in, or a key got stuck. */
  onChange(listener: () => void): void
  close(): Promise<void>
}

/** Opens keypad and switches, as far as they are configured; none need be there yet. */
export function openKeys(
  config: { readonly keypad?: string | undefined; readonly switches?: string | undefined },
  deps: LineDeviceOptions,
): Result<KioskKeys, 'device-uri'> {
  for (const uri of [config.keypad, config.switches]) {
    if (uri !== undefined && !parseDeviceUri(uri).ok) return err('device-uri', uri)
  }
  const keypad = config.keypad === undefined ? undefined : openKeypad(config.keypad, deps)
  const switches = config.switches === undefined ? undefined : openSwitches(config.switches, deps)
  const devices = [keypad, switches].filter((device) => device !== undefined)
  return ok({
    keypad,
    switches,
    facts: () => ({ keypad: factsOf(keypad), switches: factsOf(switches) }),
    onKey(listener) {
      keypad?.onKey(({ kind, key }) => kind === 'press' && listener(key))
      switches?.onKey(({ kind, key }) => kind === 'press' && listener(`switch-${key}`))
    },
    onHeadphones: (listener) => void keypad?.onHeadphones(listener),
    onChange(listener) {
      for (const device of devices) {
        device.onState(listener)
        device.onKey(({ kind }) => (kind === 'stuck' || kind === 'freed') && listener())
      }
    },
    close: async () => void (await Promise.all(devices.map((device) => device.close()))),
  })
}

function factsOf(device: KeyDevice<string> | undefined): Health['keypad'] {
  return { state: device?.state ?? 'not-configured', stuckKeys: [...(device?.stuckKeys ?? [])] }
}
