import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'

const BLOCK_BYTES = 16
const ZERO_IV = new Uint8Array(BLOCK_BYTES)

/** AES-128 with one key: single blocks and AES-CMAC (RFC 4493), the only primitives of LoRaWAN 1.0.x. */
export class AesKey {
  readonly #key: KeyObject
  readonly #k1: Uint8Array
  readonly #k2: Uint8Array

  /** Throws `RangeError` unless `key` has 16 bytes. */
  constructor(key: Uint8Array) {
    if (key.length !== BLOCK_BYTES) throw new RangeError(`"key" has ${key.length} bytes, not 16`)
    this.#key = createSecretKey(key)
    this.#k1 = doubled(this.encryptBlocks(ZERO_IV))
    this.#k2 = doubled(this.#k1)
  }

  /** ECB encryption of whole blocks; the building block of FRMPayload encryption. */
  encryptBlocks(blocks: Uint8Array): Uint8Array {
    return createCipheriv('aes-128-ecb', this.#key, null).setAutoPadding(false).update(blocks)
  }

  /** ECB decryption of whole blocks; how a server makes a join-accept. */
  decryptBlocks(blocks: Uint8Array): Uint8Array {
    return createDecipheriv('aes-128-ecb', this.#key, null).setAutoPadding(false).update(blocks)
  }

  /** AES-CMAC of `message`, 16 bytes (RFC 4493 section 2.4). */
  cmac(message: Uint8Array): Uint8Array {
    const blocks = Math.max(1, Math.ceil(message.length / BLOCK_BYTES))
    const padded = new Uint8Array(blocks * BLOCK_BYTES)
    padded.set(message)
    const isComplete = message.length === padded.length
    if (!isComplete) padded[message.length] = 0x80
    const subkey = isComplete ? this.#k1 : this.#k2
    const last = padded.length - BLOCK_BYTES
    for (let i = 0; i < BLOCK_BYTES; i++) padded[last + i]! ^= subkey[i]!
    const chained = createCipheriv('aes-128-cbc', this.#key, ZERO_IV).setAutoPadding(false).update(padded)
    return new Uint8Array(chained.subarray(chained.length - BLOCK_BYTES))
  }
}

/** Multiplication by x in GF(2^128), RFC 4493 section 2.3. */
function doubled(block: Uint8Array): Uint8Array {
  const out = new Uint8Array(BLOCK_BYTES)
  for (let i = 0; i < BLOCK_BYTES; i++) out[i] = (block[i]! << 1) | ((block[i + 1] ?? 0) >> 7)
  if ((block[0]! & 0x80) !== 0) out[BLOCK_BYTES - 1]! ^= 0x87
  return out
}
