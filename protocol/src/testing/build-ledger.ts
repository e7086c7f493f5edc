import { castBallot, prepareBallot } from '../ballot/create.ts'
import { ballotId } from '../ballot/identifiers.ts'
import { toBase64 } from '../bytes.ts'
import { challengedRecord } from '../election/challenged.ts'
import { type NextKioskManifest, nextKioskManifest } from '../election/kiosk-manifest.ts'
import { keyName } from '../election/manifest.ts'
import {
  encodeLeaf,
  type KioskManifestRecord,
  manifestField,
  noteLeaf,
  RECORD,
  signRecord,
} from '../election/records.ts'
import { encodeRefusal, type RefusalCode } from '../election/refusal.ts'
import type { Json } from '../json.ts'
import {
  createElectionFixture,
  type ElectionFixture,
  type ElectionFixtureOptions,
  FIXTURE_OPENS,
  type FixtureKiosk,
  fixturePlaintexts,
} from './election-fixture.ts'
import { LedgerBuilder } from './ledger-builder.ts'

export {
  createElectionFixture,
  type ElectionFixture,
  FIXTURE_OPENS,
  type FixtureKiosk,
  type FixtureSlip,
  fixturePlaintexts,
} from './election-fixture.ts'
export { LedgerBuilder } from './ledger-builder.ts'

/** Which key signs an official record. */
type Role = 'authority' | 'registrar' | 'deviceAuthority'

/** A leaf of an official record; `manifest` is filled in. */
export function officialLeaf(
  election: ElectionFixture,
  role: Role,
  type: number,
  value: Readonly<Record<string, Json>>,
): Uint8Array {
  const { ed25519 } = election.backend
  const note = signRecord({
    ed25519,
    keyName: keyName[role](election.manifest.id),
    seed: election.seeds[role],
    value: { manifest: manifestField(election.manifestHash), ...value },
  })
  return noteLeaf(type, note)
}

/** A leaf of a record that a kiosk signs. */
export function kioskLeaf(
  election: ElectionFixture,
  kiosk: FixtureKiosk,
  type: number,
  value: object,
): Uint8Array {
  const note = signRecord({
    ed25519: election.backend.ed25519,
    keyName: keyName.kiosk(election.manifest.id, kiosk.id),
    seed: kiosk.seed,
    value: value as Json,
  })
  return noteLeaf(type, note)
}

/** The 0x03 leaf that enrols or revokes a kiosk's keys. */
export function deviceLeaf(
  election: ElectionFixture,
  kiosk: FixtureKiosk,
  action: 'enrol' | 'revoke' = 'enrol',
): Uint8Array {
  return officialLeaf(election, 'deviceAuthority', RECORD.device, {
    action,
    kiosk: kiosk.id,
    ed25519: toBase64(kiosk.publicKey),
    x25519: toBase64(kiosk.x25519Public),
    at: FIXTURE_OPENS - 3600,
  })
}

/** The 0x02 leaf of a polls state. */
export function pollsLeaf(
  election: ElectionFixture,
  state: 'open' | 'closed' | 'sealed',
  at: number,
): Uint8Array {
  return officialLeaf(election, 'authority', RECORD.polls, { state, at })
}

/** A ballot of a slip at a kiosk, up to the tracker. */
export function prepareFixtureBallot(election: ElectionFixture, slip: number, kiosk: FixtureKiosk) {
  const { style } = election.slips[slip] as ElectionFixture['slips'][number]
  const contestIds = election.manifest.styles.find(({ id }) => id === style)?.contests ?? []
  return prepareBallot({
    ...electionInput(election),
    credentialIndex: slip,
    kioskId: kiosk.id,
    contestIds,
    plaintexts: fixturePlaintexts(style),
  })
}

/** A whole canonical ballot; fresh randomness each time. */
export function fixtureBallot(election: ElectionFixture, slip: number, kiosk: FixtureKiosk): Uint8Array {
  const prepared = prepareFixtureBallot(election, slip, kiosk)
  return castBallot({
    ...electionInput(election),
    prepared,
    contestIds: prepared.contestIds,
    credential: (election.slips[slip] as ElectionFixture['slips'][number]).keys,
    kiosk,
  })
}

/** A 0x10 leaf with its sort key. */
export function ballotLeaf(canonical: Uint8Array) {
  return { key: ballotId(canonical), leaf: encodeLeaf(RECORD.ballot, canonical) }
}

/** A 0x13 leaf with its sort key. */
export function refusalLeaf(reason: RefusalCode, canonical: Uint8Array) {
  return {
    key: ballotId(canonical),
    leaf: encodeLeaf(RECORD.refusal, encodeRefusal(reason, canonical)),
  }
}

/** A 0x11 leaf with its sort key: the ballot of a slip, opened. */
export function challengedLeaf(election: ElectionFixture, slip: number, kiosk: FixtureKiosk) {
  const prepared = prepareFixtureBallot(election, slip, kiosk)
  const leaf = kioskLeaf(election, kiosk, RECORD.challenged, challengedRecord(prepared, kiosk.id))
  return { key: prepared.tracker, leaf }
}

/** One kiosk's chain of manifests. */
export class KioskChain {
  readonly #election: ElectionFixture
  readonly #kiosk: FixtureKiosk
  #previous: KioskManifestRecord | undefined

  constructor(election: ElectionFixture, kiosk: FixtureKiosk) {
    this.#election = election
    this.#kiosk = kiosk
  }

  /** The next 0x12 leaf of the kiosk. */
  next(interval: Pick<NextKioskManifest, 'ballotIds' | 'challenged' | 'state' | 'final'>): Uint8Array {
    const record = nextKioskManifest({
      ...interval,
      manifestHash: this.#election.manifestHash,
      kiosk: this.#kiosk.id,
      previous: this.#previous,
    })
    this.#previous = record
    return kioskLeaf(this.#election, this.#kiosk, RECORD.kioskManifest, record)
  }
}

export type LedgerStage = 'setup' | 'open' | 'closed' | 'sealed'

export interface BuiltLedger {
  readonly election: ElectionFixture
  readonly log: LedgerBuilder
  /** What the log holds, for comparison with what a verifier counts. */
  readonly counts: {
    readonly ballots: number
    readonly challenged: number
    readonly refusals: number
    readonly kioskManifests: number
  }
}

/**
 * A complete tiny election up to a stage: three kiosks, 30 ballots, one opened ballot, one double vote that is
 * refused, a pause, turnout, a void slip, test slips, an incident, and every kiosk's final manifest.
 */
export function buildLedger(options: ElectionFixtureOptions & { readonly stage?: LedgerStage }): BuiltLedger {
  const election = createElectionFixture(options)
  const stage = options.stage ?? 'sealed'
  const { backend, manifest, seeds, kiosks } = election
  const log = new LedgerBuilder({ ed25519: backend.ed25519, origin: manifest.id, logSeed: seeds.log })
  const counts = { ballots: 0, challenged: 0, refusals: 0, kioskManifests: 0 }
  const done = (): BuiltLedger => ({ election, log, counts })
  const [first, second, third] = kiosks as readonly [FixtureKiosk, FixtureKiosk, FixtureKiosk]
  const cast = (slips: readonly number[], kiosk: FixtureKiosk) =>
    slips.map((slip) => ballotLeaf(fixtureBallot(election, slip, kiosk)))
  const idsOf = (leaves: readonly { readonly key: Uint8Array }[]) => leaves.map(({ key }) => key)
  const chains = new Map(kiosks.map((kiosk) => [kiosk.id, new KioskChain(election, kiosk)]))
  const listed = (
    kiosk: FixtureKiosk,
    ballotIds: Uint8Array[],
    rest: { challenged?: number; state?: 'open' | 'paused'; final?: boolean } = {},
  ): Uint8Array => {
    const { challenged = 0, state = 'open', final = false } = rest
    counts.kioskManifests += 1
    const chain = chains.get(kiosk.id) as KioskChain
    return chain.next({ ballotIds, challenged, state: final ? 'closed' : state, final })
  }

  log.addBlob(election.credentialList)
  log.addBlob(election.supportList)
  if (election.ceremony !== undefined) log.addBlob(election.ceremony)
  log.addBatch({
    notes: [noteLeaf(RECORD.manifest, election.manifestNote), ...kiosks.map((k) => deviceLeaf(election, k))],
  })
  if (stage === 'setup') return done()

  log.addBatch({ notes: [pollsLeaf(election, 'open', manifest.times.opens)] })
  const morning = cast(range(0, 20), first)
  const atSecond = cast(range(20, 26), second)
  const opened = challengedLeaf(election, 26, second)
  log.addBatch({ ballots: [...morning, ...atSecond], challenged: [opened] })
  const atThird = cast(range(26, 29), third)
  const twice = refusalLeaf(1, fixtureBallot(election, 0, third))
  log.addBatch({
    notes: [
      listed(first, idsOf(morning), { state: 'paused' }),
      officialLeaf(election, 'registrar', RECORD.turnout, {
        centre: 'north',
        issued: 25,
        returned: 1,
        at: manifest.times.opens + 3600,
      }),
    ],
    ballots: atThird,
    refusals: [twice],
  })
  counts.ballots = 29
  counts.challenged = 1
  counts.refusals = 1
  if (stage === 'open') return done()

  log.addBatch({
    notes: [
      officialLeaf(election, 'registrar', RECORD.voidSlips, { slips: [35, 36] }),
      pollsLeaf(election, 'closed', manifest.times.closes),
    ],
  })
  const late = cast([29], first)
  log.addBatch({
    notes: [
      listed(first, idsOf(late), { final: true }),
      listed(second, idsOf(atSecond), { final: true, challenged: 1 }),
      listed(third, idsOf([...atThird, twice]), { final: true }),
    ],
    ballots: late,
  })
  counts.ballots += 1
  if (stage === 'closed') return done()

  log.addBatch({
    notes: [
      officialLeaf(election, 'authority', RECORD.incident, {
        kiosk: 2,
        text: 'Printer replaced.',
        at: manifest.times.closes,
      }),
      officialLeaf(election, 'registrar', RECORD.turnout, { centre: 'south', issued: 12, returned: 0 }),
      officialLeaf(election, 'authority', RECORD.testSlips, {
        slips: [...election.testSlips.slips],
        salt: toBase64(election.testSlips.salt),
      }),
    ],
  })
  log.addBatch({ notes: [pollsLeaf(election, 'sealed', manifest.times.closes + 60)] })
  return done()
}

function electionInput(election: ElectionFixture) {
  const { backend, random, manifestHash, electionSecret } = election
  const jointKey = backend.group.multiplyBase(electionSecret)
  return { backend, random, deviceSecret: new Uint8Array(32).fill(5), election: { manifestHash, jointKey } }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
