import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { ballotLength, toCompact } from '@hanpyo/protocol/ballot/layout.ts'
import { toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { encodeLeaf, RECORD, signRecord } from '@hanpyo/protocol/election/records.ts'
import { encodeBallotDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { formatFraudProof, judgeFraudProof } from '@hanpyo/protocol/link/fraud-proof.ts'
import { signPromise } from '@hanpyo/protocol/link/promise.ts'
import { evidenceFromTiles } from '@hanpyo/protocol/link/promise-evidence.ts'
import { promiseOf } from '@hanpyo/protocol/link/promise-judgement.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { verifyTlogProof } from '@hanpyo/protocol/log/proof.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import { expect, onTestFinished, test } from 'vitest'
import { exportEvidence } from '../../evidence-export.ts'
import { createTestElection, type TestElection } from '../../testing/test-election.ts'
import { WITNESS_VKEYS, WitnessedLedger } from '../../testing/witnessed-ledger.ts'
import type { AuditEvent } from '../audit.ts'
import type { SealedItem } from '../box/ballot-box.ts'
import { openBoxDatabase } from '../box/open-box.ts'
import { SqliteBallotBox } from '../box/sqlite-box.ts'
import { HeadKeeper, type SignedHead } from '../ledger/head-keeper.ts'
import { LedgerView } from '../ledger/ledger-view.ts'
import { ProofDesk } from './proof-desk.ts'

const { ed25519 } = await createNodeBackend()
const election = createTestElection({ witnesses: WITNESS_VKEYS, bridges: ['b2'], slipCount: 2 })
const { manifest, manifestHash, kioskId } = election.election
const policy = expectOk(parsePolicy(manifest.policies.seen))
const OPENS = manifest.times.opens

/** Bytes with a ballot's shape; nothing here looks inside. */
const canonicalOf = (slip: number) => counterRandom(`proof ballot ${slip}`)(ballotLength(1))
const leafOf = (slip: number) => encodeLeaf(RECORD.ballot, canonicalOf(slip))

function setUp(options: { held?: SignedHead; path?: string; test?: TestElection } = {}) {
  const { test: used = election } = options
  const { manifest, manifestHash } = used.election
  const ledger = new WitnessedLedger(used)
  ledger.cosigning.atSeconds = OPENS
  const database = expectOk(openBoxDatabase(options.path ?? ':memory:', { kioskId, manifestHash }))
  const box = new SqliteBallotBox({
    database,
    kioskId,
    manifestHash,
    bridges: ['b1', 'b2'],
    signManifest: (value) =>
      signRecord({
        ed25519,
        keyName: 'example.org/kiosk/3',
        seed: election.keys.ed25519Seed,
        value,
      }),
    onNotRebuilt: () => {},
  })
  onTestFinished(() => box.close())
  expectOk(box.openPolls())
  const conflicts: string[][] = []
  const audited: AuditEvent[] = []
  const broken: { bridge: string; items: readonly SealedItem[] }[] = []
  const unpublished: typeof broken = []
  const fraudProofs: string[] = []
  const heads = new HeadKeeper({
    held: options.held ?? null,
    save: async () => {},
    onConflict: (conflict, held, shown) => conflicts.push([conflict, held.note, shown.note]),
  })
  const reader = ledger.reader()
  const view = new LedgerView({
    reader,
    ed25519,
    manifest,
    manifestHash,
    heads,
    followed: () => box.unproven(),
  })
  const desk = new ProofDesk({
    box,
    view,
    ed25519,
    manifest,
    audit: (event) => audited.push(event),
    log: silentLogger,
    async saveFraudProof({ note }, head) {
      const value = expectOk(promiseOf(ed25519, manifest, note))
      const evidence = expectOk(await evidenceFromTiles(reader, { note, value }, head))
      fraudProofs.push(formatFraudProof(election.manifestNote, evidence))
    },
    onBroken: (bridge, items) => broken.push({ bridge, items }),
    onUnpublished: (bridge, items) => unpublished.push({ bridge, items }),
  })
  const look = async () => {
    const read = await view.refresh()
    if (read.ok) await desk.look()
    return read
  }
  /** Stores ballots of these slips; each is acknowledged at once unless told otherwise. */
  const vote = (from: number, to: number, isAcked = true) => {
    for (let slip = from; slip < to; slip++) {
      const [item] = expectOk(box.insertBallot({ canonical: canonicalOf(slip), slipNumber: slip }))
      if (isAcked) expectOk(box.settle((item as SealedItem).id, 0, 'wifi', 'b1'))
    }
  }
  const promise = (slip: number, deadline: number, bridge = 'b1') =>
    signPromise({
      ed25519,
      keyName: keyName.bridge(manifest.id, bridge),
      seed: election.bridges.get(bridge)!.promiseSeed,
      promise: { deadline, leaf: leafHash(leafOf(slip)), log: manifest.id, size: 1 },
    })
  return {
    ledger,
    box,
    database,
    view,
    look,
    vote,
    promise,
    conflicts,
    audited,
    broken,
    unpublished,
    fraudProofs,
    heads,
    desk,
  }
}

const leaves = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => leafOf(from + i))
const erasedOf = ({ box }: ReturnType<typeof setUp>) => [box.counts().proven, box.counts().erased]

test('a stored proof convinces anybody who has the policy and the ballot, and nobody with another ballot', async () => {
  const made = setUp()
  made.vote(0, 3)
  made.ledger.add([...leaves(100, 140), ...leaves(0, 3), ...leaves(140, 145)])
  expectOk(await made.look())
  const proofs = new Map(made.box.proofs().map(({ leaf, text }) => [toHex(leaf), text]))
  for (const slip of [0, 1, 2]) {
    const proof = proofs.get(toHex(leafHash(leafOf(slip)))) as string
    const verify = (leaf: Uint8Array) => verifyTlogProof({ ed25519, policy, proof, leaf })
    expect(expectOk(verify(leafOf(slip))).index).toBe(41 + slip)
    expect(verify(leafOf(9)).ok).toBe(false)
  }
  expect(proofs.size).toBe(3)
})

test('a ballot is erased only with its whole kiosk manifest, when all of it is recorded and proven', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hanpyo-proofs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'box.sqlite')
  const made = setUp({ path })
  made.vote(0, 19)
  made.vote(19, 20, false)
  made.vote(20, 21)
  const isOnDisk = (slip: number) => readFileSync(path).includes(Buffer.from(canonicalOf(slip)))
  // An ack erases nothing, whatever it says.
  expectOk(await made.look())
  expect([erasedOf(made), isOnDisk(0)]).toEqual([[0, 0], true])
  made.ledger.add(leaves(0, 15))
  expectOk(await made.look())
  expect([erasedOf(made), isOnDisk(0)]).toEqual([[15, 0], true])
  // All proven, but the bridge has not answered for one of them: it may still have to be sent.
  made.ledger.add(leaves(15, 21))
  expectOk(await made.look())
  expect(erasedOf(made)).toEqual([21, 0])
  const [waiting] = made.box.waiting().filter(({ kind }) => kind === 'ballot') as [SealedItem]
  expectOk(made.box.settle(waiting.id, 0, 'lora', 'b1'))
  // Erased with the next proofs: of a ballot that no manifest lists yet, nothing is erased.
  made.vote(21, 22)
  made.ledger.add(leaves(21, 22))
  expectOk(await made.look())
  expect([erasedOf(made), isOnDisk(0), isOnDisk(19), isOnDisk(20)]).toEqual([[22, 20], false, false, true])
  expect(made.audited).toEqual([{ event: 'ballots-erased', count: 20 }])
  // What has to be known for good is: nobody votes twice, and the close report counts every ballot.
  expect([made.box.isSpent(0), made.box.counts().cast]).toEqual([true, 22])
  expect(made.box.insertBallot({ canonical: canonicalOf(0), slipNumber: 0 }).ok).toBe(false)
  expectOk(made.box.closePolls())
  expect(made.box.ballotsRoot()).toHaveLength(32)
})

test('without enough witnesses nothing is proven, and when they sign the same tree it is', async () => {
  const made = setUp()
  made.vote(0, 2)
  made.ledger.add(leaves(0, 2))
  made.ledger.cosigning.count = 2
  expectOk(await made.look())
  expect(erasedOf(made)).toEqual([0, 0])
  made.ledger.cosigning.count = 3
  expectOk(await made.look())
  expect(erasedOf(made)).toEqual([2, 0])
})

test('what the host is asked for does not depend on which leaves are the own ones', async () => {
  const asked = async (slips: readonly number[]) => {
    const made = setUp()
    for (const slip of slips) made.vote(slip, slip + 1)
    made.ledger.add(leaves(0, 260))
    expectOk(await made.look())
    made.ledger.add(leaves(260, 300))
    expectOk(await made.look())
    expect(made.box.counts().proven).toBe(slips.length)
    return made.ledger.read
  }
  const all = await Promise.all([asked([]), asked([3]), asked([257, 10, 290])])
  expect(all[1]).toEqual(all[0])
  expect(all[2]).toEqual(all[0])
})

test('a promise is kept by the ledger, and broken only by witnesses who signed late enough without the ballot', async () => {
  const made = setUp()
  made.vote(0, 2)
  for (const slip of [0, 1]) {
    const note = made.promise(slip, OPENS + 60)
    expect(expectOk(made.box.keepPromise(leafHash(leafOf(slip)), note, 'b1'))).toBe('kept')
  }
  made.ledger.add(leaves(0, 1))
  made.ledger.cosigning.atSeconds = OPENS + 60 + 120
  expectOk(await made.look())
  expect(made.box.counts().bridges.get('b1')).toMatchObject({ promises: 2, kept: 1, broken: 0 })
  made.ledger.cosigning.atSeconds += 1
  made.ledger.cosigning.count = 2
  expectOk(await made.look())
  expect(made.broken).toEqual([])
  made.ledger.cosigning.count = 3
  expectOk(await made.look())
  expect(made.box.counts().bridges.get('b1')).toMatchObject({ promises: 2, kept: 1, broken: 1 })
  expect(made.audited).toContainEqual({ event: 'promise-broken', bridge: 'b1' })
  // The ballot waits again, for the other bridge; said once, whatever comes later.
  expect(made.broken.map(({ bridge, items }) => [bridge, items.map(({ open }) => open)])).toEqual([
    ['b1', [['b2']]],
  ])
  expectOk(await made.look())
  expect(made.broken).toHaveLength(1)
  expect(made.box.waiting().filter(({ kind }) => kind === 'ballot')).toHaveLength(1)
  const [proof] = made.fraudProofs as [string]
  expect(judgeFraudProof(ed25519, proof, toHex(manifestHash))).toEqual({ ok: true, value: 'broken' })
  // Late is better than never: once it is in the ledger it is proven, and the promise stays broken.
  made.ledger.add(leaves(1, 2))
  expectOk(await made.look())
  expect(made.box.counts()).toMatchObject({ proven: 2 })
  expect(made.box.counts().bridges.get('b1')).toMatchObject({ broken: 1 })
})

test('a broken promise of the only bridge left is offered to it again: it may have lost the ballot', async () => {
  const made = setUp()
  made.vote(0, 1)
  const [{ id }] = made.database.prepare('SELECT id FROM ballot').all<{ id: Uint8Array }>() as [
    { id: Uint8Array },
  ]
  for (const bridge of ['b1', 'b2']) {
    expectOk(made.box.settle(id, 0, 'wifi', bridge))
    expectOk(made.box.keepPromise(leafHash(leafOf(0)), made.promise(0, OPENS, bridge), bridge))
  }
  made.ledger.cosigning.atSeconds = OPENS + 9_999
  expectOk(await made.look())
  expect(made.broken.map(({ bridge, items }) => [bridge, items.map(({ open }) => open)])).toEqual([
    ['b1', []],
    ['b2', [['b1', 'b2']]],
  ])
  expectOk(made.box.settle(id, 0, 'wifi', 'b1'))
  expectOk(await made.look())
  expect(made.box.waiting()).toEqual([])
  expect(made.broken).toHaveLength(2)
})

test('a head that is shorter or of another history is refused with both notes, over a restart as well', async () => {
  const before = setUp()
  before.ledger.add(leaves(0, 30))
  expectOk(await before.look())
  const held = before.view.head as SignedHead
  const shorter = () => WitnessedLedger.begin(election)
  const forked = () => {
    const log = shorter()
    log.addLeaves([...leaves(0, 29), ...leaves(500, 510)])
    log.publish()
    return log
  }
  const sameSize = () => {
    const log = shorter()
    log.addLeaves([...leaves(0, 29), ...leaves(500, 501)])
    log.publish()
    return log
  }
  for (const made of [before, setUp({ held })]) {
    made.vote(599, 600)
    for (const [show, conflict] of [
      [shorter, 'went-back'],
      [sameSize, 'forked'],
      [forked, 'forked'],
    ] as const) {
      made.ledger.log = show()
      const shown = made.ledger.checkpoint()
      for (const again of [0, 1]) {
        expect([again, (await made.look()).ok]).toEqual([again, false])
        // Told once, with both notes as they were served.
        expect(made.conflicts.splice(0)).toEqual(again === 0 ? [[conflict, held.note, shown]] : [])
      }
    }
    expect([made.heads.held, made.box.counts().proven]).toEqual([held, 0])
    // The honest history goes on.
    made.ledger.log = shorter()
    made.ledger.add([...leaves(0, 30), ...leaves(599, 600)])
    expectOk(await made.look())
    expect([made.heads.held?.size, made.box.counts().proven]).toEqual([32, 1])
  }
})

test('the time that all witnesses agree has passed is the earliest of a quorum', async () => {
  const made = setUp()
  expect(made.desk.witnessedSeconds).toBe(null)
  expectOk(await made.look())
  expect(made.desk.witnessedSeconds).toBe(OPENS)
  expect([made.desk.isStale(OPENS + 3600), made.desk.isStale(OPENS + 3601)]).toEqual([false, true])
  // An older line under the same head does not bring the time back.
  made.ledger.cosigning.atSeconds = OPENS - 9_999
  expectOk(await made.look())
  expect(made.desk.witnessedSeconds).toBe(OPENS)
})

test('a ballot that was acknowledged without a promise and is not published in time waits again, for another bridge', async () => {
  const made = setUp()
  made.vote(0, 2)
  made.ledger.add(leaves(0, 1))
  const patience = manifest.maxDelaySeconds + 2 * manifest.tickSeconds + 120
  expectOk(await made.look())
  made.ledger.cosigning.atSeconds = OPENS + patience
  expectOk(await made.look())
  expect(made.unpublished).toEqual([])
  made.ledger.cosigning.atSeconds += 1
  made.ledger.cosigning.count = 2
  expectOk(await made.look())
  expect(made.unpublished).toEqual([])
  made.ledger.cosigning.count = 3
  expectOk(await made.look())
  expect(made.unpublished.map(({ bridge, items }) => [bridge, items.map(({ open }) => open)])).toEqual([
    ['b1', [['b2']]],
  ])
  expect([made.audited, made.broken]).toEqual([[{ event: 'ballot-not-published', bridge: 'b1' }], []])
  // Waiting now, it is nobody's word any longer.
  made.ledger.cosigning.atSeconds += 10 * patience
  expectOk(await made.look())
  expect(made.unpublished).toHaveLength(1)
})

test('whatever the order of votes, answers, promises and proofs, the file is the same, byte for byte', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hanpyo-order-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const filesAfter = async (order: readonly number[]): Promise<string[]> => {
    const path = join(folder, `${order.join('')}.sqlite`)
    const made = setUp({ path })
    for (const slip of order) made.vote(slip, slip + 1, false)
    const ids = new Map(made.box.waiting().map((item) => [toHex(item.datagram), item.id]))
    const idOf = (slip: number) =>
      ids.get(toHex(encodeBallotDatagram(toCompact(canonicalOf(slip), manifestHash)))) as Uint8Array
    for (const slip of order) {
      expectOk(made.box.keepPromise(leafHash(leafOf(slip)), made.promise(slip, OPENS + 9), 'b1'))
      expectOk(made.box.settle(idOf(slip), slip === 2 ? 3 : 0, 'wifi', 'b1'))
    }
    const answered = toHex(readFileSync(path))
    made.ledger.add(leaves(0, 3))
    expectOk(await made.look())
    return [answered, toHex(readFileSync(path))]
  }
  const first = await filesAfter([0, 1, 2, 3])
  for (const order of [
    [3, 2, 1, 0],
    [1, 3, 0, 2],
  ])
    expect(await filesAfter(order)).toEqual(first)
})

test('the export holds every promise, proof and finding, and no ballot', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hanpyo-export-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const made = setUp({ path: join(folder, 'box.sqlite') })
  made.vote(0, 2)
  const note = made.promise(0, OPENS)
  expectOk(made.box.keepPromise(leafHash(leafOf(0)), note, 'b1'))
  made.ledger.add(leaves(0, 2))
  expectOk(await made.look())
  mkdirSync(join(folder, 'evidence'))
  writeFileSync(join(folder, 'evidence', 'a1.checkpoint'), 'signed')
  const out = join(folder, 'stick')
  expect(expectOk(await exportEvidence(folder, out))).toEqual({ promises: 1, proofs: 2, findings: 1 })
  const name = toHex(leafHash(leafOf(0)))
  expect(readFileSync(join(out, 'promises', `${name}.b1.note`), 'utf8')).toBe(note)
  const proof = readFileSync(join(out, 'proofs', `${name}.tlog-proof`))
  expect(verifyTlogProof({ ed25519, policy, proof, leaf: leafOf(0) }).ok).toBe(true)
  const exported = readdirSync(out, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  for (const { parentPath, name: file } of exported) {
    const bytes = readFileSync(join(parentPath, file))
    expect([
      file,
      bytes.includes(Buffer.from(canonicalOf(0))),
      bytes.includes(toBase64(canonicalOf(0))),
    ]).toEqual([file, false, false])
  }
  expect((await exportEvidence(join(folder, 'nowhere'), out)).ok).toBe(false)
})

test('where the policy asks for no witness, ballots are proven by the log alone and none is erased', async () => {
  const without = createTestElection({ label: 'no witness' })
  const made = setUp({ test: without })
  made.vote(0, 20)
  made.ledger.add(leaves(0, 20))
  expectOk(await made.look())
  expect(erasedOf(made)).toEqual([20, 0])
})
