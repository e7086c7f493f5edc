import { utf8 } from '@hanpyo/protocol/bytes.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyLineReader } from './key-lines.ts'

test('plus is down, minus is up, everything else is noise', () => {
  const reader = new KeyLineReader()
  expect(reader.push(utf8('+up\r\n.\nboot v1\n-up\n+\n++x\n+a b\n'))).toEqual([
    { code: 'up', isDown: true },
    { code: 'up', isDown: false },
  ])
})

test('however the bytes are cut, the keys are the same, and noise lines around them change nothing', () => {
  const code = fc.stringMatching(/^[A-Za-z0-9_-]{1,16}$/)
  const key = fc.record({ code, isDown: fc.boolean() })
  const noise = fc
    .uint8Array({ maxLength: 60 })
    .map((bytes) => bytes.map((byte) => (byte === 0x2b || byte === 0x2d ? 0 : byte)))
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, noise), { maxLength: 15 }),
      fc.integer({ min: 1, max: 9 }),
      (keys, cut) => {
        const bytes = Uint8Array.from(
          keys.flatMap(([{ code: name, isDown }, extra]) => [
            ...utf8(`${isDown ? '+' : '-'}${name}\n`),
            ...extra,
            0x0a,
          ]),
        )
        const reader = new KeyLineReader()
        const read = []
        for (let at = 0; at < bytes.length; at += cut) read.push(...reader.push(bytes.subarray(at, at + cut)))
        expect(read).toEqual(keys.map(([one]) => one))
      },
    ),
  )
})

test('a flood without line ends is dropped up to its end', () => {
  const reader = new KeyLineReader()
  for (let piece = 0; piece < 1_000; piece++) expect(reader.push(utf8(`+up${'x'.repeat(1_000)}`))).toEqual([])
  expect(reader.push(utf8('\n+up\n'))).toEqual([{ code: 'up', isDown: true }])
})
