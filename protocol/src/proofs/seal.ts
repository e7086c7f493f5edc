import sodium from 'libsodium-wrappers-sumo'
import { err, ok, type Result } from '../result.ts'

/** Argon2id (RFC 9106) cost. `salt` is 16 bytes. */
export interface PassphraseCost {
  /** Passes over the memory. */
  readonly passes: number
  readonly memoryKiB: number
}

/** RFC 9106's second recommendation, with three passes over 256 MiB: a second on an office PC. */
export const PASSPHRASE_COST: PassphraseCost = { passes: 3, memoryKiB: 262_144 }

/** Authenticated encryption on libsodium: XChaCha20-Poly1305 (IETF), keys from passphrases by Argon2id. */
export interface Sealer {
  /** 32-byte key from a passphrase (NFC) and a 16-byte salt. */
  passphraseKey(passphrase: string, salt: Uint8Array, cost: PassphraseCost): Uint8Array
  /** `nonce` is 24 bytes and must never repeat under a key; random ones do not. */
  seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array
  /** Fails for another key, nonce or associated text, and for any changed bit. */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    sealed: Uint8Array,
    associated: Uint8Array,
  ): Result<Uint8Array, 'seal-broken'>
}

/** Bounds for costs read from a file, so that a foreign file cannot take the machine's memory. */
export const MOST_PASSES = 20
export const MOST_MEMORY_KIB = 1 << 20

export async function createSealer(): Promise<Sealer> {
  await sodium.ready
  return {
    passphraseKey(passphrase, salt, { passes, memoryKiB }) {
      if (salt.length !== 16) throw new RangeError(`"salt" is not 16 bytes: ${salt.length}`)
      return sodium.crypto_pwhash(
        32,
        passphrase.normalize('NFC'),
        salt,
        passes,
        memoryKiB * 1024,
        sodium.crypto_pwhash_ALG_ARGON2ID13,
      )
    },
    seal: (key, nonce, plaintext, associated) =>
      sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, associated, null, nonce, key),
    open(key, nonce, sealed, associated) {
      try {
        return ok(sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed, associated, nonce, key))
      } catch {
        // libsodium-wrappers has one exception for every reason
        return err('seal-broken')
      }
    },
  }
}
