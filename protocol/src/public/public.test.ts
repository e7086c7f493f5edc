import { expect, test } from 'vitest'
import { toBase64 } from '../bytes.ts'
import { ElectionState } from '../election/state.ts'
import { formatCheckpoint } from '../log/checkpoint.ts'
import { expectOk } from '../result.ts'
import { buildLedger } from '../testing/build-ledger.ts'
import { RULE_ELECTION } from '../testing/rule-cases.ts'
import { factsPage, type PlainFactsInput } from './facts-page.ts'
import { publicationOf } from './publication.ts'

const note = (size: number): string =>
  `${formatCheckpoint({ origin: 'log.example/e', size, root: new Uint8Array(32).fill(size) })}\n— log.example/e AAAAAAAA\n`

test('a note says its size, root and the median of its cosignatures', () => {
  expect(publicationOf(note(3))).toEqual({ size: 3, root: toBase64(new Uint8Array(32).fill(3)), time: null })
  expect(publicationOf('no note')).toBeNull()
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
