import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLifecycle, type Lifecycle } from '@hanpyo/platform/lifecycle.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { connectMqtt } from '@hanpyo/platform/mqtt/client.ts'
import { createTestCertificates } from '@hanpyo/platform/testing/certificates.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { commands } from './commands.ts'
import { loadSimulatorConfig, type SimulatorConfig, simulatorConfig } from './config.ts'
import type { SimulatorMetrics } from './control/control.ts'
import { startSimulator } from './main.ts'
import { airtimeMs } from './radio/airtime.ts'
import { Terminal } from './testing/terminal.ts'
import { testIdentity } from './testing/world.ts'

const cleanUps: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'hanpyo-sim-'))
  cleanUps.push(() => rm(directory, { recursive: true, force: true }))
  return directory
}

async function startWith(config: SimulatorConfig) {
  const lifecycle: Lifecycle = createLifecycle({ signals: false })
  cleanUps.push(() => lifecycle.close())
  const ready = await startSimulator({ config, lifecycle, log: silentLogger })
  return { ready, lifecycle }
}

async function openModem(uri: string): Promise<Terminal> {
  const [, host = '', port = ''] = uri.split(':')
  const socket = connect(Number(port), host)
  cleanUps.push(() => socket.destroy())
  await once(socket, 'connect')
  const terminal = new Terminal((bytes) => socket.write(bytes))
  socket.on('data', terminal.receive)
  return terminal
}

const post = (url: string, body: object = {}) => fetch(url, { method: 'POST', body: JSON.stringify(body) })

describe.each([
  { kind: 'mosquitto' as const, protocolVersion: 5 },
  { kind: 'aedes' as const, protocolVersion: 4 },
])('with $kind and MQTT $protocolVersion', ({ kind, protocolVersion }) => {
  async function setUp() {
    const directory = await temporaryDirectory()
    const broker = await startBroker({ kind, dir: join(directory, 'broker'), plainPort: 0 })
    cleanUps.push(() => broker.close())
    const config = simulatorConfig.parse({
      seed: 'integration',
      // Leaves half a second of real time for an answer, however busy the machine is.
      speed: 5,
      dataDir: join(directory, 'sim'),
      logLevel: 'silent',
      broker: { url: broker.plainUrl, protocolVersion },
      networkServer: { regionRx1DelayS: 5, getDownlinkDataDelayMs: 2500 },
      modems: [
        { id: 'kiosk-1', ...testIdentity(1) },
        { id: 'kiosk-2', ...testIdentity(2) },
      ],
    })
    const { ready, lifecycle } = await startWith(config)
    const bridge = connectMqtt({
      url: broker.plainUrl!,
      clientId: 'bridge',
      protocolVersion: protocolVersion as 4 | 5,
      clean: true,
    })
    cleanUps.push(() => bridge.close())
    return { ready, lifecycle, bridge, config, directory }
  }

  test('a ballot goes from the modem to an up event, and its answer rides in the same receive window', async () => {
    const { ready, bridge } = await setUp()
    const uplinks: Record<string, unknown>[] = []
    expectOk(
      await bridge.subscribe(
        `application/${ready.applicationId}/device/+/event/up`,
        1,
        async (topic, payload) => {
          const event = JSON.parse(new TextDecoder().decode(payload))
          uplinks.push(event)
          await bridge.publish(
            topic.replace('event/up', 'command/down'),
            JSON.stringify({ devEui: event.deviceInfo.devEui, confirmed: false, fPort: 1, data: btoa('ok') }),
          )
        },
      ),
    )
    const terminal = await openModem(ready.modems[0]!.uri)
    expect(await terminal.ask('AT+JOIN=1:0:8:3', /^\+EVT:/)).toBe('+EVT:JOINED')
    const ballot = 'a5'.repeat(213)
    expect(await terminal.ask(`AT+SEND=1:${ballot}`, /^\+EVT:RX/)).toMatch(
      /^\+EVT:RX_[12]:-\d+:\d+:UNICAST:1:6f6b$/,
    )
    expect(uplinks).toMatchObject([
      { dr: 5, fCnt: 0, fPort: 1, deviceInfo: { devEui: testIdentity(1).devEui, deviceName: 'kiosk-1' } },
    ])
    expect(uplinks[0]!.data).toBe(btoa(String.fromCharCode(0xa5).repeat(213)))
    const metrics = (await (await fetch(`${ready.control}/metrics`)).json()) as SimulatorMetrics
    expect(metrics).toMatchObject({
      framesSent: 2,
      framesLost: 0,
      downlinks: { sent: 2, lost: 0 },
      perDevice: { 'kiosk-1': { framesSent: 2, downlinksReceived: 2 } },
      gateways: { '0016c001f1500001': { received: 2, unpublished: 0, downlinksByStatus: { OK: 2 } } },
    })
    const joinRequest = { spreadingFactor: 7, phyPayloadBytes: 23, hasCrc: true }
    const ballotFrame = { spreadingFactor: 7, phyPayloadBytes: 213 + 13, hasCrc: true }
    expect(metrics.airtimeMs).toBeCloseTo(airtimeMs(joinRequest) + airtimeMs(ballotFrame), 3)
  })

  test('a replayed frame, total loss and a reboot come through the control endpoint', async () => {
    const { ready, bridge } = await setUp()
    const logs: { code: string }[] = []
    let isLogged = () => {}
    const logged = new Promise<void>((resolve) => {
      isLogged = resolve
    })
    expectOk(
      await bridge.subscribe('application/+/device/+/event/log', 1, async (_topic, payload) => {
        logs.push(JSON.parse(new TextDecoder().decode(payload)))
        isLogged()
      }),
    )
    const terminal = await openModem(ready.modems[1]!.uri)
    await terminal.ask('AT+JOIN=1:0:8:3', /^\+EVT:/)
    await terminal.ask('AT+SEND=1:0102', /^\+EVT:TX_DONE/)
    expect((await post(`${ready.control}/replay`, { device: 'kiosk-2' })).status).toBe(200)
    await logged
    expect(logs).toMatchObject([{ code: 'UPLINK_F_CNT_RETRANSMISSION' }])
    expect((await post(`${ready.control}/loss`, { up: 1 })).status).toBe(200)
    await terminal.ask('AT+SEND=1:03', /^\+EVT:TX_DONE/)
    const metrics = (await (await fetch(`${ready.control}/metrics`)).json()) as SimulatorMetrics
    expect(metrics).toMatchObject({ framesLost: 1, lostBy: { loss: 1 }, replaysInjected: 1 })
    const banner = terminal.next(/^RAKwireless/)
    expect((await post(`${ready.control}/modems/kiosk-2/reboot`)).status).toBe(200)
    await banner
    expect(await terminal.ask('AT+NJS=?', /NJS/)).toBe('AT+NJS=0')
  })
})

describe('control endpoint and files', () => {
  async function setUp() {
    const directory = await temporaryDirectory()
    const broker = await startBroker({ kind: 'aedes', dir: join(directory, 'broker'), plainPort: 0 })
    cleanUps.push(() => broker.close())
    const config = simulatorConfig.parse({
      speed: 20,
      dataDir: join(directory, 'sim'),
      broker: { url: broker.plainUrl, protocolVersion: 4 },
      modems: [{ id: 'kiosk-1', ...testIdentity(1) }],
      links: [{ id: 'wifi', targetPort: Number(new URL(broker.plainUrl!).port) }],
    })
    return { config, directory }
  }

  test('a broker that asks for certificates is served with the PEM files of the configuration, a gateway with its own', async () => {
    const directory = await temporaryDirectory()
    const certificates = await createTestCertificates()
    const broker = await startBroker({
      kind: 'aedes',
      dir: join(directory, 'broker'),
      tls: certificates.server,
      acl: {
        patterns: [
          { access: 'write', topic: 'kr920/gateway/%u/event/+' },
          { access: 'read', topic: 'kr920/gateway/%u/command/+' },
        ],
        users: {
          radio: [
            { access: 'readwrite', topic: 'application/#' },
            { access: 'read', topic: 'kr920/gateway/+/event/+' },
            { access: 'write', topic: 'kr920/gateway/+/command/+' },
          ],
        },
      },
    })
    cleanUps.push(() => broker.close())
    const gatewayId = '0016c001f1500001'
    const [{ ca, cert, key }, own] = [
      await certificates.client('radio'),
      await certificates.client(gatewayId),
    ]
    const path = (name: string) => join(directory, name)
    await Promise.all([
      writeFile(path('ca.pem'), ca),
      writeFile(path('cert.pem'), cert),
      writeFile(path('key.pem'), key),
      writeFile(path('gateway.pem'), own.cert),
      writeFile(path('gateway-key.pem'), own.key),
    ])
    const files = { ca: path('ca.pem'), cert: path('cert.pem'), key: path('key.pem') }
    const config = simulatorConfig.parse({
      speed: 20,
      dataDir: join(directory, 'sim'),
      broker: { url: broker.url, protocolVersion: 4, ...files },
      gateways: [{ id: gatewayId, cert: path('gateway.pem'), key: path('gateway-key.pem') }],
      modems: [{ id: 'kiosk-1', ...testIdentity(1) }],
    })
    const { ready } = await startWith(config)
    const terminal = await openModem(ready.modems[0]!.uri)
    expect(await terminal.ask('AT+JOIN=1:0:8:3', /^\+EVT:/)).toBe('+EVT:JOINED')
  })

  test('bad requests get an error code and change nothing', async () => {
    const { ready } = await startWith((await setUp()).config)
    const cases: [string, object, number][] = [
      ['/loss', { up: 2 }, 400],
      ['/loss', { sideways: 1 }, 400],
      ['/replay', {}, 400],
      ['/replay', { device: 'kiosk-1' }, 404],
      ['/modems/none/reboot', {}, 404],
      ['/modems/kiosk-1/faults', { garble: -1 }, 400],
      ['/links/none', { state: 'cut' }, 404],
      ['/links/wifi', { state: 'sideways' }, 400],
      ['/nothing', {}, 404],
      ['/faults', { txNacks: 2 }, 400],
      ['/faults', { gremlins: 1 }, 400],
      ['/gateways/none', { state: 'off' }, 404],
      ['/gateways/0016c001f1500001', { state: 'sideways' }, 400],
      ['/broker', { state: 'sideways' }, 400],
    ]
    for (const [path, body, status] of cases) {
      expect((await post(`${ready.control}${path}`, body)).status, path).toBe(status)
    }
    expect((await fetch(`${ready.control}/loss`, { method: 'POST', body: 'x' })).status).toBe(400)
    expect((await fetch(`${ready.control}/loss`, { method: 'DELETE' })).status).toBe(405)
    expect((await fetch(`${ready.control}/healthz`)).status).toBe(200)
    expect(await (await post(`${ready.control}/links/wifi`, { state: 'cut' })).json()).toEqual({
      ok: true,
      value: { isUp: false },
    })
  })

  test('faults are set, gateways switched and the timeline started while the simulator runs', async () => {
    const { config } = await setUp()
    const timeline = [{ event: 'loss' as const, up: 0.25, atSeconds: 0 }]
    const { ready } = await startWith({ ...config, timeline, startsTimeline: false })
    const metrics = async () => (await (await fetch(`${ready.control}/metrics`)).json()) as SimulatorMetrics
    const patched = await post(`${ready.control}/faults`, {
      txNacks: 0.5,
      burstUp: { loss: 0.2, burstFrames: 3 },
    })
    expect(await patched.json()).toMatchObject({
      value: { txNacks: 0.5, burstUp: { loss: 0.2 }, eventLoss: 0 },
    })
    expect((await post(`${ready.control}/gateways/0016c001f1500001`, { state: 'off' })).status).toBe(200)
    expect((await metrics()).gateways['0016c001f1500001']?.isOn).toBe(false)
    await post(`${ready.control}/gateways/0016c001f1500001`, { state: 'on' })
    expect((await metrics()).gateways['0016c001f1500001']?.isOn).toBe(true)
    expect((await post(`${ready.control}/broker`, { state: 'down' })).status).toBe(200)
    expect((await post(`${ready.control}/broker`, { state: 'up' })).status).toBe(200)
    const started = await post(`${ready.control}/timeline`)
    expect(await started.json()).toEqual({ ok: true, value: { events: 1 } })
  })

  test('DevNonces and sessions are on disk, readable by the owner only, and a restart joins again', async () => {
    const { config, directory } = await setUp()
    const first = await startWith(config)
    const terminal = await openModem(first.ready.modems[0]!.uri)
    expect(await terminal.ask('AT+JOIN=1:0:8:3', /^\+EVT:/)).toBe('+EVT:JOINED')
    await first.lifecycle.close()
    for (const folder of ['modems', 'network-server']) {
      const [file = ''] = await readdir(join(directory, 'sim', folder))
      expect(file).toBe(`${testIdentity(1).devEui}.json`)
      expect((await stat(join(directory, 'sim', folder, file))).mode & 0o777).toBe(0o600)
    }
    const second = await startWith(config)
    const again = await openModem(second.ready.modems[0]!.uri)
    expect(await again.ask('AT+NJS=?', /NJS/)).toBe('AT+NJS=0')
    expect(await again.ask('AT+JOIN=1:0:8:3', /^\+EVT:/)).toBe('+EVT:JOINED')
  })

  test('a configuration file in TOML or JSON is read, and its mistakes are named', async () => {
    const directory = await temporaryDirectory()
    const { devEui, joinEui, appKey } = testIdentity(1)
    const toml = join(directory, 'sim.toml')
    await writeFile(
      toml,
      `dataDir = "data"\nspeed = 10\n[broker]\nurl = "mqtt://127.0.0.1:1883"\n[[modems]]\nid = "kiosk-1"\n` +
        `devEui = "${devEui}"\njoinEui = "${joinEui}"\nappKey = "${appKey}"\n`,
    )
    const loaded = expectOk(await loadSimulatorConfig(toml, { HANPYO_SIM_RADIO__LOSS_UP: '0.1' }))
    expect(loaded).toMatchObject({ speed: 10, radio: { lossUp: 0.1 }, modems: [{ dataRate: 5, adr: false }] })
    const json = join(directory, 'sim.json')
    await writeFile(json, JSON.stringify({ dataDir: 'data', broker: { url: 'http://x' } }))
    expect(await loadSimulatorConfig(json, {})).toMatchObject({ ok: false, error: 'config-invalid' })
    await writeFile(json, '[]')
    expect(await loadSimulatorConfig(json, {})).toMatchObject({ ok: false, error: 'config-malformed' })
    expect(await loadSimulatorConfig(join(directory, 'none.json'), {})).toMatchObject({
      error: 'config-missing',
    })
  })

  test('hanpyo sim run explains what is wrong with its configuration and ends with 1', async () => {
    const directory = await temporaryDirectory()
    const problems: string[] = []
    const io = { stdout() {}, stderr: (line: string) => problems.push(line), env: {}, cwd: directory }
    expect(await commands[0]!.run(['missing.toml'], io)).toBe(1)
    expect(problems.join()).toContain('missing.toml does not exist')
    await expect(commands[0]!.run([], io)).rejects.toThrow('one configuration file expected')
  })
})
