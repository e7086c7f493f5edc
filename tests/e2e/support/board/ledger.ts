import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { castBallot, type PreparedBallot, prepareBallot } from '@hanpyo/protocol/ballot/create.ts'
import { trackerText } from '@hanpyo/protocol/ballot/identifiers.ts'
import { encodePlaintext } from '@hanpyo/protocol/ballot/plaintext.ts'
import { fromBase64, toBase64, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { challengedRecord } from '@hanpyo/protocol/election/challenged.ts'
import { nextKioskManifest } from '@hanpyo/protocol/election/kiosk-manifest.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import { noteLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import type { KeyedLeaf } from '@hanpyo/protocol/log/batch.ts'
import {
  ballotLeaf,
  createElectionFixture,
  deviceLeaf,
  type ElectionFixture,
  type FixtureKiosk,
  kioskLeaf,
  LedgerBuilder,
  officialLeaf,
  pollsLeaf,
  refusalLeaf,
} from '@hanpyo/protocol/testing/build-ledger.ts'
import { moderationLeaf, proposalLeaf, supportLeaf } from '@hanpyo/protocol/testing/proposal-fixture.ts'
import { Count, countSteps } from '@hanpyo/verifier/mutations/count.ts'
import { cosigned, MIRROR, WITNESSES, withWitnesses } from './witnesses.ts'

/** Hours of the polling day in which somebody votes, and how many ballots are published in each. */
const BALLOTS_AN_HOUR = [3, 6, 8, 2, 1, 9, 5] as const
const HOUR = 3600
/** Eight in the morning in Seoul; in the past, as a witness's signature is. */
const OPENS = Date.UTC(2026, 10, 19, 23) / 1000

export interface ServedText {
  readonly id: string
  readonly salt: Uint8Array
  readonly text: string
}

/** A whole election as files, with everything that a test wants to compare with. */
export interface BoardLedger {
  readonly manifest: Manifest
  /** H_m in hex. */
  readonly manifestHash: string
  /** Every file of the published log, the checkpoint included. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Notes that were published on the way, oldest first; `files` has the last. */
  readonly history: readonly { readonly size: number; readonly time: number; readonly note: string }[]
  /** The same log, published when only so many batches were there. */
  readonly earlier: (batches: number) => ReadonlyMap<string, Uint8Array>
  readonly ballots: readonly { readonly slip: number; readonly code: string; readonly qr: Uint8Array }[]
  readonly challenged: { readonly code: string }
  readonly refusedSlip: number
  readonly unusedSlip: number
  readonly texts: readonly ServedText[]
  /** A signed head with another root over the same number of records: what no honest log ever makes. */
  readonly forkedCheckpoint: string
  /** The newest head, cosigned by the mirror alone. */
  readonly mirrorNote: string
}

/** Three places and 34 ballots, a double vote, an opened ballot, proposals, a count by three mixers and three of five trustees. */
export async function buildBoardLedger(): Promise<BoardLedger> {
  const backend = await createNodeBackend()
  const { ed25519 } = backend
  const election = createElectionFixture({
    backend,
    label: 'board',
    slipCount: 60,
    kioskCount: 3,
    ceremony: { trustees: 5, threshold: 3 },
    change: (manifest) => withWitnesses(plaza(manifest), ed25519),
  })
  const { manifest } = election
  const [first, second, third] = election.kiosks as readonly [FixtureKiosk, FixtureKiosk, FixtureKiosk]
  const log = new LedgerBuilder({ ed25519, origin: manifest.id, logSeed: election.seeds.log })
  const history: { size: number; time: number; note: string }[] = []
  const snapshots: Map<string, Uint8Array>[] = []
  let time = OPENS - HOUR
  const publish = (contents: Parameters<LedgerBuilder['addBatch']>[0], at = time): void => {
    time = at
    log.addBatch(contents)
    // The last witness stops after a while, as one does.
    const names = history.length < 5 ? WITNESSES : WITNESSES.slice(0, 3)
    const note = cosigned(ed25519, log.checkpoint as string, time, [...names, MIRROR])
    history.push({ size: log.size, time, note })
    snapshots.push(new Map([...log.files, ['checkpoint', utf8(note)]]))
  }

  for (const blob of [election.credentialList, election.supportList, election.ceremony as Uint8Array])
    log.addBlob(blob)
  publish({
    notes: [
      noteLeaf(RECORD.manifest, election.manifestNote),
      ...election.kiosks.map((k) => deviceLeaf(election, k)),
    ],
  })
  publish({ notes: [pollsLeaf(election, 'open', manifest.times.opens)] }, OPENS)

  const prepared: PreparedBallot[] = []
  const ballots: { slip: number; code: string; qr: Uint8Array }[] = []
  const listed = new Map<number, Uint8Array[]>(election.kiosks.map(({ id }) => [id, []]))
  const leaves: KeyedLeaf[] = []
  const vote = (slip: number, kiosk: FixtureKiosk): KeyedLeaf => {
    const one = prepare(election, slip, kiosk)
    const leaf = ballotLeaf(cast(election, one, slip, kiosk))
    prepared.push(one)
    leaves.push(leaf)
    ballots.push({ slip, code: trackerText(one.tracker), qr: one.tracker })
    listed.get(kiosk.id)?.push(leaf.key)
    return leaf
  }
  let slip = 0
  for (const [hour, count] of BALLOTS_AN_HOUR.entries()) {
    const votes = Array.from({ length: count }, (_, i) => {
      const kiosk = slip % 12 === 11 ? third : (slip + i) % 2 === 0 ? first : second
      return vote(slip++, kiosk)
    })
    publish({ ballots: votes }, OPENS + hour * HOUR + 1200)
  }
  const opened = prepare(election, 50, second)
  const challengedLeaf = kioskLeaf(election, second, RECORD.challenged, challengedRecord(opened, second.id))
  const twice = refusalLeaf(1, cast(election, prepare(election, 0, second), 0, second))
  listed.get(second.id)?.push(twice.key)
  publish({ challenged: [{ key: opened.tracker, leaf: challengedLeaf }], refusals: [twice] }, time + 600)

  const bench = proposalLeaf(election, {
    slip: 1,
    kiosk: first,
    text: '반포천 산책길에 앉아 쉴 긴 의자를 더 놓아 주세요.',
    topic: 1,
  })
  const light = proposalLeaf(election, {
    slip: 2,
    kiosk: second,
    text: '학교 앞 건널목이 밤에 어두워요. 불을 밝혀 주세요.',
    topic: 7,
  })
  const rude = proposalLeaf(election, { slip: 3, kiosk: second, text: '누구의 이름이 적힌 글', topic: 7 })
  const texts = [bench, light, rude]
  publish({ notes: texts.toSorted((a, b) => compareHex(a.id, b.id)).map(({ leaf }) => leaf) }, time + 60)
  publish(
    { notes: [moderationLeaf(election, second, rude.id, { reason: '개인 이름이 들어 있음' })] },
    time + 60,
  )
  for (const supporter of [4, 5, 6])
    publish({ notes: [supportLeaf(election, supporter, first, bench.id)] }, time + 60)

  publish({ notes: [officialLeaf(election, 'registrar', RECORD.voidSlips, { slips: [55, 56] })] }, time + 60)
  publish({ notes: [pollsLeaf(election, 'closed', manifest.times.closes)] }, manifest.times.closes)
  const finals = election.kiosks.map((kiosk) =>
    kioskLeaf(
      election,
      kiosk,
      RECORD.kioskManifest,
      nextKioskManifest({
        manifestHash: election.manifestHash,
        kiosk: kiosk.id,
        previous: undefined,
        ballotIds: listed.get(kiosk.id) ?? [],
        challenged: kiosk === second ? 1 : 0,
        state: 'closed',
        final: true,
      }),
    ),
  )
  publish({ notes: finals }, time + 300)
  const turnout = (centre: string, issued: number) =>
    officialLeaf(election, 'registrar', RECORD.turnout, { centre, issued, returned: 1 })
  publish(
    {
      notes: [
        officialLeaf(election, 'authority', RECORD.incident, {
          kiosk: 2,
          text: '2번 투표기의 프린터를 바꾸었습니다. 표에는 영향이 없습니다.',
          at: manifest.times.closes,
        }),
        turnout('north', 25),
        turnout('south', 24),
        turnout('river', 6),
        officialLeaf(election, 'authority', RECORD.testSlips, {
          slips: [...election.testSlips.slips],
          salt: toBase64(election.testSlips.salt),
        }),
      ],
    },
    time + 300,
  )
  publish({ notes: [pollsLeaf(election, 'sealed', manifest.times.closes + HOUR)] }, time + HOUR)

  const order = log.leaves.flatMap((leaf) => {
    const at = leaves.findIndex((one) => one.leaf === leaf)
    return at < 0 ? [] : [at]
  })
  const counted = await countSteps(new Count(election, prepared), order)
  for (const blob of counted.blobs) log.addBlob(blob)
  for (const { notes } of counted.steps) publish({ notes }, time + 600)

  const fork = new LedgerBuilder({ ed25519, origin: manifest.id, logSeed: election.seeds.log })
  fork.addLeaves([...log.leaves.slice(0, -1), Uint8Array.of(RECORD.incident, 1)])
  fork.publish()
  const last = history.at(-1) as (typeof history)[number]
  const files = new Map([...log.files, ['checkpoint', utf8(last.note)]])
  return {
    manifest,
    manifestHash: toHex(election.manifestHash),
    files,
    history,
    earlier: (batches) => new Map([...(snapshots[batches - 1] as Map<string, Uint8Array>)]),
    ballots,
    challenged: { code: trackerText(opened.tracker) },
    refusedSlip: 0,
    unusedSlip: 58,
    texts: texts.map(({ id, salt }, i) => ({ id: toHex(id), salt, text: TEXTS[i] as string })),
    forkedCheckpoint: fork.checkpoint as string,
    mirrorNote: cosigned(ed25519, log.checkpoint as string, time, [MIRROR]),
  }
}

const TEXTS = [
  '반포천 산책길에 앉아 쉴 긴 의자를 더 놓아 주세요.',
  '학교 앞 건널목이 밤에 어두워요. 불을 밝혀 주세요.',
  '누구의 이름이 적힌 글',
]

function plaza(manifest: Manifest): Manifest {
  const [approve, yesNo] = manifest.contests as [Manifest['contests'][number], Manifest['contests'][number]]
  const names = [
    ['반포천 산책길 넓히기', 'Widen the river path'],
    ['도서관 밤까지 열기', 'Open the library at night'],
    ['놀이터 새로 짓기', 'Rebuild the playground'],
    ['골목길 불 밝히기', 'Light the alleys'],
    ['나무 심기', 'Plant trees'],
  ] as const
  return {
    ...manifest,
    title: { ko: '서초구 주민 투표', en: 'Seocho residents’ vote' },
    contests: [
      {
        ...approve,
        title: { ko: '내년에 먼저 할 일', en: 'What to do first next year' },
        options: approve.options.map((option, i) => ({
          ...option,
          title: { ko: names[i]?.[0] ?? '', en: names[i]?.[1] ?? '' },
        })),
      },
      { ...yesNo, title: { ko: '광장을 차 없는 곳으로', en: 'A plaza without cars' } },
    ],
    centres: [
      { id: 'north', name: { ko: '반포 주민센터', en: 'Banpo centre' } },
      { id: 'south', name: { ko: '양재 주민센터', en: 'Yangjae centre' } },
      { id: 'river', name: { ko: '우면 작은 모임방', en: 'Umyeon small room' } },
    ],
    kioskSlots: [
      { id: 1, centre: 'north' },
      { id: 2, centre: 'south' },
      { id: 3, centre: 'river' },
    ],
    times: { opens: OPENS, closes: OPENS + 10 * HOUR, sealedBy: OPENS + 20 * HOUR },
    deliveryDeadline: OPENS + 11 * HOUR,
    minimumCount: 5,
    proposals: {
      topics: [
        { id: 1, title: { ko: '쉼터', en: 'Places to rest' } },
        { id: 7, title: { ko: '안전', en: 'Safety' } },
      ],
      perSlip: 2,
      maxCharacters: 200,
    },
  }
}

function prepare(election: ElectionFixture, slip: number, kiosk: FixtureKiosk): PreparedBallot {
  const style = election.slips[slip]?.style as number
  const contestIds = election.manifest.styles.find(({ id }) => id === style)?.contests ?? []
  const approve =
    slip === 7
      ? encodePlaintext({ kind: 'blank' })
      : encodePlaintext({ kind: 'approve', options: slip % 3 === 0 ? [2] : [1, 3 + (slip % 3)] })
  const yesNo = encodePlaintext({ kind: 'yes-no', option: slip % 4 === 0 ? 2 : 1 })
  const plaintexts = [approve, yesNo].slice(0, contestIds.length)
  return prepareBallot({
    ...input(election),
    credentialIndex: slip,
    kioskId: kiosk.id,
    contestIds,
    plaintexts,
  })
}

function cast(
  election: ElectionFixture,
  prepared: PreparedBallot,
  slip: number,
  kiosk: FixtureKiosk,
): Uint8Array {
  const credential = election.slips[slip]?.keys as ElectionFixture['slips'][number]['keys']
  return castBallot({ ...input(election), prepared, contestIds: prepared.contestIds, credential, kiosk })
}

function input({ backend, random, manifestHash, manifest }: ElectionFixture) {
  const election = { manifestHash, jointKey: fromBase64(manifest.jointKey) }
  return { backend, random, deviceSecret: new Uint8Array(32).fill(5), election }
}

function compareHex(a: Uint8Array, b: Uint8Array): number {
  return toHex(a) < toHex(b) ? -1 : 1
}
