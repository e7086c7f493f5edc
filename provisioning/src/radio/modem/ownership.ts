import type { ModemSettings } from '@hanpyo/devices/modem/modem.ts'

/** Whose keys are in a modem, as far as its EUIs tell. */
export type Owner =
  /** As it left the factory. */
  | 'factory'
  /** This kiosk: programmed before, wholly or up to a pulled plug. */
  | 'this-kiosk'
  /** Our JoinEUI with another DevEUI: the modem of another kiosk. */
  | 'other-kiosk'
  /** Somebody else's network. */
  | 'stranger'

/**
 * JoinEUIs that makers put in: none at all, Seeed's and ST's examples, and everything under the OUIs of RAKwireless, Seeed and
 * STMicroelectronics (IEEE registry).
 */
const FACTORY = /^(?:0{16}|f{16}|8000000000000006|(?:01){8}|ac1f09|2cf7f1|0080e1)/

/** EUIs in lower-case hex. */
export function ownerOf(
  found: Pick<ModemSettings, 'devEui' | 'joinEui'>,
  wanted: { readonly devEui: string; readonly joinEui: string },
): Owner {
  if (found.joinEui === wanted.joinEui) return found.devEui === wanted.devEui ? 'this-kiosk' : 'other-kiosk'
  return FACTORY.test(found.joinEui) ? 'factory' : 'stranger'
}

/** The DevEUI of a modem when it is one of its own, as the maker gave it. */
export function isUsableEui(eui: string): boolean {
  return /^[0-9a-f]{16}$/.test(eui) && !/^(?:0{16}|f{16}|(?:01){8})$/.test(eui)
}
