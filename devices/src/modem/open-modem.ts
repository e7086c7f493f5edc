import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { err, type Result } from '@hanpyo/protocol/result.ts'
import { type DeviceAddress, openAddress, parseDeviceUri, type Transport } from '../transport.ts'
import type { LoraModem } from './modem.ts'
import { openRui3, type Rui3OpenError } from './rui3.ts'

/** `device-unavailable`: the port cannot be opened; the detail is the operating system's reason. */
export type OpenModemError = 'device-uri' | 'device-unavailable' | Rui3OpenError

export interface OpenModemOptions {
  readonly clock: Clock
  readonly log?: Logger
  /** For tests; default opens the real device. */
  readonly open?: (uri: string, address: DeviceAddress) => Promise<Transport>
}

/** RUI3 4.x speaks 115,200 baud, older firmware 9,600. */
const BAUD_RATES = [115_200, 9_600]

/** Opens the device a URI names and finds the modem behind it; a serial port without `?baud=` is tried at both rates. */
export async function openModem(
  uri: string,
  options: OpenModemOptions,
): Promise<Result<LoraModem, OpenModemError>> {
  const { clock, log, open = openAddress } = options
  const parsed = parseDeviceUri(uri)
  if (!parsed.ok) return parsed
  let result: Result<LoraModem, OpenModemError> = err('no-response')
  for (const address of candidates(parsed.value)) {
    let transport: Transport
    try {
      transport = await open(uri, address)
    } catch (error) {
      return err('device-unavailable', error instanceof Error ? error.message : String(error))
    }
    result = await openRui3({ transport, clock, ...(log === undefined ? {} : { log }) })
    if (result.ok || result.error !== 'no-response') return result
  }
  return result
}

function candidates(address: DeviceAddress): DeviceAddress[] {
  if (address.kind !== 'serial' || address.baudRate !== undefined) return [address]
  return BAUD_RATES.map((baudRate) => ({ ...address, baudRate }))
}
