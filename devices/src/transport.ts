import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { openFile } from './transport-file.ts'
import { type HidSelector, openHid, parseHidSelector } from './transport-hid.ts'
import { openSerial } from './transport-serial.ts'
import { openTcp } from './transport-tcp.ts'

/** A byte stream to a device. Nothing is framed, nothing is retried. */
export interface Transport {
  readonly uri: string
  /** Hands bytes to the operating system; rejects when the device is gone. */
  write(bytes: Uint8Array): Promise<void>
  /** Called with whatever arrived, in order. Bytes that came before the first listener are kept for it. */
  onData(listener: (bytes: Uint8Array) => void): () => void
  /** Called once when the device is gone or `close` was called, with a reason for the log. */
  onClose(listener: (reason: string) => void): () => void
  close(): Promise<void>
}

export type DeviceAddress =
  | { readonly kind: 'serial'; readonly path: string; readonly baudRate: number | undefined }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'hid'; readonly selector: HidSelector }

/**
 * Reads a device URI: `serial:/dev/ttyUSB0?baud=115200` (baud optional), `tcp:host:port` or `tcp://host:port` (a serial
 * line offered by ser2net), `file:/path` (a character device such as /dev/usb/lp0; a FIFO or a recorded session, which can only
 * be read), `hid:0c2e:0b61`, `hid:usage=8c:02` or `hid:/dev/hidraw0` (a HID device; every `onData` is one report).
 */
export function parseDeviceUri(uri: string): Result<DeviceAddress, 'device-uri'> {
  const [, scheme, rest] = /^(serial|tcp|file|hid):(.+)$/.exec(uri) ?? []
  if (rest === undefined) return err('device-uri', `${uri}: expected serial:, tcp:, file: or hid:`)
  if (scheme === 'file') return ok({ kind: 'file', path: rest })
  if (scheme === 'hid') {
    const selector = parseHidSelector(rest)
    if (selector === undefined)
      return err('device-uri', `${uri}: expected hid:vendor:product or hid:usage=8c:02`)
    return ok({ kind: 'hid', selector })
  }
  if (scheme === 'serial') {
    const [, path, baud] = /^([^?]+)(?:\?baud=([1-9][0-9]{1,6}))?$/.exec(rest) ?? []
    if (path === undefined) return err('device-uri', `${uri}: expected serial:/dev/…?baud=115200`)
    return ok({ kind: 'serial', path, baudRate: baud === undefined ? undefined : Number(baud) })
  }
  const [, host, port] = /^(?:\/\/)?(\[[0-9a-fA-F:]+\]|[^:/]+):([0-9]{1,5})\/?$/.exec(rest) ?? []
  const number = Number(port)
  if (host === undefined || number < 1 || number > 65535)
    return err('device-uri', `${uri}: expected tcp:host:port`)
  return ok({ kind: 'tcp', host: host.replace(/^\[|\]$/g, ''), port: number })
}

/** Opens a device by its URI. Rejects with the operating system's reason when it cannot. */
export async function openTransport(uri: string): Promise<Transport> {
  const address = parseDeviceUri(uri)
  if (!address.ok) throw new RangeError(address.detail ?? address.error)
  return openAddress(uri, address.value)
}

/** The same for an address that was read already; `uri` is its name in logs. */
export function openAddress(uri: string, address: DeviceAddress): Promise<Transport> {
  switch (address.kind) {
    case 'serial':
      return openSerial(uri, address.path, address.baudRate ?? 115_200)
    case 'tcp':
      return openTcp(uri, address.host, address.port)
    case 'file':
      return openFile(uri, address.path)
    case 'hid':
      return openHid(uri, address.selector)
  }
}
