import { type OutlineFont, openKoreanOutlines } from '@hanpyo/platform/font.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import fc from 'fast-check'
import decodeQR from 'qr/decode.js'
import { beforeAll, expect, test } from 'vitest'
import type { Receipt } from '../receipt.ts'
import type { Bitmap } from './bitmap.ts'
import { HEAD_DOTS, renderReceipt } from './render-receipt.ts'
import { TypeSetter } from './type-setter.ts'

let font: OutlineFont
let setter: TypeSetter

beforeAll(async () => {
  font = await openKoreanOutlines()
  setter = new TypeSetter(font)
})

const QR = 'HTTPS://BOARD.EXAMPLE/R/ABCDEFGH0123456789ABCDEFGH0123456789'
const RECEIPT: Receipt = {
  title: '투표 확인표',
  parts: [
    { kind: 'text', text: '이 번호로 내 표가 장부에 있는지 확인할 수 있어요.' },
    { kind: 'rule' },
    { kind: 'pair', label: '표 번호', value: '1042' },
    { kind: 'big', text: 'A7K2-9QWX-M3PD-5TRV-8ZC1' },
    { kind: 'qr', text: QR, encoding: 'alphanumeric' },
  ],
}

function decode({ width, height, isDark }: Pick<Bitmap, 'width' | 'height' | 'isDark'>): string {
  const data = new Uint8Array(width * height * 4).fill(255)
  for (let i = 0; i < width * height; i++) {
    if (isDark(i % width, Math.floor(i / width))) data.set([0, 0, 0], 4 * i)
  }
  return decodeQR({ width, height, data })
}

test.each([58, 80] as const)('on %i mm paper the QR code of a whole receipt can be scanned', (paper) => {
  const picture = expectOk(renderReceipt(RECEIPT, paper, setter))
  expect(picture.width).toBe(HEAD_DOTS[paper])
  const { width, height } = picture
  expect(decode({ width, height, isDark: (x, y) => picture.isDark(x, y) })).toBe(QR)
})

test('the same receipt gives the same dots, whoever draws it and whenever', () => {
  const first = expectOk(renderReceipt(RECEIPT, 80, setter))
  const second = expectOk(renderReceipt(RECEIPT, 80, new TypeSetter(font)))
  expect(second.data).toEqual(first.data)
})

test('Hangul that comes as single letters prints as syllables', () => {
  const draw = (text: string) =>
    renderReceipt({ title: text, parts: [{ kind: 'pair', label: text, value: text }] }, 80, setter)
  expect(expectOk(draw('확인표'.normalize('NFD'))).data).toEqual(expectOk(draw('확인표')).data)
})

test('letters are inside the paper: nothing is cut off at its edges', () => {
  const text = '가각간갇갈감갑값갓강'.repeat(4)
  const picture = expectOk(renderReceipt({ title: 'x', parts: [{ kind: 'text', text }] }, 58, setter))
  const style = { sizeDots: 28 }
  for (const line of setter.wrap(text, style, picture.width))
    expect(setter.widthDots(line, style)).toBeLessThanOrEqual(picture.width)
})

test('two different syllables look different, dense ones included', () => {
  const draw = (text: string) =>
    expectOk(renderReceipt({ title: '가', parts: [{ kind: 'text', text }] }, 80, setter)).data
  const looks = [...'훑훌밝밟옳옮뺌뺨쯩쯤'].map((syllable) => Buffer.from(draw(syllable)).toString('base64'))
  expect(new Set(looks).size).toBe(looks.length)
})

test.each<[string, Receipt, RegExp]>([
  ['a character the font lacks', { title: '漢', parts: [] }, /U\+6F22/],
  ['one in a label', { title: 'x', parts: [{ kind: 'pair', label: '𠀀', value: '' }] }, /U\+20000/],
  [
    'a QR code too large for the paper',
    { title: 'x', parts: [{ kind: 'qr', text: 'x'.repeat(3_000) }] },
    /QR/,
  ],
  [
    'a QR text of the wrong kind',
    { title: 'x', parts: [{ kind: 'qr', text: 'é', encoding: 'alphanumeric' }] },
    /QR/,
  ],
  ['half a metre of text', { title: 'x', parts: [{ kind: 'text', text: '가\n'.repeat(200) }] }, /mm long/],
])('%s is refused and the text itself is not repeated', (_, receipt, reason) => {
  const result = renderReceipt(receipt, 80, setter)
  expect(result).toMatchObject({
    ok: false,
    error: 'receipt-unprintable',
    detail: expect.stringMatching(reason),
  })
})

test('wrapping loses nothing but spaces and keeps to the width, whatever the text', () => {
  const style = { sizeDots: 30 }
  const text = fc.string({ unit: fc.constantFrom('가', '나', 'W', '1', ' ', '-', '\n', '.'), maxLength: 80 })
  fc.assert(
    fc.property(text, fc.integer({ min: 40, max: 300 }), (words, width) => {
      const lines = setter.wrap(words, style, width)
      expect(lines.join('').replaceAll(' ', '')).toBe(words.replaceAll(/[ \n]/g, ''))
      for (const line of lines) expect(setter.widthDots(line, style)).toBeLessThanOrEqual(width)
    }),
    { numRuns: 200 },
  )
})
