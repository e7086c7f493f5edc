import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromBase64, toBase64 } from '../bytes.ts'
import { nobleEd25519 } from '../group/ed25519-noble.ts'
import { x25519PublicKey } from '../group/x25519.ts'
import { isPossessionProven, provePossession } from './key-possession.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

test('whoever holds both secrets proves it, whatever they and the randomness are, and one changed part breaks the proof', () => {
  fc.assert(
    fc.property(
      bytes(32),
      bytes(32),
      bytes(64),
      fc.integer({ min: 0, max: 0xffff }),
      fc.nat(),
      (ed25519Seed, x25519Secret, noise, kiosk, place) => {
        const claim = {
          kiosk,
          ed25519: toBase64(nobleEd25519.publicKey(ed25519Seed)),
          x25519: toBase64(x25519PublicKey(x25519Secret)),
          certificateRequest: 'request',
        }
        const crypto = { ed25519: nobleEd25519, random: () => noise }
        const proof = provePossession(claim, { ed25519Seed, x25519Secret }, crypto)
        const holds = (more: object, other: object = {}) =>
          isPossessionProven(nobleEd25519, { ...claim, ...more }, { ...proof, ...other })
        expect(holds({})).toBe(true)
        expect(holds({ kiosk: kiosk ^ 1 })).toBe(false)
        expect(holds({ certificateRequest: 'other' })).toBe(false)
        for (const part of ['ed25519', 'x25519'] as const) {
          const changed = fromBase64(proof[part])
          changed[place % 64]! ^= 1 << (place % 8)
          expect(holds({}, { [part]: toBase64(changed) })).toBe(false)
        }
        expect(holds({}, { x25519: proof.ed25519 })).toBe(false)
      },
    ),
    { numRuns: 5 },
  )
})

test('keys of low order, on the twist, or not canonical prove nothing', () => {
  const seed = new Uint8Array(32).fill(3)
  const odd = [0, 1, 2].map((value) => Uint8Array.of(value, ...new Uint8Array(31)))
  for (const x25519 of [
    ...odd,
    new Uint8Array(32).fill(255),
    Uint8Array.of(236, ...new Uint8Array(30).fill(255), 127),
  ]) {
    const claim = { kiosk: 1, ed25519: toBase64(nobleEd25519.publicKey(seed)), x25519: toBase64(x25519) }
    const crypto = { ed25519: nobleEd25519, random: (length: number) => new Uint8Array(length) }
    const proof = provePossession(claim, { ed25519Seed: seed, x25519Secret: seed }, crypto)
    expect(isPossessionProven(nobleEd25519, claim, proof)).toBe(false)
  }
})
