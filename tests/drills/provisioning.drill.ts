import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadElection } from '@hanpyo/authority/load-election.ts'
import { readSlipTexts } from '@hanpyo/cli/demo/election-setup.ts'
import { runHanpyo, spawnHanpyo } from '@hanpyo/cli/demo/processes.ts'
import { DEFAULT_SERVER_SETTINGS } from '@hanpyo/firmware-sim/network-server/types.ts'
import { readDeviceKeys } from '@hanpyo/kiosk/device-keys.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { deviceAcl } from '@hanpyo/platform/mqtt/acl.ts'
import { startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import { connectMqtt } from '@hanpyo/platform/mqtt/client.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { castBallot, prepareBallot } from '@hanpyo/protocol/ballot/create.ts'
import { toCompact } from '@hanpyo/protocol/ballot/layout.ts'
import { encodePlaintext } from '@hanpyo/protocol/ballot/plaintext.ts'
import { deriveCredential, parseSlip } from '@hanpyo/protocol/ballot/slip.ts'
import { fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { findCredential, parseCredentialList } from '@hanpyo/protocol/election/keylist.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { stringify } from 'smol-toml'
import { afterAll, expect, test } from 'vitest'

const EXAMPLE = fileURLToPath(new URL('../../examples/demo.toml', import.meta.url))
const MODEM = {
  devEui: 'ac1f09fffe00beef',
  joinEui: 'ac1f09fff9153172',
  appKey: 'ac1f09fffe00beefac1f09fff9153172',
}
const KIOSK = 1

const closers: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const close of closers.reverse()) await close()
})

/** Runs a command that must end with 0, and gives its standard output. */
async function must(...args: string[]): Promise<string> {
  const { code, stdout, output } = await runHanpyo(args)
  expect(code, `hanpyo ${args.join(' ')}\n${output}`).toBe(0)
  return stdout
}

// A minute of real radio, so that it is left to the full run.
test.runIf(process.env.HANPYO_FULL === '1')(
  'a bare folder and a modem from the factory become a kiosk whose test vote is on the ledger; revoked, it is refused everywhere',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'hanpyo-provision-'))
    closers.push(() => rm(root, { recursive: true, force: true }))
    const at = (...path: string[]): string => join(root, ...path)

    // The offices: a test election, its broker, its bridge; radio and ChirpStack's stand-in.
    const example = await readFile(EXAMPLE, 'utf8')
    await writeFile(at('election.toml'), example.replace(/^id = /m, 'test = true\nid = '))
    await must('election', 'new', at('election.toml'), '--out', at('election'))
    await must('device', 'broker', '--election', at('election'), '--names', 'localhost', '--out', at('pki'))
    const pem = (name: string): Promise<string> => readFile(at('pki', name), 'utf8')
    const broker = await startBroker({
      kind: 'mosquitto',
      dir: at('broker'),
      tls: {
        ca: await pem('ca.crt.pem'),
        cert: await pem('broker.crt.pem'),
        key: await pem('broker.key.pem'),
        crl: await pem('crl.pem'),
      },
      acl: deviceAcl('hanpyo/v1/kiosk', []),
      plainPort: 0,
    })
    closers.push(() => broker.close())
    const radioFile = at('radio.json')
    const radioConfig = {
      dataDir: at('radio'),
      logLevel: 'warn',
      broker: { url: broker.plainUrl },
      modems: [{ id: 'modem', ...MODEM, registered: false }],
      networkServer: { grpc: { tokenFile: at('token') } },
    }
    await writeFile(radioFile, JSON.stringify(radioConfig))
    const radio = await spawnHanpyo(['sim', 'run', radioFile, '--close-with-parent'])
    closers.push(() => radio.stop())
    const ready = radio.ready as { modems: { uri: string }[]; grpc: string; applicationId: string }
    const { log, bridge: bridgeKey } = { log: 'log.json', bridge: 'bridge-main.json' }
    const keyFile = (name: string): string => at('election', 'secret', 'keys', name)
    await mkdir(at('bridge'))
    const bridgeConfig = {
      dataDir: at('bridge', 'data'),
      keys: { log: keyFile(log), bridge: keyFile(bridgeKey) },
      mqtt: { url: broker.plainUrl, clientId: 'bridge', connections: 4 },
      chirpstack: { applicationId: ready.applicationId },
      http: { port: 0 },
      admission: { workers: 1 },
      log: { level: 'warn' },
    }
    await writeFile(at('bridge.toml'), stringify(bridgeConfig))
    await must('bridge', 'init', '--config', at('bridge.toml'), '--election', at('election'))
    const bridge = await spawnHanpyo(['bridge', 'run', '--config', at('bridge.toml'), '--close-with-parent'])
    closers.push(() => bridge.stop())
    const ledger = (bridge.ready as { url: string }).url
    const backend = await createNodeBackend()
    const election = expectOk(await loadElection(at('election'), backend.ed25519))
    const slips = await readSlipTexts(election)
    await writeFile(at('slip.txt'), `${slips[0]}\n`, { mode: 0o600 })
    await must('election', 'open', '--election', at('election'), '--bridge', ledger)

    // The technician.
    const begunMs = performance.now()
    const device = at('device')
    const stick = at('stick')
    await mkdir(stick)
    const provision = (...args: string[]): Promise<string> => must('provision', ...args, '--dir', device)
    const server = ['--url', `http://${ready.grpc}`, '--token-file', at('token')]
    const office = ['--tenant', DEFAULT_SERVER_SETTINGS.tenant.name]
    const application = ['--application', DEFAULT_SERVER_SETTINGS.application.name]
    const port = (ready.modems[0] as { uri: string }).uri
    const place = ['--id', String(KIOSK), '--centre', 'banpo', '--name', 'Banpo 1', '--px-per-mm', '4']
    await provision('init', ...place, '--yes')
    await provision('keygen', '--seal', 'none', '--yes')
    await provision('modem', '--port', port, '--no-join', '--replace-keys', '--yes')
    await provision('chirpstack', ...server, ...office, ...application, '--yes')
    await provision('modem', '--port', port, ...server, '--yes')
    await provision('enrol', 'request', '--out', stick, '--yes')
    const request = ['--request', join(stick, `kiosk-${KIOSK}.request.json`)]
    const desk = ['--desk', at('election')]
    await must('provision', 'enrol', 'sign', '--kiosk', String(KIOSK), ...request, '--out', stick, ...desk)
    const posted = ['--bridge', ledger, '--election', at('election'), '--yes']
    await provision('enrol', 'import', '--from', stick, ...posted)
    const authority = election.manifest.keys.authority
    const bundle = join(stick, 'bundle.zip')
    const signer = ['--key', keyFile('authority.json')]
    await must('provision', 'bundle', 'create', '--election', at('election'), ...signer, '--out', bundle)
    const content = ['--bundle', bundle, '--authority', authority, '--ledger', ledger]
    await provision('load-election', ...content, '--yes')
    const vote = await provision('selftest', '--only', 'test-vote', '--slip-file', at('slip.txt'), '--yes')
    await provision('label', '--yes')
    const mqtts = `mqtts://localhost:${new URL(broker.url as string).port}`
    const wifi = ['wifi', '--ssid', 'Hall', '--open', '--root', at('image'), '--broker', mqtts, '--yes']
    await provision(...wifi)
    const seconds = (performance.now() - begunMs) / 1000
    console.log(
      `from a bare folder to a tested kiosk: ${seconds.toFixed(1)} s; ${vote.trim().split('\n').at(-1)}`,
    )
    expect(vote).toMatch(/LoRa|lora/)

    // Out of service, at ledger, broker and ChirpStack.
    const revokedMs = performance.now()
    const lists = ['--broker-dir', at('broker'), '--broker-reload', `kill -HUP ${broker.pid}`]
    const revoke = [
      'provision',
      'revoke',
      '--kiosk',
      String(KIOSK),
      ...desk,
      '--bridge',
      ledger,
      ...lists,
      '--yes',
    ]
    const token = (await readFile(at('token'), 'utf8')).trim()
    const env = { HANPYO_CHIRPSTACK_URL: `http://${ready.grpc}`, HANPYO_CHIRPSTACK_TOKEN: token }
    const ended = await runHanpyo(revoke, env)
    expect(ended.code, ended.output).toBe(0)
    console.log(
      `revoked at ledger, broker and ChirpStack after ${((performance.now() - revokedMs) / 1000).toFixed(1)} s`,
    )

    const atBroker = await runHanpyo(['provision', ...wifi, '--dir', device])
    expect(atBroker.code, atBroker.output).toBeGreaterThanOrEqual(50)
    const register = [
      'provision',
      'chirpstack',
      ...server,
      ...office,
      ...application,
      '--dir',
      device,
      '--yes',
    ]
    const atChirpstack = await runHanpyo(register)
    expect(atChirpstack.output).toContain('disabled')
    expect(atChirpstack.code).not.toBe(0)
    expect(await droppedAfterBallot()).toBe(1)

    /** A well-made ballot with the revoked device's key, put into the broker from inside; how many the bridge dropped for it. */
    async function droppedAfterBallot(): Promise<number> {
      const { manifest, manifestHash, folder } = election
      const keys = expectOk(await readDeviceKeys(join(device, 'keys', 'device.json')))
      const credential = deriveCredential(backend.group, expectOk(parseSlip(slips[1] as string)), manifest.id)
      const list = expectOk(
        parseCredentialList(await readFile(join(folder.blobs, manifest.credentials.blob))),
      )
      const contestIds = manifest.styles[0]?.contests ?? []
      const shared = {
        backend,
        random: nodeRandom,
        deviceSecret: nodeRandom(32),
        election: { manifestHash, jointKey: fromBase64(manifest.jointKey) },
        contestIds,
      }
      const prepared = prepareBallot({
        ...shared,
        credentialIndex: findCredential(list, credential.publicKey) ?? 0,
        kioskId: KIOSK,
        plaintexts: contestIds.map(() => encodePlaintext({ kind: 'blank' })),
      })
      const kiosk = { seed: keys.ed25519Seed, publicKey: backend.ed25519.publicKey(keys.ed25519Seed) }
      const ballot = castBallot({ ...shared, prepared, credential, kiosk })
      const client = connectMqtt({
        url: broker.plainUrl as string,
        clientId: 'late',
        protocolVersion: 5,
        clean: true,
      })
      closers.push(() => client.close())
      await client.whenOnline()
      expectOk(await client.publish(`hanpyo/v1/kiosk/${KIOSK}/up`, toCompact(ballot, manifestHash), 1))
      for (;;) {
        const text = await (await fetch(new URL('/metrics', ledger))).text()
        const count = /^hanpyo_bridge_dropped_total\{reason="kiosk-unknown"\} (\d+)$/m.exec(text)?.[1]
        if (count !== undefined && Number(count) > 0) return Number(count)
      }
    }
  },
)
