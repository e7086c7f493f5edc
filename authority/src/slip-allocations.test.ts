import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isUsageError } from '@hanpyo/platform/command.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commands } from './commands.ts'
import { loadElection } from './load-election.ts'
import { allocationPath } from './slip-allocations.ts'
import { createSmallElection, type SmallElection } from './testing/small-election.ts'

let small: SmallElection
beforeAll(async () => {
  small = await createSmallElection({ slips: 40, testSlips: 4 })
})
afterAll(() => small.remove())

async function run(line: string) {
  const command = commands.find(({ name }) => `${line} `.startsWith(`${name} `))
  if (command === undefined) throw new Error(`no command: ${line}`)
  const [out, err]: [string[], string[]] = [[], []]
  const io = {
    stdout: (text: string) => void out.push(text),
    stderr: (text: string) => void err.push(text),
    env: {},
    cwd: small.folder,
  }
  const code = await command.run(line.split(' ').slice(command.name.split(' ').length), io)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

const allocate = (rest: string) => run(`election slips allocate ${rest}`)

test('envelopes are noted for a centre, signed; the same again changes nothing, more of them makes a new revision', async () => {
  const [first, second] = small.election.manifest.centres
  const given = `--centre ${first?.id} --envelopes 1-2 --slips 5 --out stick.note`
  expect((await allocate(given)).out).toContain(`${first?.id}: 10 slips in envelopes 1-2, revision 1`)
  const note = await readFile(join(small.folder, 'stick.note'), 'utf8')
  expect((await allocate(given)).out).toContain('revision 1')
  expect(await readFile(join(small.folder, 'stick.note'), 'utf8')).toBe(note)
  // Nothing that leads to a slip: the text holds no number of one, no key and no seed.
  expect(Object.keys(JSON.parse(note.split('\n')[0] as string)).sort()).toEqual(
    ['at', 'centre', 'election', 'envelopes', 'manifest', 'revision', 'version'].sort(),
  )
  const more = await allocate(`--centre ${first?.id} --envelopes 9 --slips 3`)
  expect(more.out).toContain('13 slips in envelopes 1-2, 9, revision 2')
  expect((await allocate(`--centre ${second?.id} --envelopes 3-4 --slips 5`)).code).toBe(0)
  expect((await run('election slips list')).out.split('\n')).toHaveLength(2)
})

test('an envelope is given once, and never more slips than were printed for voters', async () => {
  const [first, second] = small.election.manifest.centres
  const elsewhere = await allocate(`--centre ${second?.id} --envelopes 2 --slips 5`)
  expect(elsewhere).toMatchObject({ code: 1, err: expect.stringContaining(`envelope 2: ${first?.id}`) })
  const twice = await allocate(`--centre ${first?.id} --envelopes 2-3 --slips 1`)
  expect(twice).toMatchObject({ code: 1, err: expect.stringContaining('envelope 2 twice') })
  // 40 less 4 for observers less 23 given.
  expect(await allocate(`--centre ${first?.id} --envelopes 20-33 --slips 1`)).toMatchObject({ code: 1 })
  expect(await allocate(`--centre ${first?.id} --envelopes 20-32 --slips 1`)).toMatchObject({ code: 0 })
  const unknown = await allocate('--centre nowhere --envelopes 50 --slips 1')
  expect(unknown.err).toContain('centre-unknown')
  const corrected = await allocate(`--centre ${first?.id} --envelopes 1-2 --slips 5 --correct`)
  expect(corrected.out).toContain('10 slips in envelopes 1-2, revision 4')
})

test.each(['0', '3-1', '1,', 'x', '1-2-3', '12345678'])('--envelopes %s is refused', async (list) => {
  const failed = await allocate(`--centre a --envelopes ${list} --slips 5`).catch((error: unknown) => error)
  expect(isUsageError(failed)).toBe(true)
})

test('turnout beyond what the envelopes hold is not sent', async () => {
  const [first] = small.election.manifest.centres
  const beyond = await run(`election turnout --centre ${first?.id} --issued 11 --returned 0 --out t.note`)
  expect(beyond).toMatchObject({ code: 1, err: expect.stringContaining('11 of 10') })
  const within = await run(`election turnout --centre ${first?.id} --issued 10 --returned 2 --out t.note`)
  expect(within.code).toBe(0)
})

test('a note that was changed is not counted with', async () => {
  const election = expectOk(await loadElection(small.folder, small.backend.ed25519))
  const path = allocationPath(election, small.election.manifest.centres[1]?.id ?? '')
  await writeFile(path, (await readFile(path, 'utf8')).replace('"slips":5', '"slips":6'))
  expect((await run('election slips list')).err).toContain('slips-signature')
})
