import { castBallot, type PreparedBallot, prepareBallot } from '@hanpyo/protocol/ballot/create.ts'
import { encodePlaintext, type Selection } from '@hanpyo/protocol/ballot/plaintext.ts'
import { fromBase64, toBase64 } from '@hanpyo/protocol/bytes.ts'
import { challengedRecord } from '@hanpyo/protocol/election/challenged.ts'
import { type NextKioskManifest, nextKioskManifest } from '@hanpyo/protocol/election/kiosk-manifest.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import { noteLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import type { Json } from '@hanpyo/protocol/json.ts'
import type { KeyedLeaf } from '@hanpyo/protocol/log/batch.ts'
import {
  ballotLeaf,
  deviceLeaf,
  kioskLeaf,
  officialLeaf,
  pollsLeaf,
  refusalLeaf,
} from '@hanpyo/protocol/testing/build-ledger.ts'
import {
  createElectionFixture,
  type ElectionFixture,
  type FixtureKiosk,
} from '@hanpyo/protocol/testing/election-fixture.ts'
import { Count, countSteps } from './count.ts'
import { Plan, type Step, step } from './plan.ts'

/** Contests that are opened; the third has fewer ballots than `MINIMUM_COUNT`. */
export const OPENED = [1, 2] as const
export const WITHHELD = 3
const MINIMUM_COUNT = 4
const TEXT = { ko: '가', en: 'a' }

/** A ballot of the scripted day with everything its kiosk knew. */
export interface Cast {
  readonly slip: number
  readonly kiosk: FixtureKiosk
  readonly prepared: PreparedBallot
  readonly canonical: Uint8Array
  readonly leaf: KeyedLeaf
}

/** A complete small election: three kiosks at work, 14 ballots, three contests, three mixes, three of five trustees. */
export interface Election {
  readonly fixture: ElectionFixture
  readonly plan: Plan
  /** Kiosks 1 to 3 are at work, 4 has a slot and no device. */
  readonly kiosks: readonly [FixtureKiosk, FixtureKiosk, FixtureKiosk, FixtureKiosk]
  readonly ballots: readonly Cast[]
  /** Slips nobody voted with; the last two are void, the one before is a test slip. */
  readonly spare: readonly number[]
  readonly count: Count
}

export async function createElection(backend: CryptoBackend): Promise<Election> {
  const fixture = createElectionFixture({
    backend,
    label: 'mutations',
    slipCount: 32,
    kioskCount: 4,
    ceremony: { trustees: 5, threshold: 3 },
    change: threeContests,
  })
  const kiosks = fixture.kiosks as unknown as Election['kiosks']
  const indexes = fixture.slips.map((_, index) => index)
  const ofStyle = (style: number) =>
    indexes.filter((index) => fixture.slips[index]?.style === style && index < 29)
  const voters = [...ofStyle(1).slice(0, 12), ...ofStyle(2).slice(0, 2)]
  const spare = ofStyle(1).slice(12)
  const ballots = voters.map((slip, i) => castVote(fixture, slip, kiosks[i % 3] as FixtureKiosk, i))
  const count = new Count(
    fixture,
    ballots.map(({ prepared }) => prepared),
  )
  const day = new Plan(fixture, pollingDay(fixture, kiosks, ballots, spare), new Map())
  const { credentialList, supportList, ceremony } = fixture
  const counted = await countSteps(count, sealedOrder(day, ballots))
  const plan = day
    .with([...day.steps, ...counted.steps])
    .withBlobs([credentialList, supportList, ceremony as Uint8Array, ...counted.blobs])
  return { fixture, plan, kiosks, ballots, spare, count }
}

function threeContests(manifest: Manifest): Manifest {
  const [approve, yesNo] = manifest.contests as [Manifest['contests'][number], Manifest['contests'][number]]
  const options = [1, 2, 3].map((id) => ({ id, title: TEXT, summary: TEXT }))
  const chooseOne = { ...yesNo, id: WITHHELD, kind: 'choose-one' as const, options }
  return {
    ...manifest,
    contests: [approve, yesNo, chooseOne],
    styles: [
      { id: 1, name: TEXT, contests: [...OPENED] },
      { id: 2, name: TEXT, contests: [...OPENED, WITHHELD] },
    ],
    minimumCount: MINIMUM_COUNT,
    proposals: { topics: [{ id: 1, title: TEXT }], perSlip: 2, maxCharacters: 200 },
  }
}

/** The scripted choices: the third voter leaves contest 1 blank, the fourth marks too many projects. */
function plaintextsOf(style: number, voter: number): Uint8Array[] {
  const approve: Selection =
    voter === 2
      ? { kind: 'blank' }
      : { kind: 'approve', options: voter === 3 ? [1, 2, 3] : [1 + (voter % 2), 3 + (voter % 3)] }
  const yesNo: Selection = { kind: 'yes-no', option: voter % 3 === 0 ? 2 : 1 }
  const selections: Selection[] = [approve, yesNo, { kind: 'choose-one', option: 1 }]
  return selections.slice(0, style === 2 ? 3 : 2).map(encodePlaintext)
}

export function prepareVote(
  fixture: ElectionFixture,
  slip: number,
  kiosk: FixtureKiosk,
  voter = 0,
): PreparedBallot {
  const style = fixture.slips[slip]?.style as number
  const contestIds = fixture.manifest.styles.find(({ id }) => id === style)?.contests ?? []
  const plaintexts = plaintextsOf(style, voter)
  return prepareBallot({
    ...inputOf(fixture),
    credentialIndex: slip,
    kioskId: kiosk.id,
    contestIds,
    plaintexts,
  })
}

export function castPrepared(
  fixture: ElectionFixture,
  prepared: PreparedBallot,
  slip: number,
  kiosk: FixtureKiosk,
): Uint8Array {
  const credential = fixture.slips[slip]?.keys as ElectionFixture['slips'][number]['keys']
  return castBallot({ ...inputOf(fixture), prepared, contestIds: prepared.contestIds, credential, kiosk })
}

export function castVote(fixture: ElectionFixture, slip: number, kiosk: FixtureKiosk, voter = 0): Cast {
  const prepared = prepareVote(fixture, slip, kiosk, voter)
  const canonical = castPrepared(fixture, prepared, slip, kiosk)
  return { slip, kiosk, prepared, canonical, leaf: ballotLeaf(canonical) }
}

function inputOf({ backend, random, manifestHash, manifest }: ElectionFixture) {
  const election = { manifestHash, jointKey: fromBase64(manifest.jointKey) }
  return { backend, random, deviceSecret: new Uint8Array(32).fill(5), election }
}

/** A first and final manifest of a kiosk, with fields changed before it is signed. */
export function finalLeaf(
  fixture: ElectionFixture,
  kiosk: FixtureKiosk,
  ballotIds: readonly Uint8Array[],
  more: Partial<NextKioskManifest> & { readonly change?: Record<string, Json> } = {},
): Uint8Array {
  const { change, ...rest } = more
  const record = nextKioskManifest({
    manifestHash: fixture.manifestHash,
    kiosk: kiosk.id,
    previous: undefined,
    ballotIds,
    challenged: 0,
    state: 'closed',
    final: true,
    ...rest,
  })
  return kioskLeaf(fixture, kiosk, RECORD.kioskManifest, { ...record, ...change })
}

/** A 0x11 leaf of a prepared ballot, with fields changed before it is signed. */
export function openedLeaf(
  fixture: ElectionFixture,
  prepared: PreparedBallot,
  kiosk: FixtureKiosk,
  change: object = {},
): KeyedLeaf {
  const record = { ...challengedRecord(prepared, kiosk.id), ...change }
  return { key: prepared.tracker, leaf: kioskLeaf(fixture, kiosk, RECORD.challenged, record) }
}

/** Setup to seal. */
function pollingDay(
  fixture: ElectionFixture,
  kiosks: Election['kiosks'],
  ballots: readonly Cast[],
  spare: readonly number[],
): Step[] {
  const { manifest, manifestNote, testSlips } = fixture
  const [first, second, third] = kiosks
  const { opens, closes } = manifest.times
  const opened = openedLeaf(fixture, prepareVote(fixture, spare[0] as number, second), second)
  const twice = refusalLeaf(1, castVote(fixture, ballots[0]?.slip as number, third).canonical)
  const at = (kiosk: FixtureKiosk) => ballots.filter((cast) => cast.kiosk === kiosk)
  const idsAt = (kiosk: FixtureKiosk) => at(kiosk).map(({ leaf }) => leaf.key)
  const turnout = (centre: string, issued: number) =>
    officialLeaf(fixture, 'registrar', RECORD.turnout, { centre, issued, returned: 0 })
  const leaves = (casts: readonly Cast[]) => casts.map(({ leaf }) => leaf)
  return [
    step('setup', {
      notes: [
        noteLeaf(RECORD.manifest, manifestNote),
        ...kiosks.slice(0, 3).map((k) => deviceLeaf(fixture, k)),
      ],
    }),
    step('opening', { notes: [pollsLeaf(fixture, 'open', opens)] }),
    step('morning', { ballots: leaves([...at(first), ...at(second).slice(1)]), challenged: [opened] }),
    step('noon', { notes: [turnout('north', 6)], ballots: leaves(at(third)), refusals: [twice] }),
    step('void', { notes: [officialLeaf(fixture, 'registrar', RECORD.voidSlips, { slips: [30, 31] })] }),
    step('closing', { notes: [pollsLeaf(fixture, 'closed', closes)] }),
    step('late', { ballots: leaves(at(second).slice(0, 1)) }),
    step('finals', {
      notes: [
        finalLeaf(fixture, first, idsAt(first)),
        finalLeaf(fixture, second, idsAt(second), { challenged: 1 }),
        finalLeaf(fixture, third, [...idsAt(third), twice.key]),
      ],
    }),
    step('papers', {
      notes: [
        officialLeaf(fixture, 'authority', RECORD.incident, {
          kiosk: 2,
          text: 'Printer replaced.',
          at: closes,
        }),
        turnout('south', 12),
        officialLeaf(fixture, 'authority', RECORD.testSlips, {
          slips: [...testSlips.slips],
          salt: toBase64(testSlips.salt),
        }),
      ],
    }),
    step('sealing', { notes: [pollsLeaf(fixture, 'sealed', closes + 60)] }),
  ]
}

/** Positions in `ballots` in the order in which the ledger holds them. */
function sealedOrder(day: Plan, ballots: readonly Cast[]): number[] {
  const leaves = day.publish().leaves
  return leaves.flatMap((leaf) => {
    const at = ballots.findIndex((cast) => cast.leaf.leaf === leaf)
    return at < 0 ? [] : [at]
  })
}
