import { readdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Command, EXIT } from '@hanpyo/platform/command.ts'

/** A device that is plugged in, as a URI for the configuration. */
export interface FoundDevice {
  readonly uri: string
  readonly what: string
}

export const deviceList: Command = {
  name: 'device list',
  summary: 'Lists what is plugged in, as URIs for device test and the configuration of a kiosk.',
  usage: `Usage: hanpyo device list [--json]

Serial ports, USB printers and HID devices of this machine. What is listed without rights to it cannot be opened.

Exit codes: 0 listed (also when there is nothing), 2 wrong arguments.`,
  async run(args, io) {
    const { values } = parseArgs({ args, options: { json: { type: 'boolean', default: false } } })
    const found = await findDevices()
    if (values.json) io.stdout(JSON.stringify({ devices: found }))
    else if (found.length === 0) io.stdout('No serial port, USB printer or HID device is plugged in.')
    else for (const { uri, what } of found) io.stdout(`${uri}  ${what}`)
    return EXIT.ok
  },
}

/** Everything that is plugged in. */
export async function findDevices(): Promise<FoundDevice[]> {
  const { SerialPort } = await import('serialport')
  const { devicesAsync } = await import('node-hid')
  // A machine without the subsystem (no udev, no hidraw) has no such devices.
  const [ports, hid, printers] = await Promise.all([
    SerialPort.list().catch(() => []),
    devicesAsync().catch(() => []),
    readdir('/dev/usb').catch(() => []),
  ])
  return [
    ...ports
      // Built-in ports that nobody wired are listed by the system too.
      .filter(({ path, vendorId }) => vendorId !== undefined || /USB|ACM|AMA/.test(path))
      .map(({ path, manufacturer }) => ({ uri: `serial:${path}`, what: manufacturer ?? 'serial port' })),
    ...printers
      .filter((name) => /^lp[0-9]+$/.test(name))
      .map((name) => ({ uri: `file:/dev/usb/${name}`, what: 'USB printer' })),
    ...hid.map(({ vendorId, productId, product, usagePage }) => ({
      uri: `hid:${hex(vendorId)}:${hex(productId)}`,
      what: `${product ?? 'HID device'}${usagePage === 0x8c ? ', a scanner in HID POS mode' : ''}`,
    })),
  ]
}

function hex(value: number): string {
  return value.toString(16).padStart(4, '0')
}
