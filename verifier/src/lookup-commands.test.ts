import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { serveFetch } from '@hanpyo/platform/http-server.ts'
import { encodeCrockford } from '@hanpyo/protocol/ballot/crockford.ts'
import { tracker, trackerText } from '@hanpyo/protocol/ballot/identifiers.ts'
import { parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import { fromBase64 } from '@hanpyo/protocol/bytes.ts'
import { parseChallenged, RECORD } from '@hanpyo/protocol/election/records.ts'
import { createLogHandler } from '@hanpyo/protocol/log/http.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { type BuiltLedger, buildLedger, officialLeaf } from '@hanpyo/protocol/testing/build-ledger.ts'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { commands } from './commands.ts'

const backend = await createNodeBackend()
const ledger = buildLedger({ backend, stage: 'closed' })
const root = await mkdtemp(join(tmpdir(), 'hanpyo-lookup-'))
afterAll(() => rm(root, { recursive: true }))
const folder = await write(ledger, 'closed')

async function write({ log }: BuiltLedger, name: string): Promise<string> {
  for (const [path, bytes] of log.allFiles()) {
    await mkdir(dirname(join(root, name, path)), { recursive: true })
    await writeFile(join(root, name, path), bytes)
  }
  return join(root, name)
}

async function run(name: string, ...args: string[]) {
  const command = commands.find((candidate) => candidate.name === name)
  if (command === undefined) throw new Error(`no command ${name}`)
  const out: string[] = []
  const errors: string[] = []
  const io = {
    stdout: (line: string) => void out.push(line),
    stderr: (line: string) => void errors.push(line),
    env: {},
    cwd: root,
  }
  return { code: await command.run(args, io), out, errors }
}

/** Slip and tracker of the first record of a type. */
function receiptOf(type: number, skipped = 0): { slip: string; bytes: Uint8Array } {
  const leaf = ledger.log.leaves.filter(([first]) => first === type)[skipped] as Uint8Array
  const canonical = leaf.subarray(type === RECORD.refusal ? 2 : 1)
  const ballot = expectOk(parseBallot(canonical))
  const firstPart = canonical.subarray(0, 11 + 64 * ballot.contestCount)
  return { slip: `${ballot.credentialIndex}`, bytes: tracker(ledger.election.manifestHash, firstPart) }
}

const ballot = receiptOf(RECORD.ballot)

test.each([
  ['the slip alone', []],
  ['the printed code', ['--code', trackerText(ballot.bytes)]],
  ['the code as people type it', ['--code', trackerText(ballot.bytes).toLowerCase().replaceAll('-', ' ')]],
  ['the QR code', ['--qr', encodeCrockford(ballot.bytes, 52)]],
  ['a QR code with a link', ['--qr', `https://board.example/#${encodeCrockford(ballot.bytes, 52)}`]],
])('a recorded ballot is found by %s', async (_what, args) => {
  const { code, out } = await run('verify ballot', folder, '--slip', ballot.slip, ...args)
  expect(code).toBe(0)
  expect(out[1]).toMatch(/^RECORDED: the ballot of this slip is record \d+/)
  expect(out[1]).toContain(trackerText(ballot.bytes))
  expect(out[0]).toMatch(/^기록됨: /)
})

test('another code, a refused ballot, a checked one and an unused slip are told apart', async () => {
  const other = receiptOf(RECORD.ballot, 1)
  const refused = receiptOf(RECORD.refusal)
  const note = expectOk(
    parseNote((ledger.log.leaves.find(([type]) => type === RECORD.challenged) as Uint8Array).subarray(1)),
  )
  const checked = expectOk(parseChallenged(note.text)).tracker
  const cases = [
    [ballot.slip, trackerText(other.bytes), /^DIFFERENT CODE: .*incident/],
    [refused.slip, trackerText(refused.bytes), /^REFUSED: this slip had voted before/],
    ['26', trackerText(fromBase64(checked)), /^CHECKED: .*does not count/],
    ['38', trackerText(ballot.bytes), /^NOT FOUND: .*try again later/],
  ] as const
  for (const [slip, code, expected] of cases) {
    const answer = await run('verify ballot', folder, '--slip', slip, '--code', code)
    expect([slip, answer.code]).toEqual([slip, 1])
    expect(answer.out[1]).toMatch(expected)
  }
  const json = await run('verify ballot', folder, '--slip', '38', '--json')
  expect(JSON.parse(json.out[0] as string)).toEqual({ slip: 38, status: 'not-found' })
})

test('neither slip nor code leaves the machine, not even in a path', async () => {
  const paths: string[] = []
  const handler = createLogHandler(ledger.log.reader())
  const server = await serveFetch((request) => {
    paths.push(new URL(request.url).pathname + new URL(request.url).search)
    return handler(request)
  })
  onTestFinished(() => server.close())
  const { code } = await run(
    'verify ballot',
    server.url,
    '--slip',
    ballot.slip,
    '--code',
    trackerText(ballot.bytes),
  )
  expect(code).toBe(0)
  const bundle = `/tile/entries/000.p/${ledger.log.size}`
  expect([...new Set(paths)].sort()).toEqual(['/checkpoint', bundle])
})

test('refuses arguments that are no receipt, and a ledger whose records were changed', async () => {
  for (const args of [
    [],
    ['--slip', 'x'],
    ['--slip', '1', '--code', 'ABCD'],
    ['--slip', '1', '--qr', 'short'],
  ]) {
    await expect(run('verify ballot', folder, ...args)).rejects.toThrow(/--slip|--code|--qr/)
  }
  const changed = await write(ledger, 'changed')
  const bundle = join(changed, `tile/entries/000.p/${ledger.log.size}`)
  const bytes = ledger.log.files.get(`tile/entries/000.p/${ledger.log.size}`)?.slice() as Uint8Array
  bytes[bytes.length - 1]! ^= 1
  await writeFile(bundle, bytes)
  const { code, errors } = await run('verify ballot', changed, '--slip', ballot.slip)
  expect(code).toBe(2)
  expect(errors.join(' ')).toContain('not those under the signed root')
  const wrong = await run('verify ballot', folder, '--slip', '1', '--manifest-hash', 'ab'.repeat(32))
  expect([wrong.code, wrong.errors[0]]).toEqual([2, expect.stringContaining('another election')])
})

test('diff says extended, same, behind, or names the first record that was rewritten', async () => {
  const open = await write(buildLedger({ backend, stage: 'open' }), 'open')
  const extended = await run('verify diff', open, folder)
  expect([extended.code, extended.out[1]]).toEqual([
    0,
    expect.stringMatching(/^EXTENDED: \d+ records became \d+, nothing was removed/),
  ])
  expect((await run('verify diff', folder, folder)).out[1]).toMatch(/^SAME: /)
  expect((await run('verify diff', folder, open)).out[1]).toMatch(/^BEHIND: /)
  const forked = buildLedger({ backend, stage: 'open' })
  const { size } = forked.log
  forked.log.addBatch({
    notes: [officialLeaf(forked.election, 'authority', RECORD.incident, { text: 'Another past.', at: 1 })],
  })
  const fork = await run('verify diff', await write(forked, 'forked'), folder, '--json')
  expect(fork.code).toBe(1)
  expect(JSON.parse(fork.out[0] as string)).toMatchObject({
    status: 'rewritten',
    record: size,
    oldType: 'incident',
    newType: 'voidSlips',
  })
  const other = buildLedger({ backend, stage: 'setup', origin: 'vote.example/other' })
  const foreign = await run('verify diff', folder, await write(other, 'other'))
  expect([foreign.code, foreign.out[1]]).toEqual([1, expect.stringMatching(/^OTHER ELECTION/)])
})
