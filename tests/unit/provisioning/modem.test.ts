import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MODEM_DIALECTS } from '@hanpyo/firmware-sim/modem/start-modem.ts'
import { DEFAULT_SERVER_SETTINGS } from '@hanpyo/firmware-sim/network-server/types.ts'
import { openChirpStack } from '@hanpyo/provisioning/radio/chirpstack/connection.ts'
import { setDisabled } from '@hanpyo/provisioning/radio/chirpstack/devices.ts'
import { planKey } from '@hanpyo/provisioning/radio/chirpstack/register.ts'
import { chirpstackCommand } from '@hanpyo/provisioning/radio/commands/chirpstack.ts'
import { modemCommand } from '@hanpyo/provisioning/radio/commands/modem.ts'
import { rotateKeysCommand } from '@hanpyo/provisioning/radio/commands/rotate-keys.ts'
import { afterEach, expect, test } from 'vitest'
import { type Desk, FACTORY, openDesk } from './technician-bench.ts'

const PORT = 'serial:/dev/ttyUSB0'
const desks: Desk[] = []
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close()
})

/** A desk with a device folder, as `provision init` leaves it. */
async function begin() {
  const desk = await openDesk()
  desks.push(desk)
  const dir = join(desk.dir, '7')
  await mkdir(dir)
  const device = {
    version: 1,
    id: 7,
    centre: 'banpo',
    name: 'Banpo 1',
    orientation: 'landscape',
    pxPerMm: 4,
    state: 'active',
  }
  await writeFile(join(dir, 'device.json'), JSON.stringify(device))
  const modem = modemCommand(
    () => desk.ports,
    () => desk.modemPorts,
  )
  const chirpstack = chirpstackCommand(() => desk.ports)
  const url = `http://${desk.office.address}`
  // The tenant that the gateway of the stand-in belongs to.
  const home = ['--url', url, '--tenant', DEFAULT_SERVER_SETTINGS.tenant.name]
  return {
    desk,
    dir,
    program: (...args: string[]) => desk.run(modem, '--dir', dir, '--yes', '--json', ...args),
    register: (...args: string[]) => desk.run(chirpstack, '--dir', dir, '--yes', '--json', ...home, ...args),
    key: async () =>
      JSON.parse(await readFile(join(dir, 'keys/lorawan.json'), 'utf8')) as Record<string, string>,
  }
}

const states = (printed: { json: Record<string, unknown>[] }) =>
  printed.json.filter((line) => 'step' in line).map(({ step, state }) => `${step} ${state}`)

test.each(MODEM_DIALECTS)(
  'a %s from the factory is found, registered, programmed, joined and link-checked',
  async (dialect) => {
    const { desk, dir, program, register, key } = await begin()
    await desk.plugIn(PORT, dialect)
    const first = await program('--no-join')
    expect(first.exitCode, first.out + first.err).toBe(0)
    expect((await register()).exitCode).toBe(0)
    const joined = await program('--url', `http://${desk.office.address}`)
    expect([joined.exitCode, ...states(joined)], joined.out).toEqual([
      0,
      'lorawan-key already-done',
      'modem-program already-done',
      'modem-join done',
      'modem-link done',
    ])
    const { appKey, devEui } = await key()
    expect(devEui).toBe(FACTORY.devEui)
    expect((await stat(join(dir, 'keys/lorawan.json'))).mode & 0o777).toBe(0o600)
    const told =
      [first, joined].map(({ out, err }) => out + err).join('') +
      (await readFile(join(dir, 'work.log'), 'utf8'))
    expect(told.toLowerCase()).not.toContain(appKey)
    const radio = JSON.parse(await readFile(join(dir, 'radio.json'), 'utf8'))
    expect(radio).toMatchObject({ modem: PORT, joined: { link: { gatewayCount: 1 } } })
  },
)

test('a dry run of a modem from the factory names every setting and changes none', async () => {
  const { desk, dir, program } = await begin()
  await desk.plugIn(PORT, 'rui3')
  const dry = await program('--dry-run')
  expect(dry.exitCode).toBe(0)
  const changes = dry.json.flatMap((line) => (line.changes ?? []) as { what: string; to: string }[])
  expect(changes.map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      'keys/lorawan.json',
      'modem: ADR',
      'modem: JoinEUI',
      'modem: AppKey',
      'modem: session',
    ]),
  )
  await expect(stat(join(dir, 'keys'))).rejects.toThrow('ENOENT')
  const again = await program('--dry-run')
  expect(again.out).toBe(dry.out)
})

test('of two modems none is touched until --port says which', async () => {
  const { desk, program } = await begin()
  await desk.plugIn(PORT, 'rui3')
  await desk.plugIn('serial:/dev/ttyUSB1', 'st', { ...FACTORY, devEui: 'ac1f09fffe00beee' })
  desk.plugInSilence('serial:/dev/ttyUSB2')
  const refused = await program('--no-join')
  expect([refused.exitCode, refused.json[0]]).toMatchObject([31, { error: 'modem-ambiguous' }])
  expect(refused.out).toContain('/dev/ttyUSB1 (ac1f09fffe00beee)')
  expect((await program('--no-join', '--port', PORT)).exitCode).toBe(0)
})

test.each([
  [[], 'modem-none', 30],
  [['--port', 'serial:/dev/ttyUSB9'], 'modem-port-unavailable', 30],
  [['--port', 'serial:/dev/ttyUSB2'], 'modem-silent', 30],
  [['--port', 'lpt1'], 'modem-port-unavailable', 30],
])('a port without a modem (%j) is %s', async (args, error, exitCode) => {
  const { desk, program } = await begin()
  desk.plugInSilence('serial:/dev/ttyUSB2')
  const refused = await program(...args)
  expect([refused.exitCode, refused.json[0]?.error]).toEqual([exitCode, error])
})

test.each([
  ['of another network', { ...FACTORY, joinEui: '70b3d57ed0000001' }, 'stranger'],
  [
    'of another kiosk',
    { ...FACTORY, joinEui: '4a414e50594f0001', devEui: 'ac1f09fffe00aaaa' },
    'other-kiosk',
  ],
])('a modem with the keys %s is left alone without --replace-keys', async (_name, identity, owner) => {
  const { desk, program } = await begin()
  await desk.plugIn(PORT, 'rui3', identity)
  const args = ['--no-join', '--dev-eui', FACTORY.devEui]
  const refused = await program(...args)
  expect([refused.exitCode, refused.json.at(-2)?.error]).toEqual([33, 'modem-keys-present'])
  expect(refused.out).toContain(`${owner}: DevEUI ${identity.devEui}, JoinEUI ${identity.joinEui}`)
  expect((await program(...args, '--replace-keys')).exitCode).toBe(0)
  expect((await program(...args)).exitCode).toBe(0)
})

test('a join that is not answered is explained with what ChirpStack knows', async () => {
  const { desk, program, register, key, dir } = await begin()
  await desk.plugIn(PORT, 'rui3')
  const url = ['--url', `http://${desk.office.address}`]
  const reason = async (...args: string[]) => {
    const { json, exitCode } = await program(...args)
    return [exitCode, json.findLast((line) => 'error' in line)?.error]
  }
  expect(await reason()).toEqual([35, 'join-unanswered'])
  expect(await reason(...url)).toEqual([35, 'join-device-unknown'])

  expect((await register()).exitCode).toBe(0)
  const path = join(dir, 'keys/lorawan.json')
  const good = await key()
  const [host = '', port] = desk.office.address.split(':')
  const server = openChirpStack({
    address: { host, port: Number(port), isTls: false },
    token: desk.office.adminToken,
    clock: desk.ports.clock,
  })
  const putKey = async (appKey: string) => {
    const plan = await planKey(server, FACTORY.devEui, appKey, { isNewDevice: false, replaceKeys: true })
    if (plan.ok) await plan.value.apply()
  }
  await putKey('f'.repeat(32))
  expect(await reason(...url)).toEqual([35, 'join-key-differs'])
  await putKey(good.appKey!)
  await setDisabled(server, FACTORY.devEui, true)
  expect(await reason(...url)).toEqual([35, 'join-device-disabled'])
  await setDisabled(server, FACTORY.devEui, false)
  server.close()
  expect(await reason(...url)).toEqual([0, undefined])
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(good)

  // The same modem after its flash was erased: same EUIs and key, DevNonce from the beginning.
  const record = desk.office.world.server.device(FACTORY.devEui)!.record
  record.usedDevNonces = Array.from({ length: 50 }, (_, nonce) => nonce)
  desk.unplug(PORT)
  await desk.plugIn(PORT, 'rui3', { devEui: good.devEui!, joinEui: good.joinEui!, appKey: good.appKey! })
  expect(await reason(...url)).toEqual([35, 'join-nonce-used'])
})

test('a modem that no gateway hears is told apart from one that is not registered right', async () => {
  const { desk, program, register } = await begin()
  await desk.plugIn(PORT, 'rui3', FACTORY, { distanceMetres: 500_000 })
  await program('--no-join')
  await register()
  const far = await program('--url', `http://${desk.office.address}`)
  expect(far.json.findLast((line) => 'error' in line)).toMatchObject({ error: 'join-out-of-reach' })
})

test('new keys reach disk, ChirpStack and modem in this order, a run that broke off goes on with the same key, and the kiosk joins', async () => {
  const { desk, dir, program, register, key } = await begin()
  await desk.plugIn(PORT, 'rui3')
  await program('--no-join')
  await register()
  const old = await key()
  const rotate = rotateKeysCommand(
    () => desk.ports,
    () => desk.modemPorts,
  )
  const run = (...args: string[]) => desk.run(rotate, '--dir', dir, '--yes', '--json', ...args)
  const dry = await run('--dry-run')
  expect([dry.exitCode, await key()]).toEqual([0, old])
  // The server goes away between the making of the key and its registration.
  const { HANPYO_CHIRPSTACK_TOKEN } = desk.env
  desk.env.HANPYO_CHIRPSTACK_TOKEN = `${HANPYO_CHIRPSTACK_TOKEN?.slice(0, -3)}AAA`
  expect((await run()).exitCode).toBe(42)
  const next = await readFile(join(dir, 'keys/lorawan.next.json'), 'utf8')
  expect(await key()).toEqual(old)
  desk.env.HANPYO_CHIRPSTACK_TOKEN = HANPYO_CHIRPSTACK_TOKEN
  const done = await run()
  expect([done.exitCode, ...states(done)], done.out).toEqual([
    0,
    'rotate-make already-done',
    'rotate-chirpstack done',
    'rotate-modem done',
    'rotate-finish done',
    'modem-join done',
    'modem-link done',
  ])
  expect(await key()).toEqual(JSON.parse(next))
  expect((await key()).appKey).not.toBe(old.appKey)
  await expect(stat(join(dir, 'keys/lorawan.next.json'))).rejects.toThrow('ENOENT')
})
