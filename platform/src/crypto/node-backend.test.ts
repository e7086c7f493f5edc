import { readFileSync } from 'node:fs'
import { concatBytes, fromHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { nobleGroup } from '@hanpyo/protocol/group/noble.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createNodeBackend, createNodeEd25519 } from './node-backend.ts'

interface Ed25519Vectors {
  readonly rfc8032: { name: string; seed: string; publicKey: string; message: string; signature: string }[]
  readonly edgeCases: {
    name: string
    publicKey: string
    message: string
    signature: string
    keyAcceptable: boolean
    valid: boolean
  }[]
}

const vectors = JSON.parse(
  readFileSync(new URL('../../../docs/vectors/ed25519.json', import.meta.url), 'utf8'),
) as Ed25519Vectors

const node = createNodeEd25519()

test.each(vectors.rfc8032)('RFC 8032 $name is signed and verified on node:crypto', (vector) => {
  const [seed, message] = [fromHex(vector.seed), fromHex(vector.message)]
  expect(node.publicKey(seed)).toEqual(fromHex(vector.publicKey))
  expect(node.sign(seed, message)).toEqual(fromHex(vector.signature))
  expect(node.verify(fromHex(vector.publicKey), message, fromHex(vector.signature))).toBe(true)
})

test.each(vectors.edgeCases)('node:crypto decides like noble: $name', (edge) => {
  const key = fromHex(edge.publicKey)
  expect(node.isAcceptableKey(key)).toBe(edge.keyAcceptable)
  expect(node.verify(key, fromHex(edge.message), fromHex(edge.signature))).toBe(edge.valid)
})

test('node:crypto and noble agree on signatures and on every kind of damage to them', () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  fc.assert(
    fc.property(
      bytes(32),
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(95),
      fc.nat(255),
      (seed, message, at, mask) => {
        const key = nobleEd25519.publicKey(seed)
        const signature = nobleEd25519.sign(seed, message)
        expect(node.publicKey(seed)).toEqual(key)
        expect(node.sign(seed, message)).toEqual(signature)
        const both = concatBytes(signature, key)
        both[at] = (both[at] as number) ^ mask
        const [damagedSignature, damagedKey] = [both.slice(0, 64), both.slice(64)]
        const expected = nobleEd25519.verify(damagedKey, message, damagedSignature)
        expect(expected).toBe(mask === 0)
        expect(node.isAcceptableKey(damagedKey)).toBe(nobleEd25519.isAcceptableKey(damagedKey))
        expect(node.verify(damagedKey, message, damagedSignature)).toBe(expected)
      },
    ),
    { numRuns: 60 },
  )
})

test('wrong lengths are refused and a wrong seed is a bug', () => {
  const seed = new Uint8Array(32).fill(3)
  const signature = node.sign(seed, utf8('x'))
  expect(node.verify(node.publicKey(seed), utf8('x'), signature.subarray(1))).toBe(false)
  expect(node.verify(new Uint8Array(31), utf8('x'), signature)).toBe(false)
  expect(() => node.sign(new Uint8Array(31), utf8('x'))).toThrow(RangeError)
})

test('the backend joins libsodium and node:crypto', async () => {
  const backend = await createNodeBackend()
  expect([backend.group.name, backend.ed25519.name]).toEqual(['libsodium', 'node'])
  const two = new Uint8Array(32)
  two[0] = 2
  expect(backend.group.multiplyBase(two)).toEqual(nobleGroup.multiplyBase(two))
})
