import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { createLifecycle } from '@hanpyo/platform/lifecycle.ts'
import { createLogger } from '@hanpyo/platform/logger.ts'
import { loadSimulatorConfig } from './config.ts'
import { startSimulator } from './main.ts'

const simRun: Command = {
  name: 'sim run',
  summary: 'Runs simulated modems, radio, gateway and network server against an MQTT broker.',
  usage: `Usage: hanpyo sim run <config.toml|config.json> [--speed N] [--epoch MS] [--close-with-parent]

Hosts modems on TCP ports, the KR920 radio channel, one or more gateways and, unless
networkServer.enabled is false, a stand-in for ChirpStack. Prints one JSON line when ready:
{"ready":true,"modems":[{"id","uri","devEui"}],"control":"http://127.0.0.1:…",…}.

  --speed N            run simulated time N times as fast (overrides the file)
  --epoch MS           unix ms at which simulated and real time agree (overrides the file)
  --close-with-parent  end when standard input ends

Exit codes: 0 ended by a signal or its parent, 1 could not start, 2 wrong arguments.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        speed: { type: 'string' },
        epoch: { type: 'string' },
        'close-with-parent': { type: 'boolean', default: false },
      },
    })
    const [path] = positionals
    if (path === undefined || positionals.length > 1) throw new UsageError('one configuration file expected')
    const loaded = await loadSimulatorConfig(resolve(io.cwd, path), io.env)
    if (!loaded.ok) {
      io.stderr(loaded.detail ?? loaded.error)
      return EXIT.failed
    }
    const config = {
      ...loaded.value,
      ...(values.speed === undefined ? {} : { speed: positive('--speed', values.speed) }),
      ...(values.epoch === undefined ? {} : { epochMs: positive('--epoch', values.epoch) }),
    }
    const log = createLogger({ name: 'firmware-sim', level: config.logLevel })
    const lifecycle = createLifecycle({ log, closeWithParent: values['close-with-parent'] })
    try {
      io.stdout(JSON.stringify(await startSimulator({ config, lifecycle, log })))
    } catch (error) {
      io.stderr(error instanceof Error ? error.message : String(error))
      await lifecycle.close('start failed')
      return EXIT.failed
    }
    await lifecycle.closed
    return EXIT.ok
  },
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0) throw new UsageError(`${name} takes a number above 0`)
  return value
}

/** Commands of this room. */
export const commands: Command[] = [simRun]
