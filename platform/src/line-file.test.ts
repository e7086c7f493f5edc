import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLineFile } from './line-file.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-lines-'))
})
afterEach(() => rm(dir, { recursive: true }))

test('lines come back in order, any range of them, also after opening again', async () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\n', ''))
  let run = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 20 }),
      fc.nat(20),
      fc.nat(20),
      async (lines, first, count) => {
        const path = join(dir, `${run++}`)
        const file = await openLineFile(path)
        await Promise.all(lines.map((text) => file.append(text)))
        expect(await file.read(first, count)).toEqual(lines.slice(first, first + count))
        await file.close()
        const again = await openLineFile(path)
        expect([again.count, await again.read(0, 99)]).toEqual([lines.length, lines])
        await again.close()
      },
    ),
    { numRuns: 30 },
  )
})

test('a line that was cut short is gone, and the next one is whole', async () => {
  const path = join(dir, 'cut')
  const file = await openLineFile(path)
  await file.append('one')
  await file.close()
  await appendFile(path, '{"half":')
  const again = await openLineFile(path)
  await again.append('two')
  expect(await again.read(0, 9)).toEqual(['one', 'two'])
  await again.close()
  expect(await readFile(path, 'utf8')).toBe('one\ntwo\n')
})

test('a file longer than one reading, with lines across its seams, is counted right', async () => {
  const path = join(dir, 'long')
  const file = await openLineFile(path)
  const lines = Array.from({ length: 400 }, (_, at) => `${at} ${'x'.repeat(997)}`)
  for (const line of lines) await file.append(line)
  await file.close()
  const again = await openLineFile(path)
  expect(again.count).toBe(400)
  expect(await again.read(130, 2)).toEqual(lines.slice(130, 132))
  await again.close()
})

test('two lines in one are refused', async () => {
  const file = await openLineFile(join(dir, 'two'))
  await expect(file.append('a\nb')).rejects.toThrow('line feed')
  expect(file.count).toBe(0)
  await file.close()
})
