import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import { ackKey } from '@hanpyo/protocol/link/ack.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'

/** The key acks to a kiosk are made with; `undefined` while no device is enrolled in its slot. */
export type AckKeys = (kioskId: number) => Uint8Array | undefined

/** Derives ack keys as the log enrols devices, and keeps each until its device's key changes. */
export function createAckKeys(options: {
  /** The bridge's 32-byte X25519 secret. */
  readonly secret: Uint8Array
  readonly manifestHash: Uint8Array
  /** X25519 key of the device that is live in a slot. */
  deviceKey(kioskId: number): Uint8Array | undefined
}): AckKeys {
  const { secret, manifestHash, deviceKey } = options
  const known = new Map<number, { readonly peerPublic: Uint8Array; readonly key: Uint8Array }>()
  return (kioskId) => {
    const peerPublic = deviceKey(kioskId)
    if (peerPublic === undefined) return undefined
    const cached = known.get(kioskId)
    if (cached !== undefined && equalBytes(cached.peerPublic, peerPublic)) return cached.key
    // Enrolment refuses keys of low order, so there is a key.
    const key = expectOk(ackKey({ secret, peerPublic, manifestHash, kioskId }))
    known.set(kioskId, { peerPublic, key })
    return key
  }
}
