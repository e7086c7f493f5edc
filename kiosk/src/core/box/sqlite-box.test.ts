import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase, SqliteError } from '@hanpyo/platform/sqlite.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { ballotLength, toCompact } from '@hanpyo/protocol/ballot/layout.ts'
import { concatBytes, fromBase64, toBase64, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import {
  encodeLeaf,
  idPrefixes,
  type KioskManifestRecord,
  parseKioskManifest,
  RECORD,
  signRecord,
} from '@hanpyo/protocol/election/records.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { leafHash, rootOf } from '@hanpyo/protocol/log/merkle.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { SealedItem } from './ballot-box.ts'
import { openBoxDatabase } from './open-box.ts'
import { SqliteBallotBox } from './sqlite-box.ts'

const manifestHash = counterRandom('box')(32)
const kioskId = 3
const seed = counterRandom('box key')(32)

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hanpyo-box-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

function openBox(path = ':memory:') {
  const database = expectOk(openBoxDatabase(path, { kioskId, manifestHash }))
  const problems: string[] = []
  const box = new SqliteBallotBox({
    database,
    kioskId,
    manifestHash,
    bridges: ['b1'],
    signManifest: (value: KioskManifestRecord) =>
      signRecord({ ed25519: nobleEd25519, keyName: 'example.org/kiosk/3', seed, value }),
    onNotRebuilt: (reason) => problems.push(reason),
  })
  return { box, database, problems }
}

/** Bytes with a ballot's shape; the box does not look inside. */
function ballot(number: number): { canonical: Uint8Array; slipNumber: number } {
  const canonical = counterRandom(`ballot ${number}`)(ballotLength(1))
  canonical.set([0x01, 0x00, ...manifestHash.subarray(0, 4), 0, number >> 8, number & 0xff, 0, kioskId])
  return { canonical, slipNumber: number }
}

function challengedNote(number: number): string {
  const value = { number }
  return signRecord({ ed25519: nobleEd25519, keyName: 'example.org/kiosk/3', seed, value })
}

test('a stored ballot becomes a datagram to send, and its slip is spent for good', () => {
  const { box } = openBox()
  const one = ballot(7)
  expect(box.insertBallot(one)).toMatchObject({ error: 'polls-not-open' })
  expectOk(box.openPolls())
  const items = expectOk(box.insertBallot(one))
  expect(items).toEqual([
    {
      id: ballotId(one.canonical),
      kind: 'ballot',
      datagram: toCompact(one.canonical, manifestHash),
      interval: 0,
    },
  ])
  expect(items[0]!.datagram).toHaveLength(213)
  expect(box.isSpent(7)).toBe(true)
  const other = { ...ballot(8), slipNumber: 7 }
  expect(box.insertBallot(other)).toMatchObject({ error: 'slip-used' })
  expect(box.counts().cast).toBe(1)
})

test('after a restart everything unsettled is still waiting and spent slips stay spent', () => {
  const path = join(folder(), 'box.sqlite')
  const first = openBox(path)
  expectOk(first.box.openPolls())
  expectOk(first.box.insertBallot(ballot(1)))
  const [settled] = expectOk(first.box.insertBallot(ballot(2)))
  expectOk(first.box.insertChallenged(challengedNote(1)))
  expectOk(first.box.settle(settled!.id, 0, 'lora'))
  first.box.close()

  const { box } = openBox(path)
  expect(box.polls()).toBe('open')
  expect(box.waiting().map(({ kind }) => kind)).toEqual(['ballot', 'challenged'])
  expect(toHex(box.waiting()[0]!.id)).toBe(toHex(ballotId(ballot(1).canonical)))
  expect([box.isSpent(1), box.isSpent(2), box.isSpent(3)]).toEqual([true, true, false])
  expect(box.counts()).toMatchObject({ cast: 2, challenged: 1, ackedOverLora: 1, ackedOverWifi: 0 })
  box.close()
})

function fileAfter(path: string, order: readonly number[]): Buffer {
  rmSync(path, { force: true })
  const { box } = openBox(path)
  expectOk(box.openPolls())
  for (const number of order) expectOk(box.insertBallot(ballot(number)))
  box.close()
  return readFileSync(path)
}

const shuffled = (numbers: readonly number[]) =>
  fc.shuffledSubarray([...numbers], { minLength: numbers.length, maxLength: numbers.length })

test('the bytes of the file are the same whatever the order of the voters within a kiosk manifest', () => {
  const path = join(folder(), 'box.sqlite')
  const numbers = Array.from({ length: 45 }, (_, i) => i)
  const expected = fileAfter(path, numbers)
  const groups = [numbers.slice(0, 20), numbers.slice(20, 40), numbers.slice(40)].map(shuffled)
  const orders = fc.tuple(...groups).map((parts) => parts.flat())
  fc.assert(
    fc.property(orders, (order) => fileAfter(path, order).equals(expected)),
    { numRuns: 10 },
  )
})

test('each ballot lies in the file exactly once: no copy is left in a free page or in slack', () => {
  const path = join(folder(), 'box.sqlite')
  const numbers = Array.from({ length: 45 }, (_, i) => (i * 17) % 45)
  const file = fileAfter(path, numbers)
  for (const number of numbers) {
    const { canonical } = ballot(number)
    const at = file.indexOf(canonical)
    expect(at).toBeGreaterThan(0)
    expect(file.indexOf(canonical, at + 1)).toBe(-1)
    // Not even a part of it: the ciphertext alone.
    expect(file.indexOf(canonical.subarray(11, 75), at + 75)).toBe(-1)
  }
})

test('a kiosk manifest is sealed with the twentieth ballot, and they form one chain to the final one', () => {
  const { box } = openBox()
  expectOk(box.openPolls())
  const manifests: SealedItem[] = []
  const ids: Uint8Array[] = []
  for (let number = 0; number < 43; number++) {
    const one = ballot(number)
    ids.push(ballotId(one.canonical))
    if (number === 5) expectOk(box.insertChallenged(challengedNote(1)))
    const items = expectOk(box.insertBallot(one))
    manifests.push(...items.filter(({ kind }) => kind === 'kiosk-manifest'))
  }
  const closed = expectOk(box.closePolls())
  manifests.push(...closed.items)
  const notes = manifests.map(({ datagram }) => expectOk(parseNote(datagram.subarray(1))))
  const records = notes.map(({ text }) => expectOk(parseKioskManifest(text)))
  expect(
    records.map(({ cast, challenged, total, interval, final, state }) => [
      cast,
      challenged,
      total,
      interval,
      final,
      state,
    ]),
  ).toEqual([
    [20, 1, 20, 1, false, 'open'],
    [20, 0, 40, 2, false, 'open'],
    [3, 0, 43, 3, true, 'closed'],
  ])
  expect(records[0]!.prev).toBe(toBase64(manifestHash))
  expect(records[1]!.prev).toBe(toBase64(sha256(utf8(notes[0]!.text))))
  expect(records[2]!.prev).toBe(toBase64(sha256(utf8(notes[1]!.text))))
  const firstTwenty = ids.slice(0, 20).toSorted((a, b) => (toHex(a) < toHex(b) ? -1 : 1))
  expect(idPrefixes(records[0]!.ids)!.map(toHex)).toEqual(firstTwenty.map((id) => toHex(id.subarray(0, 8))))
  expect(fromBase64(records[0]!.root)).toEqual(rootOf(firstTwenty))
  expect(box.finalManifest()).toBe(closed.finalManifest)
  expect(box.insertBallot(ballot(99))).toMatchObject({ error: 'polls-not-open' })
})

test('a kiosk without ballots still seals an empty final manifest', () => {
  const { box } = openBox()
  expect(box.closePolls()).toMatchObject({ error: 'not-open' })
  expectOk(box.openPolls())
  const { finalManifest } = expectOk(box.closePolls())
  const record = expectOk(parseKioskManifest(expectOk(parseNote(finalManifest)).text))
  expect(record).toMatchObject({ cast: 0, total: 0, interval: 1, final: true, ids: '' })
  expect(box.openPolls()).toMatchObject({ error: 'polls-final' })
})

test('acks settle items; a refusal keeps its reason, and recorded is never undone', () => {
  const { box } = openBox()
  expectOk(box.openPolls())
  const [a] = expectOk(box.insertBallot(ballot(1)))
  const [b] = expectOk(box.insertBallot(ballot(2)))
  expect(box.idsWithPrefix(a!.id.subarray(0, 6)).map(toHex)).toEqual([toHex(a!.id)])
  expectOk(box.settle(a!.id, 0, 'wifi'))
  expectOk(box.settle(a!.id, 0, 'lora'))
  expectOk(box.settle(a!.id, 1, 'wifi'))
  expectOk(box.settle(b!.id, 1, 'wifi'))
  expect(box.waiting()).toEqual([])
  const counts = box.counts()
  expect(counts).toMatchObject({ cast: 2, ackedOverWifi: 1, ackedOverLora: 0 })
  expect([...counts.refused]).toEqual([[1, 1]])
})

test('a promise is kept once, byte for byte, and only for a leaf of ours', () => {
  const { box, database } = openBox()
  expectOk(box.openPolls())
  const one = ballot(1)
  expectOk(box.insertBallot(one))
  const leaf = leafHash(encodeLeaf(RECORD.ballot, one.canonical))
  expect(expectOk(box.keepPromise(leaf, 'first'))).toBe('kept')
  expect(expectOk(box.keepPromise(leaf, 'second'))).toBe('known')
  expect(expectOk(box.keepPromise(new Uint8Array(32), 'x'))).toBe('no-such-leaf')
  expect(database.prepare('SELECT note FROM promise').all()).toEqual([{ note: 'first' }])
})

test('a full disk stores nothing of a ballot, and the same voter can vote when there is space again', () => {
  const { box, database } = openBox(join(folder(), 'box.sqlite'))
  expectOk(box.openPolls())
  const pages = database.prepare('PRAGMA page_count').get<{ page_count: number }>()!.page_count
  database.exec(`PRAGMA max_page_count = ${pages}`)
  const stored: number[] = []
  let refused: number | null = null
  for (let number = 0; refused === null; number++) {
    const result = box.insertBallot(ballot(number))
    if (result.ok) stored.push(number)
    else {
      expect(result.error).toBe('disk-full')
      refused = number
    }
  }
  expect(box.isSpent(refused)).toBe(false)
  expect(box.counts().cast).toBe(stored.length)
  expect(box.waiting()).toHaveLength(stored.length)
  database.exec('PRAGMA max_page_count = 100000')
  expectOk(box.insertBallot(ballot(refused)))
  expect(box.counts().cast).toBe(stored.length + 1)
  box.close()
})

test('a disk that is full only for the rebuild does not unmake a stored ballot', () => {
  const { box, database, problems } = openBox(join(folder(), 'box.sqlite'))
  expectOk(box.openPolls())
  const exec = database.exec.bind(database)
  let isFull = true
  database.exec = (sql) => {
    if (sql === 'VACUUM' && isFull) throw new SqliteError('disk-full', 'database or disk is full', null)
    exec(sql)
  }
  expectOk(box.insertBallot(ballot(1)))
  expect(box.isSpent(1)).toBe(true)
  expect(problems).toEqual(['disk-full'])
  isFull = false
  expectOk(box.insertBallot(ballot(2)))
  box.close()
})

test('a broken file, a foreign file and the box of another kiosk are each refused by name', () => {
  const directory = folder()
  const path = join(directory, 'box.sqlite')
  const { box } = openBox(path)
  expectOk(box.openPolls())
  for (let number = 0; number < 60; number++) expectOk(box.insertBallot(ballot(number)))
  box.close()
  const good = readFileSync(path)
  const open = (identity = { kioskId, manifestHash }) => openBoxDatabase(path, identity)

  const damaged = Buffer.from(good)
  damaged.fill(0x5a, good.length - 6000, good.length - 4000)
  writeFileSync(path, damaged)
  expect(open()).toMatchObject({ ok: false, error: 'box-damaged' })
  writeFileSync(path, concatBytes(utf8('this is no database'), good.subarray(19)))
  expect(open()).toMatchObject({ ok: false, error: 'box-damaged' })
  writeFileSync(path, good.subarray(0, good.length - 5000))
  expect(open()).toMatchObject({ ok: false, error: 'box-damaged' })

  writeFileSync(path, good)
  expect(open({ kioskId: 4, manifestHash })).toMatchObject({ error: 'box-of-another-kiosk' })
  expect(open({ kioskId, manifestHash: new Uint8Array(32) })).toMatchObject({
    error: 'box-of-another-election',
  })
  const foreign = join(directory, 'foreign.sqlite')
  const other = openDatabase(foreign, { journal: 'DELETE', synchronous: 'FULL' })
  other.exec('CREATE TABLE t (x)')
  other.close()
  expect(openBoxDatabase(foreign, { kioskId, manifestHash })).toMatchObject({ error: 'box-not-ours' })
  expect(openBoxDatabase(join(directory, 'missing', 'box'), { kioskId, manifestHash })).toMatchObject({
    error: 'box-unavailable',
  })
  const intact = openBox(path)
  expect(intact.box.counts().cast).toBe(60)
  intact.box.close()
})
