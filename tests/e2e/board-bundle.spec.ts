import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from '@playwright/test'
import { BOARD_FOLDER } from './support/paths.ts'

/** What a phone loads before it shows anything. */
const MOST_INITIAL_BYTES = 150_000
/** Loaded beside it by threads of their own, and the QR reader when somebody opens the camera. */
const MOST_LATER_BYTES = 300_000

const html = readFileSync(join(BOARD_FOLDER, 'index.html'), 'utf8')
const assets = readdirSync(join(BOARD_FOLDER, 'assets')).map((name) => {
  const bytes = readFileSync(join(BOARD_FOLDER, 'assets', name))
  return { name, text: bytes.toString(), gzipped: gzipSync(bytes).length }
})
const sum = (files: typeof assets): number => files.reduce((total, { gzipped }) => total + gzipped, 0)

test('the first load is at most 150 kB gzipped, and holds none of the checking', () => {
  const initial = assets.filter(({ name }) => html.includes(`assets/${name}`))
  const later = assets.filter((one) => !initial.includes(one))
  console.log(
    `board: ${(sum(initial) / 1000).toFixed(1)} kB gzipped at first, ${(sum(later) / 1000).toFixed(1)} kB later`,
  )
  expect(initial.length).toBe(2)
  expect(sum(initial) + gzipSync(html).length).toBeLessThan(MOST_INITIAL_BYTES)
  expect(sum(later)).toBeLessThan(MOST_LATER_BYTES)
  for (const { name, text } of initial) expect(text, name).not.toMatch(/ZodError|hanpyo\/ballot-sok|AGFzbQ/)
})

test('the page stands anywhere: relative paths, nothing inlined, nothing from elsewhere', () => {
  expect(html).not.toMatch(/<style|style=|<script>|(?:src|href)="(?:\/|https?:)/)
  expect(html).toContain("default-src 'none'")
  for (const { name, text } of assets.filter(({ name }) => name.endsWith('.css'))) {
    expect(text, name).not.toMatch(/@import|url\(/)
  }
})

test('without scripts the page leads to the plain facts, in both languages', () => {
  const [, without = ''] = /<noscript>([\s\S]*)<\/noscript>/.exec(html) ?? []
  expect(without.match(/href="\.\.\/facts"/g)).toHaveLength(2)
  expect(without).toMatch(/lang="en"/)
})
