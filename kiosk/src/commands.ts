/** The kiosk's part of `hanpyo`. */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { flushCompiledCode } from '@hanpyo/platform/compiled-code.ts'
import { createLogger } from '@hanpyo/platform/logger.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { listBox } from './box-listing.ts'
import { chromiumCommand } from './chromium/command.ts'
import { type KioskConfig, loadKioskConfig } from './config.ts'
import { START_ADVICE } from './core/start-error.ts'
import { createDeviceKeys, writeRequest } from './device-keys.ts'
import { exportEvidence } from './evidence-export.ts'
import { startCore } from './main.ts'
import { staffCommand, technicianPinCommand } from './staff-command.ts'
import { softwareHashCommand, verifyHashCommand } from './verify-hash-command.ts'

const coreCommand: Command = {
  name: 'kiosk core',
  summary: 'Run the kiosk core: keys, ballot box, outbox and the screen contract on loopback.',
  usage: `hanpyo kiosk core --config kiosk.toml [--close-with-parent]

Prints one JSON line when it is ready: {"event":"ready","url":…,"token":…,"entryUrl":…}. A shell sends the token as
"authorization: Bearer …"; a browser opens entryUrl. Runs until SIGTERM.

  --config FILE         configuration (TOML); HANPYO_KIOSK_… variables override it
  --close-with-parent   end when standard input ends

Exit codes: 0 ended when asked to, 1 did not start (the reason and what to do are on standard error), 2 wrong arguments.`,
  async run(args, io) {
    const { values } = parseArgs({
      args,
      options: { config: { type: 'string' }, 'close-with-parent': { type: 'boolean', default: false } },
    })
    const config = await configOf(values.config, io)
    if (config === null) return EXIT.failed
    const log = createLogger({
      name: 'kiosk',
      level: config.log.level,
      ...(config.log.file === undefined ? {} : { destination: config.log.file }),
    })
    const started = await startCore(config, { log, closeWithParent: values['close-with-parent'] })
    if (!started.ok) {
      const { error, detail } = started
      log.fatal('not-started', { code: error, detail })
      io.stderr(`${error}${detail === undefined ? '' : ` (${detail})`}: ${START_ADVICE[error]}`)
      return EXIT.failed
    }
    const { url, token, entryUrl, lifecycle } = started.value
    io.stdout(JSON.stringify({ event: 'ready', kiosk: config.kiosk, url, token, entryUrl }))
    flushCompiledCode()
    await lifecycle.closed
    return EXIT.ok
  },
}

const requestCommand: Command = {
  name: 'kiosk request',
  summary: "Make this kiosk's keys and an enrolment request for the device authority.",
  usage: `hanpyo kiosk request --kiosk ID --out request.json [--keys DIR] [--dev-eui EUI]

Makes device.json and tls-key.pem (mode 0600) in DIR (default: "keys" beside the request) unless they exist, and writes
the request with their public halves. Running it again writes the same request.

  --kiosk ID   slot of the kiosk in the manifest, 0..65535
  --out FILE   where the request goes
  --keys DIR   where the keys stay
  --dev-eui EUI  DevEUI of the LoRaWAN modem (16 hex digits), when there is one`,
  async run(args, io) {
    const { values } = parseArgs({
      args,
      options: {
        kiosk: { type: 'string' },
        out: { type: 'string' },
        keys: { type: 'string' },
        'dev-eui': { type: 'string' },
      },
    })
    const { out } = values
    const kioskId = Number(values.kiosk)
    if (out === undefined) throw new UsageError('--out is missing')
    if (!/^\d{1,5}$/.test(values.kiosk ?? '') || kioskId > 0xffff)
      throw new UsageError('--kiosk is not 0..65535')
    const devEui = values['dev-eui']?.toLowerCase()
    if (devEui !== undefined && !/^[0-9a-f]{16}$/.test(devEui))
      throw new UsageError('--dev-eui is not 16 hex digits')
    const path = resolve(io.cwd, out)
    const folder = resolve(io.cwd, values.keys ?? join(path, '..', 'keys'))
    const request = await createDeviceKeys({ kioskId, folder, random: nodeRandom, ed25519: nobleEd25519 })
    if (!request.ok) {
      io.stderr(`The keys in ${folder} belong to ${request.detail}; choose another folder with --keys.`)
      return EXIT.failed
    }
    const complete = devEui === undefined ? request.value : { ...request.value, devEui }
    await writeRequest(path, complete)
    io.stdout(path)
    return EXIT.ok
  },
}

const boxCommand: Command = {
  name: 'kiosk box',
  summary: 'List what the ballot box holds, by id and state; never how anybody voted.',
  usage: `hanpyo kiosk box --config kiosk.toml | --data DIR

Prints one JSON object: {"kiosk":…, "polls":…, "ballots":[{"id":…,"state":"waiting|recorded|refused","reason":…}],
"challenged":[…], "kioskManifests":[…],
"statements":[…]}. --data takes the data folder itself. For a technician who compares a kiosk with the ledger; works while the core runs.`,
  async run(args, io) {
    const { values } = parseArgs({ args, options: { config: { type: 'string' }, data: { type: 'string' } } })
    const config = values.data === undefined ? await configOf(values.config, io) : null
    const folder = values.data === undefined ? config?.dataDir : resolve(io.cwd, values.data)
    if (folder === undefined) return EXIT.failed
    const listing = listBox(join(folder, 'box.sqlite'))
    if (!listing.ok) {
      io.stderr(`${listing.error}: ${listing.detail ?? ''}`)
      return EXIT.failed
    }
    io.stdout(JSON.stringify(listing.value))
    return EXIT.ok
  },
}

const EXPORT_ADVICE = {
  'box-unreadable': 'The ballot box cannot be read. Check dataDir in the configuration.',
  'box-of-another-version': 'Start the kiosk core of this version once; it brings the ballot box up to date.',
  'not-written': 'The folder cannot be written. Check the memory stick; nothing on the kiosk was changed.',
} as const

const evidenceCommand: Command = {
  name: 'kiosk evidence export',
  summary: 'Write promises, proofs and findings of this kiosk to a folder, for "hanpyo verify".',
  usage: `hanpyo kiosk evidence export --config kiosk.toml [--out DIR]

Writes promises/, proofs/ and findings/ to DIR (default: the folder evidence-<kiosk> on the technician's stick of the
configuration) and prints how many there are. No ballot and nothing about a voter is among them. Works while the core runs.`,
  async run(args, io) {
    const { values } = parseArgs({ args, options: { config: { type: 'string' }, out: { type: 'string' } } })
    const config = await configOf(values.config, io)
    if (config === null) return EXIT.failed
    const { stickDir } = config.technician
    const stick = stickDir === undefined ? undefined : join(stickDir, `evidence-${config.kiosk}`)
    const out = values.out === undefined ? stick : resolve(io.cwd, values.out)
    if (out === undefined) throw new UsageError('--out is missing, and the configuration names no stickDir')
    const done = await exportEvidence(config.dataDir, out)
    if (!done.ok) {
      io.stderr(
        `${done.error}${done.detail === undefined ? '' : ` (${done.detail})`}: ${EXPORT_ADVICE[done.error]}`,
      )
      return EXIT.failed
    }
    io.stdout(JSON.stringify({ folder: out, ...done.value }))
    return EXIT.ok
  },
}

async function configOf(file: string | undefined, io: CommandIo): Promise<KioskConfig | null> {
  if (file === undefined) throw new UsageError('--config is missing')
  const config = await loadKioskConfig(resolve(io.cwd, file), io.env)
  if (config.ok) return config.value
  io.stderr(config.detail ?? config.error)
  return null
}

export const commands: Command[] = [
  coreCommand,
  chromiumCommand,
  requestCommand,
  staffCommand,
  technicianPinCommand,
  softwareHashCommand,
  verifyHashCommand,
  boxCommand,
  evidenceCommand,
]
