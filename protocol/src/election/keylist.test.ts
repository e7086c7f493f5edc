import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concatBytes, toBase64, toHex } from '../bytes.ts'
import { sha256 } from '../hash.ts'
import { leafHash, nodeHash } from '../log/merkle.ts'
import { expectOk } from '../result.ts'
import {
  commitKeyList,
  encodeCredentialList,
  encodeSupportList,
  findCredential,
  keyListRoot,
  parseCredentialList,
  parseSupportList,
} from './keylist.ts'

const key = (byte: number) => new Uint8Array(32).fill(byte)
const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 })
const anyEntries = fc.uniqueArray(fc.record({ publicKey: anyKey, style: fc.nat(255) }), {
  selector: ({ publicKey }) => toHex(publicKey),
  maxLength: 40,
})

test('a credential list comes back sorted, and every key is found at its place', () => {
  fc.assert(
    fc.property(anyEntries, (entries) => {
      const list = expectOk(parseCredentialList(encodeCredentialList(entries)))
      expect(list).toHaveLength(entries.length)
      for (const [index, { publicKey, style }] of list.entries()) {
        expect(findCredential(list, publicKey)).toBe(index)
        expect(entries.find((entry) => toHex(entry.publicKey) === toHex(publicKey))?.style).toBe(style)
      }
    }),
  )
})

test('a key that is not listed is not found', () => {
  const list = expectOk(
    parseCredentialList(encodeCredentialList([2, 4].map((n) => ({ publicKey: key(n), style: 1 })))),
  )
  expect([1, 3, 5].map((n) => findCredential(list, key(n)))).toEqual([undefined, undefined, undefined])
  expect(findCredential([], key(1))).toBeUndefined()
})

test('lists that are cut, unsorted or hold a key twice are refused, even with different styles', () => {
  const entry = (n: number, style = 1) => concatBytes(key(n), Uint8Array.of(style))
  expect(parseCredentialList(entry(1).slice(1))).toMatchObject({ error: 'keylist-length' })
  expect(parseCredentialList(concatBytes(entry(2), entry(1)))).toMatchObject({
    error: 'keylist-order',
    detail: 'entry 1',
  })
  expect(parseCredentialList(concatBytes(entry(1, 1), entry(1, 2)))).toMatchObject({ error: 'keylist-order' })
  expect(parseSupportList(concatBytes(key(1), key(1)))).toMatchObject({ error: 'keylist-order' })
  expect(() => encodeCredentialList([1, 1].map((n) => ({ publicKey: key(n), style: n })))).toThrow(
    'a key repeats',
  )
  expect(() => encodeSupportList([key(1), key(1)])).toThrow('a key repeats')
})

test('the root is the RFC 6962 root over entries and the blob is the hash of all bytes', () => {
  const list = encodeCredentialList([1, 2].map((n) => ({ publicKey: key(n), style: n })))
  const root = nodeHash(leafHash(list.slice(0, 33)), leafHash(list.slice(33)))
  expect(keyListRoot(list)).toEqual(root)
  expect(commitKeyList(list)).toEqual({ count: 2, root: toBase64(root), blob: toHex(sha256(list)) })
  const support = encodeSupportList([key(2), key(1)])
  expect(support).toEqual(concatBytes(key(1), key(2)))
  expect(keyListRoot(support, 32)).toEqual(nodeHash(leafHash(key(1)), leafHash(key(2))))
})
