import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vite'
import { expect, test } from 'vitest'

const BIN = fileURLToPath(new URL('../bin/hanpyo.mjs', import.meta.url))

test('hanpyo --help works as a program', () => {
  const { status, stdout } = spawnSync(process.execPath, [BIN, '--help'], { encoding: 'utf8' })
  expect(status).toBe(0)
  expect(stdout).toContain('Usage: hanpyo <command>')
})

test('an unknown command ends the program with 2', () => {
  const { status, stderr } = spawnSync(process.execPath, [BIN, 'nonsense-nobody-wrote'], { encoding: 'utf8' })
  expect(status).toBe(2)
  expect(stderr).toContain('there is no command')
})

test('the program file is plain JavaScript without static imports of TypeScript, for older Nodes', () => {
  const source = readFileSync(BIN, 'utf8')
  expect(() => parseAst(source, { lang: 'js' })).not.toThrow()
  expect(source).not.toMatch(/^import .*\.ts'/m)
})
