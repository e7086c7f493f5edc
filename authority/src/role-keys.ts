import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519, RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { encodeSkey } from '@hanpyo/protocol/log/vkey.ts'
import type { BridgeKeyFile, SigningKeyFile } from './key-files.ts'

/** A note key in memory. */
export interface NoteKey {
  readonly name: string
  readonly seed: Uint8Array
  readonly vkey: string
}

export interface BridgeKeys {
  readonly id: string
  readonly promise: NoteKey
  readonly x25519Secret: Uint8Array
  readonly x25519Public: Uint8Array
}

/** One key for each role; the manifest refuses two roles with the same key. */
export interface RoleKeys {
  readonly authority: NoteKey
  readonly registrar: NoteKey
  readonly deviceAuthority: NoteKey
  readonly log: NoteKey
  readonly bridges: readonly BridgeKeys[]
  /** Note keys of trustees 1..n. */
  readonly trustees: readonly NoteKey[]
}

/** Draws all role keys of an election. */
export function drawRoleKeys(
  { ed25519, random }: { readonly ed25519: Ed25519; readonly random: RandomBytes },
  election: { readonly id: string; readonly bridges: readonly string[]; readonly trusteeCount: number },
): RoleKeys {
  const { id } = election
  const draw = (name: string): NoteKey => {
    const seed = random(32)
    return { name, seed, vkey: vkeyOf(ed25519, name, seed) }
  }
  return {
    authority: draw(keyName.authority(id)),
    registrar: draw(keyName.registrar(id)),
    deviceAuthority: draw(keyName.deviceAuthority(id)),
    log: draw(keyName.log(id)),
    bridges: election.bridges.map((bridge) => {
      const x25519Secret = random(32)
      const promise = draw(keyName.bridge(id, bridge))
      return { id: bridge, promise, x25519Secret, x25519Public: x25519PublicKey(x25519Secret) }
    }),
    trustees: Array.from({ length: election.trusteeCount }, (_, i) => draw(keyName.trustee(id, i + 1))),
  }
}

export function signingKeyFile(ed25519: Ed25519, { name, seed, vkey }: NoteKey): SigningKeyFile {
  return { type: 'hanpyo-signing-key', name, vkey, skey: encodeSkey({ ed25519, name, seed }) }
}

export function bridgeKeyFile(ed25519: Ed25519, bridge: BridgeKeys): BridgeKeyFile {
  const { name, vkey, skey } = signingKeyFile(ed25519, bridge.promise)
  return { type: 'hanpyo-bridge-key', name, vkey, skey, x25519: toBase64(bridge.x25519Secret) }
}
