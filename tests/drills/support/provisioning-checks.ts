import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readDeviceKeys } from '@hanpyo/kiosk/device-keys.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { castBallot, prepareBallot } from '@hanpyo/protocol/ballot/create.ts'
import { toCompact } from '@hanpyo/protocol/ballot/layout.ts'
import { encodePlaintext } from '@hanpyo/protocol/ballot/plaintext.ts'
import { deriveCredential, parseSlip } from '@hanpyo/protocol/ballot/slip.ts'
import { fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { findCredential, parseCredentialList } from '@hanpyo/protocol/election/keylist.ts'
import { type DeviceRecord, parseDevice, parseLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { bundlesOf, decodeBundle, entriesPath } from '@hanpyo/protocol/log/tiles.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import type { ProvisioningWorld } from './provisioning-world.ts'

const POLL_MS = 100

/** The datagram of a well-made blank ballot of this slip, signed with the keys that lie in the device folder. */
export async function ballotFrom(
  world: ProvisioningWorld,
  device: string,
  slip: string,
): Promise<Uint8Array> {
  const { backend, election } = world
  const { manifest, manifestHash, folder } = election
  const keys = expectOk(await readDeviceKeys(join(device, 'keys', 'device.json')))
  const { id: kioskId } = JSON.parse(await readFile(join(device, 'device.json'), 'utf8'))
  const credential = deriveCredential(backend.group, expectOk(parseSlip(slip)), manifest.id)
  const list = expectOk(parseCredentialList(await readFile(join(folder.blobs, manifest.credentials.blob))))
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
    kioskId,
    plaintexts: contestIds.map(() => encodePlaintext({ kind: 'blank' })),
  })
  const kiosk = { seed: keys.ed25519Seed, publicKey: backend.ed25519.publicKey(keys.ed25519Seed) }
  return toCompact(castBallot({ ...shared, prepared, credential, kiosk }), manifestHash)
}

/** Enrolments and revocations on the ledger at `url`, in their order, read from its entry bundles. */
export async function deviceRecords(url: string): Promise<DeviceRecord[]> {
  const get = async (path: string): Promise<Uint8Array> => {
    const response = await fetch(new URL(path, `${url}/`))
    if (!response.ok) throw new Error(`${response.url} answered ${response.status}`)
    return new Uint8Array(await response.arrayBuffer())
  }
  const { size } = expectOk(parseCheckpoint(noteText(await get('checkpoint'))))
  const records: DeviceRecord[] = []
  for (const { index, width } of bundlesOf(size)) {
    for (const entry of expectOk(decodeBundle(await get(entriesPath(index, width)), width))) {
      const { type, body } = expectOk(parseLeaf(entry))
      if (type === RECORD.device) records.push(expectOk(parseDevice(noteText(body))))
    }
  }
  return records
}

function noteText(note: Uint8Array): string {
  return expectOk(parseNote(note)).text
}

/** How many messages the bridge dropped for this reason, asked until there is one; throws with all its drops after `tries`. */
export async function droppedBecause(url: string, reason: string, tries: number): Promise<number> {
  const line = new RegExp(`^hanpyo_bridge_dropped_total\\{reason="${reason}"\\} ([1-9]\\d*)$`, 'm')
  let text = ''
  for (let left = tries; left > 0; left--) {
    text = await (await fetch(new URL('/metrics', url))).text()
    const count = line.exec(text)?.[1]
    if (count !== undefined) return Number(count)
    await delay(POLL_MS)
  }
  const drops = text.split('\n').filter((one) => one.startsWith('hanpyo_bridge_dropped_total'))
  throw new Error(`nothing was dropped because of ${reason}: ${drops.join(', ') || 'no drops at all'}`)
}
