import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { err, type Result } from '@hanpyo/protocol/result.ts'
import { type DeviceAddress, openAddress, parseDeviceUri, type Transport } from '../transport.ts'
import { openAtModem } from './at-modem.ts'
import { type DetectError, detectDialect } from './detect.ts'
import type { IdentifyError } from './dialect.ts'
import type { LoraModem } from './modem.ts'

/** `device-unavailable`: the port cannot be opened; the detail is the operating system's reason. */
export type OpenModemError = 'device-uri' | 'device-unavailable' | DetectError | IdentifyError

export interface OpenModemOptions {
  readonly clock: Clock
  readonly log?: Logger
  /** `inspect` opens a modem of any region and changes nothing in it. */
  readonly purpose?: 'use' | 'inspect'
  /** For tests; default opens the real device. */
  readonly open?: (uri: string, address: DeviceAddress) => Promise<Transport>
}

/** RUI3 4.x speaks 115,200 baud; Wio-E5, ST's AT_Slave and older RAK firmware 9,600. */
const BAUD_RATES = [115_200, 9_600]

/**
 * Opens the device a URI names and finds the modem behind it, whichever of the known dialects it speaks; a serial port
 * without `?baud=` is tried at both rates. Unless it was only to be inspected, the modem is fit for use when this succeeds:
 * LoRaWAN mode, KR920, listen-before-talk.
 */
export async function openModem(
  uri: string,
  options: OpenModemOptions,
): Promise<Result<LoraModem, OpenModemError>> {
  const { open = openAddress, ...rest } = options
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
    const dialect = await detectDialect({ transport, ...rest })
    if (dialect.ok) return openAtModem(dialect.value, { transport, ...rest })
    await transport.close()
    result = dialect
    if (dialect.error !== 'no-response') return result
  }
  return result
}

function candidates(address: DeviceAddress): DeviceAddress[] {
  if (address.kind !== 'serial' || address.baudRate !== undefined) return [address]
  return BAUD_RATES.map((baudRate) => ({ ...address, baudRate }))
}

/** One sentence for the person at the kiosk or the laptop: what is wrong and what to do. */
export function explainOpenError(uri: string, error: OpenModemError, detail?: string): string {
  const found = detail === undefined ? '' : ` (${detail})`
  switch (error) {
    case 'device-uri':
      return detail ?? `${uri} is not a device URI.`
    case 'device-unavailable':
      return `${uri} cannot be opened${found}. Check the cable, the name of the port and the rights to it.`
    case 'no-response':
      return `Nothing that answers AT commands was found at ${uri}. Check power, TX and RX, and the baud rate.`
    case 'unknown-modem':
      return `What answers at ${uri} is none of the known modems${found}. Known are RAK3172 (RUI3), Wio-E5 and ST AT_Slave.`
    case 'wrong-mode':
      return `The modem at ${uri} is not in LoRaWAN mode${found}. Switch its mode first (AT+NWM=1, or AT+MODE=LWOTAA).`
    case 'wrong-region':
      return `The modem at ${uri} is set to the wrong region${found}. Sending so would break Korean law; program it first.`
    case 'wrong-firmware':
      return `The modem at ${uri} has unsuitable firmware${found}. Update it.`
    case 'closed':
      return `${uri} was closed while the modem was being looked for. Check the plug.`
  }
}
