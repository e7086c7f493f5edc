import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { withErrorTable } from '../../../scripts/technician-errors.ts'

test('the error catalogue in the guide is that of the code (node scripts/technician-errors.ts --write)', async () => {
  const guide = await readFile(new URL('../../../docs/guides/technician.md', import.meta.url), 'utf8')
  expect(withErrorTable(guide)).toBe(guide)
  expect(guide).toContain('`votes-waiting`')
})
