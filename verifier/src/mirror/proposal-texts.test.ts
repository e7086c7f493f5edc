import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toBase64, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import type { ProposalView } from '@hanpyo/protocol/election/rulebook/proposal-views.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { textCommitment } from '@hanpyo/protocol/proposal/text.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { OversizeError, SourceError } from '../source/source.ts'
import { createMirrorHandler } from './http.ts'
import { ProposalTexts } from './proposal-texts.ts'

const TEXTS = ['의자를 놓아 주세요', '그늘막을 세워 주세요', '건널목을 밝혀 주세요']
const salt = new Uint8Array(16).fill(7)
const idOf = (at: number) => sha256(utf8(`proposal ${at}`))
const hexOf = (at: number) => toHex(idOf(at))
const answerOf = (text: string, with_ = salt) =>
  utf8(JSON.stringify({ salt: toBase64(with_), text, hidden: false }))

let dir: string
/** What the host says by path; a missing one is 404. */
let host: Map<string, Uint8Array | Error>
let asked: string[]

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hanpyo-texts-'))
  host = new Map(TEXTS.map((text, at) => [`proposal/${hexOf(at)}`, answerOf(text)]))
  asked = []
})

afterEach(() => rmSync(dir, { recursive: true, force: true }))

const viewOf = (at: number, isErased = false): ProposalView => ({
  index: 10 + at,
  id: idOf(at),
  topic: 1,
  kioskId: 1,
  centre: 'hall',
  textCommitment: textCommitment(salt, TEXTS[at] as string),
  supports: 1 + at,
  isHidden: at === 1,
  isErased,
})

function texts() {
  return new ProposalTexts(join(dir, 'texts'), async (path, maxBytes) => {
    asked.push(path)
    const answer = host.get(path) ?? null
    if (answer instanceof Error) throw answer
    if (answer !== null && answer.length > maxBytes) throw new OversizeError(path, maxBytes)
    return answer
  })
}

function get(proposals: ProposalTexts, path: string): Promise<Response> {
  const status = () => ({ size: 99, problem: null, failure: null, unreadable: null, lookedAt: 1 })
  const nothing = async () => null
  const reader = { checkpoint: nothing, tile: nothing, entries: nothing, blob: nothing }
  const handler = createMirrorHandler({ reader, name: 'm', vkey: 'v', source: 's', status, proposals })
  return handler(new Request(`http://mirror.example${path}`))
}

const allBytes = () =>
  readdirSync(join(dir, 'texts'))
    .map((name) => readFileSync(join(dir, 'texts', name), 'utf8'))
    .join()

test('texts are copied once and served as a bridge serves them, over a restart and without the host', async () => {
  const first = texts()
  await first.show([viewOf(0), viewOf(1), viewOf(2)], 99)
  await first.fill()
  await first.fill()
  expect([asked.length, first.counts]).toEqual([3, { held: 3, missing: 0 }])
  host.clear()
  const again = texts()
  expect((await get(again, '/proposals')).status).toBe(200)
  await again.show([viewOf(0), viewOf(1), viewOf(2)], 12)
  const list = (await (await get(again, '/proposals?limit=10')).json()) as { id: string; hidden: boolean }[]
  expect(list.map(({ id, hidden }) => [id, hidden])).toEqual([
    [hexOf(0), false],
    [hexOf(1), true],
  ])
  const one = await get(again, `/proposal/${hexOf(1)}`)
  expect(await one.json()).toEqual({ salt: toBase64(salt), text: TEXTS[1], hidden: true })
  // Behind the published size, unknown, and no id at all.
  for (const id of [hexOf(2), 'f'.repeat(64), 'x'])
    expect((await get(again, `/proposal/${id}`)).status).toBe(404)
  expect((await get(again, '/proposals?limit=0')).status).toBe(400)
})

test('an erased proposal is gone from the disk before anything is asked for, and answers 410', async () => {
  const made = texts()
  await made.show([viewOf(0), viewOf(1)], 99)
  await made.fill()
  expect(allBytes()).toContain(TEXTS[0])
  await made.show([viewOf(0, true), viewOf(1)], 99)
  expect(allBytes()).not.toContain(TEXTS[0])
  expect(allBytes()).toContain(TEXTS[1])
  await made.fill()
  expect(asked).toHaveLength(2)
  const gone = await get(made, `/proposal/${hexOf(0)}`)
  expect([gone.status, await made.text(idOf(0))]).toEqual([410, null])
  expect(await (await get(made, '/proposals')).json()).toMatchObject([{ erased: true }, {}])
})

test('an erasure that was decided while the mirror stood still is done at its start', async () => {
  const first = texts()
  await first.show([viewOf(0)], 99)
  await first.fill()
  // Half a file of a crash, which no erasure would reach.
  writeFileSync(join(dir, 'texts', `.${hexOf(1)}.json.1.tmp`), TEXTS[1] as string)
  await texts().show([viewOf(0, true)], 99)
  expect(readdirSync(join(dir, 'texts'))).toEqual([])
})

test.each([
  ['another text', answerOf('다른 글')],
  ['another salt', answerOf(TEXTS[0] as string, new Uint8Array(16))],
  ['a short salt', answerOf(TEXTS[0] as string, new Uint8Array(15))],
  ['a text with invisible characters', answerOf(`${TEXTS[0]}\u202e`)],
  ['no JSON', utf8('<html>')],
  ['JSON that is no object', utf8('7')],
  ['bytes that are no text', Uint8Array.of(0xff, 0xfe)],
  ['megabytes', new Uint8Array(1 << 20)],
])('a host that answers with %s gives this mirror nothing to serve', async (_what, answer) => {
  host.set(`proposal/${hexOf(0)}`, answer)
  const made = texts()
  await made.show([viewOf(0), viewOf(1)], 99)
  await made.fill()
  expect(made.counts).toEqual({ held: 1, missing: 1 })
  const missing = await get(made, `/proposal/${hexOf(0)}`)
  expect([missing.status, ((await missing.json()) as { error: string }).error]).toEqual([404, 'text-missing'])
  // It is asked again, and an honest answer is taken.
  host.set(`proposal/${hexOf(0)}`, answerOf(TEXTS[0] as string))
  await made.fill()
  expect(made.counts).toEqual({ held: 2, missing: 0 })
})

test('a text that was changed on the disk is not served, and an unreachable host is asked once for a look', async () => {
  const made = texts()
  await made.show([viewOf(0)], 99)
  await made.fill()
  writeFileSync(join(dir, 'texts', `${hexOf(0)}.json`), answerOf('다른 글'))
  expect((await get(made, `/proposal/${hexOf(0)}`)).status).toBe(404)
  asked.length = 0
  for (const at of [1, 2]) host.set(`proposal/${hexOf(at)}`, new SourceError('unreachable', 'gone', ''))
  await made.show([viewOf(0), viewOf(1), viewOf(2)], 99)
  await made.fill()
  expect(asked).toHaveLength(1)
})

test('the folder of texts may be there already, and nothing but texts is served from it', async () => {
  mkdirSync(join(dir, 'texts'))
  const made = texts()
  await made.show([viewOf(0)], 99)
  expect((await get(made, '/proposal/..%2f..%2fetc%2fpasswd')).status).toBe(404)
  expect((await get(made, `/proposal/${hexOf(0)}/x`)).status).toBe(404)
})
