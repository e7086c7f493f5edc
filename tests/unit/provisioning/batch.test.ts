import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js'
import { DEFAULT_SERVER_SETTINGS } from '@hanpyo/firmware-sim/network-server/types.ts'
import { createApplication, createDevice, createProfile } from '@hanpyo/firmware-sim/testing/grpc-office.ts'
import { batchCommand } from '@hanpyo/provisioning/radio/commands/batch.ts'
import { afterEach, expect, test } from 'vitest'
import { type Desk, FACTORY, openDesk } from './technician-bench.ts'

const desks: Desk[] = []
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close()
})

const devEui = (kiosk: number) => `f0f0f0f0ff${kiosk.toString(16).padStart(6, '0')}`
const row = (kiosk: number) => `${kiosk},반포,${devEui(kiosk)},,`
const HEADER = '번호,설치 장소,DevEUI,이름,포트'

async function begin(rows: readonly string[]) {
  const desk = await openDesk()
  desks.push(desk)
  await writeFile(join(desk.dir, 'devices.csv'), `\ufeff${[HEADER, ...rows].join('\r\n')}\r\n`)
  const command = batchCommand(
    () => desk.ports,
    () => desk.modemPorts,
  )
  const tenant = DEFAULT_SERVER_SETTINGS.tenant.name
  const args = ['devices.csv', '--url', `http://${desk.office.address}`, '--tenant', tenant]
  return { desk, run: (...more: string[]) => desk.run(command, ...args, ...more) }
}

const states = (printed: { json: Record<string, unknown>[] }) =>
  Object.fromEntries(
    printed.json
      .filter((line) => 'device' in line)
      .map(({ device, state, error }) => [device, error ?? state]),
  )

/** A label takes longer than all the rest, so that only the full run makes ten of them. */
const COUNT = process.env.HANPYO_FULL === '1' ? 10 : 3

test('several devices, one with a modem: each has a folder, a key of its own, a place at ChirpStack and a label; a second run does nothing', async () => {
  const rows = Array.from({ length: COUNT - 1 }, (_, i) => row(i + 1))
  const { desk, run } = await begin([...rows, `${COUNT},반포,${FACTORY.devEui},1층,serial:/dev/ttyUSB0`])
  await desk.plugIn('serial:/dev/ttyUSB0', 'rui3')
  const first = await run('--json')
  expect(first.exitCode, first.out + first.err).toBe(0)
  expect(Object.values(states(first))).toEqual(Array.from({ length: COUNT }, () => 'done'))
  const keys = new Set<string>()
  for (let kiosk = 1; kiosk <= COUNT; kiosk++) {
    const folder = join(desk.dir, String(kiosk))
    keys.add(JSON.parse(await readFile(join(folder, 'keys/lorawan.json'), 'utf8')).appKey)
    expect((await stat(join(folder, 'label.pdf'))).size).toBeGreaterThan(1_000)
  }
  expect(keys.size).toBe(COUNT)
  expect(desk.office.world.server.device(FACTORY.devEui)?.record.lastSeenMs).toBeDefined()
  for (const key of keys) expect(first.out + first.err).not.toContain(key)
  const second = await run('--json')
  expect([second.exitCode, ...Object.values(states(second))]).toEqual([
    0,
    ...Array.from({ length: COUNT }, () => 'already-done'),
  ])
})

test('one bad device stops no other, the exit code counts it, and the same command goes on when it is put right', async () => {
  const { desk, run } = await begin([1, 3].map(row))
  const { office } = desk
  const admin = office.as(office.adminToken)
  const tenantId = DEFAULT_SERVER_SETTINGS.tenant.id
  const made = await admin('Application/Create', createApplication({ name: 'water meters', tenantId }))
  const profile = await admin('DeviceProfile/Create', createProfile({ tenantId }))
  const fields = {
    devEui: devEui(3),
    name: 'meter',
    applicationId: made.response.getId(),
    deviceProfileId: profile.response.getId(),
  }
  expect((await admin('Device/Create', createDevice(fields))).code).toBe('OK')
  const first = await run('--json')
  expect([first.exitCode, states(first)]).toEqual([101, { 1: 'done', 3: 'deveui-elsewhere' }])
  expect(first.out).toContain('water meters')
  const request = new devicePb.DeleteDeviceRequest()
  request.setDevEui(devEui(3))
  await admin('Device/Delete', request.serializeBinary())
  const second = await run('--json')
  expect([second.exitCode, states(second)]).toEqual([0, { 1: 'already-done', 3: 'done' }])
})

test('a table with mistakes touches no device and names every line', async () => {
  const { desk, run } = await begin([row(1), row(1), `2,반포,${devEui(2)}zz,,`, '3,반포'])
  const refused = await run('--json')
  expect([refused.exitCode, refused.json[0]?.error]).toEqual([2, 'csv-rows'])
  for (const text of [
    'line 3: kiosk-twice',
    'line 3: deveui-twice',
    'line 4: deveui-malformed',
    'line 5: fields-missing',
  ])
    expect(refused.out).toContain(text)
  await expect(stat(join(desk.dir, '1'))).rejects.toThrow('ENOENT')
})

test('a dry run makes neither folders nor devices', async () => {
  const { desk, run } = await begin([row(1)])
  const dry = await run('--json', '--dry-run')
  expect([dry.exitCode, states(dry)]).toEqual([0, { 1: 'would-change' }])
  await expect(stat(join(desk.dir, '1'))).rejects.toThrow('ENOENT')
  expect(desk.office.world.server.device(devEui(1))).toBeUndefined()
})

test('without ChirpStack nothing is begun', async () => {
  const { desk, run } = await begin([row(1)])
  desk.office.close()
  const down = await run('--json')
  expect([down.exitCode, down.json.find((line) => 'error' in line)?.error]).toEqual([
    40,
    'chirpstack-unreachable',
  ])
  await expect(stat(join(desk.dir, '1'))).rejects.toThrow('ENOENT')
})
