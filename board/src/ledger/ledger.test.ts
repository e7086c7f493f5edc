import { encodeCrockford } from '@hanpyo/protocol/ballot/crockford.ts'
import { slipText } from '@hanpyo/protocol/ballot/slip.ts'
import { equalBytes, utf8 } from '@hanpyo/protocol/bytes.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import { inclusionProof, leafHash, rootOf, verifyInclusion } from '@hanpyo/protocol/log/merkle.ts'
import { challengedLeaf, createElectionFixture } from '@hanpyo/protocol/testing/build-ledger.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { explainLeaf } from './explain.ts'
import { readQuestion } from './receipt-question.ts'
import { TreeHashes } from './tree-hashes.ts'
import { ballotsByHour, mergeCentres, mergeHours } from './turnout.ts'
import { medianTime, parseHostWitnesses } from './watchers.ts'

const leaves = Array.from({ length: 70 }, (_, i) => utf8(`leaf ${i}`))

test('every root and proof of the kept tree is that of RFC 6962', () => {
  const tree = new TreeHashes()
  for (const [i, leaf] of leaves.entries()) {
    tree.append(leafHash(leaf))
    expect(equalBytes(tree.root(), rootOf(leaves.slice(0, i + 1)))).toBe(true)
  }
  for (const size of [1, 2, 3, 7, 64, 70]) {
    expect(equalBytes(tree.root(size), rootOf(leaves.slice(0, size)))).toBe(true)
    const proof = tree.inclusionProof(size - 1, size)
    expect(proof).toEqual(inclusionProof(leaves.slice(0, size).map(leafHash), size - 1))
    const claim = {
      leafHash: leafHash(leaves[size - 1] as Uint8Array),
      index: size - 1,
      size,
      proof,
      root: tree.root(size),
    }
    expect(verifyInclusion(claim)).toBe(true)
  }
})

test('a tree that was cut back grows again as if nothing had been there', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 70 }), fc.integer({ min: 0, max: 70 }), (a, b) => {
      const [cut, size] = [Math.min(a, b), Math.max(a, b)]
      const tree = new TreeHashes()
      for (let i = 0; i < size; i++) tree.append(leafHash(utf8(`other ${i < cut ? i : -i}`)))
      const whole = new TreeHashes()
      for (let i = 0; i < size; i++) whole.append(leafHash(utf8(`other ${i}`)))
      tree.truncate(cut)
      for (let i = cut; i < size; i++) tree.append(leafHash(utf8(`other ${i}`)))
      expect(equalBytes(tree.root(), whole.root())).toBe(true)
    }),
    { numRuns: 30 },
  )
})

const centre = (name: string, ballots: number) => ({
  names: [{ ko: name, en: name }],
  ballots,
  issued: ballots,
  returned: 0,
})

test('no group of centres has fewer ballots than the minimum, unless all of them together have', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(40), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 30 }),
      (counts, minimum) => {
        const groups = mergeCentres(
          counts.map((count, i) => centre(String(i), count)),
          minimum,
        )
        const total = counts.reduce((sum, count) => sum + count, 0)
        expect(groups.reduce((sum, { ballots }) => sum + ballots, 0)).toBe(total)
        expect(groups.flatMap(({ names }) => names)).toHaveLength(counts.length)
        if (total >= minimum)
          for (const { ballots } of groups) expect(ballots).toBeGreaterThanOrEqual(minimum)
        else expect(groups).toHaveLength(1)
      },
    ),
  )
})

test('a small centre is hidden behind another even when it is the only one', () => {
  const groups = mergeCentres([centre('large', 50), centre('middle', 20), centre('small', 2)], 5)
  expect(groups.map(({ ballots, names }) => [ballots, names.length])).toEqual([
    [50, 1],
    [22, 2],
  ])
})

test('hours below the minimum run into their neighbours, and no ballot is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { maxLength: 12 }), fc.integer({ min: 1, max: 9 }), (counts, minimum) => {
      const hours = counts.map((ballots, i) => ({ from: i, to: i + 1, ballots }))
      const merged = mergeHours(hours, minimum)
      const total = counts.reduce((sum, count) => sum + count, 0)
      expect(merged.reduce((sum, { ballots }) => sum + ballots, 0)).toBe(total)
      if (total >= minimum) for (const { ballots } of merged) expect(ballots).toBeGreaterThanOrEqual(minimum)
      for (const [i, hour] of merged.entries()) expect(hour.from).toBe(i === 0 ? 0 : merged[i - 1]?.to)
    }),
  )
})

test('ballots are counted in the hour in which they were published', () => {
  const moments = [
    { at: 3600, ballots: 0 },
    { at: 7200 + 60, ballots: 4 },
    { at: 7200 + 120, ballots: 5 },
    { at: 14_400, ballots: 9 },
  ]
  expect(ballotsByHour(moments)).toEqual([
    { from: 7200, to: 10_800, ballots: 5 },
    { from: 10_800, to: 14_400, ballots: 0 },
    { from: 14_400, to: 18_000, ballots: 4 },
  ])
  expect(ballotsByHour([])).toEqual([])
  expect(
    ballotsByHour([
      { at: 0, ballots: 1 },
      { at: 1e12, ballots: 2 },
    ]),
  ).toEqual([])
})

test('one wrong clock does not move the time of a head', () => {
  expect(medianTime([100, 101, 4_000_000_000])).toBe(101)
  expect(medianTime([])).toBeNull()
})

test('what a host says about witnesses is read as far as it makes sense', () => {
  const words = parseHostWitnesses(
    utf8('[{"name":"a","size":3,"at":9,"problem":null},{"name":7},null,{"name":"b","size":"x"}]'),
  )
  expect([...(words ?? [])]).toEqual([
    ['a', { size: 3, at: 9, problem: null }],
    ['b', { size: null, at: null, problem: null }],
  ])
  expect(parseHostWitnesses(utf8('{}'))).toBeNull()
  expect(parseHostWitnesses(Uint8Array.of(0xff))).toBeNull()
})

test('a receipt is asked for by number, code, QR text, link or opened ballot', () => {
  const tracker = new Uint8Array(32).fill(7)
  const qr = encodeCrockford(tracker, 52)
  const code = (encodeCrockford(tracker, 20).match(/.{4}/g) as string[]).join('-')
  const asked = [qr, `https://host.example/board/#${qr}`, code, code.toLowerCase(), code.replaceAll('-', ' ')]
  for (const text of asked) {
    const receipt = readQuestion({ slip: '', code: text })
    expect(receipt.ok && receipt.value.matches?.(tracker), text).toBe(true)
    expect(receipt.ok && receipt.value.matches?.(new Uint8Array(32)), text).toBe(false)
  }
  const opened = readQuestion({
    slip: '',
    code: JSON.stringify({ tracker: btoa(String.fromCharCode(...tracker)) }),
  })
  expect(opened.ok && opened.value.matches?.(tracker)).toBe(true)
  expect(readQuestion({ slip: ' 12 ', code: '' })).toMatchObject({ value: { slip: 12 } })
})

test('the secret of a voting slip is refused wherever it is put in', () => {
  const secret = slipText(new Uint8Array(16).fill(9))
  for (const question of [
    { slip: '', code: secret },
    { slip: secret, code: '' },
    { slip: '', code: secret.toLowerCase() },
    { slip: '', code: `https://host.example/#${secret}` },
  ]) {
    expect(readQuestion(question)).toMatchObject({ error: 'slip-secret' })
  }
})

test.each([
  [{ slip: '', code: '' }, 'nothing-asked'],
  [{ slip: '12a', code: '' }, 'slip-malformed'],
  [{ slip: '99999999', code: '' }, 'slip-malformed'],
  [{ slip: '', code: 'ABCD-EFGH' }, 'code-malformed'],
  [{ slip: '', code: '{"tracker":"x"}' }, 'code-malformed'],
] as const)('%j is answered with %s', (question, error) => {
  expect(readQuestion(question)).toMatchObject({ error })
})

const election = createElectionFixture({ backend: nobleBackend, slipCount: 4 })

test('any bytes can be explained', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const view = explainLeaf(bytes, 3, null, election)
      expect(view.bytes).toBe(bytes.length)
    }),
  )
})

test('an opened ballot says in words what it held', () => {
  const { leaf } = challengedLeaf(election, 3, election.kiosks[0] as (typeof election.kiosks)[number])
  const { choices, name } = explainLeaf(leaf, 9, 1, election)
  expect(name).toBe('challenged')
  expect(choices).toEqual([
    {
      contest: { ko: '마을 사업', en: 'Village projects' },
      options: [1, 3].map((id) => ({ ko: `사업 ${id}`, en: `Project ${id}` })),
    },
    ...(election.slips[3]?.style === 2
      ? [{ contest: { ko: '찬반', en: 'Yes or no' }, options: [{ ko: '찬성', en: 'Yes' }] }]
      : []),
  ])
})
