import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { castBallot, type PreparedBallot, prepareBallot } from '@hanpyo/protocol/ballot/create.ts'
import { encodePlaintext, type Selection } from '@hanpyo/protocol/ballot/plaintext.ts'
import { fromBase64, toBase64, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { tallyContest } from '@hanpyo/protocol/count/tally.ts'
import type { Manifest, ManifestContest } from '@hanpyo/protocol/election/manifest.ts'
import { noteLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import type { KeyedLeaf } from '@hanpyo/protocol/log/batch.ts'
import {
  ballotLeaf,
  createElectionFixture,
  deviceLeaf,
  type ElectionFixture,
  type FixtureKiosk,
  KioskChain,
  LedgerBuilder,
  officialLeaf,
  pollsLeaf,
} from '@hanpyo/protocol/testing/build-ledger.ts'
import { proposalLeaf, supportLeaf } from '@hanpyo/protocol/testing/proposal-fixture.ts'
import { Count, type Counted, countSteps } from '@hanpyo/verifier/mutations/count.ts'
import { contestsOfEveryKind, LONG_CENTRES, LONG_TITLE, TOPICS } from './long-names.ts'
import { cosigned, MIRROR, WITNESSES, withWitnesses } from './witnesses.ts'

const HOUR = 3600
/** Eight in the morning in Seoul. */
const OPENS = Date.UTC(2026, 10, 19, 23) / 1000

export interface KindsLedger {
  readonly manifest: Manifest
  /** H_m in hex. */
  readonly manifestHash: string
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly history: readonly { readonly size: number; readonly time: number; readonly note: string }[]
}

export interface KindsOptions {
  readonly ballots: number
  /** Candidates of the contest where one is chosen. */
  readonly candidates: number
  readonly centres: number
  readonly proposals: number
  /** Ballots in one batch. */
  readonly inBatch: number
  /** Whether the polls are sealed and everything is counted, which takes long for many ballots. */
  readonly isCounted: boolean
}

/** A contest of every kind, in words as long as a manifest allows them to be in earnest. */
export async function buildKindsLedger(options: KindsOptions): Promise<KindsLedger> {
  const backend = await createNodeBackend()
  const { ed25519 } = backend
  const election = createElectionFixture({
    backend,
    label: 'kinds',
    slipCount: options.ballots + 4,
    kioskCount: options.centres,
    ceremony: { trustees: 5, threshold: 3 },
    change: (manifest) => withWitnesses(withEveryKind(manifest, options), ed25519),
  })
  const { manifest, kiosks } = election
  const log = new LedgerBuilder({ ed25519, origin: manifest.id, logSeed: election.seeds.log })
  const history: { size: number; time: number; note: string }[] = []
  let time = OPENS - HOUR
  const publish = (contents: Parameters<LedgerBuilder['addBatch']>[0], at: number): void => {
    time = at
    log.addBatch(contents)
    const note = cosigned(ed25519, log.checkpoint as string, time, [...WITNESSES, MIRROR])
    history.push({ size: log.size, time, note })
  }
  for (const blob of [election.credentialList, election.supportList, election.ceremony as Uint8Array])
    log.addBlob(blob)
  publish(
    {
      notes: [
        noteLeaf(RECORD.manifest, election.manifestNote),
        ...kiosks.map((k) => deviceLeaf(election, k)),
      ],
    },
    time,
  )
  publish({ notes: [pollsLeaf(election, 'open', OPENS)] }, OPENS)

  const prepared: PreparedBallot[] = []
  const leaves: KeyedLeaf[] = []
  const listed = new Map<number, Uint8Array[]>(kiosks.map(({ id }) => [id, []]))
  const batches = Math.ceil(options.ballots / options.inBatch)
  for (let batch = 0; batch < batches; batch++) {
    const ballots: KeyedLeaf[] = []
    for (
      let slip = batch * options.inBatch;
      slip < Math.min(options.ballots, (batch + 1) * options.inBatch);
      slip++
    ) {
      const kiosk = kiosks[(slip * slip) % kiosks.length] as FixtureKiosk
      const { one, canonical } = vote(election, slip, kiosk)
      const leaf = ballotLeaf(canonical)
      if (options.isCounted) prepared.push(one)
      leaves.push(leaf)
      ballots.push(leaf)
      listed.get(kiosk.id)?.push(leaf.key)
    }
    publish({ ballots }, OPENS + 600 + Math.floor((9 * HOUR * batch) / batches))
  }
  const ids = Array.from({ length: options.proposals }, (_, i) => {
    const made = proposalLeaf(election, {
      slip: i % options.ballots,
      kiosk: kiosks[i % kiosks.length] as FixtureKiosk,
      text: `제안 ${i}`,
      topic: (i % TOPICS.length) + 1,
    })
    return { id: made.id, leaf: made.leaf }
  }).sort((a, b) => (toHex(a.id) < toHex(b.id) ? -1 : 1))
  if (ids.length > 0) publish({ notes: ids.map(({ leaf }) => leaf) }, time + 60)
  for (const [i, { id }] of ids.slice(0, 6).entries())
    for (let supporter = 0; supporter <= i; supporter++)
      publish({ notes: [supportLeaf(election, supporter, kiosks[0] as FixtureKiosk, id)] }, time + 60)

  if (options.isCounted) {
    publish({ notes: [pollsLeaf(election, 'closed', manifest.times.closes)] }, manifest.times.closes)
    const finals = kiosks.map((kiosk) =>
      new KioskChain(election, kiosk).next({
        ballotIds: listed.get(kiosk.id) ?? [],
        challenged: 0,
        state: 'closed',
        final: true,
      }),
    )
    const testSlips = { slips: [...election.testSlips.slips], salt: toBase64(election.testSlips.salt) }
    const turnouts = manifest.kioskSlots.map(({ id, centre }) =>
      officialLeaf(election, 'registrar', RECORD.turnout, {
        centre,
        issued: listed.get(id)?.length ?? 0,
        returned: 0,
      }),
    )
    const opened = officialLeaf(election, 'authority', RECORD.testSlips, testSlips)
    publish({ notes: [...finals, ...turnouts, opened] }, time + 300)
    publish({ notes: [pollsLeaf(election, 'sealed', manifest.times.closes + HOUR)] }, time + HOUR)
    const byLeaf = new Map(leaves.map(({ leaf }, at) => [leaf, at]))
    const order = log.leaves.flatMap((leaf) => byLeaf.get(leaf) ?? [])
    const counted = await countSteps(new RankedCount(election, prepared), order)
    for (const blob of counted.blobs) log.addBlob(blob)
    for (const { notes } of counted.steps) publish({ notes }, time + 600)
  }
  const last = history.at(-1) as (typeof history)[number]
  return {
    manifest,
    manifestHash: toHex(election.manifestHash),
    files: new Map([...log.files, ['checkpoint', utf8(last.note)]]),
    history,
  }
}

/** Keeps the places of a ranking, which the result has to name. */
class RankedCount extends Count {
  override tally(
    id: number,
    points: Uint8Array,
  ): Pick<Counted, 'id' | 'total' | 'blank' | 'invalid' | 'counts'> {
    const contest = this.fixture.manifest.contests.find((each) => each.id === id) as ManifestContest
    const { invalid, ...rest } = tallyContest(this.fixture.backend.group, contest, points)
    return { ...rest, invalid: { ...invalid } }
  }
}

function withEveryKind(manifest: Manifest, { candidates, centres }: KindsOptions): Manifest {
  const contests = contestsOfEveryKind(candidates)
  const all = contests.map(({ id }) => id)
  return {
    ...manifest,
    title: LONG_TITLE,
    contests,
    styles: [
      // The last contest is left to so few that it is not opened.
      { id: 1, name: { ko: '가', en: 'A' }, contests: all.slice(0, -1) },
      { id: 2, name: { ko: '나', en: 'B' }, contests: all.slice(0, -1) },
      { id: 3, name: { ko: '다', en: 'C' }, contests: all },
    ],
    centres: Array.from({ length: centres }, (_, i) => ({
      id: `c${i}`,
      name: LONG_CENTRES[i % LONG_CENTRES.length]?.(i) ?? { ko: '', en: '' },
    })),
    kioskSlots: Array.from({ length: centres }, (_, i) => ({ id: i + 1, centre: `c${i}` })),
    times: { opens: OPENS, closes: OPENS + 10 * HOUR, sealedBy: OPENS + 20 * HOUR },
    deliveryDeadline: OPENS + 11 * HOUR,
    minimumCount: 3,
    tickSeconds: 600,
    maxDelaySeconds: 3600,
    proposals: { topics: TOPICS, perSlip: 2, maxCharacters: 200 },
  }
}

function vote(
  election: ElectionFixture,
  slip: number,
  kiosk: FixtureKiosk,
): { readonly one: PreparedBallot; readonly canonical: Uint8Array } {
  const { backend, random, manifest, manifestHash, slips } = election
  const { style, keys } = slips[slip] as ElectionFixture['slips'][number]
  const contestIds = manifest.styles.find(({ id }) => id === style)?.contests ?? []
  const chosen = contestIds.map((id) =>
    choice(manifest.contests.find((c) => c.id === id) as ManifestContest, slip),
  )
  const bound = {
    backend,
    random,
    deviceSecret: new Uint8Array(32).fill(5),
    election: { manifestHash, jointKey: fromBase64(manifest.jointKey) },
  }
  const one = prepareBallot({
    ...bound,
    credentialIndex: slip,
    kioskId: kiosk.id,
    contestIds,
    plaintexts: chosen.map(encodePlaintext),
  })
  return { one, canonical: castBallot({ ...bound, prepared: one, contestIds, credential: keys, kiosk }) }
}

/** What the holder of a slip chooses: something of everything, and nothing now and then. */
function choice({ kind, options, maxSelections, budget }: ManifestContest, slip: number): Selection {
  if (slip % 11 === 5) return { kind: 'blank' }
  const first = (slip * slip + slip) % options.length
  if (kind === 'choose-one' || kind === 'yes-no') return { kind, option: first + 1 }
  const picked = Array.from(
    { length: Math.min(maxSelections, 1 + (slip % 5)) },
    (_, i) => (first + i * 3) % options.length,
  )
  const numbers = [...new Set(picked)].map((at) => at + 1)
  if (kind === 'rank') return { kind, options: numbers }
  let left = budget ?? Number.POSITIVE_INFINITY
  const affordable = numbers.filter((number) => {
    const cost = options[number - 1]?.cost ?? 0
    if (cost > left) return false
    left -= cost
    return true
  })
  return { kind, options: affordable.sort((a, b) => a - b) }
}
