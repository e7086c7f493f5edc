import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import type { CryptoBackend, Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { isCanonicalScalar } from '@hanpyo/protocol/group/scalar.ts'
import { createSodiumGroup } from '@hanpyo/protocol/group/sodium.ts'

/** PKCS#8 prefix of an Ed25519 private key (RFC 8410 section 7); the 32-byte seed follows. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
/** SubjectPublicKeyInfo prefix of an Ed25519 public key (RFC 8410 section 4); the 32-byte key follows. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
/** Encoding of the neutral element, the one R of small order that the acceptance rule can accept. */
const IDENTITY = Uint8Array.of(1, ...new Uint8Array(31))
/** Kiosks, bridges, authorities and witnesses of several elections together stay well below this. */
const MOST_CACHED_KEYS = 4096

/** libsodium's group and OpenSSL's Ed25519: what kiosk, bridge and verifier use on Node. */
export async function createNodeBackend(): Promise<CryptoBackend> {
  return { group: await createSodiumGroup(), ed25519: createNodeEd25519() }
}

/**
 * Ed25519 on node:crypto. OpenSSL verifies without cofactor, compares the R bytes and refuses S ≥ l, but it
 * accepts keys of small or mixed order and non-canonical ones; those are turned away here by the same check
 * that admits keys to the ledger, once per key, because the outcome is kept with the parsed key.
 *
 * Newer versions of Node refuse every R of small order (nodejs/node#64026), older ones do not. Our
 * rule says nothing about R, and with a torsion-free key only R = identity can satisfy it, so that one case
 * goes to noble and the answer does not depend on the version of Node.
 */
export function createNodeEd25519(): Ed25519 {
  const cache = new Map<string, KeyObject | null>()

  const publicKeyObject = (publicKey: Uint8Array): KeyObject | null => {
    const name = Buffer.from(publicKey).toString('latin1')
    const cached = cache.get(name)
    if (cached !== undefined) return cached
    const parsed = nobleEd25519.isAcceptableKey(publicKey)
      ? createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
      : null
    if (cache.size >= MOST_CACHED_KEYS) cache.clear()
    cache.set(name, parsed)
    return parsed
  }

  /** Parsing a private key takes longer than signing with it, and a bridge signs thousands of notes a second. */
  const pairs = new WeakMap<Uint8Array, KeyPair>()
  const keyPair = (seed: Uint8Array): KeyPair => {
    const known = pairs.get(seed)
    // The caller may have overwritten the array since.
    if (known !== undefined && equalBytes(known.seed, seed)) return known
    const privateKey = privateKeyObject(seed)
    const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
    const publicKey = new Uint8Array(spki.subarray(SPKI_PREFIX.length))
    const pair = { seed: seed.slice(), privateKey, publicKey }
    pairs.set(seed, pair)
    return pair
  }

  return {
    name: 'node',

    sign: (seed, message) => new Uint8Array(sign(null, message, keyPair(seed).privateKey)),

    publicKey: (seed) => keyPair(seed).publicKey.slice(),

    isAcceptableKey: (publicKey) => publicKeyObject(publicKey) !== null,

    verify(publicKey, message, signature) {
      if (signature.length !== 64 || !isCanonicalScalar(signature.subarray(32))) return false
      if (equalBytes(signature.subarray(0, 32), IDENTITY)) {
        return nobleEd25519.verify(publicKey, message, signature)
      }
      const key = publicKeyObject(publicKey)
      return key !== null && verify(null, message, key, signature)
    },
  }
}

interface KeyPair {
  readonly seed: Uint8Array
  readonly privateKey: KeyObject
  readonly publicKey: Uint8Array
}

function privateKeyObject(seed: Uint8Array): KeyObject {
  if (seed.length !== 32) throw new RangeError(`"seed" is not 32 bytes: ${seed.length}`)
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
}
