import { fromBase64, tag, toBase64 } from '@hanpyo/protocol/bytes.ts'
import { x25519SharedSecret } from '@hanpyo/protocol/group/x25519.ts'
import { sha512_256 } from '@hanpyo/protocol/hash.ts'
import type { Roster } from './roster.ts'
import type { SealPorts, TrusteeKey } from './sealed-key.ts'
import type { SharesNote } from './stick.ts'

const BOX_TAG = tag('hanpyo/dkg-share/v1')

type Box = SharesNote['boxes'][number]

/** A share for one trustee, 32 bytes, so that only that trustee reads it: X25519 of both, XChaCha20-Poly1305. */
export function boxShare(
  { sealer, random }: SealPorts,
  key: TrusteeKey,
  roster: Roster,
  to: number,
  share: Uint8Array,
): Box {
  const nonce = random(24)
  const box = sealer.seal(boxKey(key, roster, key.header.trustee, to), nonce, share, BOX_TAG)
  return { to, nonce: toBase64(nonce), box: toBase64(box) }
}

/** The share that `from` put into a box for this trustee; `undefined` when it does not open. */
export function unboxShare(
  { sealer }: Pick<SealPorts, 'sealer'>,
  key: TrusteeKey,
  roster: Roster,
  from: number,
  box: Box,
): Uint8Array | undefined {
  const opened = sealer.open(
    boxKey(key, roster, from, key.header.trustee),
    fromBase64(box.nonce),
    fromBase64(box.box),
    BOX_TAG,
  )
  return opened.ok ? opened.value : undefined
}

/** SHA-512/256(tag ‖ X25519 ‖ hash of the roster ‖ u8 from ‖ u8 to): one key for each direction. */
function boxKey(key: TrusteeKey, roster: Roster, from: number, to: number): Uint8Array {
  const other = key.header.trustee === from ? to : from
  const shared = x25519SharedSecret(key.secrets.x25519, roster.x25519[other - 1] as Uint8Array)
  if (!shared.ok) throw new Error('the roster holds a key of low order')
  return sha512_256(BOX_TAG, shared.value, roster.hash, Uint8Array.of(from, to))
}
