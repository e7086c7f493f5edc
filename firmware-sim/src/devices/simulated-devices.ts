import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Lifecycle } from '@hanpyo/platform/lifecycle.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { openPluggablePort, type PluggablePort } from './pluggable-port.ts'
import { SimulatedPrinter } from './printer/simulated-printer.ts'
import { SimulatedLamp } from './simulated-lamp.ts'

export const DEVICE_NAMES = ['printer', 'scanner', 'keypad', 'switches', 'lamp'] as const
export type DeviceName = (typeof DEVICE_NAMES)[number]

/** The keys of the simulated pad and the two switches, by the codes they send. */
export const KEYPAD_CODES = [
  'up',
  'down',
  'left',
  'right',
  'select',
  'volume-up',
  'volume-down',
  'faster',
  'slower',
] as const
export const SWITCH_CODES = ['move', 'select'] as const

export interface SimulatedDevicesOptions {
  readonly clock: Clock
  readonly lifecycle: Lifecycle
  /** Ports by device; those left out get free ones. */
  readonly ports?: Partial<Record<DeviceName, number>>
  /** 576 dots for 80 mm paper (default), 384 for 58 mm. */
  readonly headDots?: number
}

/** What the page shows. */
export interface DevicesState {
  readonly devices: Readonly<
    Record<DeviceName, { readonly uri: string; readonly isPlugged: boolean; readonly isConnected: boolean }>
  >
  readonly printer: SimulatedPrinter['condition'] & {
    readonly isBusy: boolean
    readonly rowsUnderHead: number
    readonly receipts: readonly { readonly number: number; readonly width: number; readonly height: number }[]
  }
  readonly held: readonly string[]
  readonly lamp: { readonly mode: string }
}

/** A printer, a scanner, a keypad, two switches and a lamp, each behind a TCP port that can be unplugged. */
export class SimulatedDevices {
  readonly printer: SimulatedPrinter
  readonly #ports: Readonly<Record<DeviceName, PluggablePort>>
  readonly #lamp: SimulatedLamp
  readonly #held = new Set<string>()
  readonly #listeners: Set<() => void>

  private constructor(parts: {
    printer: SimulatedPrinter
    lamp: SimulatedLamp
    ports: Readonly<Record<DeviceName, PluggablePort>>
    listeners: Set<() => void>
  }) {
    this.printer = parts.printer
    this.#lamp = parts.lamp
    this.#ports = parts.ports
    this.#listeners = parts.listeners
  }

  /** Opens all ports; rejects when one is taken. */
  static async open(options: SimulatedDevicesOptions): Promise<SimulatedDevices> {
    const { clock, lifecycle, ports: wanted = {} } = options
    const listeners = new Set<() => void>()
    const onChange = () => {
      for (const listener of [...listeners]) listener()
    }
    const headDots = options.headDots ?? 576
    const printer = new SimulatedPrinter({ clock, headDots, onChange })
    const lamp = new SimulatedLamp(onChange)
    const ports: Partial<Record<DeviceName, PluggablePort>> = {}
    for (const name of DEVICE_NAMES) {
      const end = {
        opened() {
          const port = ports[name]
          if (name === 'printer' && port !== undefined) printer.attach(port)
          if (name === 'lamp' && port !== undefined) lamp.attach(port)
        },
        received(bytes: Uint8Array) {
          if (name === 'printer') printer.receive(bytes)
          if (name === 'lamp') lamp.receive(bytes)
        },
        closed() {
          if (name === 'printer') printer.detach()
        },
      }
      const port = await openPluggablePort(end, { port: wanted[name] ?? 0, onChange })
      ports[name] = port
      lifecycle.onClose(`simulated ${name}`, () => port.unplug())
    }
    return new SimulatedDevices({
      printer,
      lamp,
      ports: ports as Record<DeviceName, PluggablePort>,
      listeners,
    })
  }

  uri(name: DeviceName): string {
    return this.#ports[name].uri
  }

  /** Reads a code: sends it as one line. */
  scan(text: string): void {
    this.#ports.scanner.send(utf8(`${text}\r\n`))
  }

  /** Presses or lets go of a key or switch. What is held when the device is unplugged is let go of. */
  setKey(device: 'keypad' | 'switches', code: string, isDown: boolean): void {
    const held = `${device} ${code}`
    if (this.#held.has(held) === isDown) return
    if (isDown) this.#held.add(held)
    else this.#held.delete(held)
    this.#ports[device].send(utf8(`${isDown ? '+' : '-'}${code}\n`))
    this.#changed()
  }

  async setPlugged(name: DeviceName, isPlugged: boolean): Promise<void> {
    if (isPlugged) return this.#ports[name].plug()
    for (const held of [...this.#held]) if (held.startsWith(`${name} `)) this.#held.delete(held)
    // Without power it forgets what it was doing.
    if (name === 'printer') this.printer.powerCycle()
    if (name === 'lamp') this.#lamp.powerCycle()
    await this.#ports[name].unplug()
  }

  state(): DevicesState {
    const { printer } = this
    const devices = DEVICE_NAMES.map((name) => {
      const { uri, isPlugged, isConnected } = this.#ports[name]
      return [name, { uri, isPlugged, isConnected }] as const
    })
    return {
      devices: Object.fromEntries(devices) as DevicesState['devices'],
      printer: {
        ...printer.condition,
        isBusy: printer.isBusy,
        rowsUnderHead: printer.rowsUnderHead,
        receipts: printer.receipts.map(({ number, image: { width, height } }) => ({ number, width, height })),
      },
      held: [...this.#held],
      lamp: { mode: this.#lamp.mode },
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
