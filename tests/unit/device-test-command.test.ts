import { deviceTest } from '@hanpyo/devices/commands/device-test.ts'
import { TEST_CODE } from '@hanpyo/devices/commands/test-receipt.ts'
import { KEYPAD_CODES, SimulatedDevices } from '@hanpyo/firmware-sim/devices/simulated-devices.ts'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { createLifecycle } from '@hanpyo/platform/lifecycle.ts'
import decodeQR from 'qr/decode.js'
import { expect, onTestFinished, test } from 'vitest'

async function bench() {
  const lifecycle = createLifecycle({ signals: false })
  onTestFinished(() => lifecycle.close())
  const devices = await SimulatedDevices.open({ clock: createRealClock(), lifecycle })
  const facts: { event: string; [field: string]: unknown }[] = []
  const run = (args: string[], onFact: (event: string) => void = () => {}) =>
    deviceTest.run([...args, '--json'], {
      stdout(line) {
        facts.push(JSON.parse(line))
        onFact(facts.at(-1)!.event)
      },
      stderr() {},
      env: {},
      cwd: '/',
    })
  return { devices, facts, run }
}

test('testing a printer prints a receipt whose code the scanner test knows', async () => {
  const { devices, facts, run } = await bench()
  expect(await run(['printer', devices.uri('printer')])).toBe(0)
  expect(facts.map(({ event }) => event)).toEqual(['status', 'printed', 'passed'])
  const { width, height, data } = devices.printer.receipts[0]!.image
  const pixels = new Uint8Array(width * height * 4).fill(255)
  for (let i = 0; i < width * height; i++) {
    if ((data[i >> 3]! & (0x80 >> (i & 7))) !== 0) pixels.set([0, 0, 0], 4 * i)
  }
  expect(decodeQR({ width, height, data: pixels })).toBe(TEST_CODE)
})

test('a printer without paper fails the test with its reason', async () => {
  const { devices, facts, run } = await bench()
  devices.printer.change({ paper: 'out' })
  expect(await run(['printer', devices.uri('printer')])).toBe(1)
  expect(facts.at(-2)).toMatchObject({ event: 'problem', error: 'paper-out' })
})

test('a scanned slip passes the test, but what it says is shown nowhere', async () => {
  const { devices, facts, run } = await bench()
  const slip = 'HP10123456789ABCDEFGHJKMNPQRSTV4XYZ'
  expect(
    await run(['scanner', devices.uri('scanner')], (event) => event === 'online' && devices.scan(slip)),
  ).toBe(0)
  expect(facts).toContainEqual({ event: 'scanned', isTestCode: false, length: slip.length })
  expect(JSON.stringify(facts)).not.toContain(slip.slice(3, 12))
})

test('a keypad passes when all nine keys came, and fails with the names of those that did not', async () => {
  const { devices, facts, run } = await bench()
  const press = (codes: readonly string[]) => {
    for (const code of codes) for (const isDown of [true, false]) devices.setKey('keypad', code, isDown)
  }
  expect(
    await run(['keypad', devices.uri('keypad')], (event) => event === 'online' && press(KEYPAD_CODES)),
  ).toBe(0)
  facts.length = 0
  const some = KEYPAD_CODES.slice(0, 7)
  const args = ['keypad', devices.uri('keypad'), '--seconds', '0.5']
  expect(await run(args, (event) => event === 'online' && press(some))).toBe(1)
  const problem = facts.find(({ event }) => event === 'problem')
  expect(problem).toMatchObject({ error: 'keys-missing', keys: expect.arrayContaining(['faster', 'slower']) })
})

test('a device that is not there is named with the reason', async () => {
  const { devices, facts, run } = await bench()
  await devices.setPlugged('lamp', false)
  expect(await run(['lamp', devices.uri('lamp'), '--seconds', '0.2'])).toBe(1)
  expect(facts).toContainEqual({ event: 'unavailable', reason: expect.stringContaining('ECONNREFUSED') })
})

test.each([
  ['no URI', ['printer']],
  ['an unknown kind', ['toaster', 'tcp:x:1']],
  ['a URI nobody understands', ['printer', 'lp0']],
  ['one for a keypad', ['keypad', 'usb:1']],
  ['no time at all', ['lamp', 'tcp:x:1', '--seconds', '0']],
])('%s is a usage error', async (_, args) => {
  const { run } = await bench()
  await expect(run(args)).rejects.toMatchObject({ name: 'UsageError' })
})
