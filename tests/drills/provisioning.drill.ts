import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runHanpyo } from '@hanpyo/cli/demo/processes.ts'
import { openModem } from '@hanpyo/devices/modem/open-modem.ts'
import { DEFAULT_SERVER_SETTINGS } from '@hanpyo/firmware-sim/network-server/types.ts'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { connectMqtt } from '@hanpyo/platform/mqtt/client.ts'
import { FPORT_PROBE } from '@hanpyo/protocol/link/constants.ts'
import { parseDownDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, expect, test } from 'vitest'
import { ballotFrom, deviceRecords, droppedBecause } from './support/provisioning-checks.ts'
import { startProvisioningWorld } from './support/provisioning-world.ts'

const KIOSK = 1
/** A drop is counted within a second; the rest is for a busy machine. */
const DROP_TRIES = 300

const closers: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

/** Runs a command that must end with 0, and gives its standard output. */
async function must(...args: string[]): Promise<string> {
  const { code, stdout, output } = await runHanpyo(args)
  expect(code, `hanpyo ${args.join(' ')}\n${output}`).toBe(0)
  return stdout
}

/** Runs a command with `--json` that must end with that exit code, and gives its lines. */
async function lines(code: number, ...args: string[]): Promise<Record<string, unknown>[]> {
  const ended = await runHanpyo([...args, '--json'])
  expect(ended.code, `hanpyo ${args.join(' ')}\n${ended.output}`).toBe(code)
  const objects = ended.stdout.split('\n').filter((line) => line.startsWith('{'))
  return objects.map((line) => JSON.parse(line))
}

// A minute of real radio, so that it is left to the full run.
test.runIf(process.env.HANPYO_FULL === '1')(
  'a bare folder and a modem from the factory become a kiosk whose test vote is on the ledger; revoked, it is refused everywhere',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'hanpyo-provision-'))
    closers.push(() => rm(root, { recursive: true, force: true }))
    const at = (...path: string[]): string => join(root, ...path)
    const world = await startProvisioningWorld(root)
    closers.push(() => world.close())
    const { broker, chirpstack, desk, devEui, election, keyFile, ledger, port, radio, slips } = world
    await writeFile(at('slip.txt'), `${slips[0]}\n`, { mode: 0o600 })

    // Somebody who hears everything from inside.
    const heard = { uplinks: 0, acks: 0 }
    const ear = connectMqtt({ url: broker.plainUrl!, clientId: 'ear', protocolVersion: 5, clean: true })
    closers.push(() => ear.close())
    const uplinks = `application/${chirpstack.applicationId}/device/${devEui}/event/up`
    await ear.subscribe(uplinks, 1, async () => void heard.uplinks++)
    const firstAck = Promise.withResolvers<void>()
    await ear.subscribe(`hanpyo/v1/kiosk/${KIOSK}/down`, 1, async (_, bytes) => {
      if (expectOk(parseDownDatagram(bytes)).kind !== 'ack') return
      heard.acks++
      firstAck.resolve()
    })

    // The technician.
    const begunMs = performance.now()
    const device = at('device')
    const stick = at('stick')
    await mkdir(stick)
    const provision = (...args: string[]): Promise<string> => must('provision', ...args, '--dir', device)
    const server = ['--url', chirpstack.url, '--token-file', chirpstack.tokenFile]
    const { application, tenant } = DEFAULT_SERVER_SETTINGS
    const register = ['chirpstack', ...server, '--tenant', tenant.name, '--application', application.name]
    const place = ['--id', String(KIOSK), '--centre', 'banpo', '--name', 'Banpo 1', '--px-per-mm', '4']
    await provision('init', ...place, '--yes')
    await provision('keygen', '--seal', 'none', '--yes')
    await provision('modem', '--port', port, '--no-join', '--replace-keys', '--yes')
    await provision(...register, '--yes')
    await provision('modem', '--port', port, ...server, '--yes')
    await provision('enrol', 'request', '--out', stick, '--yes')
    const request = ['--request', join(stick, `kiosk-${KIOSK}.request.json`)]
    const sign = ['--kiosk', String(KIOSK), ...request, '--out', stick, '--desk', desk]
    await must('provision', 'enrol', 'sign', ...sign)
    await provision('enrol', 'import', '--from', stick, '--bridge', ledger, '--election', desk, '--yes')
    const bundle = join(stick, 'bundle.zip')
    const signer = ['--key', keyFile('authority.json')]
    await must('provision', 'bundle', 'create', '--election', desk, ...signer, '--out', bundle)
    const { authority } = election.manifest.keys
    const content = ['--bundle', bundle, '--authority', authority, '--ledger', ledger]
    await provision('load-election', ...content, '--yes')
    const vote = await provision('selftest', '--only', 'test-vote', '--slip-file', at('slip.txt'), '--yes')
    await provision('label', '--yes')
    const mqtts = `mqtts://localhost:${new URL(broker.url!).port}`
    const wifi = ['wifi', '--ssid', 'Hall', '--open', '--root', at('image'), '--broker', mqtts, '--yes']
    await provision(...wifi)
    const readySeconds = (performance.now() - begunMs) / 1000
    expect(vote).toMatch(/over lora/)
    expect(heard.uplinks).toBeGreaterThan(0)

    // What the network answers while the kiosk is enrolled, so that silence means something afterwards.
    const up = `hanpyo/v1/kiosk/${KIOSK}/up`
    expectOk(await ear.publish(up, await ballotFrom(world, device, slips[1]!), 1))
    await firstAck.promise
    const [enrolment, ...others] = await deviceRecords(ledger)
    expect(others).toEqual([])
    expect(enrolment).toMatchObject({ action: 'enrol', kiosk: KIOSK, devEui })

    // Out of service, at ledger, broker and ChirpStack.
    const revokedMs = performance.now()
    const lists = ['--broker-dir', at('broker'), '--broker-reload', `kill -HUP ${broker.pid}`]
    const slot = ['--kiosk', String(KIOSK), '--desk', desk, '--bridge', ledger]
    const token = (await readFile(chirpstack.tokenFile, 'utf8')).trim()
    const env = { HANPYO_CHIRPSTACK_URL: chirpstack.url, HANPYO_CHIRPSTACK_TOKEN: token }
    const ended = await runHanpyo(['provision', 'revoke', ...slot, ...lists, '--yes'], env)
    expect(ended.code, ended.output).toBe(0)
    const revokedSeconds = (performance.now() - revokedMs) / 1000

    const atBroker = await lines(52, 'provision', ...wifi, '--dir', device)
    expect(atBroker.find(({ state }) => state === 'failed')).toMatchObject({
      error: 'client-certificate-refused',
      detail: expect.stringMatching(/alert certificate revoked.*SSL alert number 44/s),
    })
    const atChirpstack = await lines(45, 'provision', ...register, '--dir', device, '--yes')
    expect(atChirpstack.find(({ state }) => state === 'failed')).toMatchObject({
      error: 'chirpstack-device-disabled',
    })

    const { uplinks: uplinksBefore, acks: acksBefore } = heard
    expectOk(await ear.publish(up, await ballotFrom(world, device, slips[2]!), 1))
    expect(await droppedBecause(ledger, 'kiosk-unknown', DROP_TRIES)).toBe(1)
    const modem = expectOk(await openModem(port, { clock: createRealClock(), purpose: 'inspect' }))
    closers.push(() => modem.close())
    expectOk(await modem.send(FPORT_PROBE, Uint8Array.of(0)))
    expect(radio.tail()).toContain('uplink-unknown-dev-addr')
    expect(heard).toEqual({ uplinks: uplinksBefore, acks: acksBefore })

    const records = await deviceRecords(ledger)
    expect(records.map(({ action }) => action)).toEqual(['enrol', 'revoke'])
    expect(records[1]).toMatchObject({ kiosk: KIOSK, ed25519: enrolment!.ed25519, x25519: enrolment!.x25519 })
    const [status] = await lines(0, 'provision', 'status', device, '--desk', desk)
    expect(status).toMatchObject({ kiosk: KIOSK, state: 'revoked', next: '–' })
    const asked = ['--token-file', chirpstack.tokenFile, '--allow-simulated']
    const report = await lines(75, 'provision', 'report', '--dir', device, ...asked)
    expect(report[0]).toMatchObject({
      verdict: 'not-ready',
      missing: expect.arrayContaining(['device let in by ChirpStack']),
    })

    const said = vote.trim().split('\n').at(-1)
    console.log(`from a bare folder to a tested kiosk: ${readySeconds.toFixed(1)} s (goal 60); ${said}`)
    console.log(`revoked at ledger, broker and ChirpStack after ${revokedSeconds.toFixed(1)} s (goal 5)`)
  },
)
