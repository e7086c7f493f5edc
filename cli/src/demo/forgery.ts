import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { connectMqtt } from '@hanpyo/platform/mqtt/client.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { castBallot, prepareBallot } from '@hanpyo/protocol/ballot/create.ts'
import { toCompact } from '@hanpyo/protocol/ballot/layout.ts'
import { encodePlaintext } from '@hanpyo/protocol/ballot/plaintext.ts'
import { deriveCredential, parseSlip } from '@hanpyo/protocol/ballot/slip.ts'
import { fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { findCredential, parseCredentialList } from '@hanpyo/protocol/election/keylist.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import type { World } from './world.ts'

/**
 * The strongest forgery an outsider can make: a real slip, a valid credential proof, and a place inside the broker, but no
 * enrolled kiosk. It is signed with a key of the forger's own and sent on a kiosk's topic.
 */
export async function forgeBallot(world: World, slipText: string): Promise<void> {
  const backend = await createNodeBackend()
  const { manifest, manifestHash, folder } = world.offices.election
  const credential = deriveCredential(backend.group, expectOk(parseSlip(slipText)), manifest.id)
  const list = expectOk(parseCredentialList(await readFile(join(folder.blobs, manifest.credentials.blob))))
  const contestIds = manifest.styles[0]?.contests ?? []
  const kioskId = world.kiosks[0]?.enrolled.id ?? 1
  const seed = nodeRandom(32)
  const election = { manifestHash, jointKey: fromBase64(manifest.jointKey) }
  const shared = { backend, random: nodeRandom, deviceSecret: nodeRandom(32), election, contestIds }
  const prepared = prepareBallot({
    ...shared,
    credentialIndex: findCredential(list, credential.publicKey) ?? 0,
    kioskId,
    plaintexts: contestIds.map(() => encodePlaintext({ kind: 'blank' })),
  })
  const kiosk = { seed, publicKey: backend.ed25519.publicKey(seed) }
  const forged = castBallot({ ...shared, prepared, credential, kiosk })
  const client = connectMqtt({
    url: world.broker.plainUrl as string,
    clientId: 'forger',
    protocolVersion: world.broker.mqttVersion,
    clean: true,
  })
  try {
    await client.whenOnline()
    expectOk(await client.publish(`hanpyo/v1/kiosk/${kioskId}/up`, toCompact(forged, manifestHash), 1))
  } finally {
    await client.close()
  }
}
