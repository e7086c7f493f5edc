import { expect, test } from 'vitest'
import { chromiumArguments } from './arguments.ts'

const base = { url: 'http://127.0.0.1:4100/#t', profileDir: '/tmp/p', uid: 1000 }

test('a kiosk browser shows one page full screen from a fresh profile', () => {
  const args = chromiumArguments(base)
  expect(args).toContain('--kiosk')
  expect(args).toContain('--app=http://127.0.0.1:4100/#t')
  expect(args).toContain('--user-data-dir=/tmp/p')
  expect(args).toContain('--incognito')
})

test('the sandbox is given up only for root', () => {
  expect(chromiumArguments(base)).not.toContain('--no-sandbox')
  expect(chromiumArguments({ ...base, uid: 0 })).toContain('--no-sandbox')
})

test('no other machine can be reached and nothing is fetched in the background', () => {
  const args = chromiumArguments(base)
  expect(args).toContain('--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1')
  for (const flag of ['--disable-background-networking', '--disable-component-update', '--disable-sync']) {
    expect(args).toContain(flag)
  }
})

test('no flag opens a debugger or weakens web security', () => {
  const joined = chromiumArguments({ ...base, uid: 0, windowed: true }).join(' ')
  expect(joined).not.toMatch(
    /remote-debugging|disable-web-security|allow-file-access|ignore-certificate|load-extension/,
  )
})

test('each flag is given once, since Chromium keeps only the last', () => {
  const names = chromiumArguments({ ...base, uid: 0 }).map((arg) => arg.split('=')[0])
  expect(new Set(names).size).toBe(names.length)
})

test('a windowed browser differs only in --kiosk', () => {
  expect(chromiumArguments({ ...base, windowed: true })).toEqual(
    chromiumArguments(base).filter((arg) => arg !== '--kiosk'),
  )
})
