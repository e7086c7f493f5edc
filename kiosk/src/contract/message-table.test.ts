import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { staffMessageTable } from './message-table.ts'

test('the staff guide explains every message in the words of the screen', () => {
  const guide = readFileSync(new URL('../../../docs/guides/staff.md', import.meta.url), 'utf8')
  // After a change of a sentence, put what `staffMessageTable()` gives into the guide's last section.
  expect(guide).toContain(staffMessageTable())
})
