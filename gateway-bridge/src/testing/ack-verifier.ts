import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { ackKey, verifyAck } from '@hanpyo/protocol/link/ack.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import type { TestElection } from './test-election.ts'

/** Reads acks as a kiosk does that waits for one 32-byte id: the status, or `undefined` when it is no ack of that. */
export function ackVerifier(
  election: TestElection,
  kioskId: number,
  id: Uint8Array,
): (bytes: Uint8Array) => number | undefined {
  const { manifestHash, kiosks, bridgeKeys } = election
  const secret = kiosks[kioskId - 1]!.x25519Secret
  const peerPublic = x25519PublicKey(bridgeKeys.x25519Secret)
  const key = expectOk(ackKey({ secret, peerPublic, manifestHash, kioskId }))
  return (bytes) => {
    const verified = verifyAck({ key, manifestHash, kioskId, bytes, findIds: () => [id] })
    return verified.ok ? verified.value[0]?.status : undefined
  }
}
