/**
 * The commands of modem, ChirpStack, keys, labels, batches and self-test, cut off at every change of a disk, at every gRPC call
 * (before it is sent, and after it was answered) and at every AT command (half of it written, and written but not answered), and
 * run again. All cuts with HANPYO_FULL=1, otherwise one; how a cut is made in this process, kill-radio-bench.ts says.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js'
import type { ModemDialect } from '@hanpyo/firmware-sim/modem/start-modem.ts'
import { DEFAULT_SERVER_SETTINGS } from '@hanpyo/firmware-sim/network-server/types.ts'
import { bytes, filled } from '@hanpyo/firmware-sim/testing/grpc-office.ts'
import { expect, test } from 'vitest'
import { Cut, type KillWorld, openKillWorld } from './kill-radio-bench.ts'
import { endState } from './kill-radio-state.ts'
import { FACTORY } from './technician-bench.ts'

const IS_FULL = process.env.HANPYO_FULL === '1'

interface Scenario {
  readonly name: string
  readonly dialect?: ModemDialect
  /** What is done before, undisturbed. */
  readonly before?: (at: Lines) => readonly string[]
  readonly prepare?: (world: KillWorld) => Promise<void>
  readonly line: (at: Lines) => string
  /** AppKeys the command makes. */
  readonly keys: number
  /** How many changes it makes at least; 3 unless told. */
  readonly changes?: number
}

interface Lines {
  readonly program: string
  readonly register: string
  readonly join: string
  readonly url: string
  readonly dir: string
}

const TENANT = DEFAULT_SERVER_SETTINGS.tenant.name

const ROTATION = 'changing the keys of a kiosk that joined'
const PROGRAM: Scenario = { name: 'programming a modem', line: (at) => at.program, keys: 1 }
const SCENARIOS: readonly Scenario[] = [
  PROGRAM,
  { ...PROGRAM, name: 'programming a modem that hides its key', dialect: 'wio-e5' },
  {
    name: 'registering with an empty ChirpStack',
    line: ({ dir, url }) =>
      `provision chirpstack ${dir} ${url} --tenant Seocho --dev-eui ${FACTORY.devEui} --gateway 0016c001f1500009=Hall`,
    keys: 1,
  },
  {
    name: 'replacing the key at ChirpStack',
    before: ({ program, register, join: joins }) => [program, register, joins],
    prepare: async ({ office }) => {
      const keys = filled(new devicePb.DeviceKeys(), { devEui: FACTORY.devEui, nwkKey: 'f'.repeat(32) })
      const request = bytes(new devicePb.UpdateDeviceKeysRequest(), { deviceKeys: keys })
      await office.as(office.adminToken)('Device/UpdateKeys', request)
    },
    line: ({ register }) => `${register} --replace-keys`,
    keys: 0,
  },
  {
    name: 'joining',
    before: ({ program, register }) => [program, register],
    line: (at) => at.join,
    keys: 0,
  },
  {
    name: ROTATION,
    before: ({ program, register, join: joins }) => [program, register, joins],
    line: ({ dir, url }) => `provision rotate-keys ${dir} ${url}`,
    keys: 1,
  },
  {
    name: 'making a label',
    before: ({ program }) => [program],
    line: ({ dir }) => `provision label ${dir}`,
    keys: 0,
  },
  {
    name: 'a batch with and without a modem',
    line: ({ url }) => `provision batch devices.csv --dir batch --yes ${url} --tenant ${TENANT}`,
    keys: 2,
  },
  {
    name: 'writing down a self-test',
    line: ({ dir }) => `provision selftest ${dir} --only disk --only clock --answer clock=skip`,
    keys: 0,
    // Its one file.
    changes: 1,
  },
]

const DEVICE = { version: 1, id: 7, centre: 'banpo', name: 'Banpo 1', orientation: 'landscape', pxPerMm: 4 }
const TABLE = `kiosk,centre,devEui,port\n7,banpo,${FACTORY.devEui},serial:/dev/ttyUSB0\n8,banpo,f0f0f0f0ff000008,\n`

/** A world in which everything before the command was done. */
async function begin({ dialect = 'rui3', before, prepare, line }: Scenario) {
  const world = await openKillWorld(dialect)
  await mkdir(join(world.root, '7'))
  await writeFile(join(world.root, '7/device.json'), JSON.stringify({ ...DEVICE, state: 'active' }))
  await writeFile(join(world.root, 'devices.csv'), TABLE)
  const url = `--url http://${world.office.address}`
  const dir = '--dir 7 --yes'
  const at = {
    url,
    dir,
    program: `provision modem ${dir} --no-join`,
    register: `provision chirpstack ${dir} ${url} --tenant ${TENANT}`,
    join: `provision modem ${dir} ${url}`,
  }
  for (const one of before?.(at) ?? []) {
    const done = await world.run(one)
    if (done?.code !== 0) throw new Error(`${one}\n${done?.out}`)
  }
  if (prepare !== undefined) await world.finish(prepare(world))
  const known = new Set([FACTORY.appKey, ...world.given.server, ...world.given.modem])
  const devNonces = [...world.devNonces]
  return {
    world,
    line: line(at),
    stateNow: () => endState(world, devNonces),
    /** AppKeys that the server, and the modem, did not have before. */
    newKeys: () => ({
      server: [...new Set(world.given.server)].filter((key) => !known.has(key)),
      modem: [...new Set(world.given.modem)].filter((key) => !known.has(key)),
    }),
  }
}

async function undisturbed(scenario: Scenario) {
  const { world, line, stateNow } = await begin(scenario)
  try {
    const whole = new Cut(null)
    const done = await world.run(line, whole)
    if (done?.code !== 0) throw new Error(`${line}\n${done?.out}`)
    return { points: whole.points, end: await stateNow() }
  } finally {
    await world.close()
  }
}

/** Cuts at one point, runs the command again, and compares what is there then. */
async function cutAt(scenario: Scenario, at: number, end: unknown): Promise<void> {
  const { world, line, newKeys, stateNow } = await begin(scenario)
  try {
    const cut = new Cut(at)
    const first = await world.run(line, cut)
    const where = `cut ${at}: ${cut.points.at(-1)}`
    expect(first, `${where} was not reached`).toBeUndefined()
    // A rotation that came to its end, but for the lock, would begin another when run again.
    const isOver = scenario.name === ROTATION && cut.points.at(-1) === 'remove .provision.lock'
    const again = isOver ? { code: 0, out: '' } : await world.run(line)
    if (isOver) await rm(join(world.root, '7/.provision.lock'))
    expect(again?.code, `${where}\n${again?.out}`).toBe(0)
    expect(await stateNow(), where).toEqual(end)
    const { server, modem } = newKeys()
    const keys = new Set([...server, ...modem])
    expect(keys.size, `${where}: keys ${[...keys]}`).toBeLessThanOrEqual(scenario.keys)
    expect(new Set(world.devNonces).size, where).toBe(world.devNonces.length)
  } finally {
    await world.close()
  }
}

test.each(IS_FULL ? SCENARIOS : [PROGRAM])(
  '$name, cut off anywhere and run again, comes to the same end with one key everywhere',
  { timeout: 1_200_000 },
  async (scenario) => {
    const beganMs = performance.now()
    const { points, end } = await undisturbed(scenario)
    const all = IS_FULL ? [...points.keys()] : [points.length >> 1]
    const failures: unknown[] = []
    for (const at of all) {
      await cutAt(scenario, at, end).catch((error: unknown) => void failures.push(error))
    }
    const seconds = ((performance.now() - beganMs) / 1000).toFixed(0)
    console.log(
      `${scenario.name}: ${all.length} cuts of ${points.length}, ${failures.length} wrong, ${seconds} s`,
    )
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'))
    expect(points.length).toBeGreaterThanOrEqual(scenario.changes ?? 3)
  },
)
