import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type LoadedElection, loadElection } from '@hanpyo/authority/load-election.ts'
import { readSlipTexts } from '@hanpyo/cli/demo/election-setup.ts'
import { runOnce, spawnHanpyo } from '@hanpyo/cli/demo/processes.ts'
import type { Child } from '@hanpyo/platform/child.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { deviceAcl } from '@hanpyo/platform/mqtt/acl.ts'
import { type Broker, startBroker } from '@hanpyo/platform/mqtt/broker.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { stringify } from 'smol-toml'

const EXAMPLE = fileURLToPath(new URL('../../../examples/demo.toml', import.meta.url))
/** A RAK module as it comes: its DevEUI and the keys of the factory. */
const MODEM = {
  devEui: 'ac1f09fffe00beef',
  joinEui: 'ac1f09fff9153172',
  appKey: 'ac1f09fffe00beefac1f09fff9153172',
}

/** What a technician finds: the offices of a test election with broker and bridge, ChirpStack, and a modem from the factory. */
export interface ProvisioningWorld {
  readonly election: LoadedElection
  readonly backend: CryptoBackend
  /** Folder of the election, which is also the device authority's desk. */
  readonly desk: string
  readonly keyFile: (name: string) => string
  readonly slips: readonly string[]
  readonly broker: Broker
  /** Address of the bridge. */
  readonly ledger: string
  readonly chirpstack: { readonly url: string; readonly tokenFile: string; readonly applicationId: string }
  /** Device URI of the modem. */
  readonly port: string
  readonly devEui: string
  /** Process of modem, gateway and ChirpStack's stand-in. */
  readonly radio: Child
  close(): Promise<void>
}

/** Starts all of it below `root`, as processes of their own where they are such in the field. The polls are open. */
export async function startProvisioningWorld(root: string): Promise<ProvisioningWorld> {
  const at = (...path: string[]): string => join(root, ...path)
  const closers: (() => Promise<unknown>)[] = []
  const desk = at('election')
  const keyFile = (name: string): string => join(desk, 'secret', 'keys', name)

  const example = await readFile(EXAMPLE, 'utf8')
  await writeFile(at('election.toml'), example.replace(/^id = /m, 'test = true\nid = '))
  await runOnce(['election', 'new', at('election.toml'), '--out', desk])
  await runOnce(['device', 'broker', '--election', desk, '--names', 'localhost', '--out', at('pki')])
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

  const radioConfig = {
    dataDir: at('radio'),
    logLevel: 'info',
    broker: { url: broker.plainUrl },
    modems: [{ id: 'modem', ...MODEM, registered: false }],
    networkServer: { grpc: { tokenFile: at('token') } },
  }
  await writeFile(at('radio.json'), JSON.stringify(radioConfig))
  const radio = await spawnHanpyo(['sim', 'run', at('radio.json'), '--close-with-parent'])
  closers.push(() => radio.stop())
  const { modems, grpc, applicationId } = radio.ready as RadioReady

  await mkdir(at('bridge'))
  const bridgeConfig = {
    dataDir: at('bridge', 'data'),
    keys: { log: keyFile('log.json'), bridge: keyFile('bridge-main.json') },
    mqtt: { url: broker.plainUrl, clientId: 'bridge', connections: 4 },
    chirpstack: { applicationId },
    http: { port: 0 },
    admission: { workers: 1 },
    log: { level: 'warn' },
  }
  await writeFile(at('bridge.toml'), stringify(bridgeConfig))
  await runOnce(['bridge', 'init', '--config', at('bridge.toml'), '--election', desk])
  const bridge = await spawnHanpyo(['bridge', 'run', '--config', at('bridge.toml'), '--close-with-parent'])
  closers.push(() => bridge.stop())
  const ledger = (bridge.ready as { url: string }).url
  const backend = await createNodeBackend()
  const election = expectOk(await loadElection(desk, backend.ed25519))
  await runOnce(['election', 'open', '--election', desk, '--bridge', ledger])
  return {
    election,
    backend,
    desk,
    keyFile,
    slips: await readSlipTexts(election),
    broker,
    ledger,
    chirpstack: { url: `http://${grpc}`, tokenFile: at('token'), applicationId },
    port: modems[0]?.uri ?? '',
    devEui: MODEM.devEui,
    radio,
    async close() {
      for (const close of closers.splice(0).reverse()) await close()
    },
  }
}

interface RadioReady {
  readonly modems: readonly { readonly uri: string }[]
  readonly grpc: string
  readonly applicationId: string
}
