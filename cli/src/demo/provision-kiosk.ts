import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEFAULT_SERVER_SETTINGS } from '@hanpyo/firmware-sim/network-server/types.ts'
import type { Broker } from '@hanpyo/platform/mqtt/broker.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { commands } from '@hanpyo/provisioning/commands.ts'
import type { EnrolledKiosk, Offices } from './election-setup.ts'
import type { RadioWorld } from './radio-world.ts'

/** A kiosk that the technician's tool set up, and where its content lies. */
export interface ProvisionedKiosk extends EnrolledKiosk {
  readonly electionDir: string
}

/**
 * Takes a bare folder, a modem from the factory and an empty ChirpStack to a kiosk, by the technician's own commands and nothing
 * else: keys, modem, registration, enrolment at the desk, broker (tried with the new certificate), content.
 */
export async function provisionKiosk(input: {
  readonly offices: Offices
  readonly kiosk: number
  readonly devEui: string
  /** The device folder, made here. */
  readonly dir: string
  readonly electionDir: string
  readonly broker: Broker
  readonly radio: RadioWorld
  readonly ledger: string
}): Promise<ProvisionedKiosk> {
  const { offices, kiosk, devEui, dir, electionDir, broker, radio, ledger } = input
  const { manifest, folder } = offices.election
  const stick = join(dir, 'stick')
  await mkdir(stick, { recursive: true })
  const centre = manifest.kioskSlots.find(({ id }) => id === kiosk)?.centre ?? ''
  const on = ['--dir', dir, '--yes']
  const port = ['--port', radio.modems.get(devEui) ?? '', '--no-join', '--replace-keys']
  const { tenant, application } = DEFAULT_SERVER_SETTINGS
  const home = ['--tenant', tenant.name, '--application', application.name]
  const server = ['--url', radio.chirpstack.url, '--token-file', radio.chirpstack.tokenFile]
  const place = ['--centre', centre, '--name', `${centre} ${kiosk}`, '--orientation', 'portrait']
  await provision('init', '--id', String(kiosk), ...place, '--px-per-mm', '3.78', ...on)
  await provision('keygen', '--seal', 'none', ...on)
  await provisionAgain(MODEM_TRIES, MODEM_SILENT, 'modem', ...port, ...on)
  await provision('chirpstack', ...server, ...home, ...on)
  await provision('enrol request', '--out', stick, ...on)
  const request = ['--request', join(stick, `kiosk-${kiosk}.request.json`), '--out', stick]
  await provision('enrol sign', '--desk', electionDir, '--kiosk', String(kiosk), ...request)
  await provision('enrol import', '--from', stick, '--election', electionDir, ...on)
  const url = `mqtts://localhost:${new URL(broker.url as string).port}`
  const network = ['--ssid', 'Hall', '--open', '--root', join(dir, 'image')]
  await provision('wifi', ...network, '--broker', url, '--mqtt-version', String(broker.mqttVersion), ...on)
  const bundle = join(stick, 'bundle.zip')
  await provision('bundle create', '--election', electionDir, '--key', folder.authorityKey, '--out', bundle)
  const content = ['--bundle', bundle, '--authority', manifest.keys.authority, '--ledger', ledger]
  await provision('load-election', ...content, ...on)
  return {
    id: kiosk,
    devEui,
    deviceKey: join(dir, 'keys', 'device.json'),
    tlsKey: join(dir, 'keys', 'tls-key.pem'),
    tlsCert: join(dir, 'cert', 'kiosk.crt.pem'),
    caCert: join(dir, 'cert', 'ca.crt.pem'),
    record: { type: RECORD.device, note: await readFile(folder.enrolment(kiosk), 'utf8') },
    electionDir: join(dir, 'election'),
  }
}

/** On a bad day a modem loses its power while it is programmed; what the tool then says is to run it again. */
const MODEM_TRIES = 3
const MODEM_SILENT = 30

async function provisionAgain(
  tries: number,
  passing: number,
  name: string,
  ...args: string[]
): Promise<void> {
  for (let left = tries - 1; left > 0; left--) {
    const { code } = await run(name, args)
    if (code === 0) return
    if (code !== passing) break
  }
  await provision(name, ...args)
}

/** Runs a command of `hanpyo provision` in this process; throws what it printed unless it ends with 0. */
async function provision(name: string, ...args: string[]): Promise<void> {
  const { code, printed } = await run(name, args)
  if (code !== 0) throw new Error(`provision ${name} ended with ${code}:\n${printed}`)
}

async function run(name: string, args: readonly string[]): Promise<{ code: number; printed: string }> {
  const command = commands.find((one) => one.name === `provision ${name}`)
  if (command === undefined) throw new Error(`no command: provision ${name}`)
  const printed: string[] = []
  const print = (text: string): void => void printed.push(text)
  const code = await command.run([...args], { stdout: print, stderr: print, env: {}, cwd: process.cwd() })
  return { code, printed: printed.join('\n') }
}
