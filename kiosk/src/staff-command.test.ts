import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '@hanpyo/platform/command.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { staffCommand } from './staff-command.ts'
import { checkAgainst, readStaffFile, type StaffFile } from './staff-secrets.ts'

function setUp() {
  const cwd = mkdtempSync(join(tmpdir(), 'hanpyo-staff-command-'))
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }))
  const errors: string[] = []
  const io = { stdout: () => {}, stderr: (line: string) => void errors.push(line), env: {}, cwd }
  return { cwd, errors, run: (...args: string[]) => staffCommand.run(args, io) }
}

test('a technician gives a kiosk a PIN and a card', async () => {
  const { cwd, run } = setUp()
  writeFileSync(join(cwd, 'pin'), '274531\n')
  expect(await run('--file', 'staff.json', '--name', 'desk', '--pin-file', 'pin')).toBe(0)
  expect(await run('--file', 'staff.json', '--name', 'card 1', '--card', 'card.svg')).toBe(0)
  const file = expectOk(await readStaffFile(join(cwd, 'staff.json'))) as StaffFile
  expect(file.entries.map(({ name, kind }) => [name, kind])).toEqual([
    ['desk', 'pin'],
    ['card 1', 'card'],
  ])
  expect(await checkAgainst(file)('274531')).toBe('staff')
  expect(readFileSync(join(cwd, 'card.svg'), 'utf8')).toContain('<svg')
})

test('an easy PIN is refused with the reason, and nothing is written', async () => {
  const { cwd, run, errors } = setUp()
  writeFileSync(join(cwd, 'pin'), '123456')
  expect(await run('--file', 'staff.json', '--name', 'desk', '--pin-file', 'pin')).toBe(1)
  expect(errors[0]).toContain('6 to 12 digits')
  expect(await readStaffFile(join(cwd, 'staff.json'))).toEqual({ ok: true, value: null })
})

test('a PIN or a card must be asked for, and a name', async () => {
  const { run } = setUp()
  await expect(run('--file', 'staff.json', '--name', 'desk')).rejects.toThrow(UsageError)
  await expect(run('--file', 'staff.json', '--card', 'x.svg')).rejects.toThrow(UsageError)
  await expect(run('--name', 'desk', '--card', 'x.svg')).rejects.toThrow(UsageError)
})
