/** ElGamal over ristretto255, the one implementation for kiosk, trustees, verifier and checks of a receipt. */
import type { Group } from '../group/group.ts'
import type { Ciphertext } from './layout.ts'

/** `(r·G, M + r·Y)` for joint key `Y`, message element `M` and a nonzero scalar `r`; 32 bytes each. */
export function encrypt(
  group: Group,
  jointKey: Uint8Array,
  message: Uint8Array,
  randomness: Uint8Array,
): Ciphertext {
  return {
    c1: group.multiplyBase(randomness),
    c2: group.add(message, group.multiply(randomness, jointKey)),
  }
}

/** `M = C2 − x·C1` for the whole secret key `x`, which exists in tests and rehearsals only. */
export function decryptWithSecret(group: Group, secret: Uint8Array, ciphertext: Ciphertext): Uint8Array {
  return group.subtract(ciphertext.c2, group.multiply(secret, ciphertext.c1))
}
