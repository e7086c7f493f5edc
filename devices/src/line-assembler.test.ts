import { utf8 } from '@hanpyo/protocol/bytes.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineAssembler } from './line-assembler.ts'

test('CR, LF and CR LF end a line; blank lines and spaces around vanish', () => {
  expect(new LineAssembler().push(utf8('a\r\n\r\n b \rc\n\n'))).toEqual(['a', 'b', 'c'])
})

test('however the bytes are cut, the lines are the same', () => {
  const lines = fc.array(fc.string({ minLength: 1, maxLength: 20 }).filter((line) => line.trim() === line))
  fc.assert(
    fc.property(lines, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (texts, cuts) => {
      const bytes = utf8(texts.map((line) => `${line}\r\n`).join(''))
      const assembler = new LineAssembler()
      const found: string[] = []
      for (let at = 0; at < bytes.length; ) {
        const length = cuts.next().value
        found.push(...assembler.push(bytes.subarray(at, at + length)))
        at += length
      }
      expect(found).toEqual(new LineAssembler().push(bytes))
    }),
  )
})

test('an overlong line is dropped whole and the next one is read', () => {
  const assembler = new LineAssembler(10)
  expect(assembler.push(utf8('x'.repeat(50)))).toEqual([])
  expect(assembler.push(utf8(`${'x'.repeat(50)}\nnext\n`))).toEqual(['next'])
})

test('line noise is taken out of a line', () => {
  expect(new LineAssembler().push(Uint8Array.of(0, 0xff, 0x4f, 0x80, 0x4b, 7, 0x0a))).toEqual(['OK'])
})
