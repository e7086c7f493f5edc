import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { expect, test } from 'vitest'
import { formatReport } from '../format.ts'
import { MUTATIONS } from './all.ts'
import { createElection } from './election.ts'
import { withHonestProposals } from './proposals.ts'
import { withUselessShare } from './recount.ts'
import { remembering } from './remembering.ts'
import { verifyMutant } from './run.ts'

const nodeBackend = await createNodeBackend()
const backend = remembering(nodeBackend)
const election = await createElection(backend)

test('the honest election passes every check and gives the scripted counts', async () => {
  const report = await verifyMutant(nodeBackend, election)
  expect(report.checks.flatMap(({ failures }) => failures)).toEqual([])
  expect(report.checks.map(({ number, status }) => [number, status])).toEqual(
    Array.from({ length: 23 }, (_, i) => [i + 1, 'PASS']),
  )
  expect(report).toMatchObject({ verified: true, stage: 'final', stageVerified: 'final' })
  expect(report.contests).toEqual([
    {
      id: 1,
      total: 14,
      blank: 1,
      invalid: { 'too-many-selections': 1 },
      counts: [6, 6, 4, 5, 3].map((votes, i) => ({ option: i + 1, votes })),
    },
    {
      id: 2,
      total: 14,
      blank: 0,
      invalid: {},
      counts: [
        { option: 1, votes: 9 },
        { option: 2, votes: 5 },
      ],
    },
    { id: 3, total: 2, withheld: 'below-minimum' },
  ])
  expect(report.count.mixes).toHaveLength(6)
  expect(report.count.shares).toHaveLength(6)
})

test('proposals and supports are counted, the authors among the supporters, and what was hidden is said', async () => {
  const report = await verifyMutant(backend, election, { plan: (e) => withHonestProposals(e).plan })
  expect(report).toMatchObject({ verified: true, stageVerified: 'final' })
  expect(report.counts.proposals).toEqual({ handedIn: 1, supports: 2, hidden: 1, erased: 0 })
  expect(formatReport(report, 'a folder', 'ko')).toContain(
    '제안 1건, 공감 2건, 가린 제안 1건, 글을 지운 제안 0건',
  )
})

test('a wrong share beside enough right ones is listed and skipped, and the result stays verified', async () => {
  const report = await verifyMutant(backend, election, { plan: withUselessShare })
  const [skipped] = report.count.skipped
  expect(skipped).toMatchObject({ rule: 'decryption.proof' })
  expect(report.count.shares).toContainEqual({ contest: 1, trustee: 2, index: skipped?.index, valid: false })
  expect(report.checks.find(({ id }) => id === 'shares')).toMatchObject({
    status: 'PASS',
    remark: { en: `trustees 1, 3, 5; skipped: record ${skipped?.index} decryption.proof` },
  })
  expect(report).toMatchObject({ verified: true, contests: [{ total: 14 }, { total: 14 }, { total: 2 }] })
})

test('there are at least 60 different mutations', () => {
  expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBe(MUTATIONS.length)
  expect(MUTATIONS.length).toBeGreaterThanOrEqual(60)
})

test.each(MUTATIONS)('$name: $rule', async (mutation) => {
  const report = await verifyMutant(backend, election, mutation)
  expect(report).toMatchObject({ verified: false, stageVerified: null })
  const failed = report.checks.flatMap(({ failures }) => failures.map(({ rule }) => rule))
  expect(failed).toContain(mutation.rule)
  if (mutation.serve !== undefined) return
  // A log that was made anew after the lie is consistent in itself: more than its hash tree must catch it.
  const statusOf = (wanted: string) => report.checks.find(({ id }) => id === wanted)?.status
  expect([statusOf('checkpoint'), statusOf('tree')]).not.toContain('FAIL')
})

test('the result is printed with the titles of the manifest in both languages', async () => {
  const lines = formatReport(await verifyMutant(backend, election), 'folder')
  expect(lines).toContain('RESULT / 결과')
  expect(lines).toContain('  1  마을 사업 / Village projects')
  expect(lines).toContain('        5  사업 4 / Project 4')
  expect(lines).toContain('        1  무효 / invalid')
  expect(lines).toContain('     2 ballots: too few to be opened / 투표 2건: 너무 적어 열지 않습니다')
  expect(lines.at(-1)).toBe('VERIFIED: all 23 checks passed')
})
