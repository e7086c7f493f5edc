/**
 * Making a ballot, in the two steps the voter sees: `prepareBallot` fixes the ciphertexts and the tracker,
 * `castBallot` adds the credential proof and the kiosk signature. A ballot that is checked instead of cast
 * never gets a proof, so that nobody can cast it later (docs/protocol.md, "Cast or check").
 */
import { concatBytes, isZero, tag } from '../bytes.ts'
import type { CryptoBackend, RandomBytes } from '../group/group.ts'
import { addScalars, multiplyScalars, reduceWide } from '../group/scalar.ts'
import { sha512 } from '../hash.ts'
import { encrypt } from './elgamal.ts'
import { encodePoint } from './encoding.ts'
import { tracker as computeTracker } from './identifiers.ts'
import {
  type Ciphertext,
  ETAG_BYTES,
  encodeBallotHeader,
  encodeFirstPart,
  kioskSignatureMessage,
} from './layout.ts'
import type { KeyPair } from './slip.ts'
import { challengeScalar, computeSokChallenge } from './sok.ts'

const RANDOMNESS_TAG = tag('hanpyo/randomness/v1')
const NONCE_TAG = tag('hanpyo/nonce/v1')

/** What every ballot of an election is bound to. */
export interface BallotElection {
  /** H_m, 32 bytes. */
  readonly manifestHash: Uint8Array
  /** The trustees' joint key Y, 32 bytes. */
  readonly jointKey: Uint8Array
}

interface Randomness {
  readonly backend: CryptoBackend
  readonly random: RandomBytes
  /** 32 bytes that never leave the device; hedges against a weak random number generator. */
  readonly deviceSecret: Uint8Array
}

export interface PrepareInput extends Randomness {
  readonly election: BallotElection
  readonly credentialIndex: number
  readonly kioskId: number
  /** The contests of the slip's style, in its order. */
  readonly contestIds: readonly number[]
  /** 30 bytes per contest, in the same order. */
  readonly plaintexts: readonly Uint8Array[]
}

/** Everything known before the voter chooses. `plaintexts` and `randomness` are secret unless checked. */
export interface PreparedBallot {
  readonly header: Uint8Array
  readonly contestIds: readonly number[]
  readonly ciphertexts: readonly Ciphertext[]
  readonly randomness: readonly Uint8Array[]
  readonly plaintexts: readonly Uint8Array[]
  /** Canonical bytes 0 .. 11+64n. */
  readonly firstPart: Uint8Array
  /** 32 bytes, see `identifiers.ts`. */
  readonly tracker: Uint8Array
}

export interface CastInput extends Randomness {
  readonly election: BallotElection
  readonly prepared: PreparedBallot
  readonly contestIds: readonly number[]
  readonly credential: KeyPair
  readonly kiosk: { readonly seed: Uint8Array; readonly publicKey: Uint8Array }
}

/** Encrypts one plaintext per contest. Throws `RangeError` when counts or lengths do not fit (a bug). */
export function prepareBallot(input: PrepareInput): PreparedBallot {
  const { backend, election, contestIds, plaintexts } = input
  if (plaintexts.length !== contestIds.length) throw new RangeError('"plaintexts" is not one per contest')
  const header = encodeBallotHeader({
    contestCount: contestIds.length,
    revision: 0,
    etag: election.manifestHash.slice(0, ETAG_BYTES),
    credentialIndex: input.credentialIndex,
    kioskId: input.kioskId,
  })
  const randomness: Uint8Array[] = []
  const ciphertexts: Ciphertext[] = []
  for (const [j, plaintext] of plaintexts.entries()) {
    const r = hedgedScalar(input, RANDOMNESS_TAG, election.manifestHash, header, Uint8Array.of(j), plaintext)
    randomness.push(r)
    const message = encodePoint(backend.group, plaintext)
    ciphertexts.push(encrypt(backend.group, election.jointKey, message, r))
    message.fill(0)
  }
  const firstPart = encodeFirstPart(header, ciphertexts)
  return {
    header,
    contestIds: [...contestIds],
    ciphertexts,
    randomness,
    plaintexts: plaintexts.map((plaintext) => plaintext.slice()),
    firstPart,
    tracker: computeTracker(election.manifestHash, firstPart),
  }
}

/** The canonical ballot, 123 + 96n bytes. The caller erases `prepared` and the credential afterwards. */
export function castBallot(input: CastInput): Uint8Array {
  const { backend, election, prepared, contestIds, kiosk } = input
  if (contestIds.length !== prepared.contestIds.length) throw new RangeError('"contestIds" changed')
  if (contestIds.some((id, j) => id !== prepared.contestIds[j])) throw new RangeError('"contestIds" changed')
  const proof = proveKnowledge(input)
  const beforeSignature = concatBytes(prepared.firstPart, proof.challenge, proof.sK, ...proof.sR)
  const signature = backend.ed25519.sign(
    kiosk.seed,
    kioskSignatureMessage(election.manifestHash, beforeSignature),
  )
  return concatBytes(beforeSignature, signature)
}

/** Overwrites choices and randomness. Ciphertexts and tracker are public and stay. */
export function erase(prepared: PreparedBallot): void {
  for (const secret of [...prepared.randomness, ...prepared.plaintexts]) secret.fill(0)
}

function proveKnowledge(input: CastInput): { challenge: Uint8Array; sK: Uint8Array; sR: Uint8Array[] } {
  const { backend, election, prepared, contestIds, credential, kiosk } = input
  for (;;) {
    const transcript = [election.manifestHash, prepared.firstPart, credential.publicKey]
    const b = hedgedScalar(input, NONCE_TAG, ...transcript, Uint8Array.of(0xff))
    const a = prepared.randomness.map((_, j) =>
      hedgedScalar(input, NONCE_TAG, ...transcript, Uint8Array.of(j)),
    )
    const challenge = computeSokChallenge(
      {
        manifestHash: election.manifestHash,
        header: prepared.header,
        credentialKey: credential.publicKey,
        jointKey: election.jointKey,
        kioskKey: kiosk.publicKey,
        contestIds,
        ciphertexts: prepared.ciphertexts,
      },
      {
        credential: backend.group.multiplyBase(b),
        randomness: a.map((nonce) => backend.group.multiplyBase(nonce)),
      },
    )
    const c = challengeScalar(challenge)
    const sK = addScalars(b, multiplyScalars(c, credential.secret))
    const sR = a.map((nonce, j) =>
      addScalars(nonce, multiplyScalars(c, prepared.randomness[j] as Uint8Array)),
    )
    for (const nonce of [b, ...a]) nonce.fill(0)
    // zero responses are refused by the format; they come up once in 2^252 tries
    if (![challenge, sK, ...sR].some(isZero)) return { challenge, sK, sR }
  }
}

/** `wideReduce(SHA-512(tag ‖ device secret ‖ 32 random bytes ‖ what is bound so far))`, never zero. */
function hedgedScalar(
  { random, deviceSecret }: Randomness,
  purpose: Uint8Array,
  ...bound: readonly Uint8Array[]
): Uint8Array {
  if (deviceSecret.length !== 32) throw new RangeError('"deviceSecret" is not 32 bytes')
  for (;;) {
    const input = concatBytes(purpose, deviceSecret, random(32), ...bound)
    const scalar = reduceWide(sha512(input))
    input.fill(0)
    if (!isZero(scalar)) return scalar
  }
}
