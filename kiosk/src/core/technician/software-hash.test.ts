import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FileHash, softwareHash } from './software-hash.ts'

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
const files: FileHash[] = ['kiosk/src/main.ts', 'protocol/src/bytes.ts', 'a', '한글'].map((path) => ({
  path,
  sha256: hashOf(path),
}))

test('the hash is that of the sorted lines of sha256sum, whatever the order of the files', () => {
  const lines = ['a', 'kiosk/src/main.ts', 'protocol/src/bytes.ts', '한글']
  expect(softwareHash(files)).toBe(hashOf(lines.map((path) => `${hashOf(path)}  ${path}\n`).join('')))
  fc.assert(
    fc.property(fc.shuffledSubarray(files, { minLength: files.length }), (shuffled) => {
      expect(softwareHash(shuffled)).toBe(softwareHash(files))
    }),
    { numRuns: 20 },
  )
})

test('a changed byte, a moved file and a missing file each give another hash', () => {
  const [first, ...rest] = files as [FileHash, ...FileHash[]]
  const variants = [
    rest,
    [{ ...first, sha256: hashOf('x') }, ...rest],
    [{ ...first, path: 'moved' }, ...rest],
  ]
  for (const variant of variants) expect(softwareHash(variant)).not.toBe(softwareHash(files))
})

test('a list that could be read in two ways is a mistake', () => {
  const [first] = files as [FileHash]
  expect(() => softwareHash([first, first])).toThrow(/twice/)
  expect(() => softwareHash([{ ...first, path: 'a\nb' }])).toThrow(/line/)
  expect(() => softwareHash([{ ...first, sha256: 'AB' }])).toThrow(/hex/)
})
