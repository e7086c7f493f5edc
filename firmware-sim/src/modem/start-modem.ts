import { Rui3Firmware } from './rui3.ts'
import { type ModemOptions, SimulatedModem } from './simulated-modem.ts'
import { StFirmware } from './st.ts'
import { WioE5Firmware } from './wio-e5.ts'

export const MODEM_DIALECTS = ['rui3', 'wio-e5', 'st'] as const
export type ModemDialect = (typeof MODEM_DIALECTS)[number]

/** Powers up a modem that speaks the given dialect, with what the memory of its device holds. */
export async function startModem(dialect: ModemDialect, options: ModemOptions): Promise<SimulatedModem> {
  const device = await options.createDevice(options.identity)
  return new SimulatedModem(options, device, (modem) => {
    switch (dialect) {
      case 'rui3':
        return new Rui3Firmware(modem, options)
      case 'wio-e5':
        return new WioE5Firmware(modem, options)
      case 'st':
        return new StFirmware(modem, options)
    }
  })
}
