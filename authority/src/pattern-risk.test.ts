import { fileURLToPath } from 'node:url'
import {
  type ContestRules,
  decodePlaintext,
  encodePlaintext,
  type Selection,
} from '@hanpyo/protocol/ballot/plaintext.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { loadElectionConfig } from './config.ts'
import { assessPatternRisk, countPlaintexts } from './pattern-risk.ts'

const rules = (kind: ContestRules['kind'], optionCount: number, min: number, max: number): ContestRules => ({
  kind,
  optionCount,
  minSelections: min,
  maxSelections: max,
})

test.each<[ContestRules, bigint]>([
  [rules('choose-one', 5, 1, 1), 6n],
  [rules('yes-no', 2, 1, 1), 3n],
  [rules('approve', 8, 1, 2), 37n],
  [rules('approve', 8, 2, 2), 29n],
  [rules('approve', 8, 0, 2), 37n],
  [rules('budget', 6, 1, 6), 64n],
  [rules('rank', 4, 1, 4), 65n],
  [rules('approve', 231, 1, 231), 2n ** 231n],
])('%j allows %s different votes, blank included', (contest, count) => {
  expect(countPlaintexts(contest)).toBe(count)
})

test('the count is what the decoder accepts, tried over all plaintexts of small contests', () => {
  for (const contest of [rules('approve', 5, 1, 3), rules('budget', 4, 2, 2), rules('rank', 4, 2, 3)]) {
    const selections = allSelections(contest)
    const valid = selections.filter((one) => decodePlaintext(encodePlaintext(one), contest).ok)
    expect(countPlaintexts(contest)).toBe(BigInt(valid.length))
  }
})

test('a contest counts the ballots of the styles that contain it', async () => {
  const path = fileURLToPath(new URL('../../examples/seocho-2026.toml', import.meta.url))
  const risks = assessPatternRisk(expectOk(await loadElectionConfig(path)))
  expect(risks.map(({ expectedBallots }) => expectedBallots)).toEqual([4950, 4500, 4500, 4500, 4500, 450])
  expect(risks.some(({ isTooHigh }) => isTooHigh)).toBe(false)
})

test('too many ways for too few ballots are too high, accepted or not', async () => {
  const path = fileURLToPath(new URL('../../examples/demo.toml', import.meta.url))
  const config = expectOk(await loadElectionConfig(path))
  expect(assessPatternRisk(config)).toMatchObject([{ plaintexts: 37n, isTooHigh: true, isAccepted: true }])
  const larger = { ...config, styles: config.styles.map((style) => ({ ...style, slips: 529 })) }
  expect(assessPatternRisk(larger)).toMatchObject([{ expectedBallots: 370, isTooHigh: false }])
})

/** Every selection with options 1..optionCount, permitted or not. */
function allSelections({ kind, optionCount }: ContestRules): Selection[] {
  const all: Selection[] = [{ kind: 'blank' }]
  const extend = (options: number[]): void => {
    if (options.length > 0) all.push({ kind: kind as 'rank', options })
    for (let next = 1; next <= optionCount; next++) {
      const fits = kind === 'rank' ? !options.includes(next) : next > (options.at(-1) ?? 0)
      if (fits) extend([...options, next])
    }
  }
  extend([])
  return all
}
