import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawnChild } from '@hanpyo/platform/child.ts'
import { connectMqtt, type MqttPort } from '@hanpyo/platform/mqtt/client.ts'
import { findMosquitto } from '@hanpyo/platform/mqtt/mosquitto.ts'
import { createTestCertificates, type TestCertificates } from '@hanpyo/platform/testing/certificates.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadBridgeConfig } from './config.ts'
import { BRIDGE_EXIT } from './errors.ts'
import { deviceDownTopic, kioskDownTopic, uplinkSubscriptions } from './ingest/topics.ts'

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url))
const APPLICATION = '7c1f2a8e-3d52-4a6b-9f0e-5a4d3c2b1a00'
const closers: (() => Promise<unknown>)[] = []
let certificates: TestCertificates
let url: string

beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-deploy-'))
  closers.push(() => rm(dir, { recursive: true }))
  certificates = await createTestCertificates()
  const { ca, cert, key } = certificates.server
  await writeFile(join(dir, 'ca.pem'), ca)
  await writeFile(join(dir, 'crl.pem'), await certificates.emptyCrl())
  await writeFile(join(dir, 'server.pem'), cert)
  await writeFile(join(dir, 'server-key.pem'), key)
  await copyFile(join(DEPLOY, 'mosquitto/acl'), join(dir, 'acl'))
  await chmod(join(dir, 'acl'), 0o600)
  const port = await freePort()
  const shipped = await readFile(join(DEPLOY, 'mosquitto/mosquitto.conf'), 'utf8')
  const adapted = shipped
    .replaceAll('/etc/hanpyo/broker', dir)
    .replace('/var/lib/mosquitto/', `${dir}/`)
    .replace('listener 8883', `listener ${port} 127.0.0.1`)
  const asRoot = process.getuid?.() === 0 ? 'user root\n' : ''
  await writeFile(join(dir, 'mosquitto.conf'), `${asRoot}log_type information\n${adapted}`)
  const command = await findMosquitto()
  if (command === undefined)
    throw new Error('this test needs mosquitto (scripts/system-packages installs it)')
  const broker = await spawnChild({
    command,
    args: ['-c', join(dir, 'mosquitto.conf')],
    ready: /mosquitto version .* running/,
  })
  closers.push(() => broker.stop())
  url = `mqtts://127.0.0.1:${port}`
})

afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

async function client(cn: string): Promise<MqttPort> {
  const port = connectMqtt({
    url,
    clientId: `test-${cn}-${closers.length}`,
    protocolVersion: 5,
    clean: true,
    tls: await certificates.client(cn),
  })
  closers.push(() => port.close())
  await port.whenOnline()
  return port
}

/** Collects what a client hears; `next` waits for a message on a topic. */
async function listen(port: MqttPort, topics: string | readonly string[]) {
  const heard: string[] = []
  const waiting = new Map<string, () => void>()
  expectOk(
    await port.subscribe(topics, 1, async (topic) => {
      heard.push(topic)
      waiting.get(topic)?.()
    }),
  )
  return {
    heard,
    next: (topic: string) => new Promise<void>((resolve) => void waiting.set(topic, resolve)),
  }
}

test('with the shipped list the bridge hears both routes in a shared subscription and answers on both', async () => {
  const [bridge, kiosk, chirpstack] = [await client('bridge'), await client('7'), await client('chirpstack')]
  const up = await listen(bridge, uplinkSubscriptions(APPLICATION, 'bridge'))
  const down = await listen(kiosk, kioskDownTopic(7))
  const commands = await listen(chirpstack, `application/${APPLICATION}/device/+/command/down`)
  const eventTopic = `application/${APPLICATION}/device/24e124ffff000007/event/up`
  const commandTopic = deviceDownTopic(APPLICATION, '24e124ffff000007')

  const arrived = [
    up.next('hanpyo/v1/kiosk/7/up'),
    up.next(eventTopic),
    down.next(kioskDownTopic(7)),
    commands.next(commandTopic),
  ]
  expectOk(await kiosk.publish('hanpyo/v1/kiosk/7/up', 'ballot'))
  expectOk(await chirpstack.publish(eventTopic, '{}'))
  expectOk(await bridge.publish(kioskDownTopic(7), 'ack'))
  expectOk(await bridge.publish(commandTopic, '{}'))
  await Promise.all(arrived)
})

test('a kiosk cannot speak or listen for another one', async () => {
  const [bridge, honest, curious] = [await client('bridge'), await client('1'), await client('2')]
  const up = await listen(bridge, uplinkSubscriptions(undefined, undefined))
  const wanted = up.next('hanpyo/v1/kiosk/1/up')
  await curious.publish('hanpyo/v1/kiosk/1/up', 'forged', 0)
  await curious.publish(kioskDownTopic(1), 'forged', 0)
  await curious.subscribe(
    [kioskDownTopic(1), 'hanpyo/#'],
    1,
    async (topic) => void up.heard.push(`leaked ${topic}`),
  )
  await bridge.publish(kioskDownTopic(1), 'ack')
  await honest.publish('hanpyo/v1/kiosk/1/up', 'ballot')
  await wanted
  expect(up.heard.filter((topic) => topic === 'hanpyo/v1/kiosk/1/up')).toHaveLength(1)
  expect(up.heard.filter((topic) => topic.startsWith('leaked'))).toEqual([])
})

test('the shipped configuration is one the bridge reads', async () => {
  const config = expectOk(await loadBridgeConfig(join(DEPLOY, 'bridge/bridge.toml'), {}))
  expect(config.mqtt).toMatchObject({ version: 5, connections: 4, inFlightPerConnection: 32 })
})

test('the shipped unit does not restart on the exit codes that need a person', async () => {
  const unit = await readFile(join(DEPLOY, 'systemd/hanpyo-bridge.service'), 'utf8')
  const codes = /^RestartPreventExitStatus=(.+)$/m.exec(unit)?.[1]?.split(' ').map(Number)
  expect(codes).toEqual(expect.arrayContaining([BRIDGE_EXIT.ledger, BRIDGE_EXIT.config]))
  expect(codes).not.toContain(BRIDGE_EXIT.bug)
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
