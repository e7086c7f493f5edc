import { castBallot, type PreparedBallot } from '../ballot/create.ts'
import { kioskSignatureMessage, parseBallot, signedPart } from '../ballot/layout.ts'
import { concatBytes, fromBase64 } from '../bytes.ts'
import type { RuleId } from '../election/rules.ts'
import { type ApplyOptions, ElectionState, type Stage } from '../election/state.ts'
import { x25519PublicKey } from '../group/x25519.ts'
import { batchLeaf } from '../log/batch.ts'
import { expectOk } from '../result.ts'
import {
  deviceLeaf,
  type ElectionFixture,
  FIXTURE_OPENS,
  type FixtureKiosk,
  pollsLeaf,
} from './build-ledger.ts'
import { counterRandom } from './counter-random.ts'

/** Feeds leaves to a state one by one and collects the rules they break. It never refuses a leaf. */
export class RuleScript {
  readonly state: ElectionState
  /** Rules broken by leaves so far. */
  readonly broken: RuleId[] = []
  /** Everything after leaf 0. */
  readonly leaves: Uint8Array[] = []
  /** The stage for which the log as a whole is checked at the end, if it is. */
  stage: Stage | undefined
  readonly election: ElectionFixture

  constructor(election: ElectionFixture) {
    this.election = election
    const { backend, manifestNote, credentialList, supportList } = election
    this.state = expectOk(ElectionState.open({ backend, manifestNote, credentialList, supportList }))
  }

  /** Every kiosk but the last is enrolled. */
  enrolled(): this {
    return this.batch(...this.election.kiosks.slice(0, -1).map((kiosk) => deviceLeaf(this.election, kiosk)))
  }

  /** Kiosks enrolled, polls open. */
  opened(): this {
    return this.enrolled().batch(pollsLeaf(this.election, 'open', FIXTURE_OPENS))
  }

  /** Appends leaves as they are. */
  add(leaves: readonly Uint8Array[], options: ApplyOptions = {}): this {
    for (const leaf of leaves) {
      this.leaves.push(leaf)
      this.broken.push(...this.state.apply(leaf, options).map(({ rule }) => rule))
    }
    return this
  }

  /** Appends leaves and the batch leaf that belongs after them. */
  batch(...leaves: readonly Uint8Array[]): this {
    return this.add(leaves).endBatch()
  }

  endBatch(refusedMore: Readonly<Record<string, number>> = {}): this {
    return this.add([batchLeaf({ ...this.state.nextBatch, refusedMore })])
  }

  /** Asks for the check of the log as a whole. */
  until(stage: Stage): this {
    this.stage = stage
    return this
  }

  /** Rules broken by leaves and, where it is asked for, by the log as a whole. */
  outcome(): RuleId[] {
    return this.stage === undefined ? this.broken : this.finish(this.stage)
  }

  /** Rules broken so far and by the log as a whole. */
  finish(stage: Stage): RuleId[] {
    return [...this.broken, ...this.state.finish(stage).map(({ rule }) => rule)]
  }
}

/** Another device for the slot of a kiosk. */
export function replacementFor(election: ElectionFixture, kiosk: FixtureKiosk): FixtureKiosk {
  const random = counterRandom(`replacement of kiosk ${kiosk.id}`)
  const [seed, x25519Secret] = [random(32), random(32)]
  const publicKey = election.backend.ed25519.publicKey(seed)
  return { id: kiosk.id, seed, publicKey, x25519Secret, x25519Public: x25519PublicKey(x25519Secret) }
}

/** A ballot with bytes replaced at an offset and the kiosk signature made anew. */
export function rewritten(
  election: ElectionFixture,
  kiosk: FixtureKiosk,
  canonical: Uint8Array,
  at: number,
  bytes: Uint8Array,
): Uint8Array {
  const changed = canonical.slice()
  changed.set(bytes, at)
  const before = signedPart(changed)
  const message = kioskSignatureMessage(election.manifestHash, before)
  return concatBytes(before, election.backend.ed25519.sign(kiosk.seed, message))
}

/** Where the parts of a ballot with n contests begin. */
export function offsetsOf(canonical: Uint8Array): {
  readonly c1: number
  readonly challenge: number
  readonly sK: number
} {
  const { contestCount } = expectOk(parseBallot(canonical))
  const challenge = 11 + 64 * contestCount
  return { c1: 11, challenge, sK: challenge + 16 }
}

/** Casts a ballot that was prepared, for instance one that was opened before. */
export function castPrepared(
  election: ElectionFixture,
  prepared: PreparedBallot,
  slip: number,
  kiosk: FixtureKiosk,
): Uint8Array {
  const { backend, random, manifestHash, manifest, slips } = election
  return castBallot({
    backend,
    random,
    deviceSecret: new Uint8Array(32),
    election: { manifestHash, jointKey: fromBase64(manifest.jointKey) },
    prepared,
    contestIds: prepared.contestIds,
    credential: (slips[slip] as ElectionFixture['slips'][number]).keys,
    kiosk,
  })
}
