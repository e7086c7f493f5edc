import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { deviceAcl } from '@hanpyo/platform/mqtt/acl.ts'
import { startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { connectMqtt } from '@hanpyo/platform/mqtt/client.ts'
import { findMosquitto } from '@hanpyo/platform/mqtt/mosquitto.ts'
import { programRunner } from '@hanpyo/platform/run-program.ts'
import { issueServerCertificate } from '@hanpyo/platform/x509.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { openDeskBench } from './desk-bench.ts'

const hasMosquitto = (await findMosquitto()) !== undefined
if (!hasMosquitto) console.log('skipped: revocation at the broker (mosquitto is not installed)')

test.runIf(hasMosquitto)(
  'a revoked kiosk is refused by mosquitto after a reload, its open connection is heard no more, its neighbour goes on',
  async () => {
    const bench = await openDeskBench()
    onTestFinished(() => bench.small.remove())
    const root = bench.small.folder
    const [first, second] = [await bench.enrol(1), await bench.enrol(2)]
    const file = JSON.parse(await readFile(join(root, 'secret/keys/device-ca.json'), 'utf8'))
    const ca = { cert: file.cert as string, key: file.key as string }
    await bench.must(`device broker --names localhost --out ${root}/broker-pki`)
    const crl = await readFile(join(root, 'broker-pki', 'crl.pem'), 'utf8')
    const server = await issueServerCertificate({ ca })
    const dir = join(root, 'broker')
    const acl = deviceAcl('hanpyo/v1/kiosk', [])
    const broker = await startBroker({
      kind: 'mosquitto',
      dir,
      tls: { ...server, ca: ca.cert, crl },
      acl,
      plainPort: 0,
    })
    onTestFinished(() => broker.close())

    const heard: string[] = []
    let onHeard = () => {}
    const bridge = connectMqtt({ url: broker.plainUrl!, clientId: 'bridge', protocolVersion: 5, clean: true })
    onTestFinished(() => bridge.close())
    await bridge.subscribe(['hanpyo/v1/kiosk/+/up'], 1, async (_, payload) => {
      heard.push(Buffer.from(payload).toString())
      onHeard()
    })
    const tlsOf = async (folder: string) => ({
      ca: ca.cert,
      cert: await readFile(join(folder, 'cert/kiosk.crt.pem'), 'utf8'),
      key: await readFile(join(folder, 'keys/tls-key.pem'), 'utf8'),
    })
    const open = async (folder: string, id: number) => {
      const client = connectMqtt({
        url: broker.url!,
        clientId: `kiosk-${id}`,
        protocolVersion: 5,
        clean: true,
        tls: await tlsOf(folder),
      })
      onTestFinished(() => client.close())
      await client.whenOnline()
      return (text: string) => client.publish(`hanpyo/v1/kiosk/${id}/up`, Buffer.from(text), 1)
    }
    const [speak1, speak2] = [await open(first, 1), await open(second, 2)]
    const until = (text: string) =>
      new Promise<void>((resolve) => {
        onHeard = () => heard.includes(text) && resolve()
        onHeard()
      })
    expectOk(await speak1('one before'))
    await until('one before')
    expect(await handshake(broker.url!, await tlsOf(first))).toBe('accepted')

    const start = Date.now()
    const revoked = await bench.run(
      `provision revoke --kiosk 1 --yes --broker-dir ${dir} --broker-reload kill^-HUP^${broker.pid}`.replaceAll(
        '^',
        '\u00a0',
      ),
      { run: programRunner() },
    )
    expect(revoked.err).toBe('')
    expect(await untilRefused(broker.url!, await tlsOf(first))).toBe('refused')
    const tookMs = Date.now() - start
    console.log(`revocation effective at the broker after ${tookMs} ms`)
    expect(await handshake(broker.url!, await tlsOf(second))).toBe('accepted')
    // The broker may hang up on it, and its client then waits for a connection that never comes.
    void speak1('one after').catch(() => {})
    expectOk(await speak2('two after'))
    await until('two after')
    expect(heard).not.toContain('one after')
  },
)

/** Whether the broker takes a TLS client; with TLS 1.3 a refusal comes after the handshake, so that a CONNECT is sent too. */
function handshake(
  url: string,
  tls: { ca: string; cert: string; key: string },
): Promise<'accepted' | 'refused'> {
  const { port } = new URL(url)
  const packet = Buffer.from('101000044d5154540402003c000470726f62', 'hex')
  return new Promise((resolve) => {
    const socket = connect({ ...tls, host: '127.0.0.1', port: Number(port) }, () => socket.write(packet))
    const end = (answer: 'accepted' | 'refused') => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('data', () => end('accepted'))
    socket.once('error', () => end('refused'))
    socket.once('close', () => end('refused'))
  })
}

/** The broker reads its lists between two packets, a moment after the signal. */
async function untilRefused(url: string, tls: { ca: string; cert: string; key: string }) {
  for (let tries = 0; tries < 200; tries++) {
    if ((await handshake(url, tls)) === 'refused') return 'refused'
  }
  return 'accepted'
}
