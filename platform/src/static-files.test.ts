import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { folderFiles } from './static-files.ts'

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'hanpyo-files-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  mkdirSync(join(path, 'ui', 'assets'), { recursive: true })
  writeFileSync(join(path, 'ui', 'index.html'), '<p>')
  writeFileSync(join(path, 'ui', 'assets', 'a-1.js'), '1')
  writeFileSync(join(path, 'ui', '.hidden.js'), '1')
  writeFileSync(join(path, 'secret.json'), '{}')
  return folderFiles(join(path, 'ui'))
}

test('the page and its assets are served with their types', async () => {
  const files = folder()
  expect((await files('/'))?.type).toBe('text/html; charset=utf-8')
  expect((await files('/assets/a-1.js'))?.type).toBe('text/javascript; charset=utf-8')
})

test.each([
  '/../secret.json',
  '/%2e%2e/secret.json',
  '/..%2fsecret.json',
  '/assets/../../secret.json',
  '/.hidden.js',
  '/assets',
  '/missing.js',
  '/index.html%00.js',
  '/%',
  '//etc/passwd.json',
])('%s is not there', async (pathname) => {
  expect(await folder()(pathname)).toBeNull()
})
