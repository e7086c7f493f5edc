import { loraPacket } from './lora-packet.ts'

/** The same work as `benchCodec`, done by the npm package lora-packet, for a comparison within one run. */
export function benchLoraPacket(options: { payloadBytes?: number; durationMs?: number } = {}): {
  sealPerSecond: number
  openPerSecond: number
} {
  const { payloadBytes = 213, durationMs = 500 } = options
  const appSKey = Buffer.alloc(16, 2)
  const nwkSKey = Buffer.alloc(16, 1)
  const fields = {
    MType: 'Unconfirmed Data Up',
    DevAddr: Buffer.from('01020304', 'hex'),
    FCnt: 7,
    FPort: 1,
    payload: Buffer.alloc(payloadBytes, 3),
  }
  const seal = () => loraPacket.fromFields(fields, appSKey, nwkSKey).getPHYPayload()
  const phy = seal()
  if (phy === undefined) throw new Error('lora-packet made no frame')
  const open = () => {
    const packet = loraPacket.fromWire(phy)
    loraPacket.verifyMIC(packet, nwkSKey)
    loraPacket.decrypt(packet, appSKey, nwkSKey)
  }
  return { sealPerSecond: perSecond(durationMs, seal), openPerSecond: perSecond(durationMs, open) }
}

function perSecond(durationMs: number, work: () => unknown): number {
  for (let i = 0; i < 50; i++) work()
  const startMs = performance.now()
  let rounds = 0
  for (; performance.now() - startMs < durationMs; rounds++) work()
  return Math.round((rounds * 1000) / (performance.now() - startMs))
}
