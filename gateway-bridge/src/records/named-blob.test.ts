import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { signNote } from '@hanpyo/protocol/log/note.ts'
import { expect, test } from 'vitest'
import { blobsNamedBy } from './named-blob.ts'

const hash = (digit: string): string => digit.repeat(64)

function leaf(type: number, value: object): Uint8Array {
  const seed = new Uint8Array(32).fill(1)
  const text = `${JSON.stringify(value)}\n`
  const note = signNote({ ed25519: nobleEd25519, name: 'log.example/office', seed, text })
  return Uint8Array.of(type, ...utf8(note))
}

test('records of a count name outputs, proofs, shares and plaintexts, and no list that is none', () => {
  const mix = { input: hash('a'), output: hash('b'), proof: hash('c') }
  expect(blobsNamedBy(leaf(RECORD.mix, mix))).toEqual([hash('b'), hash('c')])
  const shares = { mix: hash('b'), shares: hash('d'), proof: 'AAAA' }
  expect(blobsNamedBy(leaf(RECORD.decryption, shares))).toEqual([hash('d')])
  const contests = [{ id: 1, points: hash('e') }, { id: 2 }, { id: 3, points: hash('f') }]
  expect(blobsNamedBy(leaf(RECORD.result, { contests }))).toEqual([hash('e'), hash('f')])
})

test('other records name what their field "blob" says', () => {
  expect(blobsNamedBy(leaf(RECORD.voidSlips, { blob: hash('a'), output: hash('b') }))).toEqual([hash('a')])
  expect(blobsNamedBy(Uint8Array.of(RECORD.ballot, 1, 2))).toEqual([])
})
