import { expect, test } from 'vitest'
import { ElectionState } from '../election/state.ts'
import { formatCheckpoint } from '../log/checkpoint.ts'
import { expectOk } from '../result.ts'
import { buildLedger } from '../testing/build-ledger.ts'
import { RULE_ELECTION } from '../testing/rule-cases.ts'
import { factsPage, type PlainFactsInput } from './facts-page.ts'
import { type Lines, openPublicHistory } from './history.ts'
import { publicationOf } from './publication.ts'

const note = (size: number): string =>
  `${formatCheckpoint({ origin: 'log.example/e', size, root: new Uint8Array(32).fill(size) })}\n— log.example/e AAAAAAAA\n`

function memoryLines(...lines: string[]): Lines & { readonly all: string[] } {
  return {
    all: lines,
    get count() {
      return lines.length
    },
    append: async (line) => void lines.push(line),
    read: async (first, count) => lines.slice(first, first + count),
  }
}

test('each size is kept once, in order, and readers are told of growth only', async () => {
  const lines = memoryLines()
  const told: number[] = []
  const tell = (head: string): void => void told.push((JSON.parse(head) as { size: number }).size)
  const history = await openPublicHistory(lines, tell)
  for (const size of [3, 3, 7, 5, 9]) await history.published(note(size))
  await history.published('no note')
  expect(told).toEqual([3, 7, 9])
  const sizes = async (after: number, limit = 99) =>
    (await history.read(after, limit)).map((line) => (JSON.parse(line) as { size: number }).size)
  expect([await sizes(0), await sizes(3), await sizes(8), await sizes(9), await sizes(0, 2)]).toEqual([
    [3, 7, 9],
    [7, 9],
    [9],
    [],
    [3, 7],
  ])
})

test('after a restart the history goes on where it was, and the last head is told again', async () => {
  const told: string[] = []
  const lines = memoryLines(JSON.stringify(publicationOf(note(4))))
  const history = await openPublicHistory(lines, (head) => void told.push(head))
  await history.published(note(4))
  await history.published(note(6))
  expect(lines.count).toBe(2)
  expect(told.map((head) => (JSON.parse(head) as { size: number }).size)).toEqual([4, 6])
})

test('the plain page says what the ledger says, in both languages, and escapes what it did not write', () => {
  const { election, log } = buildLedger({ backend: RULE_ELECTION.backend, label: 'facts' })
  const state = expectOk(
    ElectionState.open({
      backend: RULE_ELECTION.backend,
      manifestNote: election.manifestNote,
      credentialList: election.credentialList,
    }),
  )
  for (const leaf of log.leaves.slice(1)) state.apply(leaf, { trusted: true })
  const [contest] = election.manifest.contests
  const input: PlainFactsInput = {
    state,
    challenged: 1,
    refused: 1,
    head: { size: log.size, root: 'r<o>ot', at: 1_800_000_000 },
    watchers: [{ name: 'w<1>', kind: 'witness', size: null, at: null, problem: 'timeout' }],
    result: null,
  }
  const before = factsPage(input)
  expect(before).toContain('아직 발표되지 않았습니다')
  expect(before).toContain('<td>30</td>')
  expect(before).toContain('w&lt;1&gt;')
  expect(before).not.toContain('<o>')
  expect(before).not.toMatch(/<script|http:|https:/)
  const tally = {
    id: contest?.id ?? 0,
    total: 30,
    blank: 2,
    invalid: { 'too-many-selections': 1 },
    counts: [{ option: 1, votes: 17 }],
  } as const
  const after = factsPage({ ...input, result: [tally, { id: 99, total: 2, withheld: 'below-minimum' }] })
  expect(after).toContain('<td>17</td>')
  expect(after).toContain('too few to be opened')
})
