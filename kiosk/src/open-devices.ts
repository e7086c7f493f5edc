import type { Lamp } from '@hanpyo/devices/lamp/lamp.ts'
import { openLamp } from '@hanpyo/devices/lamp/open-lamp.ts'
import type { LoraModem } from '@hanpyo/devices/modem/modem.ts'
import { explainOpenError, openModem as openLoraModem } from '@hanpyo/devices/modem/open-modem.ts'
import { openReceiptPrinter } from '@hanpyo/devices/printer/open-printer.ts'
import type { ReceiptPrinter } from '@hanpyo/devices/printer/receipt-printer.ts'
import { openScanner } from '@hanpyo/devices/scanner/open-scanner.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { KioskConfig } from './config.ts'
import type { Health } from './contract/views.ts'
import type { RadioModem } from './routes/lora.ts'

/**
 * Opens the LoRaWAN modem behind a device URI, whichever dialect it speaks. Rejects with the reason when there is none.
 * @param onNetworkTime asks the network for the time after each join (one more uplink) and gets how far ahead `clock` is.
 * @param onOpened gets the whole driver, for the technician's tests.
 */
export async function openModem(
  uri: string,
  clock: Clock,
  log: Logger,
  onNetworkTime: ((aheadMs: number) => void) | null,
  onOpened: (modem: LoraModem) => void = () => {},
): Promise<RadioModem> {
  const opened = await openLoraModem(uri, { clock, log })
  if (!opened.ok) throw new Error(explainOpenError(uri, opened.error, opened.detail))
  const modem = opened.value
  onOpened(modem)
  if (onNetworkTime !== null) {
    modem.onEvent(({ type }) => {
      if (type === 'joined') void askTime()
    })
  }
  const askTime = async (): Promise<void> => {
    const time = await modem.networkTime()
    if (time.ok) onNetworkTime?.(-time.value.offsetMs)
    else log.debug('network-time-unknown', { code: time.error })
  }
  return modem
}

/** Scanner, receipt printer and help lamp of a kiosk, as far as they are configured. */
export interface KioskDevices {
  readonly printer: ReceiptPrinter | null
  readonly lamp: Lamp | undefined
  readonly scannerState: () => Health['scanner']
  readonly printerFacts: () => Health['printer']
  showHelp(isCalled: boolean): void
  onScan(listener: (text: string) => void): void
  /** Something was unplugged, plugged in, or is out of paper. */
  onChange(listener: () => void): void
  close(): Promise<void>
}

/** Opens them; none need be there yet, each is looked for until `close`. */
export async function openDevices(
  config: Pick<KioskConfig, 'scanner' | 'printer' | 'lamp'>,
  deps: { readonly clock: Clock; readonly random: RandomBytes; readonly log: Logger },
): Promise<Result<KioskDevices, 'device-uri'>> {
  const listeners = { onScan: (_text: string): void => {}, onChange: (): void => {} }
  const opened = config.printer === undefined ? null : await openReceiptPrinter(config.printer.uri, deps)
  if (opened !== null && !opened.ok) return err('device-uri', config.printer?.uri)
  const printer = opened?.value ?? null
  const scanner =
    config.scanner &&
    openScanner(config.scanner.uri, { ...deps, onText: (text: string) => listeners.onScan(text) })
  const lamp = config.lamp && openLamp(config.lamp.uri, deps)
  const tell = (): void => listeners.onChange()
  scanner?.onState(tell)
  printer?.onStatus(tell)
  return ok({
    printer,
    lamp,
    scannerState: () => scanner?.state ?? 'not-configured',
    printerFacts: () => printerFacts(printer),
    // The lamp itself remembers what it should show; a lamp that is away lights up when it is back.
    showHelp: (isCalled) => void lamp?.set(isCalled ? 'blink' : 'off'),
    onScan: (listener) => {
      listeners.onScan = listener
    },
    onChange: (listener) => {
      listeners.onChange = listener
    },
    async close() {
      await Promise.all([scanner?.close(), printer?.close(), lamp?.close()])
    },
  })
}

function printerFacts(printer: ReceiptPrinter | null): Health['printer'] {
  if (printer === null) return { state: 'not-configured', paper: 'unknown', problem: null }
  const { paper, problem } = printer.lastStatus
  const isAway = problem === 'printer-not-connected' || problem === 'printer-silent'
  return { state: isAway ? 'offline' : 'online', paper, problem: problem ?? null }
}
