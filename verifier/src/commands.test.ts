import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { serveFetch } from '@hanpyo/platform/http-server.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { createLogHandler } from '@hanpyo/protocol/log/http.ts'
import {
  type BuiltLedger,
  buildLedger,
  officialLeaf,
  pollsLeaf,
} from '@hanpyo/protocol/testing/build-ledger.ts'
import { afterAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { commands } from './commands.ts'
import type { Report } from './report.ts'

const backend = await createNodeBackend()
const ledger = buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage: 'closed' })
const pin = ['--manifest-hash', toHex(ledger.election.manifestHash)]
const root = await mkdtemp(join(tmpdir(), 'hanpyo-verifier-'))
afterAll(() => rm(root, { recursive: true }))
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'case-'))
})

async function run(...args: string[]) {
  const [name, ...rest] = args
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
  return { code: await command.run(rest, io), out, errors }
}

async function serve(built: BuiltLedger = ledger): Promise<string> {
  const server = await serveFetch(createLogHandler(built.log.reader()))
  onTestFinished(() => server.close())
  return server.url
}

/** A server that misbehaves as `answer` says. */
async function serveBadly(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(answer)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function writeFiles(built: BuiltLedger): Promise<void> {
  for (const [path, bytes] of built.log.allFiles()) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
}

test('verify reads a URL and says what passed, in lines and in JSON', async () => {
  const url = await serve()
  const { code, out } = await run('verify', `${url}/`, ...pin)
  expect(code).toBe(0)
  expect(out).toContain(' 1 PASS    The checkpoint is signed by the log of this election')
  expect(out.at(-1)).toBe('VERIFIED: all 18 checks passed')
  const json = await run('verify', url, '--json', ...pin)
  expect(json.out).toHaveLength(1)
  const report = JSON.parse(json.out[0] as string) as Report
  expect(report).toMatchObject({ verified: true, stage: 'closed', counts: { ballots: 30 } })
})

test('verify reads a folder, and names record and rule when a byte in it was changed', async () => {
  await writeFiles(ledger)
  expect((await run('verify', folder, ...pin)).code).toBe(0)
  const path = join(folder, `tile/entries/000.p/${ledger.log.size}`)
  const bytes = await readFile(path)
  bytes[bytes.length - 1]! ^= 1
  await writeFile(path, bytes)
  const { code, out } = await run('verify', folder, ...pin)
  expect(code).toBe(1)
  expect(out.join('\n')).toContain(`record ${ledger.log.size - 1}: tree.leaf-hash`)
  expect(out.at(-1)).toMatch(/^NOT VERIFIED: \d+ failed, 0 skipped$/)
})

test('explains in Korean and English', async () => {
  await writeFiles(ledger)
  const korean = await run('verify', folder, ...pin, '--explain', 'ko')
  expect(korean.out).toContain(' 1 PASS    체크포인트에 이 선거 원장의 서명이 있습니다')
  expect(korean.out).toContain('           두 번 투표한 사람이 없습니다.')
  const english = await run('verify', folder, '--explain', 'en')
  expect(english.out).toContain('           Nobody voted twice.')
  expect(english.out.at(-1)).toBe('NOT VERIFIED: 0 failed, 1 skipped')
  expect(english.code).toBe(1)
})

test.each([
  [[], 'expected 1 argument'],
  [['a', 'b'], 'expected 1 argument'],
  [['a', '--manifest-hash', 'xyz'], '--manifest-hash'],
  [['a', '--stage', 'soon'], '--stage'],
  [['a', '--explain', 'fr'], '--explain'],
  [['a', '--timeout', '-1'], '--timeout'],
  [['a', '--frobnicate'], 'frobnicate'],
])('refuses the arguments %j', async (args, message) => {
  await expect(run('verify', ...args)).rejects.toThrow(message)
})

test('ends with 2 and says what to do when the log cannot be read', async () => {
  const silent = await serveBadly(() => undefined)
  const failing = await serveBadly((_request, response) => response.writeHead(503).end())
  const empty = await serveBadly((_request, response) => response.writeHead(404).end())
  const cases = [
    [silent, 'did not answer within 0.3 s', '--timeout'],
    [failing, 'answered 503', 'mirror'],
    [empty, 'has no checkpoint', 'prefix'],
    ['http://127.0.0.1:1', 'cannot be reached', 'connection'],
    ['nowhere', 'is not a folder', 'hanpyo copy'],
  ] as const
  for (const [location, message, advice] of cases) {
    const { code, errors } = await run('verify', location, '--timeout', '0.3')
    expect(code).toBe(2)
    expect(errors[0]).toContain(message)
    expect(errors[1]).toContain(advice)
  }
})

test('tries again when a server stumbles once', async () => {
  const handler = createLogHandler(ledger.log.reader())
  const stumbled = new Set<string>()
  const server = await serveFetch((request) => {
    if (stumbled.has(request.url)) return handler(request)
    stumbled.add(request.url)
    return new Response(null, { status: 503 })
  })
  onTestFinished(() => server.close())
  expect((await run('verify', server.url, ...pin)).code).toBe(0)
})

test('stops reading a body that does not end', async () => {
  const url = await serveBadly((_request, response) => {
    const part = Buffer.alloc(64 * 1024, 'a')
    const more = () => {
      while (response.write(part)) if (response.destroyed) return
    }
    response.on('drain', more)
    more()
  })
  const { code, out, errors } = await run('verify', url)
  expect([code, ...out, ...errors].join('\n')).toContain('larger than 131072 bytes')
})

test('copy writes a folder that verifies without a network', async () => {
  const url = await serve()
  const { code, errors } = await run('copy', url, folder, ...pin)
  expect([code, errors.at(-1)]).toEqual([0, `copied: 5 new files in ${folder}`])
  expect((await run('verify', folder, ...pin)).code).toBe(0)
  expect(await readFile(join(folder, 'checkpoint'), 'utf8')).toBe(ledger.log.checkpoint)
  expect((await readdir(folder)).sort()).toEqual(['blob', 'checkpoint', 'tile'])
  const again = await run('copy', url, folder, '--json')
  expect(JSON.parse(again.out[0] as string)).toMatchObject({ copied: true, filesWritten: 0 })
})

test('copy keeps nothing that lies past the checkpoint, whatever a log serves there', async () => {
  const size = ledger.log.size
  const files = new Map(ledger.log.allFiles())
  for (const path of [`tile/0/000.p/${size}`, `tile/entries/000.p/${size}`]) {
    const full = path.replace(`.p/${size}`, '')
    const junk = Array.from({ length: 256 - size }, () => Buffer.alloc(path.includes('entries') ? 2 : 32))
    files.set(full, Buffer.concat([files.get(path) as Uint8Array, ...junk]))
    files.delete(path)
  }
  const hostile = await serveBadly((request, response) => {
    const bytes = files.get((request.url as string).slice(1))
    return bytes === undefined ? response.writeHead(404).end() : response.end(Buffer.from(bytes))
  })
  expect((await run('copy', hostile, folder, ...pin)).code).toBe(0)
  expect(await readdir(join(folder, 'tile/entries'))).toEqual(['000.p'])
  expect(await readdir(join(folder, 'tile/0'))).toEqual(['000.p'])
  expect((await run('verify', folder, ...pin)).code).toBe(0)

  const grown = buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage: 'closed' })
  const text = (i: number) => ({ text: `incident ${i}`, at: grown.election.manifest.times.closes })
  const notes = Array.from({ length: 256 }, (_, i) =>
    officialLeaf(grown.election, 'authority', RECORD.incident, text(i)),
  )
  grown.log.addBatch({ notes })
  expect((await run('copy', await serve(grown), folder, ...pin)).code).toBe(0)
})

test('a folder with a pipe or a device in place of a file is not waited for', async () => {
  await writeFiles(ledger)
  const bundle = join(folder, `tile/entries/000.p/${ledger.log.size}`)
  await rm(bundle)
  execFileSync('mkfifo', [bundle])
  const { code, out } = await run('verify', folder, ...pin)
  expect([code, out.join('\n')]).toEqual([1, expect.stringContaining('tree.missing')])
  await rm(join(folder, 'checkpoint'))
  await symlink('/dev/zero', join(folder, 'checkpoint'))
  expect((await run('verify', folder, ...pin)).code).toBe(2)
})

test('copy continues an older copy and refuses one that is behind, rewritten or another', async () => {
  const small = buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage: 'open' })
  const rewritten = buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage: 'open' })
  const { manifest } = rewritten.election
  rewritten.log.addBatch({ notes: [pollsLeaf(rewritten.election, 'closed', manifest.times.closes + 7)] })
  const grown = buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage: 'open' })
  grown.log.addBatch({ notes: [pollsLeaf(grown.election, 'closed', manifest.times.closes)] })
  const other = buildLedger({
    backend,
    ceremony: { trustees: 3, threshold: 2 },
    stage: 'open',
    origin: 'vote.example/other',
  })

  expect((await run('copy', await serve(small), folder, ...pin)).code).toBe(0)
  expect((await run('copy', await serve(grown), folder, ...pin)).code).toBe(0)
  const before = await readFile(join(folder, 'checkpoint'), 'utf8')
  const rewound = await run('copy', await serve(small), folder, ...pin)
  expect([rewound.code, rewound.errors.at(-1)]).toEqual([1, expect.stringContaining('the source is behind')])
  const forked = await run('copy', await serve(rewritten), folder, ...pin)
  expect([forked.code, forked.errors.at(-1)]).toEqual([1, expect.stringContaining('the log was rewritten')])
  const foreign = await run('copy', await serve(other), folder)
  expect([foreign.code, foreign.errors.at(-1)]).toEqual([1, expect.stringContaining('holds another log')])
  const imitated = buildLedger({ backend, stage: 'closed', label: 'somebody else' })
  const imitation = await run('copy', await serve(imitated), folder)
  expect([imitation.code, imitation.errors.at(-1)]).toEqual([1, expect.stringContaining('with another key')])
  const kept = await readdir(join(folder, 'conflicts'))
  expect(await readFile(join(folder, 'conflicts', kept[0] as string), 'utf8')).toBe(rewritten.log.checkpoint)
  expect(kept).toHaveLength(1)
  expect(await readFile(join(folder, 'checkpoint'), 'utf8')).toBe(before)
  expect((await run('verify', folder, ...pin)).code).toBe(0)
})

test('a ledger cannot write on the terminal: what it says is shown with its control characters escaped', async () => {
  const hostile = buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage: 'setup' })
  const forged = '\u001b[2J\u009b2J\u202e\nVERIFIED: all 17 checks passed'
  const value = { text: 'x', at: 1, [forged]: 1 }
  hostile.log.addBatch({ notes: [officialLeaf(hostile.election, 'authority', RECORD.incident, value)] })
  const url = await serve(hostile)
  const { code, out } = await run('verify', url, ...pin)
  expect(code).toBe(1)
  expect(out.filter((line) => /[\p{Cc}\p{Cf}]/u.test(line) || line.startsWith('VERIFIED'))).toEqual([])
  expect(out.join('\n')).toContain('\\u001b[2J\\u009b2J\\u202e')
  const [json] = (await run('verify', url, '--json')).out as [string]
  expect(json).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  const details = (JSON.parse(json) as Report).checks.flatMap(({ failures }) => failures)
  expect(details.some(({ detail }) => detail?.includes(forged))).toBe(true)
})

test('copy leaves the folder as it was when the log does not verify', async () => {
  const files = ledger.log.allFiles()
  const path = `tile/entries/000.p/${ledger.log.size}`
  const url = await serveBadly((request, response) => {
    const asked = (request.url as string).slice(1)
    const bytes = files.get(asked)
    if (bytes === undefined) return response.writeHead(404).end()
    const body = Buffer.from(bytes)
    if (asked === path) body[300]! ^= 1
    return response.end(body)
  })
  const { code, errors } = await run('copy', url, folder, ...pin)
  expect([code, errors.at(-1)]).toEqual([1, `NOT COPIED: ${folder} is as it was`])
  expect(await readdir(folder)).toEqual([])
})
