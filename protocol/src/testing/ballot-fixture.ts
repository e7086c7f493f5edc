import { castBallot, type PreparedBallot, prepareBallot } from '../ballot/create.ts'
import { encodePlaintext, type Selection } from '../ballot/plaintext.ts'
import { deriveCredential, type KeyPair } from '../ballot/slip.ts'
import type { BallotContext } from '../ballot/verify.ts'
import { compareBytes } from '../bytes.ts'
import type { CryptoBackend, RandomBytes } from '../group/group.ts'
import { randomScalar } from '../group/scalar.ts'
import { sha512_256 } from '../hash.ts'
import { counterRandom } from './counter-random.ts'

export const FIXTURE_ELECTION_ID = 'example.org/fixture'

export interface BallotFixture {
  readonly backend: CryptoBackend
  readonly random: RandomBytes
  readonly context: BallotContext
  readonly contestIds: readonly number[]
  /** The whole secret key of the joint key, so that tests can decrypt. */
  readonly electionSecret: Uint8Array
  readonly deviceSecret: Uint8Array
  /** Sorted by public key: the position is the credential index. */
  readonly credentials: readonly { readonly seed: Uint8Array; readonly keys: KeyPair }[]
  readonly kiosks: ReadonlyMap<number, { readonly seed: Uint8Array; readonly publicKey: Uint8Array }>
  prepare(index: number, plaintexts?: readonly Uint8Array[], kioskId?: number): PreparedBallot
  cast(prepared: PreparedBallot, index: number, kioskId?: number): Uint8Array
  /** A whole canonical ballot in one go. */
  ballot(index: number, plaintexts?: readonly Uint8Array[], kioskId?: number): Uint8Array
}

/** A small election whose every byte follows from `label`: one style, kiosks 1 and 2. For tests and vectors. */
export function createBallotFixture(options: {
  readonly backend: CryptoBackend
  readonly label?: string
  readonly contestCount?: number
  readonly credentialCount?: number
}): BallotFixture {
  const { backend, label = 'fixture', contestCount = 1, credentialCount = 3 } = options
  const random = counterRandom(label)
  const electionSecret = randomScalar(random)
  const contestIds = Array.from({ length: contestCount }, (_, j) => 101 + j)
  const credentials = Array.from({ length: credentialCount }, () => random(16))
    .map((seed) => ({ seed, keys: deriveCredential(backend.group, seed, FIXTURE_ELECTION_ID) }))
    .sort((a, b) => compareBytes(a.keys.publicKey, b.keys.publicKey))
  const kiosks = new Map(
    [1, 2].map((id) => {
      const seed = random(32)
      return [id, { seed, publicKey: backend.ed25519.publicKey(seed) }]
    }),
  )
  const deviceSecret = random(32)
  const context: BallotContext = {
    manifestHash: sha512_256(random(32)),
    jointKey: backend.group.multiplyBase(electionSecret),
    credentialCount,
    credential: (index) => {
      const entry = credentials[index]
      return entry === undefined ? undefined : { publicKey: entry.keys.publicKey, contestIds }
    },
    kioskKey: (id) => kiosks.get(id)?.publicKey,
  }
  const defaultSelection: Selection = { kind: 'approve', options: [1, 3] }
  const defaultPlaintexts = contestIds.map(() => encodePlaintext(defaultSelection))

  const prepare: BallotFixture['prepare'] = (index, plaintexts = defaultPlaintexts, kioskId = 1) =>
    prepareBallot({
      backend,
      random,
      deviceSecret,
      election: context,
      credentialIndex: index,
      kioskId,
      contestIds,
      plaintexts,
    })
  const cast: BallotFixture['cast'] = (prepared, index, kioskId = 1) => {
    const [credential, kiosk] = [credentials[index], kiosks.get(kioskId)]
    if (credential === undefined || kiosk === undefined) throw new RangeError('not in the fixture')
    return castBallot({
      backend,
      random,
      deviceSecret,
      election: context,
      prepared,
      contestIds,
      credential: credential.keys,
      kiosk,
    })
  }
  return {
    backend,
    random,
    context,
    contestIds,
    electionSecret,
    deviceSecret,
    credentials,
    kiosks,
    prepare,
    cast,
    ballot: (index, plaintexts, kioskId) => cast(prepare(index, plaintexts, kioskId), index, kioskId),
  }
}
