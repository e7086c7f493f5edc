import { expect, test } from 'vitest'
import { RULE_CASES } from '../testing/rule-cases.ts'
import { RULES, type StateRuleId } from './rules.ts'

test.each(Object.keys(RULE_CASES) as StateRuleId[])(
  'a log that breaks %s, and nothing else, says so',
  (rule) => {
    expect([...new Set(RULE_CASES[rule]().outcome())]).toEqual([rule])
  },
)

test('rules have distinct numbers in the range of their group and a sentence in both languages', () => {
  const rules = Object.values(RULES)
  expect(new Set(rules.map(({ number }) => number)).size).toBe(rules.length)
  for (const { number, ko, en } of rules) {
    expect(number).toBeGreaterThan(100)
    expect(number).toBeLessThan(1200)
    expect(ko).toMatch(/[가-힣].*\.$/)
    expect(en).toMatch(/^[A-Z][^가-힣]*[.…]$/)
  }
})
