import { AesKey } from './mac/aes.ts'
import { hasValidMic, openPayload, sealDataFrame, sessionKeys } from './mac/codec.ts'
import { parsePhy } from './mac/frame.ts'

/** Frames per second of the MAC codec: sealed (encrypt and MIC) and opened (parse, MIC, decrypt). */
export interface CodecBench {
  readonly payloadBytes: number
  readonly sealPerSecond: number
  readonly openPerSecond: number
  readonly cmacPerSecond: number
}

/**
 * Measures the codec on uplinks of `payloadBytes` for about `durationMs` per figure. The caller puts a peer measured
 * in the same run beside it.
 */
export function benchCodec(options: { payloadBytes?: number; durationMs?: number } = {}): CodecBench {
  const { payloadBytes = 213, durationMs = 500 } = options
  const nwkSKey = new Uint8Array(16).fill(1)
  const keys = sessionKeys({ nwkSKey, appSKey: new Uint8Array(16).fill(2) })
  const payload = new Uint8Array(payloadBytes).fill(3)
  const seal = (fCnt: number) =>
    sealDataFrame(
      {
        direction: 'up',
        isConfirmed: false,
        devAddr: 0x01020304,
        control: { adr: false, adrAckReq: false, ack: false, fPending: false },
        fCnt,
        fOpts: new Uint8Array(0),
        fPort: 1,
        payload,
      },
      keys,
    )
  const phy = seal(7)
  const open = () => {
    const frame = parsePhy(phy)
    if (!frame.ok || frame.value.type !== 'data') throw new Error('the codec cannot read its own frame')
    if (!hasValidMic(phy, frame.value, 7, keys.nwkSKey)) throw new Error('the codec refuses its own MIC')
    openPayload(frame.value, 7, keys)
  }
  const block = new Uint8Array(64).fill(4)
  const cmacKey = new AesKey(nwkSKey)
  return {
    payloadBytes,
    sealPerSecond: perSecond(durationMs, seal),
    openPerSecond: perSecond(durationMs, open),
    cmacPerSecond: perSecond(durationMs, () => cmacKey.cmac(block)),
  }
}

function perSecond(durationMs: number, work: (round: number) => unknown): number {
  for (let i = 0; i < 500; i++) work(i)
  const startMs = performance.now()
  let rounds = 0
  while (performance.now() - startMs < durationMs) for (let i = 0; i < 50; i++) work(rounds++)
  return Math.round((rounds * 1000) / (performance.now() - startMs))
}
