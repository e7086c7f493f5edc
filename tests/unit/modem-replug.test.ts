import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openModem } from '@hanpyo/devices/modem/open-modem.ts'
import { simulatorConfig } from '@hanpyo/firmware-sim/config.ts'
import { startSimulator } from '@hanpyo/firmware-sim/main.ts'
import { findSocat } from '@hanpyo/firmware-sim/modem/pty-port.ts'
import type { ModemDialect } from '@hanpyo/firmware-sim/modem/start-modem.ts'
import { openTcpLink } from '@hanpyo/firmware-sim/network/tcp-link.ts'
import { testIdentity } from '@hanpyo/firmware-sim/testing/world.ts'
import { createLoraRoute } from '@hanpyo/kiosk/routes/lora.ts'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { createLifecycle } from '@hanpyo/platform/lifecycle.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { expect, onTestFinished, test } from 'vitest'

const BALLOT = new Uint8Array(213).fill(7)
const SPEED = 20
const PATIENCE = { timeout: 40_000, interval: 20 }

/** A simulated radio world in real, fast time with one modem of the dialect. */
async function startWorld(dialect: ModemDialect) {
  const directory = await mkdtemp(join(tmpdir(), 'hanpyo-replug-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const broker = await startBroker({ kind: 'aedes', dir: join(directory, 'broker'), plainPort: 0 })
  onTestFinished(() => broker.close())
  const lifecycle = createLifecycle({ signals: false })
  onTestFinished(() => lifecycle.close())
  const epochMs = Date.now()
  const config = simulatorConfig.parse({
    speed: SPEED,
    epochMs,
    dataDir: join(directory, 'sim'),
    logLevel: 'silent',
    broker: { url: broker.plainUrl, protocolVersion: 4 },
    networkServer: { regionRx1DelayS: 5, getDownlinkDataDelayMs: 2500 },
    modems: [{ id: 'kiosk-1', dialect, ...testIdentity(1) }],
  })
  const ready = await startSimulator({ config, lifecycle, log: silentLogger })
  const clock = createRealClock({ speed: SPEED, epochMs })
  return { directory, clock, port: Number(ready.modems[0]!.uri.split(':').at(-1)) }
}

/** The kiosk's route over whatever modem is found at the URI. */
function startRoute(uri: string, clock: ReturnType<typeof createRealClock>) {
  const route = createLoraRoute({
    bridges: ['b1'],
    async openModem() {
      const modem = await openModem(uri, { clock })
      if (modem.ok) return modem.value
      throw new Error(modem.error)
    },
    clock,
    random: nodeRandom,
    log: silentLogger,
  })
  route.start({ onDatagram: () => {}, onStateChange: () => {} })
  onTestFinished(() => route.close())
  return {
    route,
    isOnline: () => expect.poll(() => route.state.isOnline, PATIENCE).toBe(true),
    isOffline: () => expect.poll(() => route.state.isOnline, PATIENCE).toBe(false),
    delivers: () => expect.poll(async () => (await route.send(BALLOT)).ok, PATIENCE).toBe(true),
  }
}

test('a modem on a pty that is unplugged and plugged in again is found, joined and used', async (context) => {
  const socat = await findSocat()
  if (socat === undefined) return context.skip('socat is not installed, so there is no pty to test')
  const { directory, clock, port } = await startWorld('rui3')
  const path = join(directory, 'modem0')
  const plugIn = async (): Promise<ChildProcess> => {
    const cable = spawn(socat, [`PTY,link=${path},raw,echo=0,mode=600`, `TCP:127.0.0.1:${port}`], {
      stdio: 'ignore',
    })
    onTestFinished(() => void cable.kill('SIGKILL'))
    await expect
      .poll(
        () =>
          access(path).then(
            () => true,
            () => false,
          ),
        PATIENCE,
      )
      .toBe(true)
    return cable
  }
  const cable = await plugIn()
  const { isOnline, isOffline, delivers, route } = startRoute(`serial:${path}?baud=115200`, clock)
  await isOnline()
  await delivers()
  const unplugged = once(cable, 'exit')
  cable.kill('SIGTERM')
  await unplugged
  await isOffline()
  expect(route.state.reason).toBe('no-modem')
  await plugIn()
  await isOnline()
  await delivers()
})

test('a modem behind TCP whose connection is cut and restored is found, joined and used', async () => {
  const { clock, port } = await startWorld('wio-e5')
  const link = await openTcpLink({ target: { host: '127.0.0.1', port }, port: 0, clock })
  onTestFinished(() => link.close())
  const { isOnline, isOffline, delivers, route } = startRoute(`tcp:127.0.0.1:${link.port}`, clock)
  await isOnline()
  await delivers()
  link.cut('reset')
  await isOffline()
  expect(route.state.reason).toBe('no-modem')
  link.restore()
  await isOnline()
  await delivers()
})
