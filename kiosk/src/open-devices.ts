import { explainOpenError, openModem as openLoraModem } from '@hanpyo/devices/modem/open-modem.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { RadioModem } from './routes/lora.ts'

/** Opens the LoRaWAN modem behind a device URI, whichever dialect it speaks. Rejects with the reason when there is none. */
export async function openModem(uri: string, clock: Clock, log: Logger): Promise<RadioModem> {
  const modem = await openLoraModem(uri, { clock, log })
  if (modem.ok) return modem.value
  throw new Error(explainOpenError(uri, modem.error, modem.detail))
}
