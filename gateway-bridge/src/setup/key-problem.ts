import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import { keyName, type Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { vkeyOf } from '@hanpyo/protocol/log/note.ts'
import type { BridgeKeys } from '../bridge.ts'

/** Says in one sentence which key is not the one the manifest names; `undefined` when all are. */
export function findKeyProblem(
  backend: CryptoBackend,
  manifest: Manifest,
  bridgeId: string,
  keys: BridgeKeys,
): string | undefined {
  const { ed25519 } = backend
  if (vkeyOf(ed25519, manifest.id, keys.logSeed) !== manifest.keys.log) return 'the log key'
  const bridge = manifest.keys.bridges.find(({ id }) => id === bridgeId)
  if (bridge === undefined) return `there is no bridge ${bridgeId} in the manifest`
  if (vkeyOf(ed25519, keyName.bridge(manifest.id, bridgeId), keys.promiseSeed) !== bridge.promise) {
    return `the promise key of bridge ${bridgeId}`
  }
  if (toBase64(x25519PublicKey(keys.x25519Secret)) !== bridge.x25519)
    return `the X25519 key of bridge ${bridgeId}`
  return undefined
}
