import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandIo } from '@hanpyo/platform/command.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { deviceAcl } from '@hanpyo/platform/mqtt/acl.ts'
import { type Broker, startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { connectMqtt, type MqttPort } from '@hanpyo/platform/mqtt/client.ts'
import { createTestCertificates } from '@hanpyo/platform/testing/certificates.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { listBox } from './box-listing.ts'
import { commands } from './commands.ts'
import { loadKioskConfig } from './config.ts'
import type { Client } from './contract/define.ts'
import type { KioskContract } from './contract/kiosk-contract.ts'
import { type RunningCore, startCore } from './main.ts'
import { type CoreFolder, createCoreFolder } from './testing/core-folder.ts'
import { createFakeBridge, type FakeBridge } from './testing/fake-bridge.ts'
import { closePolls, goAway, kioskClient, openPolls, prepareBlank } from './testing/kiosk-client.ts'

async function folder(options: { slipCount?: number; style?: 1 | 2 } = {}): Promise<CoreFolder> {
  const made = await createCoreFolder(options)
  onTestFinished(() => made.remove())
  return made
}

async function start(made: CoreFolder): Promise<{ core: RunningCore; kiosk: Client<KioskContract> }> {
  const config = expectOk(await loadKioskConfig(made.config, {}))
  const core = expectOk(await startCore(config, { log: silentLogger, closeWithParent: false }))
  onTestFinished(() => core.lifecycle.close())
  return { core, kiosk: kioskClient(core.url, core.token) }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('this did not become true within 20 s')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** What stands behind the broker: answers every datagram on the kiosk's own topic. */
async function serveBridge(broker: Broker, bridge: FakeBridge): Promise<MqttPort> {
  const port = connectMqtt({
    url: broker.plainUrl as string,
    clientId: 'bridge',
    protocolVersion: 5,
    clean: true,
  })
  await port.subscribe('hanpyo/v1/kiosk/+/up', 1, async (topic, payload) => {
    const { ack, promise } = bridge.answer(payload)
    await port.publish(topic.replace(/up$/, 'down'), promise)
    await port.publish(topic.replace(/up$/, 'down'), ack)
  })
  return port
}

test('a core votes over its HTTP contract, delivers over mosquitto with its certificate, and survives an outage', async () => {
  const made = await folder({ style: 1 })
  const certificates = await createTestCertificates()
  const { ca, cert, key } = await certificates.client('3')
  for (const [name, pem] of Object.entries({ ca, cert, key }))
    writeFileSync(join(made.root, `${name}.pem`), pem)
  const brokerOptions = {
    kind: 'mosquitto',
    dir: join(made.root, 'broker'),
    tls: certificates.server,
    acl: deviceAcl('hanpyo/v1/kiosk', []),
    plainPort: 0,
  } as const
  let broker = await startBroker(brokerOptions)
  onTestFinished(() => broker.close())
  made.configure(`[wifi]
url = "${broker.url}"
ca = "ca.pem"
cert = "cert.pem"
key = "key.pem"
reconnectMaxMs = 2000`)
  const bridge = createFakeBridge(made.election)
  const port = await serveBridge(broker, bridge)
  const { kiosk } = await start(made)
  const health = async () => expectOk(await kiosk['health.get']({}))

  await openPolls(kiosk)
  await prepareBlank(kiosk, made.election.slips[0] as string)
  expectOk(await kiosk['session.cast']({}))
  await goAway(kiosk)
  await until(async () => (await health()).outbox.ackedOverWifi === 1)
  expect((await health()).outbox).toMatchObject({ waiting: 0, promises: 1 })

  await port.close()
  const { port: tlsPort } = new URL(broker.url as string)
  await broker.close()
  await until(async () => (await health()).routes.wifi.state === 'offline')
  await prepareBlank(kiosk, made.election.slips[1] as string)
  expectOk(await kiosk['session.cast']({}))
  await goAway(kiosk)
  await prepareBlank(kiosk, made.election.slips[2] as string)
  expectOk(await kiosk['session.check']({}))
  await goAway(kiosk)
  expect((await health()).outbox).toMatchObject({ waiting: 2, waitingForWifi: 2 })
  const report = await closePolls(kiosk)
  expect(report).toMatchObject({ cast: 2, challenged: 1, waiting: 3 })

  broker = await startBroker({ ...brokerOptions, tls: { ...certificates.server, port: Number(tlsPort) } })
  const port2 = await serveBridge(broker, bridge)
  await until(async () => (await health()).outbox.waiting === 0)
  await port2.close()
  const listing = expectOk(listBox(made.boxPath))
  const states = [...listing.ballots, ...listing.challenged, ...listing.kioskManifests].map(
    ({ state }) => state,
  )
  expect(states).toEqual(['recorded', 'recorded', 'recorded', 'recorded'])
  expect(listing.ballots.every(({ id }) => bridge.received.has(id))).toBe(true)
})

test('neither log nor audit file nor box shows a choice, seed, slip text or time', async () => {
  const made = await folder()
  const lines: string[] = []
  const log = {
    ...silentLogger,
    info: (event: string, fields?: object) => void lines.push(JSON.stringify([event, fields])),
  }
  const config = expectOk(await loadKioskConfig(made.config, {}))
  const core = expectOk(await startCore(config, { log, closeWithParent: false }))
  onTestFinished(() => core.lifecycle.close())
  const kiosk = kioskClient(core.url, core.token)
  await openPolls(kiosk)
  const slip = made.election.slips[0] as string
  const view = expectOk(await kiosk['session.scan']({ text: slip }))
  const { slipNumber } = view.screen as { slipNumber: number }
  expectOk(await kiosk['session.select']({ contest: 2, selection: { kind: 'choose-one', option: 3 } }))
  expectOk(await kiosk['session.review']({}))
  const prepared = expectOk(await kiosk['session.prepare']({}))
  const { tracker } = prepared.screen as { tracker: { text: string; qr: string } }
  expectOk(await kiosk['session.cast']({}))
  await core.lifecycle.close()

  const audit = readFileSync(join(made.root, 'data', 'audit.log'), 'utf8')
  const events = audit
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(events.map(({ event }) => event)).toEqual([
    'core-started',
    'staff-unlocked',
    'polls-opened',
    'staff-locked',
    'slip-accepted',
    'ballot-stored',
    'core-stopped',
  ])
  for (const event of events) {
    expect(
      Object.keys(event).filter((name) => !['level', 'name', 'event', 'version', 'anyway'].includes(name)),
    ).toEqual([])
  }
  const everything = [audit, lines.join('\n'), readFileSync(made.boxPath, 'latin1')].join('\n')
  for (const secret of [slip, slip.slice(3, 29), tracker.text, tracker.qr])
    expect(everything).not.toContain(secret)
  expect(`${audit}${lines.join('\n')}`).not.toMatch(new RegExp(`slip\\w*["':]+${slipNumber}\\b`))
  expect(statSync(join(made.root, 'data')).mode & 0o077).toBe(0)
})

test('a slip held to the scanner starts the session like one that comes over the contract', async () => {
  const made = await folder()
  const slips = join(made.root, 'scanner')
  expect(spawnSync('mkfifo', [slips]).status).toBe(0)
  made.configure(`[scanner]\nuri = "file:${slips}"`)
  const { kiosk } = await start(made)
  await openPolls(kiosk)
  await writeFile(slips, `${made.election.slips[0]}\r\n`)
  await until(async () => expectOk(await kiosk['session.state']({})).screen.screen === 'contest')
})

interface Printed {
  readonly io: CommandIo
  readonly out: string[]
  readonly error: string[]
}

function captured(cwd: string): Printed {
  const [out, error]: [string[], string[]] = [[], []]
  const io = {
    stdout: (line: string) => void out.push(line),
    stderr: (line: string) => void error.push(line),
    env: {},
    cwd,
  }
  return { io, out, error }
}

const command = (name: string) => commands.find((one) => one.name === name)!

test.each([
  ['a damaged ballot box', 'box-damaged', 'Do not delete it', damageBox],
  ['no election files', 'election-files-missing', 'electionDir', removeManifest],
  ['a manifest that was changed', 'manifest-signature', 'Copy the election folder', alterManifest],
  ['another authority than the pinned one', 'authority-not-trusted', 'Do not open the polls', pin],
  ['keys that others may read', 'device-key', 'kiosk request', openKeys],
])('with %s the core refuses to start and says what to do', async (_what, code, advice, spoil) => {
  const made = await folder()
  spoil(made)
  const { io, error, out } = captured(made.root)
  expect(await command('kiosk core').run(['--config', 'kiosk.toml'], io)).toBe(1)
  expect(error.join('\n')).toContain(code)
  expect(error.join('\n')).toContain(advice)
  expect(out).toEqual([])
})

function damageBox(made: CoreFolder): void {
  mkdirSync(join(made.root, 'data'))
  writeFileSync(made.boxPath, Buffer.alloc(8192, 0x5a))
}

function removeManifest(made: CoreFolder): void {
  rmSync(join(made.root, 'election', 'manifest.note'))
}

function alterManifest(made: CoreFolder): void {
  const path = join(made.root, 'election', 'manifest.note')
  writeFileSync(path, readFileSync(path, 'utf8').replace('"tickSeconds":2', '"tickSeconds":3'))
}

function pin(made: CoreFolder): void {
  const text = readFileSync(made.config, 'utf8')
  writeFileSync(made.config, `authority = "vote.example.kr/2026/authority+00000000+AA=="\n${text}`)
}

function openKeys(made: CoreFolder): void {
  chmodSync(join(made.root, 'keys', 'device.json'), 0o644)
}

test('a second core on the same data folder is refused', async () => {
  const made = await folder()
  await start(made)
  const { io, error } = captured(made.root)
  expect(await command('kiosk core').run(['--config', 'kiosk.toml'], io)).toBe(1)
  expect(error.join('\n')).toContain('already-running')
})

test('the request command makes keys once and prints where the request is', async () => {
  const made = await folder()
  const { io, out } = captured(made.root)
  const args = ['--kiosk', '9', '--out', 'enrol/request.json']
  expect(await command('kiosk request').run(args, io)).toBe(0)
  const first = readFileSync(out[0] as string, 'utf8')
  expect(Object.keys(JSON.parse(first) as object)).toEqual([
    'kiosk',
    'ed25519',
    'x25519',
    'certificateRequest',
    'proof',
  ])
  expect(await command('kiosk request').run(args, io)).toBe(0)
  expect(readFileSync(out[1] as string, 'utf8')).toBe(first)
  expect(await command('kiosk request').run([...args, '--dev-eui', 'AC1F09FFFE000001'], io)).toBe(0)
  expect(JSON.parse(readFileSync(out[2] as string, 'utf8'))).toEqual({
    ...(JSON.parse(first) as object),
    devEui: 'ac1f09fffe000001',
  })
  await expect(command('kiosk request').run(['--kiosk', 'x', '--out', 'r'], io)).rejects.toThrow('--kiosk')
})

test('the box command lists ids and states while the core runs', async () => {
  const made = await folder()
  const { kiosk } = await start(made)
  await openPolls(kiosk)
  await prepareBlank(kiosk, made.election.slips[0] as string)
  expectOk(await kiosk['session.cast']({}))
  const { io, out } = captured(made.root)
  expect(await command('kiosk box').run(['--config', 'kiosk.toml'], io)).toBe(0)
  const listing = JSON.parse(out[0] as string) as { ballots: { id: string; state: string }[]; polls: string }
  expect(listing.polls).toBe('open')
  expect(listing.ballots.map(({ state }) => state)).toEqual(['waiting'])
  expect(listing.ballots[0]!.id).toMatch(/^[0-9a-f]{64}$/)
})
