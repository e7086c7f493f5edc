import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { fromHex, toBase64, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { manifestField, noteLeaf, RECORD, signRecord } from '@hanpyo/protocol/election/records.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import type { Json } from '@hanpyo/protocol/json.ts'
import { signCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { encodeVkey } from '@hanpyo/protocol/log/note.ts'
import {
  type BuiltLedger,
  buildLedger,
  type LedgerStage,
  officialLeaf,
} from '@hanpyo/protocol/testing/build-ledger.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import { expect, test } from 'vitest'
import type { Report } from './report.ts'
import { fileLog } from './source/file-log.ts'
import { OversizeError, type Source } from './source/source.ts'
import { verifyLog } from './verify.ts'

const backend = await createNodeBackend()
const sealed = buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 } })

/** The log as a server might serve it: its files, some of them replaced or (null) gone. */
function serve(ledger: BuiltLedger, changes: Readonly<Record<string, Uint8Array | null>> = {}): Source {
  const files = ledger.log.allFiles()
  return fileLog('test', async (path, maxBytes) => {
    const bytes = path in changes ? (changes[path] ?? null) : (files.get(path) ?? null)
    if (bytes !== null && bytes.length > maxBytes) throw new OversizeError(path, maxBytes)
    return bytes
  })
}

async function verify(
  source: Source,
  options: Partial<Parameters<typeof verifyLog>[0]> = {},
): Promise<Report> {
  const pin = { manifestHash: toHex(sealed.election.manifestHash) }
  return (await verifyLog({ source, backend, pin, ...options })).report
}

const statusOf = (report: Report, id: string) => report.checks.find((check) => check.id === id)?.status
const failuresOf = (report: Report) => report.checks.flatMap(({ failures }) => failures)

test('an honest ledger passes every check, and its records are counted', async () => {
  const report = await verify(serve(sealed))
  expect(failuresOf(report)).toEqual([])
  expect(report).toMatchObject({
    verified: true,
    stage: 'sealed',
    election: sealed.election.manifest.id,
    manifestHash: toHex(sealed.election.manifestHash),
    checkpoint: { size: sealed.log.size },
    counts: {
      ballots: sealed.counts.ballots,
      challenged: sealed.counts.challenged,
      refused: { 'credential-spent': 1 },
      kioskManifests: sealed.counts.kioskManifests,
      unmatched: 0,
    },
  })
  expect(report.checks.map(({ number }) => number)).toEqual([
    ...Array.from({ length: 17 }, (_, i) => i + 1),
    19,
    23,
  ])
})

test.each(['setup', 'open', 'closed'] as const)(
  'a ledger of stage %s is verified as such',
  async (stage: LedgerStage) => {
    const ledger = buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage })
    const report = await verify(serve(ledger))
    expect(report).toMatchObject({ verified: true, stage })
    expect(statusOf(report, 'reconciliation')).toBeUndefined()
    const tooEarly = await verify(serve(ledger), { stage: 'sealed' })
    expect(failuresOf(tooEarly).map(({ rule }) => rule)).toContain('polls.stage')
  },
)

test('an announced result whose count is not checked is never called verified', async () => {
  const ledger = buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 } })
  announce(ledger, { count: 40 })
  const report = await verify(serve(ledger))
  expect(report).toMatchObject({ verified: false, stage: 'final' })
  expect(statusOf(report, 'records')).toBe('PASS')
  expect(statusOf(report, 'count')).not.toBe('PASS')
})

test('any single byte of any entry bundle that is changed fails, naming record and rule', async () => {
  const next = counterRandom('changed bytes')
  const [path] = [...sealed.log.files.keys()].filter((name) => name.startsWith('tile/entries/')).slice(-1)
  const bundle = sealed.log.files.get(path as string) as Uint8Array
  const recordAt = recordsByByte(sealed.log.leaves)
  const changes = process.env.HANPYO_FULL === '1' ? 1_000 : 100
  for (let i = 0; i < changes; i++) {
    const at = Number(BigInt(`0x${toHex(next(6))}`) % BigInt(bundle.length))
    const changed = bundle.slice()
    changed[at] = (changed[at] as number) ^ (1 + ((next(1)[0] as number) % 255))
    const report = await verify(serve(sealed, { [path as string]: changed }))
    expect(report.verified).toBe(false)
    expect(statusOf(report, 'tree')).toBe('FAIL')
    const first = failuresOf(report).find(({ rule }) => rule === 'tree.leaf-hash' || rule === 'tree.bundle')
    expect([at, first?.index]).toEqual([at, recordAt[at]])
  }
}, 240_000)

test('a ledger of several bundles fails in the bundle that was changed', async () => {
  const large = manyRecords()
  expect(large.log.size).toBeGreaterThan(600)
  const bundles = [...large.log.files.keys()].filter((path) => /^tile\/entries\/(000|001|002)/.test(path))
  const published = bundles.filter((path) => !path.includes('.p/') || path.startsWith('tile/entries/002'))
  const pin = { manifestHash: toHex(large.election.manifestHash) }
  expect((await verifyLog({ source: serve(large), backend, pin })).report.verified).toBe(true)
  for (const path of ['tile/entries/001', published.at(-1) as string]) {
    const changed = (large.log.files.get(path) as Uint8Array).slice()
    changed[changed.length - 40]! ^= 1
    const { report } = await verifyLog({ source: serve(large, { [path]: changed }), backend, pin })
    const index = path === 'tile/entries/001' ? 511 : large.log.size - 1
    expect(failuresOf(report)[0]).toMatchObject({ index, rule: 'tree.leaf-hash' })
  }
})

test('a changed tile is told apart from a changed record', async () => {
  const path = tilePathOf(sealed)
  const tile = (sealed.log.files.get(path) as Uint8Array).slice()
  tile[5 * 32]! ^= 1
  const report = await verify(serve(sealed, { [path]: tile }))
  expect(failuresOf(report)).toMatchObject([{ index: 5, rule: 'tree.tile' }])
  expect(report.verified).toBe(false)
  const short = await verify(serve(sealed, { [path]: tile.subarray(1) }))
  expect(failuresOf(short)).toMatchObject([{ rule: 'tree.tile' }])
})

test('what a server keeps back or blows up is named, and nothing is taken for granted after it', async () => {
  const bundle = entriesPathOf(sealed)
  const gone = await verify(serve(sealed, { [bundle]: null }))
  expect(failuresOf(gone)).toMatchObject([{ index: 0, rule: 'tree.missing', detail: 'not served' }])
  expect(statusOf(gone, 'ballots')).toBe('SKIPPED')
  expect(statusOf(gone, 'manifest')).toBe('SKIPPED')
  const huge = await verify(serve(sealed, { [tilePathOf(sealed)]: new Uint8Array(8193) }))
  expect(failuresOf(huge)).toMatchObject([{ rule: 'tree.missing' }])
  const empty = await verify(serve(sealed, { [bundle]: new Uint8Array(0) }))
  expect(statusOf(empty, 'tree')).toBe('FAIL')
  expect(empty.verified).toBe(false)
})

test('a full tile or bundle serves for a partial one that was deleted', async () => {
  const ledger = buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage: 'open' })
  const { size } = ledger.log
  const source = serve(ledger)
  const later = serve(sealed)
  const fallback: Source = {
    ...source,
    tile: async (level, index, width) => {
      if (width !== undefined && width < 256) return null
      const bytes = await later.tile(level, index, sealed.log.size)
      return bytes && pad(bytes, 256 * 32)
    },
    entries: async (_index, width) => (width === undefined ? await later.entries(0, sealed.log.size) : null),
  }
  expect(size).toBeLessThan(sealed.log.size)
  expect(failuresOf(await verify(fallback))).toEqual([])
})

test('without a pin the check is skipped and the ledger is not verified; a wrong pin fails', async () => {
  const unpinned = await verify(serve(sealed), { pin: {} })
  expect([unpinned.verified, statusOf(unpinned, 'pinned')]).toEqual([false, 'SKIPPED'])
  const authority = sealed.election.manifest.keys.authority
  expect((await verify(serve(sealed), { pin: { authorityVkey: authority } })).verified).toBe(true)
  const wrongHash = await verify(serve(sealed), { pin: { manifestHash: '00'.repeat(32) } })
  expect(failuresOf(wrongHash)).toMatchObject([{ rule: 'manifest.pinned' }])
  const other = encodeVkey('x', 1, sealed.election.kiosks[0]!.publicKey)
  const wrongKey = await verify(serve(sealed), { pin: { authorityVkey: other } })
  expect(failuresOf(wrongKey)).toMatchObject([{ rule: 'manifest.trust' }])
})

test('a checkpoint that another key signed, or none at all, fails', async () => {
  const text = sealed.log.checkpoint as string
  const encode = (value: string) => new TextEncoder().encode(value)
  const other = buildLedger({
    backend,
    ceremony: { trustees: 3, threshold: 2 },
    label: 'other',
    stage: 'setup',
  })
  const foreign = await verify(serve(sealed, { checkpoint: encode(other.log.checkpoint as string) }))
  expect(statusOf(foreign, 'checkpoint')).toBe('FAIL')
  const broken = await verify(serve(sealed, { checkpoint: encode(text.replace('\n', '\n\n')) }))
  expect(failuresOf(broken)).toMatchObject([{ rule: 'checkpoint.format' }])
  expect(broken.checks.filter(({ status }) => status === 'SKIPPED')).toHaveLength(broken.checks.length - 1)
  await expect(verify(serve(sealed, { checkpoint: null }))).rejects.toMatchObject({ code: 'no-checkpoint' })
  const notText = await verify(serve(sealed, { checkpoint: fromHex('ff') }))
  expect(failuresOf(notText)).toMatchObject([{ rule: 'checkpoint.format' }])
})

test('a log key that signs another root, or a size without end, is found out', async () => {
  const { manifest, seeds } = sealed.election
  const sign = (size: number) => {
    const checkpoint = { origin: manifest.id, size, root: new Uint8Array(32) }
    return new TextEncoder().encode(signCheckpoint({ ed25519: backend.ed25519, seed: seeds.log, checkpoint }))
  }
  const otherRoot = await verify(serve(sealed, { checkpoint: sign(sealed.log.size) }))
  expect(failuresOf(otherRoot)).toMatchObject([{ index: null, rule: 'tree.root' }])
  const endless = await verify(serve(sealed, { checkpoint: sign(Number.MAX_SAFE_INTEGER) }))
  expect(statusOf(endless, 'tree')).toBe('FAIL')
  expect(failuresOf(endless).at(-1)).toMatchObject({ rule: 'tree.missing' })
})

test('a key list that is missing, changed or too large fails', async () => {
  const { credentials, supportKeys } = sealed.election.manifest
  for (const { blob } of [credentials, supportKeys]) {
    const path = `blob/${blob}`
    const bytes = sealed.log.files.get(path) as Uint8Array
    const changed = bytes.slice()
    changed[40]! ^= 1
    for (const replacement of [null, changed, pad(bytes, bytes.length + 1)]) {
      const report = await verify(serve(sealed, { [path]: replacement }))
      expect(failuresOf(report)[0]).toMatchObject({ rule: 'keylist.commitment' })
      expect(report.verified).toBe(false)
    }
  }
})

test('witnesses that the policy asks for must have cosigned', async () => {
  const witness = encodeVkey('w.example', 4, sealed.election.kiosks[0]!.publicKey)
  const ledger = buildLedger({
    backend,
    ceremony: { trustees: 3, threshold: 2 },
    change: (manifest) => {
      const policy = `log ${manifest.keys.log}\nwitness w ${witness}\nquorum w\n`
      return { ...manifest, policies: { seen: manifest.policies.seen, official: policy } }
    },
  })
  const report = await verify(serve(ledger), {
    pin: { authorityVkey: ledger.election.manifest.keys.authority },
  })
  expect(failuresOf(report)).toMatchObject([{ rule: 'witness.official', detail: 'quorum-not-met' }])
})

function entriesPathOf({ log }: BuiltLedger): string {
  return `tile/entries/000.p/${log.size}`
}

function tilePathOf({ log }: BuiltLedger): string {
  return `tile/0/000.p/${log.size}`
}

function pad(bytes: Uint8Array, length: number): Uint8Array {
  const padded = new Uint8Array(length)
  padded.set(bytes)
  return padded
}

/** For each byte of the bundle, the record it belongs to; a length belongs to the record after it. */
function recordsByByte(leaves: readonly Uint8Array[]): number[] {
  return leaves.flatMap((leaf, index) => Array.from({ length: leaf.length + 2 }, () => index))
}

/** A ledger with so many turnout records that it spans three bundles. */
function manyRecords(): BuiltLedger {
  const ledger = buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage: 'setup' })
  for (let at = 0; at < 400; at += 2) {
    const notes = [at, at + 1].map((second) =>
      officialLeaf(ledger.election, 'registrar', RECORD.turnout, {
        centre: 'north',
        issued: 5,
        returned: 0,
        at: second,
      }),
    )
    ledger.log.addBatch({ notes })
  }
  return ledger
}

/** Mixes, shares and a result out of thin air, by authority and trustees who conspire. */
function announce({ election, log }: BuiltLedger, { count }: { readonly count: number }): void {
  const { manifest, seeds, backend: crypto, slips } = election
  const field = manifestField(election.manifestHash)
  const hash = (text: string) => toHex(sha256(utf8(text)))
  const byTrustee = (type: number, trustee: number, value: Readonly<Record<string, Json>>) => {
    const name = keyName.trustee(manifest.id, trustee)
    const seed = seeds.trustees[trustee - 1] as Uint8Array
    const signed = { ed25519: crypto.ed25519, keyName: name, seed, value: { manifest: field, ...value } }
    return noteLeaf(type, signRecord(signed))
  }
  const totals = new Map(
    manifest.contests.map(({ id }) => {
      const styles = manifest.styles.filter(({ contests }) => contests.includes(id)).map((style) => style.id)
      return [id, slips.slice(0, 30).filter(({ style }) => styles.includes(style)).length]
    }),
  )
  for (const [contest, total] of totals) {
    for (const [i, mixer] of manifest.mixers.entries()) {
      const lists = {
        input: hash(`${contest} ${i}`),
        output: hash(`${contest} ${i + 1}`),
        proof: hash('proof'),
      }
      log.addBatch({ notes: [byTrustee(RECORD.mix, mixer, { contest, mixer, count: total, ...lists })] })
    }
    const mix = hash(`${contest} ${manifest.mixers.length}`)
    const shares = { contest, count: total, mix, shares: hash('shares'), proof: toBase64(new Uint8Array(96)) }
    log.addBatch({
      notes: [1, 2].map((trustee) => byTrustee(RECORD.decryption, trustee, { trustee, ...shares })),
    })
  }
  const contests = manifest.contests.map(({ id, options }) => ({
    id,
    total: totals.get(id) as number,
    trustees: [1, 2],
    points: hash('points'),
    blank: 0,
    invalid: {},
    counts: options.map((option) => ({ option: option.id, votes: option.id === 1 ? count : 0 })),
  }))
  const at = manifest.times.sealedBy
  log.addBatch({ notes: [officialLeaf(election, 'authority', RECORD.result, { at, contests })] })
}
