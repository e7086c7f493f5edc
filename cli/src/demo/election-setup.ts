import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ElectionConfig, loadElectionConfig } from '@hanpyo/authority/config.ts'
import { type LoadedElection, loadElection, readOfficialKey } from '@hanpyo/authority/load-election.ts'
import { type CreatedElection, createElection } from '@hanpyo/authority/new-election.ts'
import type { NoteKey } from '@hanpyo/authority/role-keys.ts'
import { createDeviceKeys, TLS_KEY_FILE } from '@hanpyo/kiosk/device-keys.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import type { Credentials } from '@hanpyo/platform/x509.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { deskFolder, readDeviceCa } from '@hanpyo/provisioning/identity/desk.ts'
import {
  type DeviceRecord,
  enrolDevice,
  writeEnrolment,
} from '@hanpyo/provisioning/identity/device-authority.ts'

/** The offices of the demo, with the keys they hold. */
export interface Offices {
  readonly created: CreatedElection
  readonly election: LoadedElection
  readonly authority: NoteKey
  readonly deviceAuthority: NoteKey
  readonly registrar: NoteKey
  readonly ca: Credentials
}

/** What a kiosk gets from the device authority, as paths of files. */
export interface EnrolledKiosk {
  readonly id: number
  readonly devEui: string
  readonly deviceKey: string
  readonly tlsKey: string
  readonly tlsCert: string
  readonly caCert: string
  readonly record: DeviceRecord
}

/** Creates the election of a TOML file with the demo's times, in `dir`. */
export async function createOffices(options: {
  readonly configFile: string
  readonly dir: string
  readonly backend: CryptoBackend
  /** Simulated Unix seconds. */
  readonly now: number
  readonly tickSeconds: number
  /** Contests with fewer ballots are not opened; at least 2. */
  readonly minimumCount: number
  /** Who cosigns; the file's own without it. */
  readonly watchers?: Pick<ElectionConfig, 'witnesses' | 'mirrors' | 'quorum'>
}): Promise<Offices> {
  const { backend, dir, now, tickSeconds, minimumCount } = options
  const file = expectOk(await loadElectionConfig(options.configFile))
  const config: ElectionConfig = {
    ...file,
    ...options.watchers,
    times: {
      opens: now,
      closes: now + 9 * 3600,
      deliveryDeadline: now + 24 * 3600,
      sealedBy: now + 48 * 3600,
    },
    publication: {
      ...file.publication,
      minimumCount,
      tickSeconds,
      maxDelaySeconds: Math.max(tickSeconds, 60),
      minPerKiosk: 1,
    },
  }
  const created = expectOk(await createElection(config, { backend, random: nodeRandom, outDir: dir }))
  const election = expectOk(await loadElection(dir, backend.ed25519))
  const [authority, deviceAuthority, registrar] = await Promise.all(
    (['authority', 'deviceAuthority', 'registrar'] as const).map(async (role) =>
      expectOk(await readOfficialKey(election, role)),
    ),
  )
  const { cert, key } = expectOk(await readDeviceCa({ folder: deskFolder(dir) }, {}))
  return {
    created,
    election,
    authority: authority as NoteKey,
    deviceAuthority: deviceAuthority as NoteKey,
    registrar: registrar as NoteKey,
    ca: { cert, key },
  }
}

/** A technician's part: keys made on the kiosk, a request to the device authority, certificate and record back. */
export async function enrolKiosk(options: {
  readonly offices: Offices
  readonly backend: CryptoBackend
  readonly kiosk: number
  readonly devEui: string
  readonly dir: string
  readonly now: number
}): Promise<EnrolledKiosk> {
  const { offices, backend, kiosk, devEui, dir, now } = options
  const folder = join(dir, 'keys')
  const keys = { kioskId: kiosk, folder, random: nodeRandom, ed25519: backend.ed25519 }
  const request = { ...expectOk(await createDeviceKeys(keys)), devEui }
  const { election, deviceAuthority: key, ca } = offices
  const enrolment = expectOk(await enrolDevice({ election, key, ca, kiosk, request, at: now }))
  const files = await writeEnrolment(election.folder, kiosk, enrolment, dir)
  return {
    id: kiosk,
    devEui,
    deviceKey: join(folder, 'device.json'),
    tlsKey: join(folder, TLS_KEY_FILE),
    tlsCert: files.cert,
    caCert: files.ca,
    record: enrolment.record,
  }
}

/** The QR texts of all printed slips, in printing order. */
export async function readSlipTexts(election: LoadedElection): Promise<string[]> {
  const file = JSON.parse(await readFile(election.folder.slips, 'utf8')) as { slips: { text: string }[] }
  return file.slips.map(({ text }) => text)
}
