import { openRui3 } from '@hanpyo/devices/modem/rui3.ts'
import { openTransport } from '@hanpyo/devices/transport.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { RadioModem } from './routes/lora.ts'

/** Opens a RAK3172 behind a device URI. Rejects with the reason when there is none. */
export async function openModem(uri: string, clock: Clock, log: Logger): Promise<RadioModem> {
  const transport = await openTransport(uri)
  const modem = await openRui3({ transport, clock, log })
  if (modem.ok) return modem.value
  throw new Error(`no LoRaWAN modem at ${uri}: ${modem.error}`)
}
