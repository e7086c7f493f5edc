import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createPdf, drawQr, MM, unprintableCharacters } from './pdf.ts'

test('Korean text comes out of the PDF again and its font is embedded', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hanpyo-pdf-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'slip.pdf')
  const bytes = await createPdf({
    title: '투표용지 교환권',
    draw(document) {
      document.fontSize(14).text('서초구 주민참여예산 투표: 12345번')
      drawQr(document, 'HP1TEST', { x: 20 * MM, y: 40 * MM, sizePoints: 30 * MM })
      document.addPage().text('둘째 쪽')
    },
  })
  writeFileSync(file, bytes)
  const text = execFileSync('pdftotext', [file, '-'], { encoding: 'utf8' })
  expect(text).toContain('서초구 주민참여예산 투표: 12345번')
  expect(text).toContain('둘째 쪽')
  const fonts = execFileSync('pdffonts', [file], { encoding: 'utf8' }).trim().split('\n').slice(2)
  expect(fonts).toHaveLength(1)
  expect(fonts[0]).toMatch(/Pretendard-Regular .* yes yes yes/)
  // The whole font would be far larger than the characters used.
  expect(bytes.length).toBeLessThan(60_000)
})

test('the font has every everyday Hangul syllable, and says what it lacks', async () => {
  expect(await unprintableCharacters('가나다 힣 ABC 123 · — “따옴표” ①')).toEqual([])
  expect(await unprintableCharacters('漢字 가')).toEqual(['漢', '字'])
})
