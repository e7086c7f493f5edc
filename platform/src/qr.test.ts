import { inflateSync } from 'node:zlib'
import decodeQR from 'qr/decode.js'
import { expect, test } from 'vitest'
import { qrMatrix, qrPngDataUrl, qrSvg } from './qr.ts'

const SLIP = 'HP10123456789ABCDEFGHJKMNPQRSTV'

function decode(rows: boolean[][], scale = 4): string {
  const size = rows.length * scale
  const data = new Uint8Array(size * size * 4)
  for (let i = 0; i < size * size; i++) {
    const dark = rows[Math.floor(Math.floor(i / size) / scale)]![Math.floor((i % size) / scale)]!
    data.set([dark ? 0 : 255, dark ? 0 : 255, dark ? 0 : 255, 255], 4 * i)
  }
  return decodeQR({ width: size, height: size, data })
}

test('a scanner reads back what was encoded', () => {
  expect(decode(qrMatrix(SLIP, { encoding: 'alphanumeric' }))).toBe(SLIP)
})

test('alphanumeric mode makes a smaller symbol than byte mode', () => {
  const packed = qrMatrix(SLIP, { encoding: 'alphanumeric' }).length
  expect(packed).toBeLessThan(qrMatrix(SLIP, { encoding: 'byte' }).length)
})

test('the SVG and the PNG show the same modules as the matrix', () => {
  const rows = qrMatrix(SLIP)
  const svg = qrSvg(SLIP)
  const drawn = rows.map((row) => row.map(() => false))
  for (const [, x, y, length] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1/g)) {
    for (let i = 0; i < Number(length); i++) drawn[Number(y)]![Number(x) + i] = true
  }
  expect(drawn).toEqual(rows)

  const bytes = Buffer.from(qrPngDataUrl(SLIP, { pixelsPerModule: 1 }).split(',')[1]!, 'base64')
  const dataAt = bytes.indexOf('IDAT') + 4
  const pixels = inflateSync(bytes.subarray(dataAt, dataAt + bytes.readUInt32BE(dataAt - 8)))
  const lineBytes = 1 + Math.ceil(rows.length / 8)
  const seen = rows.map((row, y) =>
    row.map((_, x) => ((pixels[y * lineBytes + 1 + (x >> 3)]! >> (7 - (x & 7))) & 1) === 0),
  )
  expect(seen).toEqual(rows)
})
