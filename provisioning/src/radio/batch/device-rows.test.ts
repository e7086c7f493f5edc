import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type KnownPlaces, readDeviceTable } from './device-rows.ts'

const ANYWHERE: KnownPlaces = { centres: undefined, slots: undefined }
const read = (text: string, places = ANYWHERE) => readDeviceTable([utf8(text)], places)

test('a table with Korean headers in any order is read', async () => {
  const text = '\ufeff설치 장소,비고,장치 EUI,번호\n반포,"1층, 왼쪽",24:E1:24:FF:FF:00:00:07,7\n'
  expect(expectOk(await read(text))).toEqual({
    rows: [
      {
        line: 2,
        kiosk: 7,
        centre: '반포',
        devEui: '24e124ffff000007',
        joinEui: undefined,
        description: '1층, 왼쪽',
        port: undefined,
      },
    ],
    problems: [],
  })
})

test('every mistake of a table is found in one go, with its line', async () => {
  const lines = [
    'kiosk,centre,dev_eui,join_eui,port',
    '1,banpo,24e124ffff000001,,',
    '1,banpo,24e124ffff000002,,',
    '3,banpo,24E124FFFF000001,,',
    '4,banpo,24e124ffff00000g,,',
    '5,banpo,24e124ffff0000,,',
    '6,atlantis,24e124ffff000006,,',
    'seven,banpo,24e124ffff000007,,',
    '8,banpo,24e124ffff000008,xyz,',
    '9,,24e124ffff000009,,',
    '10,banpo',
    '11,banpo,24e124ffff000011,,lpt1',
    '70000,banpo,24e124ffff000012,,',
    '13,banpo,0000000000000000,,',
  ]
  const { rows, problems } = expectOk(await read(lines.join('\n'), { centres: ['banpo'], slots: undefined }))
  expect(rows.map((row) => row.kiosk)).toEqual([1, 1, 3])
  expect(problems.map(({ line, code }) => `${line} ${code}`)).toEqual([
    '3 kiosk-twice',
    '4 deveui-twice',
    '5 deveui-malformed',
    '6 deveui-malformed',
    '7 centre-unknown',
    '8 kiosk-malformed',
    '9 joineui-malformed',
    '10 centre-missing',
    '11 fields-missing',
    '12 port-malformed',
    '13 kiosk-malformed',
    '14 deveui-malformed',
  ])
  expect(problems[0]?.detail).toBe('1, line 2')
})

test('a kiosk stands where the election says, and only its kiosks are taken', async () => {
  const places: KnownPlaces = { centres: ['banpo', 'seocho'], slots: new Map([[1, 'seocho']]) }
  const { problems } = expectOk(
    await read('id,centre,deveui\n1,banpo,24e124ffff000001\n2,banpo,24e124ffff000002\n', places),
  )
  expect(problems.map(({ line, code }) => `${line} ${code}`)).toEqual([
    '2 centre-of-another',
    '3 kiosk-unknown',
  ])
})

test.each([
  ['', 'csv-empty'],
  ['id,centre,deveui\n', 'csv-empty'],
  ['id,centre\n1,banpo\n', 'csv-header'],
  ['id,no,centre,deveui\n1,1,banpo,24e124ffff000001\n', 'csv-header'],
])('%j is refused as %s', async (text, error) => {
  expect(await read(text)).toMatchObject({ ok: false, error })
})

test('no file makes the reader throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      await readDeviceTable([utf8('id,centre,deveui\n'), bytes], ANYWHERE)
    }),
  )
})
