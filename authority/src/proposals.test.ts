import { serveFetch } from '@hanpyo/platform/http-server.ts'
import { decodeUtf8, toBase64 } from '@hanpyo/protocol/bytes.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { parseModeration } from '@hanpyo/protocol/proposal/moderation.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { proposalList, proposalModerate } from './commands/proposals.ts'
import { createSmallElection, type SmallElection } from './testing/small-election.ts'

const ID = '0123456789abcdef'.repeat(4)
const entry = (index: number) => ({
  id: index.toString(16).padStart(64, '0'),
  topic: 1,
  centre: 'hall',
  supports: 2,
  hidden: false,
  index,
})

let small: SmallElection
let bridge: Awaited<ReturnType<typeof serveFetch>>
let all: unknown[] = []
let text = ''
let missingPath = ''
const posted: Uint8Array[] = []

async function handle(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url)
  if (request.method === 'POST') {
    posted.push(new Uint8Array(await request.arrayBuffer()))
    return Response.json({ ok: true, position: 7 })
  }
  if (pathname === missingPath) return new Response(null, { status: 404 })
  if (pathname !== '/proposals') return Response.json({ salt: '', text, hidden: false })
  const after = Number(searchParams.get('after'))
  const limit = Number(searchParams.get('limit'))
  return Response.json(all.filter((one) => (one as { index: number }).index > after).slice(0, limit))
}

beforeAll(async () => {
  small = await createSmallElection()
  bridge = await serveFetch(handle, { host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await bridge.close()
  await small.remove()
})

async function run(command: typeof proposalList, ...args: string[]) {
  const out: string[] = []
  const err: string[] = []
  const stdout = (line: string) => void out.push(line)
  const stderr = (line: string) => void err.push(line)
  const code = await command.run([...args, '--bridge', bridge.url], {
    stdout,
    stderr,
    env: {},
    cwd: small.folder,
  })
  return { code, out, err: err.join('\n') }
}

test('a moderation is a note by the authority with action, proposal and reason', async () => {
  const args = ['--proposal', ID, '--action', 'erase', '--reason', '개인정보가 있습니다.']
  expect((await run(proposalModerate, ...args)).code).toBe(0)
  const [datagram] = posted as [Uint8Array]
  expect(datagram[0]).toBe(0x22)
  const note = expectOk(parseNote(decodeUtf8(datagram.subarray(1))))
  expect(note.signatures.map(({ name }) => name)).toEqual([expect.stringMatching(/\/authority$/)])
  expect(expectOk(parseModeration(note.text))).toMatchObject({
    action: 'erase',
    proposal: toBase64(Uint8Array.from(Buffer.from(ID, 'hex'))),
    reason: '개인정보가 있습니다.',
  })
})

test('what cannot be a moderation is refused before anything is signed', async () => {
  posted.length = 0
  const usage = (...args: string[]) => expect(run(proposalModerate, ...args)).rejects.toThrow('--')
  await usage('--proposal', 'abc', '--action', 'hide', '--reason', 'x')
  await usage('--proposal', ID, '--action', 'delete', '--reason', 'x')
  const hidden = await run(proposalModerate, '--proposal', ID, '--action', 'hide', '--reason', 'a\u202eb')
  expect([hidden.code, hidden.err.split(':')[0]]).toEqual([1, 'reason-unusable'])
  expect(posted).toEqual([])
})

test('the list goes on over pages and shows every proposal once, erased ones without a text', async () => {
  text = '가로등을 더 놓아 주세요.\n두 번째 줄'
  all = [...Array.from({ length: 501 }, (_, i) => entry(i + 1)), { ...entry(502), erased: true }]
  const { code, out } = await run(proposalList)
  expect(code).toBe(0)
  expect(out.at(-1)).toBe('502 proposals')
  expect(out.filter((line) => line.includes('topic 1'))).toHaveLength(502)
  expect(out.filter((line) => line === '  두 번째 줄')).toHaveLength(501)
  expect(out.filter((line) => line.endsWith(', erased'))).toHaveLength(1)
})

test('a text that the bridge does not have hides none of the others, and the exit code tells', async () => {
  text = '의자를 놓아 주세요'
  all = [entry(1), entry(2), entry(3)]
  missingPath = `/proposal/${entry(2).id}`
  const { code, out } = await run(proposalList)
  missingPath = ''
  expect(code).toBe(1)
  expect(out.filter((line) => line === `  ${text}`)).toHaveLength(2)
  expect(out[2]).toMatch(/, no text$/)
  expect(out.at(-1)).toBe('3 proposals')
})

test('a bridge cannot write on the terminal or keep the command going without end', async () => {
  all = [entry(1)]
  text = 'a\u001b[2Jb'
  const spoilt = await run(proposalList)
  expect(spoilt).toMatchObject({ code: 1, out: [expect.stringMatching(/, no text$/), '1 proposals'] })
  expect(spoilt.err).toContain('1 texts')
  text = 'fine'
  all = [entry(1), { ...entry(1), index: 1 }]
  expect((await run(proposalList)).code).toBe(1)
  all = [{ ...entry(1), centre: 'x\u001b[2J' }]
  expect((await run(proposalList)).code).toBe(1)
})
