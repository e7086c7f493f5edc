import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { signNote } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { openTestBox, testBallot, testProposal, testSupport } from '../../testing/filled-box.ts'
import { steppedDatabase } from '../../testing/stepped-database.ts'

const CHILD = fileURLToPath(new URL('../../testing/insert-and-die.ts', import.meta.url))

function boxPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hanpyo-statements-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'box.sqlite')
}

test('a proposal waits as it will be sent, and its ack leaves only what stands on the ledger', () => {
  for (const status of [0, 0x24]) {
    const path = boxPath()
    const { box } = openTestBox(path)
    const proposal = testProposal(1)
    expect(box.insertStatement(proposal)).toMatchObject({ error: 'polls-not-open' })
    expectOk(box.openPolls())
    const [item] = expectOk(box.insertStatement(proposal))
    expectOk(box.insertStatement(testSupport(2)))
    expect(
      box
        .waiting()
        .map(({ datagram }) => toHex(datagram))
        .toSorted(),
    ).toEqual([proposal, testSupport(2)].map(({ datagram }) => toHex(datagram)).toSorted())
    const text = proposal.datagram.subarray(152)
    expect(readFileSync(path).indexOf(text)).toBeGreaterThan(0)
    expectOk(box.settle(item!.id, status, 'lora'))
    box.close()
    const file = readFileSync(path)
    // Neither salt nor text, not even a part of the text.
    expect(file.indexOf(text.subarray(0, 16))).toBe(-1)
    expect(file.indexOf(text.subarray(40, 60))).toBe(-1)
    const again = openTestBox(path)
    const state = status === 0 ? 'recorded' : 'refused'
    const kept = again.box.statements().find(({ kind }) => kind === 'proposal')
    expect(kept).toMatchObject({
      state,
      parcel: null,
      body: new Uint8Array(proposal.datagram.subarray(1, 152)),
    })
    expect(again.box.waiting().map(({ kind }) => kind)).toEqual(['support'])
    expect(again.box.counts()).toMatchObject({
      proposed: 1,
      supported: 1,
      statementsRefused: status === 0 ? 0 : 1,
      cast: 0,
      ackedOverLora: 0,
    })
    again.box.close()
  }
})

test('the bytes of the file do not tell who came first', () => {
  const fileAfter = (order: readonly number[]): string => {
    const path = boxPath()
    const { box } = openTestBox(path)
    expectOk(box.openPolls())
    for (const number of order) expectOk(box.insertStatement(testProposal(number)))
    box.close()
    return toHex(readFileSync(path))
  }
  expect(fileAfter([3, 1, 2])).toBe(fileAfter([1, 2, 3]))
})

test('a box of the version before keeps its ballots and takes proposals', () => {
  const path = boxPath()
  const first = openTestBox(path)
  expectOk(first.box.openPolls())
  expectOk(first.box.insertBallot(testBallot(7)))
  first.database.exec('DROP TABLE statement')
  for (const table of ['answer', 'head', 'proof', 'promise']) first.database.exec(`DROP TABLE ${table}`)
  first.database.exec(
    'CREATE TABLE promise (leaf BLOB PRIMARY KEY, note TEXT NOT NULL) STRICT, WITHOUT ROWID',
  )
  const promise = signNote({
    ed25519: nobleEd25519,
    name: 'o/bridge/b7',
    seed: new Uint8Array(32),
    text: 'old\n',
  })
  first.database.prepare('INSERT INTO promise VALUES (?, ?)').run(new Uint8Array(32), promise)
  first.database.exec('PRAGMA user_version = 1')
  first.box.close()
  const { box } = openTestBox(path)
  expect(box.isSpent(7)).toBe(true)
  expectOk(box.insertStatement(testProposal(1)))
  expect(box.waiting().map(({ kind }) => kind)).toEqual(['ballot', 'proposal'])
  expect(box.promises('open')).toMatchObject([{ bridge: 'b7', note: promise }])
  box.close()
})

test('power cut while a proposal is stored: before durable nothing of it is there, after it all of it', async () => {
  const steps: string[] = []
  const dry = openTestBox(boxPath(), (database) => steppedDatabase(database, (step) => steps.push(step)))
  expectOk(dry.box.openPolls())
  steps.length = 0
  expectOk(dry.box.insertStatement(testProposal(1)))
  dry.box.close()
  expect(steps.slice(-4)).toEqual(['before COMMIT', 'after COMMIT', 'before VACUUM', 'after VACUUM'])
  const cuts = await Promise.all(
    ['before COMMIT', 'after COMMIT', 'before VACUUM'].map(async (step) => {
      const path = boxPath()
      const { box } = openTestBox(path)
      expectOk(box.openPolls())
      box.close()
      const child = spawn(process.execPath, [CHILD, path, '1', step, 'proposal'], { stdio: 'ignore' })
      onTestFinished(() => void child.kill('SIGKILL'))
      const [, signal] = await once(child, 'exit')
      return { step, path, signal }
    }),
  )
  for (const { step, path, signal } of cuts) {
    expect([step, signal]).toEqual([step, 'SIGKILL'])
    const { box } = openTestBox(path)
    const stored = box.waiting().map(({ datagram }) => toHex(datagram))
    expect([step, stored]).toEqual([step, step === 'before COMMIT' ? [] : [toHex(testProposal(1).datagram)]])
    box.close()
  }
})
