import { openKeypad } from '@hanpyo/devices/keypad/open-keypad.ts'
import { openLamp } from '@hanpyo/devices/lamp/open-lamp.ts'
import type { LoraModem } from '@hanpyo/devices/modem/modem.ts'
import { openModem } from '@hanpyo/devices/modem/open-modem.ts'
import { openReceiptPrinter } from '@hanpyo/devices/printer/open-printer.ts'
import { parsePrinterUri } from '@hanpyo/devices/printer/printer-uri.ts'
import { openScanner } from '@hanpyo/devices/scanner/open-scanner.ts'
import type { ModemPort, SelfTestPorts } from '@hanpyo/devices/self-test/ports.ts'
import { modemPort } from '@hanpyo/devices/self-test/radio.ts'
import { scanPort } from '@hanpyo/devices/self-test/scan-port.ts'
import { openSwitches } from '@hanpyo/devices/switches/open-switches.ts'
import { parseDeviceUri } from '@hanpyo/devices/transport.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import { err as failed, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Ports } from '../../frame/ports.ts'

export const DEVICE_NAMES = ['keypad', 'switches', 'printer', 'scanner', 'lamp', 'modem'] as const
export type DeviceName = (typeof DEVICE_NAMES)[number]
export type DeviceUris = Partial<Readonly<Record<DeviceName, string>>>

/** Whether a URI can name such a device. */
export function isDeviceUri(name: DeviceName, uri: string): boolean {
  if (name === 'printer') return parsePrinterUri(uri).ok
  return parseDeviceUri(uri).ok || (name === 'scanner' && uri.startsWith('wedge:'))
}

export type TestDevices = Pick<SelfTestPorts, DeviceName>

/** A device that is switched on answers sooner. */
const FOUND_WITHIN_MS = 5_000

/**
 * Opens what has a URI and waits a few seconds for each to be there. One that is not is found out by its own test. Nothing else may hold
 * the devices meanwhile: a kiosk that runs has to be stopped.
 */
export async function openTestDevices(
  uris: DeviceUris,
  deps: Pick<Ports, 'clock' | 'random'>,
): Promise<Result<{ readonly devices: TestDevices; close(): Promise<void> }, 'device-uri'>> {
  const { clock } = deps
  for (const name of DEVICE_NAMES) {
    const uri = uris[name]
    if (uri !== undefined && !isDeviceUri(name, uri)) return failed('device-uri', `${name}: ${uri}`)
  }
  const printer = uris.printer === undefined ? undefined : await openReceiptPrinter(uris.printer, deps)
  if (printer?.ok === false) return printer
  const keypad = uris.keypad === undefined ? undefined : openKeypad(uris.keypad, deps)
  const switches = uris.switches === undefined ? undefined : openSwitches(uris.switches, deps)
  const lamp = uris.lamp === undefined ? undefined : openLamp(uris.lamp, deps)
  const scans = scanPort(() => scanner?.state ?? 'offline')
  const scanner =
    uris.scanner === undefined
      ? undefined
      : openScanner(uris.scanner, { ...deps, onText: (text) => void scans.push(text) })
  const modem = uris.modem === undefined ? undefined : await openTestModem(uris.modem, clock)
  const lines = [keypad, switches, lamp, scanner].filter((device) => device !== undefined)
  await Promise.all(lines.map((device) => online(device, clock)))
  return ok({
    devices: {
      keypad,
      switches,
      lamp,
      printer: printer?.value,
      scanner: scanner === undefined ? undefined : scans,
      modem: modem?.port,
    },
    async close() {
      const closing = [...lines, printer?.value, modem?.driver].map((device) => device?.close())
      await Promise.all(closing)
    },
  })
}

/** A modem that cannot be opened is a port without facts, so that its test says so. */
async function openTestModem(
  uri: string,
  clock: Clock,
): Promise<{ readonly port: ModemPort; readonly driver: LoraModem | undefined }> {
  const opened = await openModem(uri, { clock })
  if (opened.ok) return { port: modemPort(opened.value), driver: opened.value }
  const port: ModemPort = { facts: async () => null, linkCheck: async () => failed('closed') }
  return { port, driver: undefined }
}

function online(
  device: { readonly state: string; onState(listener: () => void): () => void },
  clock: Clock,
): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      stop()
      clock.clearTimeout(timer)
      resolve()
    }
    const stop = device.onState(() => device.state === 'online' && end())
    const timer = clock.setTimeout(end, FOUND_WITHIN_MS)
    if (device.state === 'online') end()
  })
}
