import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ALIKE, fingerprint, likeness, MAX_SIMILAR, mostAlike } from './similar.ts'

const alike = (a: string, b: string) => likeness(fingerprint(a), fingerprint(b))
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: fc.constantFrom(...'가나다라 마\n.각간a1'), maxLength: 300 }),
)

test('the same wish in other words is alike, another wish is not', () => {
  const light = '양재천 산책길에 밝은 가로등을 더 달아 주세요'
  expect(alike(light, '양재천 산책길 가로등을 더 밝게 달아주세요.')).toBeGreaterThan(ALIKE)
  expect(alike(light, '양재천 산책길이 어두워요. 가로등을 더 달아 주세요!')).toBeGreaterThan(ALIKE)
  expect(alike('경로당 문턱을 없애 주세요', '경로당에 있는 문턱 없애주세요')).toBeGreaterThan(ALIKE)
  expect(alike(light, '경로당 문턱을 없애 주세요')).toBeLessThan(ALIKE)
  expect(alike(light, '마을버스 정류장에 의자를 놓아 주세요')).toBeLessThan(ALIKE)
  expect(alike('Put benches at bus stops', 'Please put benches at the bus stops')).toBeGreaterThan(ALIKE)
})

test('spaces, marks, case and the way of composing Hangul make no difference', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const spread = [...text.normalize('NFC')].join(' ').toUpperCase().toLowerCase()
      expect(fingerprint(text.normalize('NFD'))).toEqual(fingerprint(text.normalize('NFC')))
      if (/^[가-힣a-z0-9 .\n]*$/u.test(text)) expect(fingerprint(spread)).toEqual(fingerprint(text))
    }),
  )
})

test('likeness is symmetric, lies between 0 and 1, and is 1 with itself', () => {
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      const [left, right] = [fingerprint(a), fingerprint(b)]
      const score = likeness(left, right)
      expect(score).toBe(likeness(right, left))
      expect(score >= 0 && score <= 1).toBe(true)
      expect(likeness(left, left)).toBe(left.length === 0 ? 0 : 1)
    }),
  )
})

test('of many at most a few come back, the most alike first, and a text as long as may be costs no more than its beginning', () => {
  const others = Array.from({ length: 40 }, (_, i) => ({
    i,
    print: fingerprint(`공원에 나무를 심어 주세요${' 꼭'.repeat(i % 7)}`),
  }))
  const found = mostAlike('공원에 나무를 심어 주세요', others)
  expect(found).toHaveLength(MAX_SIMILAR)
  expect(found[0]?.i).toBe(0)
  const scores = found.map(({ print }) => likeness(print, fingerprint('공원에 나무를 심어 주세요')))
  expect(scores).toEqual(scores.toSorted((a, b) => b - a))
  expect(fingerprint('가나다라'.repeat(1_000_000)).length).toBe(4)
  expect(mostAlike('', others)).toEqual([])
})
