import { cp, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import { type BatchGroup, createLocalBatch } from '@hanpyo/protocol/group/batch.ts'
import { addScalars, encodeScalar } from '@hanpyo/protocol/group/scalar.ts'
import { createSealer } from '@hanpyo/protocol/proofs/seal.ts'
import { expectOk, type Result } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assembleElection } from '../assemble-election.ts'
import { smallCountConfig } from '../testing/sealed-ledger.ts'
import { dryRunStep, readDryRun } from './dry-run.ts'
import { verifyStick } from './finish.ts'
import { readOwnRoster } from './roster.ts'
import { openTrusteeKey, type TrusteeKey } from './sealed-key.ts'
import { boxShare } from './share-box.ts'
import { type CeremonyPorts, commitStep, confirmStep, initStep, revealStep, shareStep } from './steps.ts'
import { openStickNote, sharesSchema, signStickNote } from './stick.ts'
import { fingerprintWords } from './words.ts'

const ELECTION = 'count.example/2026'
const PASSPHRASE = 'correct horse battery'
const COST = { passes: 1, memoryKiB: 8 }
const STEPS = { commit: commitStep, reveal: revealStep, shares: shareStep, confirm: confirmStep } as const
let batch: BatchGroup
let ports: CeremonyPorts
let home: string

beforeAll(async () => {
  ports = { backend: await createNodeBackend(), sealer: await createSealer(), random: nodeRandom }
  batch = createLocalBatch(ports.backend.group)
  home = await mkdtemp(join(tmpdir(), 'hanpyo-ceremony-'))
})
afterAll(() => rm(home, { recursive: true }))

/** A stick and the trustees' own key files. */
class Table {
  readonly #root: string
  readonly of: number
  readonly threshold: number

  private constructor(root: string, of: number, threshold: number) {
    this.#root = root
    this.of = of
    this.threshold = threshold
  }

  static async seat(of = 3, threshold = 2, election = ELECTION): Promise<Table> {
    const table = new Table(await mkdtemp(join(home, 't-')), of, threshold)
    for (let trustee = 1; trustee <= of; trustee++) {
      const input = { election, trustee, of, threshold, passphrase: PASSPHRASE, cost: COST }
      expectOk(await initStep(ports, table.stick, { ...input, keyPath: table.keyPath(trustee) }))
    }
    return table
  }

  get stick(): string {
    return this.#root
  }

  get agreed() {
    return { election: ELECTION, of: this.of, threshold: this.threshold }
  }

  keyPath(trustee: number): string {
    return join(this.#root, `key-${trustee}.json`)
  }

  key = async (trustee: number): Promise<TrusteeKey> =>
    expectOk(await openTrusteeKey(ports, this.keyPath(trustee), PASSPHRASE))

  step = async (name: keyof typeof STEPS, trustee: number) =>
    STEPS[name](ports, this.stick, await this.key(trustee))

  /** Everybody does the steps up to and with this one. */
  async until(last: keyof typeof STEPS): Promise<this> {
    for (const name of Object.keys(STEPS) as (keyof typeof STEPS)[]) {
      for (let trustee = 1; trustee <= this.of; trustee++) expectOk(await this.step(name, trustee))
      if (name === last) break
    }
    return this
  }

  path = (file: string): string => join(this.stick, file)
  read = (file: string): Promise<string> => readFile(this.path(file), 'utf8')
  write = (file: string, text: string): Promise<void> => writeFile(this.path(file), text)
}

const failure = (result: Result<unknown>) => (result.ok ? 'ok' : `${result.error}: ${result.detail}`)

test('five trustees with a stick make a key of which three decrypt, after a dry run, and an election takes it', async () => {
  const table = await (await Table.seat(5, 3)).until('confirm')
  const ended = expectOk(await verifyStick(ports.backend, table.stick, table.agreed))
  const run = async (trustee: number) =>
    expectOk(await dryRunStep(ports, batch, table.stick, await table.key(trustee), ended))
  expect((await run(2)).file).toBeNull()
  for (const trustee of [1, 2, 3]) expect((await run(trustee)).file).toBe(`dry-run-mix-${trustee}.note`)
  for (const trustee of [5, 1]) expect((await run(trustee)).state.hasPassed).toBe(false)
  expect((await run(4)).state.hasPassed).toBe(true)
  expect((await run(4)).file).toBeNull()

  const config = await smallCountConfig()
  const election = expectOk(assembleElection(config, { ...ports, ceremony: ended }))
  expect(election.manifest.jointKey).toBe(toBase64(ended.jointKey))
  expect(election.manifest.keys.trustees).toEqual(ended.roster.setup.trustees)
  expect(election.roleKeys.trustees).toEqual([])
  const other = assembleElection({ ...config, id: 'count.example/2027' }, { ...ports, ceremony: ended })
  expect(other).toMatchObject({ error: 'ceremony-config' })
})

test('a step may be run again, and each waits for files by name', async () => {
  const table = await Table.seat()
  expect(failure(await table.step('reveal', 1))).toMatch(
    /ceremony-waiting: commit-1.note of trustee 1\ncommit-2/,
  )
  const first = expectOk(await table.step('commit', 1))
  const before = await table.read('commit-1.note')
  expect(expectOk(await table.step('commit', 1))).toMatchObject({ wasThere: true, compare: first.compare })
  expect(await table.read('commit-1.note')).toBe(before)
  await table.until('confirm')
  for (const name of ['reveal', 'shares', 'confirm'] as const) {
    expect(expectOk(await table.step(name, 2))).toMatchObject({ wasThere: true })
  }
  await unlink(table.path('confirm-3.note'))
  expect(failure(await verifyStick(ports.backend, table.stick, table.agreed))).toBe(
    'ceremony-waiting: confirm-3.note of trustee 3',
  )
  expectOk(await table.step('confirm', 3))
  expectOk(await verifyStick(ports.backend, table.stick, table.agreed))
})

describe('a file that is', () => {
  const cases: [string, (table: Table) => Promise<void>, RegExp][] = [
    ['not a note', (t) => t.write('commit-2.note', 'hello'), /ceremony-file: .*commit of trustee 2/],
    [
      'cut off',
      async (t) => t.write('commit-2.note', (await t.read('commit-2.note')).slice(0, -40)),
      /ceremony-file: .*commit of trustee 2/,
    ],
    ['far too large', (t) => t.write('commit-2.note', 'x'.repeat(200_000)), /commit-2.note: too large/],
    [
      'changed',
      async (t) =>
        t.write('commit-2.note', (await t.read('commit-2.note')).replace('"trustee":2', '"trustee":3')),
      /ceremony-(signature|setup|note).*trustee 2/,
    ],
    [
      'swapped with another',
      async (t) => {
        const [two, three] = [await t.read('commit-2.note'), await t.read('commit-3.note')]
        await t.write('commit-2.note', three)
        await t.write('commit-3.note', two)
      },
      /commit of trustee 2/,
    ],
    [
      'an init of another threshold',
      async (t) => {
        const foreign = await Table.seat(3, 3)
        await cp(foreign.path('init-3.note'), t.path('init-3.note'))
      },
      /ceremony-disagree: trustee 3 says 3 of 3, you say 2 of 3/,
    ],
    [
      'an init of another election',
      async (t) => {
        const foreign = await Table.seat(3, 2, 'other.example/2026')
        await cp(foreign.path('init-3.note'), t.path('init-3.note'))
      },
      /init-3.note: of another election, other.example\/2026/,
    ],
    [
      'an init replaced after the words were compared',
      async (t) => {
        const again = await Table.seat()
        await cp(again.path('init-3.note'), t.path('init-3.note'))
      },
      /ceremony-(file|changed)/,
    ],
    [
      'replayed from an earlier ceremony of the same election',
      async (t) => {
        const earlier = await (await Table.seat()).until('commit')
        await cp(earlier.path('commit-3.note'), t.path('commit-3.note'))
      },
      /ceremony-file: .*commit of trustee 3/,
    ],
    ['my own, but changed', (t) => t.write('commit-1.note', 'x'), /ceremony-file: .*trustee 1/],
  ]

  test.each(cases)('%s is refused by name, and nothing is revealed', async (_what, spoil, message) => {
    const table = await (await Table.seat()).until('commit')
    await spoil(table)
    expect(failure(await table.step('reveal', 1))).toMatch(message)
    await expect(table.read('reveal-1.note')).rejects.toThrow()
  })
})

test('a commitment that changes after a reveal is refused, although its signature holds', async () => {
  const table = await (await Table.seat()).until('commit')
  expectOk(await table.step('reveal', 1))
  const liar = await table.key(3)
  const changed = { ...liar, secrets: { ...liar.secrets, polynomial: nodeRandom(32) } }
  await unlink(table.path('commit-3.note'))
  expectOk(await commitStep(ports, table.stick, changed))
  expectOk(await table.step('reveal', 2))
  expectOk(await revealStep(ports, table.stick, changed))
  expect(failure(await table.step('shares', 1))).toBe('ceremony-changed: commit files')
})

test('a share that does not fit ends the ceremony with a complaint that everybody sees', async () => {
  const table = await (await Table.seat()).until('shares')
  const liar = await table.key(3)
  const roster = expectOk(await readOwnRoster(ports.backend, table.stick, liar))
  const expected = { election: ELECTION, trustee: 3, vkey: liar.header.vkey, file: 'shares-3.note' }
  const note = expectOk(
    openStickNote(ports.backend.ed25519, sharesSchema, expected, await table.read('shares-3.note')),
  )
  const wrong = addScalars(encodeScalar(5n), encodeScalar(6n))
  const boxes = [boxShare(ports, liar, roster, 1, wrong), ...note.boxes.filter(({ to }) => to !== 1)]
  const forged = { ...note, boxes }
  await table.write('shares-3.note', signStickNote(ports.backend.ed25519, liar.secrets.noteSeed, forged))
  expect(failure(await table.step('confirm', 1))).toMatch(/ceremony-dishonest: shares-3.note: .* trustee 3/)
  expect(failure(await table.step('confirm', 2))).toMatch(
    /ceremony-complaint: trustee 1 says: the share from trustee 3/,
  )
  expect((await table.key(1)).secrets.secretShare).toBeUndefined()
})

test('a complaint that no trustee signed is a bad file, not the end', async () => {
  const table = await (await Table.seat()).until('shares')
  await table.write('complaint-2.note', await table.read('shares-2.note'))
  expect(failure(await table.step('confirm', 1))).toBe(
    'ceremony-file: complaint-2.note: not a file of this step',
  )
  await unlink(table.path('complaint-2.note'))
  expectOk(await table.step('confirm', 1))
})

describe('a key file', () => {
  test('opens with its passphrase only, and says so when it was changed', async () => {
    const table = await Table.seat()
    const path = table.keyPath(1)
    expect(await openTrusteeKey(ports, path, 'wrong passphrase')).toMatchObject({
      error: 'sealed-key-passphrase',
    })
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('"trustee": 1', '"trustee": 2'))
    expect(await openTrusteeKey(ports, path, PASSPHRASE)).toMatchObject({ error: 'sealed-key-passphrase' })
    await writeFile(path, text.slice(0, 100))
    expect(await openTrusteeKey(ports, path, PASSPHRASE)).toMatchObject({ error: 'sealed-key-damaged' })
    expect(await openTrusteeKey(ports, `${path}.no`, PASSPHRASE)).toMatchObject({
      error: 'sealed-key-missing',
    })
  })

  test('is never written over, and wants a long passphrase', async () => {
    const table = await Table.seat()
    const input = { ...table.agreed, trustee: 1, keyPath: table.keyPath(1), cost: COST }
    expect(await initStep(ports, table.stick, { ...input, passphrase: PASSPHRASE })).toMatchObject({
      error: 'sealed-key-exists',
    })
    const short = { ...input, keyPath: table.keyPath(9), passphrase: 'short' }
    expect(await initStep(ports, table.stick, short)).toMatchObject({ error: 'passphrase-short' })
  })

  test('holds nothing secret in the clear', async () => {
    const table = await (await Table.seat()).until('confirm')
    const { secrets } = await table.key(1)
    const text = await readFile(table.keyPath(1), 'utf8')
    for (const secret of Object.values(secrets)) expect(text).not.toContain(toBase64(secret))
  })

  test('of another election or trustee is not taken for this stick', async () => {
    const [table, other] = [await Table.seat(), await Table.seat()]
    const foreign = await other.key(1)
    expect(failure(await commitStep(ports, table.stick, foreign))).toBe('ceremony-own-file: init-1.note')
  })
})

test('a dry run with a mix of somebody else is refused', async () => {
  const table = await (await Table.seat()).until('confirm')
  const ended = expectOk(await verifyStick(ports.backend, table.stick, table.agreed))
  expectOk(await dryRunStep(ports, batch, table.stick, await table.key(1), ended))
  const text = await table.read('dry-run-mix-1.note')
  await table.write('dry-run-mix-1.note', text.replace('"output":"', '"output":"A'))
  expect(failure(await readDryRun(ports, batch, table.stick, ended))).toMatch(/dry-run-mix-1.note/)
})

test('fingerprints are six of 256 words, one for each byte', () => {
  const words = new Set(Array.from({ length: 256 }, (_, byte) => fingerprintWords(Uint8Array.of(byte))))
  expect(words.size).toBe(256)
  expect(fingerprintWords(new Uint8Array(32)).split(' ')).toHaveLength(6)
})
