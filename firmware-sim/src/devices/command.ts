import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { serveFetch } from '@hanpyo/platform/http-server.ts'
import { createLifecycle } from '@hanpyo/platform/lifecycle.ts'
import { createLogger } from '@hanpyo/platform/logger.ts'
import { createDevicesHandler } from './devices-http.ts'
import { DEVICE_NAMES, type DeviceName, SimulatedDevices } from './simulated-devices.ts'

const PAGE_PORT = 4700
const PRINTER_PORT = 9100

export const simDevices: Command = {
  name: 'sim devices',
  summary: 'Plays receipt printer, scanner, keypad, switches and help lamp, with a page to click on.',
  usage: `Usage: hanpyo sim devices [options]

Simulated devices on TCP ports of this machine, and a page on which a person scans slips, presses keys, reads what was
printed, sees the lamp, and unplugs each device. Prints one JSON line when ready:
{"ready":true,"page":"http://127.0.0.1:4700","printer":"tcp:127.0.0.1:9100","scanner":"tcp:…",…}.

  --port N             port of the page (default ${PAGE_PORT}); scanner, keypad, switches and lamp take the four after it;
                       0 takes free ports for all
  --printer-port N     port of the printer (default ${PRINTER_PORT}; a free one with --port 0)
  --width 58|80        width of the paper roll in mm (default 80)
  --slips FILE         codes to offer for scanning: one per line, optionally "name<TAB>code"
  --speed N            run the devices N times as fast
  --close-with-parent  end when standard input ends

Exit codes: 0 ended by a signal or its parent, 1 could not start (a port is taken), 2 wrong arguments.`,
  async run(args, io) {
    const { values } = parseArgs({ args, options: OPTIONS })
    const pagePort = portOf('--port', values.port)
    const ports = portsFrom(pagePort, values['printer-port'])
    if (values.width !== '58' && values.width !== '80') throw new UsageError('--width is 58 or 80')
    const speed = Number(values.speed)
    if (!(speed > 0)) throw new UsageError('--speed takes a number above 0')
    const slips = values.slips === undefined ? [] : await readSlips(resolve(io.cwd, values.slips))
    const log = createLogger({ name: 'sim-devices', level: 'warn' })
    const lifecycle = createLifecycle({ log, closeWithParent: values['close-with-parent'] })
    try {
      const headDots = values.width === '58' ? 384 : 576
      const clock = createRealClock({ speed })
      const devices = await SimulatedDevices.open({ clock, lifecycle, ports, headDots })
      const page = await serveFetch(createDevicesHandler({ devices, slips }), { port: pagePort, log })
      lifecycle.onClose('page', () => page.close(0))
      io.stdout(JSON.stringify({ ready: true, page: page.url, ...urisOf(devices) }))
    } catch (error) {
      explain(error, io)
      await lifecycle.close('start failed')
      return EXIT.failed
    }
    await lifecycle.closed
    return EXIT.ok
  },
}

const OPTIONS = {
  port: { type: 'string', default: String(PAGE_PORT) },
  'printer-port': { type: 'string' },
  width: { type: 'string', default: '80' },
  slips: { type: 'string' },
  speed: { type: 'string', default: '1' },
  'close-with-parent': { type: 'boolean', default: false },
} as const

function portsFrom(pagePort: number, printer: string | undefined): Record<DeviceName, number> {
  const after = (offset: number) => (pagePort === 0 ? 0 : pagePort + offset)
  if (pagePort > 65_531) throw new UsageError('--port leaves no room for four more ports')
  const usual = pagePort === 0 ? 0 : PRINTER_PORT
  return {
    printer: printer === undefined ? usual : portOf('--printer-port', printer),
    scanner: after(1),
    keypad: after(2),
    switches: after(3),
    lamp: after(4),
  }
}

function portOf(name: string, text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || text.trim() === '')
    throw new UsageError(`${name} takes a port number`)
  return port
}

/** Blank lines and lines beginning with # are passed over. */
async function readSlips(path: string): Promise<{ name: string; text: string }[]> {
  const lines = (await readFile(path, 'utf8')).split(/\r?\n/).map((line) => line.trim())
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line, at) => {
      const [first = '', second] = line.split('\t')
      return second === undefined ? { name: `slip ${at + 1}`, text: first } : { name: first, text: second }
    })
}

function urisOf(devices: SimulatedDevices): Record<string, string> {
  return Object.fromEntries(DEVICE_NAMES.map((name) => [name, devices.uri(name)]))
}

function explain(error: unknown, io: CommandIo): void {
  const { code, port } = error as { code?: string; port?: number }
  if (code === 'EADDRINUSE')
    io.stderr(`Port ${port} is taken. End what uses it, or take other ports with --port and --printer-port.`)
  else io.stderr(error instanceof Error ? error.message : String(error))
}
