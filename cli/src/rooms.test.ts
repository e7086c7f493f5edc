import { expect, test } from 'vitest'
import { loadCommands } from './rooms.ts'

test('every room keeps to its own first words, every command has help, and no name is taken twice', async () => {
  const commands = await loadCommands()
  const names = commands.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { name, summary, usage } of commands) {
    expect(name).toMatch(/^[a-z]+( [a-z-]+)*$/)
    expect(summary.length).toBeGreaterThan(10)
    expect(usage).toContain(`hanpyo ${name}`)
  }
})

test('a known first word loads one room only', async () => {
  const names = (await loadCommands('verify')).map(({ name }) => name)
  expect(names).toContain('verify')
  expect(names).not.toContain('demo')
})
