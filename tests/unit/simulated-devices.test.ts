import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKeypad } from '@hanpyo/devices/keypad/open-keypad.ts'
import { openLamp } from '@hanpyo/devices/lamp/open-lamp.ts'
import { openReceiptPrinter } from '@hanpyo/devices/printer/open-printer.ts'
import { openScanner } from '@hanpyo/devices/scanner/open-scanner.ts'
import { openSwitches } from '@hanpyo/devices/switches/open-switches.ts'
import { createDevicesHandler } from '@hanpyo/firmware-sim/devices/devices-http.ts'
import { SimulatedDevices } from '@hanpyo/firmware-sim/devices/simulated-devices.ts'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { createLifecycle } from '@hanpyo/platform/lifecycle.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'

/** `speed` shortens the back-off, but also the time a device has for an answer. */
const options = (speed = 1) => ({ clock: createRealClock({ speed }), random: nodeRandom })

async function simulated() {
  const lifecycle = createLifecycle({ signals: false })
  onTestFinished(() => lifecycle.close())
  const devices = await SimulatedDevices.open({ clock: createRealClock(), lifecycle })
  const handle = createDevicesHandler({ devices, slips: [{ name: 'test', text: 'HP1TEST' }] })
  const info = { remoteAddress: '127.0.0.1' }
  const post = (path: string, body: unknown, headers = { 'content-type': 'application/json' }) =>
    handle(
      new Request(`http://127.0.0.1:1${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
      info,
    )
  const get = (path: string, host = '127.0.0.1:1') => handle(new Request(`http://${host}${path}`), info)
  return { devices, post, get }
}

function stateOf(
  device: { state: string; onState(listener: (state: string) => void): () => void },
  wanted: string,
) {
  return new Promise<void>((resolve) => {
    if (device.state === wanted) resolve()
    device.onState((state) => state === wanted && resolve())
  })
}

test('what a person clicks on the page reaches the drivers, and each device survives unplugging', async () => {
  const { devices, post } = await simulated()
  const heard: string[] = []
  let wake = () => {}
  const hear = (what: string) => {
    heard.push(what)
    wake()
  }
  const heardAll = (count: number) =>
    new Promise<void>((resolve) => {
      wake = () => heard.length >= count && resolve()
      wake()
    })
  const scanner = openScanner(devices.uri('scanner'), { ...options(4), onText: (text) => hear(text) })
  const keypad = openKeypad(devices.uri('keypad'), options(4))
  const switches = openSwitches(devices.uri('switches'), options(4))
  keypad.onKey(({ kind, key }) => hear(`${kind} ${key}`))
  switches.onKey(({ kind, key }) => hear(`${kind} ${key}`))
  onTestFinished(async () => void (await Promise.all([scanner.close(), keypad.close(), switches.close()])))
  await Promise.all([scanner, keypad, switches].map((device) => stateOf(device, 'online')))

  for (const name of ['scanner', 'keypad', 'switches']) {
    const device = { scanner, keypad, switches }[name]!
    expect((await post('/plug', { device: name, isPlugged: false })).status).toBe(200)
    await stateOf(device, 'offline')
    await post('/plug', { device: name, isPlugged: true })
    await stateOf(device, 'online')
  }
  await post('/scan', { text: 'HP1TEST' })
  await heardAll(1)
  await post('/key', { device: 'keypad', code: 'volume-up', isDown: true })
  await post('/key', { device: 'keypad', code: 'volume-up', isDown: false })
  await heardAll(3)
  await post('/key', { device: 'switches', code: 'move', isDown: true })
  await heardAll(4)
  expect(heard).toEqual(['HP1TEST', 'press volume-up', 'release volume-up', 'press move'])
  expect(devices.state().held).toEqual(['switches move'])
})

test('the lamp shows what the driver wants, also after it was unplugged', async () => {
  const { devices } = await simulated()
  const lamp = openLamp(devices.uri('lamp'), options())
  onTestFinished(() => lamp.close())
  await stateOf(lamp, 'online')
  expect(await lamp.set('blink')).toMatchObject({ ok: true })
  expect(devices.state().lamp.mode).toBe('blink')
  await devices.setPlugged('lamp', false)
  expect(devices.state().lamp.mode).toBe('off')
  await stateOf(lamp, 'offline')
  const shown = new Promise<void>((resolve) => {
    devices.onChange(() => devices.state().lamp.mode === 'blink' && resolve())
  })
  await devices.setPlugged('lamp', true)
  await shown
})

test('a receipt printed over TCP is a PNG on the page', async () => {
  const { devices, get } = await simulated()
  const printer = expectOk(await openReceiptPrinter(devices.uri('printer'), options()))
  onTestFinished(() => printer.close())
  const receipt = { title: '확인표', parts: [{ kind: 'big', text: '1042' }] } as const
  expect(await printer.print(receipt)).toMatchObject({ ok: true })
  const png = await get('/receipts/1.png')
  expect(png.headers.get('content-type')).toBe('image/png')
  expect(
    Buffer.from(await png.arrayBuffer())
      .subarray(1, 4)
      .toString(),
  ).toBe('PNG')
  expect((await get('/receipts/2.png')).status).toBe(404)
})

test('a receipt printed through a character device arrives, and the printer answers through it', async () => {
  const { devices } = await simulated()
  const folder = mkdtempSync(join(tmpdir(), 'hanpyo-printer-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'lp0')
  const appeared = new Promise<void>((resolve) => {
    const watcher = watch(folder, () => {
      if (!existsSync(path)) return
      watcher.close()
      resolve()
    })
  })
  const [, host, port] = devices.uri('printer').split(':')
  const socat = spawn('socat', [`PTY,link=${path},raw,echo=0`, `TCP:${host}:${port}`], { stdio: 'ignore' })
  onTestFinished(() => void socat.kill())
  await appeared
  const printer = expectOk(await openReceiptPrinter(`file:${path}`, options()))
  onTestFinished(() => printer.close())
  const receipt = { title: '확인표', parts: [{ kind: 'qr', text: 'x'.repeat(200) }] } as const
  expect(await printer.print(receipt)).toMatchObject({ ok: true })
  expect(devices.printer.receipts).toHaveLength(1)
  expect(devices.printer.strayLetters).toBe(0)
  const gone = new Promise<void>((resolve) => {
    printer.onStatus(({ problem }) => problem === 'printer-not-connected' && resolve())
  })
  socat.kill()
  await gone
})

test.each([
  ['/scan', { text: '' }, 400],
  ['/scan', { text: 'two\nlines' }, 400],
  ['/key', { device: 'keypad', code: 'move', isDown: true }, 400],
  ['/plug', { device: 'toaster', isPlugged: true }, 400],
  ['/printer', { millimetresPerSecond: -1 }, 400],
  ['/printer', null, 400],
  ['/nothing', {}, 404],
])('a wrong request to %s with %j is refused', async (path, body, status) => {
  const { post } = await simulated()
  expect((await post(path, body)).status).toBe(status)
})

test('pages of other sites can neither read nor act', async () => {
  const { post, get } = await simulated()
  expect((await get('/state', 'evil.example')).status).toBe(403)
  expect((await post('/scan', { text: 'x' }, { 'content-type': 'text/plain' })).status).toBe(415)
})
