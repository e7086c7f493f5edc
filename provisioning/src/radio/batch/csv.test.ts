import { utf8 } from '@hanpyo/protocol/bytes.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CsvLimits, readCsv } from './csv.ts'

async function read(bytes: Uint8Array | string, size = 7, limits?: CsvLimits) {
  const all = typeof bytes === 'string' ? utf8(bytes) : bytes
  const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
    all.subarray(i * size, (i + 1) * size),
  )
  const records = []
  for await (const record of readCsv(chunks, limits)) records.push(record)
  return records
}

const rows = async (text: string | Uint8Array, size?: number) =>
  (await read(text, size)).map((record) =>
    record.ok ? [record.value.line, ...record.value.fields] : record.error,
  )

test('quotes, commas and line breaks in fields, a mark at the beginning and empty lines are read as RFC 4180 says', async () => {
  const text = '\ufeff번호,이름\r\n\r\n1,"반포, ""1""층"\r\n2,"두\r\n줄"\n3,\n'
  for (const size of [1, 2, 3, 100]) {
    expect(await rows(text, size)).toEqual([
      [1, '번호', '이름'],
      [3, '1', '반포, "1"층'],
      [4, '2', '두\r\n줄'],
      [6, '3', ''],
    ])
  }
})

test('a file without a last line break loses nothing', async () => {
  expect(await rows('a,b')).toEqual([[1, 'a', 'b']])
  expect(await rows('')).toEqual([])
})

test.each([
  ['1,"open\n2,x', 'csv-quote'],
  ['1,a"b', 'csv-quote'],
  ['1,"a"b', 'csv-quote'],
])('%j is refused as %s', async (text, error) => {
  expect((await rows(text)).at(-1)).toBe(error)
})

test('a table saved in the Korean code page of Windows is refused instead of read wrongly', async () => {
  const cp949 = Uint8Array.of(0xb9, 0xf8, 0xc8, 0xa3, 0x2c, 0x61, 0x0a)
  expect(await rows(cp949)).toEqual(['csv-not-utf8'])
})

test('neither a record without an end nor endless records fill the memory', async () => {
  const limits = { recordCharacters: 10, records: 3 }
  expect((await read('x'.repeat(50), 7, limits)).at(-1)).toMatchObject({ error: 'csv-record-too-long' })
  expect((await read('1\n'.repeat(9), 7, limits)).map((one) => one.ok)).toEqual([true, true, true, false])
})

test('any table that is written with quotes is read back', async () => {
  const field = fc.string({ unit: fc.constantFrom('a', '가', ',', '"', '\n', '\r', ' ', '1') })
  const table = fc.array(fc.array(field, { minLength: 2, maxLength: 3 }), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), async (records, size) => {
      const text = records
        .map((record) => record.map((one) => `"${one.replaceAll('"', '""')}"`).join(','))
        .join('\r\n')
      expect((await read(text, size)).map((one) => one.ok && one.value.fields)).toEqual(records)
    }),
    { numRuns: 60 },
  )
})
