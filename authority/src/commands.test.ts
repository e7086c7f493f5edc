import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isUsageError } from '@hanpyo/platform/command.ts'
import { serveFetch } from '@hanpyo/platform/http-server.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { parsePolls, RECORD } from '@hanpyo/protocol/election/records.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseSlipList } from './commands/notices.ts'
import { commands } from './commands.ts'
import { createSmallElection, type SmallElection } from './testing/small-election.ts'

const DEMO = fileURLToPath(new URL('../../examples/demo.toml', import.meta.url))

let small: SmallElection
let bridge: Awaited<ReturnType<typeof serveFetch>>
const posted: Uint8Array[] = []
const blobs = new Map<string, Uint8Array>()
let answer: () => Response

/** Stands in for a bridge: keeps what it is given and answers what the test wants. */
async function handle(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  const name = pathname.slice('/blob/'.length)
  if (request.method === 'HEAD') return new Response(null, { status: blobs.has(name) ? 200 : 404 })
  const body = new Uint8Array(await request.arrayBuffer())
  if (request.method === 'PUT') {
    blobs.set(name, body)
    return Response.json({ ok: true })
  }
  posted.push(body)
  return answer()
}

async function run(line: string, ...more: string[]) {
  const words = line.split(' ')
  const command = commands.find(({ name }) => `${line} `.startsWith(`${name} `))
  if (command === undefined) throw new Error(`no command: ${line}`)
  const out: string[] = []
  const err: string[] = []
  const io = {
    stdout: (text: string) => void out.push(text),
    stderr: (text: string) => void err.push(text),
    env: {},
    cwd: small.folder,
  }
  const code = await command.run([...words.slice(command.name.split(' ').length), ...more], io)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

beforeAll(async () => {
  small = await createSmallElection()
  bridge = await serveFetch(handle, { host: '127.0.0.1', port: 0 })
})
beforeEach(() => {
  posted.length = 0
  answer = () => Response.json({ ok: true, size: 5, position: 3 })
})
afterAll(async () => {
  await bridge.close()
  await small.remove()
})

test('every command has a summary and a usage that starts with how to call it', () => {
  for (const { name, summary, usage } of commands) {
    expect(summary.length).toBeGreaterThan(10)
    expect(usage.startsWith(`hanpyo ${name}`)).toBe(true)
  }
})

describe('election validate', () => {
  test('prints the number of valid votes of each contest', async () => {
    const { code, out } = await run(`election validate ${DEMO}`)
    expect(code).toBe(0)
    expect(out).toContain('contest 1: 37 valid plaintexts, 67 ballots expected: high, accepted')
  })

  test('refuses patterns that could be sold, with what to do', async () => {
    const path = join(small.folder, 'risky.toml')
    await writeFile(path, (await readFile(DEMO, 'utf8')).replace('patternRiskAccepted = true', ''))
    const { code, out, err } = await run(`election validate ${path}`)
    expect(code).toBe(1)
    expect(out).toContain('TOO HIGH')
    expect(err).toMatch(/pattern-risk: .*patternRiskAccepted/)
  })

  test('names the place of a mistake', async () => {
    const path = join(small.folder, 'wrong.toml')
    await writeFile(path, (await readFile(DEMO, 'utf8')).replace('threshold = 3', 'threshold = 9'))
    const { code, err } = await run(`election validate ${path}`)
    expect(code).toBe(1)
    expect(err).toContain('trustees.threshold: is larger than the number of members')
  })

  test('without a file is a mistake in the arguments', async () => {
    const failure = await run('election validate').catch((error: unknown) => error)
    expect(isUsageError(failure)).toBe(true)
  })
})

test('election new creates a folder once and refuses to do it again', async () => {
  const out = join(small.folder, 'second')
  const first = await run(`election new ${DEMO} --out ${out} --no-print`)
  expect(first.code).toBe(0)
  expect(first.out).toMatch(/manifest hash [0-9a-f]{64}/)
  const second = await run(`election new ${DEMO} --out ${out} --no-print`)
  expect(second).toMatchObject({ code: 1 })
  expect(second.err).toContain('election-exists')
})

test('election publish uploads what the bridge lacks, once', async () => {
  const first = await run(`election publish --bridge ${bridge.url}`)
  expect(first.out.match(/uploaded/g)).toHaveLength(3)
  for (const [name, bytes] of blobs) expect(toHex(sha256(bytes))).toBe(name)
  const second = await run(`election publish --bridge ${bridge.url}`)
  expect(second.out.match(/there/g)).toHaveLength(3)
})

describe('records', () => {
  test.each([
    ['open', 'open'],
    ['close', 'closed'],
    ['seal', 'sealed'],
  ])('election %s posts the polls state %s', async (word, state) => {
    const { code, out } = await run(`election ${word} --bridge ${bridge.url} --at 2026-09-01T09:00:00+09:00`)
    expect([code, out]).toEqual([0, 'logged as leaf 3'])
    const [record] = posted
    expect(record?.[0]).toBe(RECORD.polls)
    const note = expectOk(parseNote(record?.subarray(1) as Uint8Array))
    const at = Date.parse('2026-09-01T09:00:00+09:00') / 1000
    expect(expectOk(parsePolls(note.text))).toMatchObject({ state, at })
  })

  test('that wait for a tick are said to wait', async () => {
    answer = () => Response.json({ ok: true, size: 5, position: null }, { status: 202 })
    const { code, out } = await run(
      `election turnout --centre banpo2 --issued 7 --returned 1 --bridge ${bridge.url}`,
    )
    expect(code).toBe(0)
    expect(out).toContain('after its next batch')
  })

  test('that break a rule fail with the rule', async () => {
    const refusal = { ok: false, error: 'polls.order', message: 'The polls are open already.' }
    answer = () => Response.json(refusal, { status: 422 })
    const { code, err } = await run(`election open --bridge ${bridge.url}`)
    expect(code).toBe(1)
    expect(err).toMatch(/bridge-refused[\s\S]*422 polls\.order The polls are open already\./)
  })

  test('that have to follow others ask to be sent again', async () => {
    answer = () => Response.json({ ok: false, error: 'record-deferred' }, { status: 409 })
    const { code, err } = await run(`election seal --bridge ${bridge.url}`)
    expect(code).toBe(1)
    expect(err).toContain('bridge-deferred')
  })

  test('fail clearly when the bridge cannot be reached', async () => {
    const { code, err } = await run('election open --bridge http://127.0.0.1:1/')
    expect(code).toBe(1)
    expect(err).toMatch(/bridge-unreachable: .*sending twice is safe/)
  })

  test('go to a file when the key stays offline', async () => {
    const path = join(small.folder, 'incident.note')
    const { code } = await run(`election incident --kiosk 2 --out ${path} --text`, '정전')
    expect(code).toBe(0)
    expect(posted).toEqual([])
    expect(expectOk(parseNote(await readFile(path))).text).toContain('"kiosk":2')
  })

  test('need somewhere to go', async () => {
    const failure = await run('election void-slips --slips 1').catch((error: unknown) => error)
    expect(isUsageError(failure)).toBe(true)
  })

  test('are signed with keys that only the owner can read', async () => {
    await chmod(small.election.folder.registrarKey, 0o644)
    const { code, err } = await run(`election void-slips --slips 1-3 --bridge ${bridge.url}`)
    expect(code).toBe(1)
    expect(err).toContain('key-file-readable-by-others')
    await chmod(small.election.folder.registrarKey, 0o600)
  })
})

test('slip lists are numbers and ranges', () => {
  expect(parseSlipList('3, 17,40-42')).toEqual([3, 17, 40, 41, 42])
  for (const wrong of ['', 'x', '3-', '9-3', '-1', '1,,2']) expect(() => parseSlipList(wrong)).toThrow()
})
