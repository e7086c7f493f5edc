import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cacheFolder } from './compiled-code.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hanpyo-compiled-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

const MODULE = new URL('./compiled-code.ts', import.meta.url).href
/** Keeps compiled code for `node:`-free module code, ends without ever reaching an exit handler, and says the folder. */
const PROGRAM = `
const { keepCompiledCode, flushCompiledCode } = await import(${JSON.stringify(MODULE)})
const folder = keepCompiledCode(process.env)
await import(${JSON.stringify(new URL('./backoff.ts', import.meta.url).href)})
flushCompiledCode()
process.stdout.write(String(folder), () => process.kill(process.pid, 'SIGKILL'))
`

function start(env: Record<string, string>): string {
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    env,
    encoding: 'utf8',
  })
  return stdout
}

test('compiled code is on the disk before the program ends, in a folder of this user alone', () => {
  const folder = start({ XDG_CACHE_HOME: home })
  expect(folder.startsWith(join(home, 'hanpyo', 'compiled'))).toBe(true)
  expect(statSync(join(home, 'hanpyo', 'compiled')).mode & 0o777).toBe(0o700)
  expect(readdirSync(folder)).not.toEqual([])
})

test('a folder that others can write, or a link to elsewhere, is never used', () => {
  mkdirSync(join(home, 'hanpyo', 'compiled'), { recursive: true })
  chmodSync(join(home, 'hanpyo', 'compiled'), 0o770)
  expect(start({ XDG_CACHE_HOME: home })).toBe('null')
  expect(readdirSync(join(home, 'hanpyo', 'compiled'))).toEqual([])

  const elsewhere = join(home, 'elsewhere')
  mkdirSync(elsewhere, { mode: 0o700 })
  rmSync(join(home, 'hanpyo'), { recursive: true })
  mkdirSync(join(home, 'hanpyo'))
  symlinkSync(elsewhere, join(home, 'hanpyo', 'compiled'))
  expect(start({ XDG_CACHE_HOME: home })).toBe('null')
  expect(readdirSync(elsewhere)).toEqual([])
})

test('where no folder can be made the program starts without one', () => {
  const file = join(home, 'file')
  writeFileSync(file, '')
  expect(start({ XDG_CACHE_HOME: file })).toBe('null')
  expect(start({})).toBe('null')
})

test("the unit's own folder goes before the user's, and relative paths count for nothing", () => {
  const unit = '/var/cache/hanpyo-kiosk'
  expect(cacheFolder({ CACHE_DIRECTORY: `${unit}:/var/cache/other`, XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe(
    '/var/cache/hanpyo-kiosk/hanpyo/compiled',
  )
  expect(cacheFolder({ XDG_CACHE_HOME: 'cache', HOME: '/h' })).toBe('/h/.cache/hanpyo/compiled')
  expect(cacheFolder({})).toBeNull()
})
