import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from '@playwright/test'
import { UI_FOLDER } from './support/paths.ts'

/** Without the font, which is not code and does not compress. */
const MOST_GZIPPED_BYTES = 250_000

const files = (): { name: string; bytes: Buffer }[] =>
  readdirSync(join(UI_FOLDER, 'assets')).map((name) => ({
    name,
    bytes: readFileSync(join(UI_FOLDER, 'assets', name)),
  }))

test('the page’s code is small enough to read: at most 250 kB gzipped', () => {
  const code = files().filter(({ name }) => /\.(js|css)$/.test(name))
  expect(code.length).toBeGreaterThan(1)
  const size = code.reduce((sum, { bytes }) => sum + gzipSync(bytes).length, 0)
  console.log(`the page's code is ${(size / 1000).toFixed(1)} kB gzipped`)
  expect(size).toBeLessThan(MOST_GZIPPED_BYTES)
})

test('nothing is inlined into the page or loaded from elsewhere', () => {
  const html = readFileSync(join(UI_FOLDER, 'index.html'), 'utf8')
  expect(html).not.toMatch(/<style|style=|<script>|https?:\/\//)
  for (const { name, bytes } of files().filter((one) => one.name.endsWith('.css'))) {
    expect(bytes.toString(), name).not.toMatch(/url\((?!\/assets\/)|@import/)
  }
})

test('both weights of the font come with the page', () => {
  const fonts = files().filter(({ name }) => name.endsWith('.woff2'))
  expect(fonts.map(({ name }) => name.split('.')[0]).sort()).toEqual([
    'Pretendard-Bold',
    'Pretendard-Regular',
  ])
})
