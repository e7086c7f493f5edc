import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseReadiness } from '@hanpyo/devices/self-test/readiness.ts'
import { SimulatedDevices } from '@hanpyo/firmware-sim/devices/simulated-devices.ts'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { createLifecycle } from '@hanpyo/platform/lifecycle.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { nodePorts } from '@hanpyo/provisioning/frame/ports.ts'
import { selftestCommands } from '@hanpyo/provisioning/kiosk/commands/selftest.ts'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'

const command = selftestCommands(nodePorts)[0]!
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-selftest-'))
  const device = {
    version: 1,
    id: 7,
    centre: 'c',
    name: '7번',
    orientation: 'portrait',
    pxPerMm: 4,
    state: 'active',
  }
  await writeFile(join(dir, 'device.json'), JSON.stringify(device))
})
afterEach(() => rm(dir, { recursive: true }))

async function simulated(): Promise<SimulatedDevices> {
  const lifecycle = createLifecycle({ signals: false })
  onTestFinished(() => lifecycle.close())
  return SimulatedDevices.open({ clock: createRealClock(), lifecycle })
}

async function selftest(...args: string[]): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = []
  const add = (line: string) => void lines.push(line)
  const io = { cwd: dir, env: {}, stdout: add, stderr: add }
  const code = await command.run(['--dir', dir, '--yes', ...args], io as Parameters<typeof command.run>[1])
  return { code, lines }
}

const readiness = async () => expectOk(parseReadiness(await readFile(join(dir, 'readiness.json'), 'utf8')))
const verdicts = async () =>
  Object.fromEntries((await readiness()).results.map(({ test: id, verdict }) => [id, verdict]))

test('devices are tried without a person where the answers are flags, and what is left is named', async () => {
  const devices = await simulated()
  const uris = ['printer', 'lamp'] as const
  const flags = uris.flatMap((name) => ['--device', `${name}=${devices.uri(name)}`])
  const only = ['--only', 'printer', '--only', 'lamp', '--only', 'disk', '--only', 'keypad', '--simulated']
  const half = await selftest(...flags, ...only, '--answer', 'printer=pass')
  expect(half.code).toBe(70)
  expect(half.lines.join('\n')).toContain('--answer lamp=pass|fail|skip')
  expect(await verdicts()).toMatchObject({
    printer: 'passed',
    lamp: 'not-done',
    disk: 'passed',
    keypad: 'absent',
  })
  expect(devices.printer.receipts).toHaveLength(1)

  expect((await selftest(...flags, '--only', 'lamp', '--simulated', '--answer', 'lamp=pass')).code).toBe(0)
  expect(await verdicts()).toMatchObject({ printer: 'passed', lamp: 'passed' })
  expect((await readiness()).results.find(({ test: id }) => id === 'lamp')?.facts).toMatchObject({
    simulated: true,
  })

  expect((await selftest(...flags, '--only', 'lamp', '--answer', 'lamp=fail')).code).toBe(70)
  expect(await verdicts()).toMatchObject({ printer: 'passed', lamp: 'failed' })
  expect((await readiness()).verdict).toBe('not-ready')
})

test("nobody's word replaces a key or a code, and a simulated run takes no real device", async () => {
  await expect(selftest('--only', 'keypad', '--answer', 'keypad=pass')).rejects.toThrow('skip only')
  await expect(selftest('--only', 'scaner')).rejects.toThrow('--only takes one of')
  await expect(
    selftest('--only', 'lamp', '--simulated', '--device', 'lamp=serial:/dev/ttyUSB0'),
  ).rejects.toThrow('tcp: devices only')
})
