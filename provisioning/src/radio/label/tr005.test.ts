import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checksum, type DeviceCode, formatDeviceCode, parseDeviceCode } from './tr005.ts'

/** The sample of TR005, with all extensions. */
const SAMPLE = 'LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122:OAABBCCDDEEFF:SYYWWNNNNNN:PFOOBAR:CAF2C'
const SAMPLE_CODE: DeviceCode = {
  joinEui: '1122334455667788',
  devEui: 'aabbccddeeff0011',
  vendorId: 'aabb',
  vendorProfileId: '1122',
  ownerToken: 'AABBCCDDEEFF',
  serial: 'YYWWNNNNNN',
  proprietary: 'FOOBAR',
}

test('the sample of TR005 is written and read, checksum included', () => {
  expect(formatDeviceCode(SAMPLE_CODE)).toBe(SAMPLE)
  expect(parseDeviceCode(SAMPLE)).toEqual({ ok: true, value: SAMPLE_CODE })
})

test('the checksum is CRC-16/MODBUS: its published check value', () => {
  expect(checksum('123456789')).toBe('4B37')
})

test('a code without extensions has the five fields that ChirpStack reads', () => {
  const { joinEui, devEui, vendorId, vendorProfileId } = SAMPLE_CODE
  const text = formatDeviceCode({ joinEui, devEui, vendorId, vendorProfileId }, { checksum: false })
  expect(text).toBe('LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122')
  expect(parseDeviceCode(text)).toMatchObject({ ok: true, value: { devEui } })
})

test.each([
  ['HP1ABC', 'not-tr005'],
  [SAMPLE.replace('D0', 'D1'), 'schema-unknown'],
  [SAMPLE.replace('1122334455667788', '11223344556677'), 'eui-malformed'],
  [SAMPLE.replace('AABBCCDDEEFF0011', 'aabbccddeeff0011'), 'eui-malformed'],
  ['LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB', 'profile-malformed'],
  [SAMPLE.replace('FOOBAR', 'FOOBAS'), 'checksum-wrong'],
  ['LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122:S1:OAA', 'extension-malformed'],
  ['LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122:X1', 'extension-malformed'],
  ['LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122:', 'extension-malformed'],
])('%s is refused as %s', (text, error) => {
  expect(parseDeviceCode(text)).toMatchObject({ ok: false, error })
})

test('a lower-case letter or a colon in an extension is refused when it is written', () => {
  for (const serial of ['a', 'A:B', '한'])
    expect(() => formatDeviceCode({ ...SAMPLE_CODE, serial })).toThrow(RangeError)
})

const hex = (digits: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: digits, maxLength: digits })
    .map((all) => all.join(''))
const extension = fc.option(
  fc
    .array(fc.constantFrom(...'0123456789ABCXYZ $%*+-./'), { minLength: 1, maxLength: 20 })
    .map((all) => all.join('')),
  { nil: undefined },
)

test('what is written is read back, and one changed character is noticed', () => {
  const codes = fc.record({
    joinEui: hex(16),
    devEui: hex(16),
    vendorId: hex(4),
    vendorProfileId: hex(4),
    serial: extension,
  })
  fc.assert(
    fc.property(codes, fc.nat(), ({ serial, ...euis }, at) => {
      const code: DeviceCode = serial === undefined ? euis : { ...euis, serial }
      const text = formatDeviceCode(code)
      expect(parseDeviceCode(text)).toEqual({ ok: true, value: code })
      // The separator of the checksum cannot protect itself.
      const place = at % (text.length - ':C1234'.length)
      const other = text[place] === '7' ? '8' : '7'
      expect(parseDeviceCode(text.slice(0, place) + other + text.slice(place + 1)).ok).toBe(false)
    }),
  )
})

test('no text makes the reader throw', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseDeviceCode(`LW:D0:${text}`)))
})
