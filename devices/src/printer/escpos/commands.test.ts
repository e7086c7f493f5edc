import { concatBytes, toHex } from '@hanpyo/protocol/bytes.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bitmap } from '../raster/bitmap.ts'
import { BAND_ROWS, cut, initialise, rasterCommands, statusRequest } from './commands.ts'

test('commands are the bytes of the command reference', () => {
  expect(toHex(initialise())).toBe('1b40' + '1d6100' + '1d50cbcb')
  expect(toHex(cut())).toBe('1d564200')
  expect(toHex(statusRequest(4))).toBe('100404')
})

test('black rows become raster bands, a white gap a feed, and the order is that of the picture', () => {
  const picture = new Bitmap(16, 60)
  picture.set(0, 0)
  picture.set(15, 59)
  const hex = rasterCommands(picture).map(toHex)
  expect(hex).toEqual([`1d763000${'0200'}${'0100'}8000`, '1b4a3a', `1d763000${'0200'}${'0100'}0001`])
})

test('what is sent of a picture contains no real-time command, and the picture handed in stays as it was', () => {
  const row = fc.array(fc.constantFrom(0x10, 0x04, 0x05, 0x14, 0x01, 0x00, 0xff), {
    minLength: 6,
    maxLength: 6,
  })
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: BAND_ROWS + 8 }), (rows) => {
      const picture = new Bitmap(48, rows.length)
      picture.data.set(rows.flat())
      const before = picture.data.slice()
      const sent = concatBytes(...rasterCommands(picture))
      expect(picture.data).toEqual(before)
      for (let at = 1; at < sent.length; at++) {
        if (sent[at - 1] === 0x10) expect([0x04, 0x05, 0x14]).not.toContain(sent[at])
      }
    }),
  )
})

test('bands and feeds add up to the height of the picture', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 700 }), (isDark) => {
      const picture = new Bitmap(8, isDark.length)
      for (const [y, dark] of isDark.entries()) if (dark) picture.set(3, y)
      const rows = rasterCommands(picture).map((command) => (command[0] === 0x1b ? command[2]! : command[6]!))
      expect(rows.reduce((sum, count) => sum + count, 0)).toBe(isDark.length)
    }),
    { numRuns: 50 },
  )
})
