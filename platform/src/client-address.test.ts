import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressKey, clientAddress, trustedProxies } from './client-address.ts'

const none = trustedProxies([])
const own = trustedProxies(['127.0.0.1', '10.0.0.0/8', '2001:db8:aa::/48'])

test('without a trusted proxy the header is not believed', () => {
  expect(clientAddress('203.0.113.7', '198.51.100.1', none)).toBe('203.0.113.7')
  expect(clientAddress('203.0.113.7', '198.51.100.1', own)).toBe('203.0.113.7')
})

test('a chain of own proxies leads to the last stranger, whatever the stranger claims', () => {
  expect(clientAddress('127.0.0.1', '198.51.100.1', own)).toBe('198.51.100.1')
  expect(clientAddress('::ffff:127.0.0.1', '192.0.2.1, 198.51.100.1, 10.1.2.3', own)).toBe('198.51.100.1')
  expect(clientAddress('2001:db8:aa::1', '127.0.0.1, 2001:db8::5', own)).toBe('2001:db8::5')
  expect(clientAddress('127.0.0.1', '198.51.100.1, nonsense', own)).toBe('127.0.0.1')
  expect(clientAddress('127.0.0.1', '', own)).toBe('127.0.0.1')
})

test('one household is one key, however it is written', () => {
  expect(addressKey('::ffff:192.0.2.1')).toBe('192.0.2.1')
  expect(addressKey('2001:db8:0:1::1')).toBe(addressKey('2001:0db8:0000:0001:ffff:1:2:3'))
  expect(addressKey('2001:DB8::1')).toBe('2001:db8:0:0::/64')
  expect(addressKey('::1')).toBe('0:0:0:0::/64')
  expect(addressKey('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
})

test('two addresses share a key exactly when their first 64 bits are the same', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      fc.pre(!/[.]/.test(address))
      const bits = new URL(`http://[${address}]`).hostname
      expect(addressKey(bits.slice(1, -1))).toBe(addressKey(address))
    }),
  )
})

test('what is no address or range is named', () => {
  for (const wrong of ['proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', '::1/x', '']) {
    expect(() => trustedProxies([wrong])).toThrow(RangeError)
  }
})
