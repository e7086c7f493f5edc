import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { castBallot, prepareBallot } from '@hanpyo/protocol/ballot/create.ts'
import { toCompact } from '@hanpyo/protocol/ballot/layout.ts'
import { encodePlaintext } from '@hanpyo/protocol/ballot/plaintext.ts'
import { deriveCredential } from '@hanpyo/protocol/ballot/slip.ts'
import { type BallotContext, verifyBallot } from '@hanpyo/protocol/ballot/verify.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { randomScalar } from '@hanpyo/protocol/group/scalar.ts'
import { against, type Bench, type Figure, millisecondsPerCall } from './harness.ts'

const CONTEST = 1
const KIOSK = 7

/** An election of one credential and one kiosk, enough to make and check a real ballot. */
export function smallElection(backend: CryptoBackend) {
  const seed = nodeRandom(32)
  const publicKey = backend.ed25519.publicKey(seed)
  const credential = deriveCredential(backend.group, nodeRandom(16), 'bench.example/1')
  const context: BallotContext = {
    manifestHash: nodeRandom(32),
    jointKey: backend.group.multiplyBase(randomScalar(nodeRandom)),
    credentialCount: 1,
    credential: (index) =>
      index === 0 ? { publicKey: credential.publicKey, contestIds: [CONTEST] } : undefined,
    kioskKey: (id) => (id === KIOSK ? publicKey : undefined),
  }
  const shared = {
    backend,
    random: nodeRandom,
    deviceSecret: nodeRandom(32),
    election: context,
    contestIds: [CONTEST],
  }
  const create = (): Uint8Array => {
    const plaintexts = [encodePlaintext({ kind: 'approve', options: [1, 3] })]
    const prepared = prepareBallot({ ...shared, credentialIndex: 0, kioskId: KIOSK, plaintexts })
    return castBallot({ ...shared, prepared, credential, kiosk: { seed, publicKey } })
  }
  return { context, create }
}

function figuresFor(name: string, backend: CryptoBackend): Figure[] {
  const { context, create } = smallElection(backend)
  const ballot = create()
  const scalar = randomScalar(nodeRandom)
  const point = backend.group.multiplyBase(randomScalar(nodeRandom))
  const raw = millisecondsPerCall(() => backend.group.multiply(scalar, point))
  const made = millisecondsPerCall(() => create())
  const checked = millisecondsPerCall(() => {
    if (!verifyBallot(backend, ballot, context).ok) throw new Error('the ballot of the bench does not verify')
  })
  const peer = `scalar multiplication (${name})`
  return [
    against({ name: `create, ${name}`, value: made, unit: 'ms' }, peer, raw),
    against({ name: `verify, ${name}`, value: checked, unit: 'ms' }, peer, raw),
  ]
}

export const ballotBench: Bench = {
  name: 'ballot',
  summary: 'one contest: make and verify a ballot beside one raw scalar multiplication, and its size',
  async run() {
    const node = await createNodeBackend()
    const { context, create } = smallElection(node)
    const ballot = create()
    return [
      ...figuresFor('libsodium + node:crypto', node),
      ...figuresFor('noble', nobleBackend),
      { name: 'canonical ballot', value: ballot.length, unit: 'B', reach: '219 B' },
      {
        name: 'ballot on air',
        value: toCompact(ballot, context.manifestHash).length,
        unit: 'B',
        reach: '213 B',
      },
    ]
  },
}
