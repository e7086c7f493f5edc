import { nodeRandom } from '@hanpyo/platform/random.ts'
import type { Selection } from '@hanpyo/protocol/ballot/plaintext.ts'
import { fromBase64, toBase64 } from '@hanpyo/protocol/bytes.ts'
import { sharesContext } from '@hanpyo/protocol/count/context.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { randomScalar } from '@hanpyo/protocol/group/scalar.ts'
import { decryptionShares, proveShares } from '@hanpyo/protocol/proofs/decryption.ts'
import { splitCiphertexts } from '@hanpyo/protocol/proofs/shuffle.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { beforeAll, describe, expect, test } from 'vitest'
import { sign } from '../official-records.ts'
import { createSealedLedger, type SealedLedger, type TestVote } from '../testing/sealed-ledger.ts'
import { BlobSet, type CountRecord } from './count-record.ts'
import { decryptContest } from './decrypt.ts'
import { loadCount } from './load-count.ts'
import { mixContest } from './mix.ts'
import { countContests, resultRecord } from './result.ts'
import { resultTable } from './table.ts'

const random = nodeRandom
const approve = (...chosen: number[]): Selection => ({ kind: 'approve', options: chosen })
const yes: Selection = { kind: 'yes-no', option: 1 }
const no: Selection = { kind: 'yes-no', option: 2 }
const blank: Selection = { kind: 'blank' }
/** Contest 1 has seven ballots, contest 2 five, contest 3 two. */
const VOTES: TestVote[] = [
  { style: 1, selections: [approve(1, 2), yes] },
  { style: 1, selections: [approve(2), yes] },
  { style: 1, selections: [approve(2, 4), no] },
  { style: 1, selections: [blank, blank] },
  { style: 1, selections: [approve(1, 2, 3), yes] },
  { style: 2, selections: [approve(4), { kind: 'rank', options: [3, 1, 2] }] },
  { style: 2, selections: [approve(2), { kind: 'rank', options: [3, 2] }] },
]
const EXPECTED = [
  {
    id: 1,
    total: 7,
    blank: 1,
    invalid: { 'too-many-selections': 1 },
    counts: [1, 4, 0, 2].map((votes, i) => ({ option: i + 1, votes })),
  },
  { id: 2, total: 5, blank: 1, invalid: {}, counts: [3, 1].map((votes, i) => ({ option: i + 1, votes })) },
  {
    id: 3,
    total: 2,
    blank: 0,
    invalid: {},
    counts: [
      { option: 1, votes: 1, byRank: [0, 1, 0] },
      { option: 2, votes: 2, byRank: [0, 1, 1] },
      { option: 3, votes: 2, byRank: [2, 0, 0] },
    ],
  },
]

async function mixAll(ledger: SealedLedger, contests: readonly number[]): Promise<void> {
  for (const index of [1, 2, 3]) {
    const loaded = await ledger.load()
    for (const contest of contests) {
      ledger.post(expectOk(await mixContest(loaded, { trustee: ledger.trustee(index), contest, random })))
    }
  }
}

async function decryptAll(ledger: SealedLedger, trustees: readonly number[], contests: readonly number[]) {
  const loaded = await ledger.load()
  for (const index of trustees) {
    for (const contest of contests) {
      ledger.post(expectOk(await decryptContest(loaded, { trustee: ledger.trustee(index), contest, random })))
    }
  }
}

/** Shares with a wrong secret, correctly signed: what a lying trustee can do. */
async function wrongShares(
  loaded: Awaited<ReturnType<SealedLedger['load']>>,
  ledger: SealedLedger,
  index: number,
): Promise<CountRecord> {
  const { backend, batch, manifest, manifestHash, count } = loaded
  const stage = count.stage(1)!
  const alphas = splitCiphertexts(stage.list).alpha
  const secret = randomScalar(random)
  const shares = await decryptionShares(batch, secret, alphas)
  const statement = {
    context: sharesContext(manifestHash, 1, index, stage.listHash),
    verificationKey: fromBase64(manifest.trustees[index - 1]!.verificationKey),
    alphas,
    shares,
  }
  const blobs = new BlobSet()
  const record = sign(
    { ...loaded, ed25519: backend.ed25519 },
    ledger.trustee(index).note,
    RECORD.decryption,
    {
      contest: 1,
      trustee: index,
      count: stage.total,
      mix: stage.listHash,
      shares: blobs.add(shares),
      proof: toBase64(await proveShares(batch, random, statement, secret)),
    },
  )
  return { ...record, blobs: blobs.blobs }
}

describe('a whole count', () => {
  let ledger: SealedLedger

  beforeAll(async () => {
    ledger = await createSealedLedger(VOTES)
    await mixAll(ledger, [1, 2, 3])
  })

  test('with too few shares is refused, by contest and trustee', async () => {
    expect(await countContests(await ledger.load())).toMatchObject({ error: 'result-shares-missing' })
    await decryptAll(ledger, [5, 2], [1, 2, 3])
    expect(await countContests(await ledger.load())).toMatchObject({
      error: 'result-shares-missing',
      detail: expect.stringContaining('contest 1: valid shares of trustees 5, 2, 3 trustees are needed'),
    })
  })

  test('skips a trustee who posts wrong shares, names it, and takes another', async () => {
    const loaded = await ledger.load()
    ledger.post(await wrongShares(loaded, ledger, 1))
    const after = await ledger.load()
    expect(after.skipped).toMatchObject([{ rule: 'decryption.proof', type: 0x31 }])
    expect(await countContests(after)).toMatchObject({ error: 'result-shares-missing' })
    await decryptAll(ledger, [4], [1, 2, 3])
  })

  test('gives the scripted votes, and the public rules agree', async () => {
    const loaded = await ledger.load()
    const { contests } = expectOk(await countContests(loaded))
    expect(contests.map(({ id, total, ...rest }) => ({ id, total, ...rest }))).toMatchObject(EXPECTED)
    const key = ledger.election.roleKeys.authority
    const { record } = expectOk(await resultRecord(loaded, { key, at: loaded.manifest.times.sealedBy }))
    ledger.post(record as CountRecord)
    const finished = await ledger.load()
    expect(finished.count.result?.contests).toMatchObject(EXPECTED)
    expect(finished.skipped).toHaveLength(1)
    expect(await resultRecord(finished, { key, at: 1 })).toMatchObject({ error: 'result-done' })
    const table = resultTable(finished.manifest, contests).join('\n')
    expect(table).toContain('         4  2 후보 2 / Option 2')
    expect(table).toContain('         1  무효 / invalid: too-many-selections 1')
  })
})

describe('mixing', () => {
  let ledger: SealedLedger
  const mix = async (index: number, contest = 1) =>
    mixContest(await ledger.load(), { trustee: ledger.trustee(index), contest, random })

  beforeAll(async () => {
    ledger = await createSealedLedger(VOTES.slice(0, 3))
  })

  test('is refused out of turn, twice, and for contests that are withheld or do not exist', async () => {
    expect(await mix(2)).toMatchObject({
      error: 'mix-not-your-turn',
      detail: expect.stringMatching(/trustee 1/),
    })
    expect(await mix(4)).toMatchObject({ error: 'mix-not-your-turn' })
    expect(await mix(1, 3)).toMatchObject({ error: 'count-withheld', detail: 'contest 3: 0 ballots' })
    expect(await mix(1, 9)).toMatchObject({ error: 'count-contest' })
    ledger.post(expectOk(await mix(1)))
    expect(await mix(1)).toMatchObject({ error: 'mix-done' })
    const loaded = await ledger.load()
    expect(await decryptContest(loaded, { trustee: ledger.trustee(4), contest: 1, random })).toMatchObject({
      error: 'decrypt-not-mixed',
    })
    expect(await countContests(loaded)).toMatchObject({ error: 'result-not-mixed' })
  })

  test.each(['drops', 'adds', 'duplicates', 're-marks'])(
    'that %s a ballot is found by everybody',
    async (what) => {
      const honest = expectOk(await mix(2))
      const [output, proof] = [...honest.blobs.values()].sort((a, b) => a.length - b.length) as [
        Uint8Array,
        Uint8Array,
      ]
      const forged = {
        drops: output.subarray(64),
        adds: Uint8Array.of(...output, ...output.subarray(0, 64)),
        duplicates: Uint8Array.of(...output.subarray(0, 64), ...output.subarray(0, output.length - 64)),
        're-marks': Uint8Array.of(
          ...output.subarray(32, 64),
          ...output.subarray(0, 32),
          ...output.subarray(64),
        ),
      }[what] as Uint8Array
      const loaded = await ledger.load()
      const blobs = new BlobSet()
      const { listHash, total } = loaded.count.stage(1)!
      const record = sign(
        { ...loaded, ed25519: ledger.backend.ed25519 },
        ledger.trustee(2).note,
        RECORD.mix,
        {
          contest: 1,
          mixer: 2,
          count: total,
          input: listHash,
          output: blobs.add(forged),
          proof: blobs.add(proof),
        },
      )
      const fork = forkOf(ledger)
      fork.post({ ...record, blobs: blobs.blobs })
      expect(await fork.load()).toMatchObject({
        error: 'ledger-breaks-rule',
        detail: expect.stringMatching(/rule 101[45] mix\.(blob|proof)/),
      })
    },
  )

  test('needs the keys of this election', async () => {
    const loaded = await ledger.load()
    const own = ledger.trustee(2)
    const others = {
      election: { ...own, election: 'other.example/2026' },
      note: { ...own, note: ledger.trustee(3).note },
      share: { ...own, secretShare: ledger.trustee(3).secretShare },
    }
    for (const trustee of Object.values(others)) {
      expect(await mixContest(loaded, { trustee, contest: 1, random })).toMatchObject({
        error: 'trustee-other-election',
      })
    }
  })
})

test('nothing is mixed or counted before the polls are sealed', async () => {
  const ledger = await createSealedLedger(VOTES.slice(0, 2), { isSealed: false })
  const loaded = await ledger.load()
  const input = { trustee: ledger.trustee(1), contest: 1, random }
  expect(await mixContest(loaded, input)).toMatchObject({ error: 'count-not-sealed', detail: 'closed' })
  expect(await decryptContest(loaded, input)).toMatchObject({ error: 'count-not-sealed' })
  expect(await countContests(loaded)).toMatchObject({ error: 'count-not-sealed' })
})

test.each([0, 1, 2])('with %i ballots a contest is opened only from two on', async (count) => {
  const ledger = await createSealedLedger(VOTES.slice(0, count), { minimumCount: 1 })
  if (count === 2) {
    await mixAll(ledger, [1, 2])
    await decryptAll(ledger, [1, 2, 3], [1, 2])
  }
  const loaded = await ledger.load()
  const { contests } = expectOk(await countContests(loaded))
  const withheld = { id: 1, total: count, withheld: 'below-minimum' }
  expect(contests[0]).toMatchObject(count === 2 ? { id: 1, total: 2, blank: 0 } : withheld)
  const key = ledger.election.roleKeys.authority
  ledger.post(expectOk(await resultRecord(loaded, { key, at: 1 })).record as CountRecord)
  expect((await ledger.load()).count.result?.contests).toHaveLength(3)
  if (count < 2) {
    const input = { trustee: ledger.trustee(1), contest: 1, random }
    expect(await decryptContest(loaded, input)).toMatchObject({ error: 'count-withheld' })
  }
})

describe('a ledger is refused', () => {
  let ledger: SealedLedger
  beforeAll(async () => {
    ledger = await createSealedLedger(VOTES.slice(0, 2))
  })
  const loadWith = (change: (files: Map<string, Uint8Array>) => void) => {
    const { log, backend } = ledger
    const files = log.allFiles()
    change(files)
    const reader = { ...log.reader(), blob: async (hash: string) => files.get(`blob/${hash}`) ?? null }
    return loadCount({ backend, reader })
  }

  test('when its key ceremony is missing or another', async () => {
    const name = Buffer.from(ledger.election.manifest.ceremonyHash, 'base64').toString('hex')
    expect(await loadWith((files) => files.delete(`blob/${name}`))).toMatchObject({
      error: 'ledger-breaks-rule',
      detail: expect.stringContaining('rule 121'),
    })
    expect(await loadWith((files) => files.set(`blob/${name}`, new Uint8Array(9)))).toMatchObject({
      detail: expect.stringContaining('another hash'),
    })
  })

  test('when it is of another election than the reader expects', async () => {
    const { backend, log } = ledger
    expect(await loadCount({ backend, reader: log.reader(), manifestHash: 'ab'.repeat(32) })).toMatchObject({
      error: 'ledger-other-election',
    })
  })
})

/** A copy of the ledger that may be spoiled. */
function forkOf(ledger: SealedLedger) {
  const { backend, log, election } = ledger
  const files = new Map(log.allFiles())
  const Builder = log.constructor as new (of: object) => SealedLedger['log']
  const copy = new Builder({
    ed25519: backend.ed25519,
    origin: election.manifest.id,
    logSeed: election.roleKeys.log.seed,
  })
  for (const [path, bytes] of files) if (path.startsWith('blob/')) copy.addBlob(bytes)
  let batch: Uint8Array[] = []
  for (const leaf of log.leaves) {
    if (leaf[0] === RECORD.batch) {
      copy.addLeaves(batch)
      copy.addBatchLeaf(leaf)
      batch = []
    } else batch.push(leaf)
  }
  return {
    post({ type, note, blobs }: CountRecord) {
      for (const blob of blobs.values()) copy.addBlob(blob)
      copy.addBatch({ notes: [Uint8Array.of(type, ...Buffer.from(note))] })
    },
    load: () => loadCount({ backend, reader: copy.reader() }),
  }
}
