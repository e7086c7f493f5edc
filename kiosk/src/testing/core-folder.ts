import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { createDeviceKeys, readDeviceKeys } from '../device-keys.ts'
import { addStaffSecret } from '../staff-secrets.ts'
import { CORE_PIN } from './kiosk-client.ts'
import { createTestElection, TEST_KIOSK_ID, type TestElection } from './test-election.ts'

/** A folder from which a real core can be started: election, keys, `kiosk.toml`. */
export interface CoreFolder {
  readonly root: string
  readonly config: string
  readonly boxPath: string
  readonly election: TestElection
  /** Writes `kiosk.toml` again with these lines (tables) at its end. */
  configure(tables: string): void
  remove(): void
}

export async function createCoreFolder(
  options: Pick<
    NonNullable<Parameters<typeof createTestElection>[0]>,
    'slipCount' | 'style' | 'witnesses' | 'bridges'
  > = {},
): Promise<CoreFolder> {
  const root = mkdtempSync(join(tmpdir(), 'hanpyo-core-'))
  const keysFolder = join(root, 'keys')
  expectOk(
    await createDeviceKeys({
      kioskId: TEST_KIOSK_ID,
      folder: keysFolder,
      random: nodeRandom,
      ed25519: nobleEd25519,
    }),
  )
  const keys = expectOk(await readDeviceKeys(join(keysFolder, 'device.json')))
  const election = createTestElection({ ...options, keys })
  mkdirSync(join(root, 'election', 'blobs'), { recursive: true })
  writeFileSync(join(root, 'election', 'manifest.note'), election.manifestNote)
  const blob = toHex(sha256(election.credentialList))
  writeFileSync(join(root, 'election', 'blobs', blob), election.credentialList)
  expectOk(
    await addStaffSecret(join(root, 'keys', 'staff.json'), { name: 'test', text: CORE_PIN }, nodeRandom),
  )
  const config = join(root, 'kiosk.toml')
  const configure = (tables: string) =>
    writeFileSync(
      config,
      `kiosk = ${TEST_KIOSK_ID}
dataDir = "data"
electionDir = "election"
speed = 20
keys.device = "keys/device.json"
keys.staff = "keys/staff.json"
outbox.holdMaxSeconds = 0
log.level = "silent"
${tables}
`,
    )
  configure('')
  return {
    root,
    config,
    boxPath: join(root, 'data', 'box.sqlite'),
    election,
    configure,
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}
