import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { expect, test } from 'vitest'
import { createCheckpointSigner } from './checkpoint-signer.ts'

const signer = () =>
  createCheckpointSigner({
    ed25519: nobleEd25519,
    seed: new Uint8Array(32).fill(1),
    origin: 'vote.example.org/2026/a',
  })
const root = (n: number) => new Uint8Array(32).fill(n)

test('a second root for a published size is not signed, the same root is', () => {
  const one = signer()
  const checkpoint = one.sign(5, root(1))
  one.published({ size: 5, root: root(1), checkpoint })
  expect(() => one.sign(5, root(2))).toThrow('second root')
  expect(one.sign(5, root(1))).toBe(checkpoint)
})

test('a tree smaller than the published one is not signed', () => {
  const one = signer()
  one.published({ size: 5, root: root(1), checkpoint: '' })
  expect(() => one.sign(4, root(1))).toThrow('below')
})

test('a checkpoint that was never committed does not bind the signer', () => {
  const one = signer()
  one.sign(5, root(1))
  expect(() => one.sign(5, root(2))).not.toThrow()
})
