import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { createTransport } from './stream-transport.ts'
import type { Transport } from './transport.ts'

/** Which HID device is meant; numbers as the device reports them. The first that matches is opened. */
export type HidSelector =
  | { readonly by: 'path'; readonly path: string }
  | { readonly by: 'product'; readonly vendorId: number; readonly productId: number }
  | { readonly by: 'usage'; readonly usagePage: number; readonly usage: number }

/** A transport whose every `onData` call is exactly one input report, report id (if the device uses them) first. */
export interface HidTransport extends Transport {
  /** The device's report descriptor; undefined where the system does not hand it out. */
  readonly reportDescriptor: Uint8Array | undefined
}

/** Larger than any report descriptor the kernel takes (HID_MAX_DESCRIPTOR_SIZE). */
const LONGEST_DESCRIPTOR = 4_096

/**
 * Reads what follows `hid:`: `/dev/hidraw0`, `0c2e:0b61` (vendor and product, hexadecimal) or `usage=8c:02` (usage page
 * and usage, hexadecimal). Undefined when it is none of these.
 */
export function parseHidSelector(text: string): HidSelector | undefined {
  if (/^\/[^?]+$/.test(text)) return { by: 'path', path: text }
  const [, usage, first, second] = /^(usage=)?([0-9a-fA-F]{1,4}):([0-9a-fA-F]{1,4})$/.exec(text) ?? []
  if (first === undefined || second === undefined) return undefined
  const [high, low] = [Number.parseInt(first, 16), Number.parseInt(second, 16)]
  return usage === undefined
    ? { by: 'product', vendorId: high, productId: low }
    : { by: 'usage', usagePage: high, usage: low }
}

/** Opens a HID device through the system's hidraw driver. Rejects when there is none or the rights are missing. */
export async function openHid(uri: string, selector: HidSelector): Promise<HidTransport> {
  // Loaded on demand: a native addon that a kiosk without HID devices does not need.
  const { devicesAsync, HIDAsync } = await import('node-hid')
  const path = selector.by === 'path' ? selector.path : findPath(await devicesAsync(), selector)
  if (path === undefined) throw new Error(`${uri}: no such HID device is plugged in`)
  const device = await HIDAsync.open(path)
  let closing: Promise<void> | undefined
  const close = () => {
    // The handle of a device that was unplugged may refuse to close; it is gone all the same.
    closing ??= device.close().catch(() => {})
    return closing
  }
  const { transport, received, ended } = createTransport(uri, {
    async write(bytes) {
      await device.write(Buffer.from(bytes))
    },
    close,
  })
  device.on('data', (report: Uint8Array) => received(new Uint8Array(report)))
  device.on('error', (error: unknown) => {
    ended(error instanceof Error ? error.message : String(error))
    void close()
  })
  const reportDescriptor = await readDescriptor(path)
  return Object.assign(transport, { reportDescriptor })
}

interface ListedDevice {
  readonly path?: string | undefined
  readonly vendorId: number
  readonly productId: number
  readonly usagePage?: number | undefined
  readonly usage?: number | undefined
}

/** The first matching device that has a path. Pure, for tests. */
export function findPath(
  devices: readonly ListedDevice[],
  selector: Exclude<HidSelector, { by: 'path' }>,
): string | undefined {
  const matches = (device: ListedDevice) =>
    selector.by === 'product'
      ? device.vendorId === selector.vendorId && device.productId === selector.productId
      : device.usagePage === selector.usagePage && device.usage === selector.usage
  return devices.find((device) => device.path !== undefined && matches(device))?.path
}

/** Linux shows it beside the hidraw node; other systems do not. */
async function readDescriptor(path: string): Promise<Uint8Array | undefined> {
  if (!path.startsWith('/dev/hidraw')) return undefined
  try {
    const bytes = await readFile(`/sys/class/hidraw/${basename(path)}/device/report_descriptor`)
    return bytes.length > LONGEST_DESCRIPTOR ? undefined : new Uint8Array(bytes)
  } catch {
    return undefined
  }
}
