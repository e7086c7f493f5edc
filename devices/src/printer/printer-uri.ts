import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { parseDeviceUri } from '../transport.ts'
import type { PaperWidthMm } from './receipt.ts'

export interface PrinterAddress {
  /** What `openTransport` takes. */
  readonly transportUri: string
  readonly paperWidthMm: PaperWidthMm
  /** Whether the printer answers; some USB cables and cheap printers have no way back. */
  readonly hasStatus: boolean
}

/**
 * Reads a printer's URI: `serial:/dev/ttyUSB0?baud=115200`, `file:/dev/usb/lp0` or `tcp:host:9100` (the port may be left out), each
 * with `width=58` (default 80) and `status=no` after `?`, joined by `&`.
 */
export function parsePrinterUri(uri: string): Result<PrinterAddress, 'device-uri'> {
  const [base = '', query = ''] = uri.split('?', 2)
  let paperWidthMm: PaperWidthMm = 80
  let hasStatus = true
  const rest: string[] = []
  for (const setting of query.split('&').filter((one) => one !== '')) {
    if (setting === 'width=58') paperWidthMm = 58
    else if (setting === 'width=80') paperWidthMm = 80
    else if (setting === 'status=no') hasStatus = false
    else if (setting.startsWith('baud=') && base.startsWith('serial:')) rest.push(setting)
    else return err('device-uri', `${uri}: expected width=58, width=80, status=no or, with serial:, baud=`)
  }
  const withPort = /^tcp:(\/\/)?(\[[^\]]+\]|[^:/[\]]+)\/?$/.test(base)
    ? `${base.replace(/\/$/, '')}:9100`
    : base
  const transportUri = rest.length === 0 ? withPort : `${withPort}?${rest.join('&')}`
  const address = parseDeviceUri(transportUri)
  if (!address.ok) return address
  if (address.value.kind === 'hid') return err('device-uri', `${uri}: a printer is serial:, file: or tcp:`)
  return ok({ transportUri, paperWidthMm, hasStatus })
}
