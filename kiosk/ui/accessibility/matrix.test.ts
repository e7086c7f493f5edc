import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { accessibilityMatrix } from './matrix.ts'
import { REQUIREMENTS, type Requirement } from './requirements.ts'

const ROOT = new URL('../../../', import.meta.url)
const requirements = Object.values<Requirement>(REQUIREMENTS)

test('the guide holds the table of the constants, word for word', () => {
  const guide = readFileSync(new URL('docs/guides/accessibility.md', ROOT), 'utf8')
  expect(guide).toContain(accessibilityMatrix())
})

test('ours is never worse than what the strictest clause asks', () => {
  for (const { what, asked, ours, direction } of requirements) {
    if (direction === 'at-most') expect(ours, what).toBeLessThanOrEqual(asked)
    else expect(ours, what).toBeGreaterThanOrEqual(asked)
  }
})

test('every requirement names a clause and a test that exists and reads the constant or its number', () => {
  for (const { what, clauses, checkedIn } of requirements) {
    expect(clauses.length, what).toBeGreaterThan(0)
    expect(existsSync(new URL(checkedIn, ROOT)), checkedIn).toBe(true)
  }
})
