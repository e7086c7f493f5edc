import { expect, test } from 'vitest'
import { toBase64 } from '../bytes.ts'
import { nobleEd25519 as ed25519 } from '../group/ed25519-noble.ts'
import { expectOk } from '../result.ts'
import { formatCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts'
import { EMPTY_ROOT } from './merkle.ts'
import { noteVerifier, signNote, vkeyOf } from './note.ts'

const seed = new Uint8Array(32).fill(3)
const root = new Uint8Array(32).fill(9)
const origin = 'vote.example/2026/plaza'
const log = expectOk(noteVerifier(ed25519, vkeyOf(ed25519, origin, seed)))
const hash = toBase64(root)

test.each([
  [`${origin}\n5\n${hash}`, 'checkpoint-malformed'],
  [`${origin}\n5\n`, 'checkpoint-malformed'],
  [`\n5\n${hash}\n`, 'checkpoint-malformed'],
  [`${origin}\n5\n${hash}\n\n`, 'checkpoint-malformed'],
  [`${origin} x\n5\n${hash}\n`, 'checkpoint-malformed'],
  [`${origin}\n5\n${hash}\nextension\n`, 'checkpoint-extension'],
  [`${origin}\n05\n${hash}\n`, 'checkpoint-size'],
  [`${origin}\n+5\n${hash}\n`, 'checkpoint-size'],
  [`${origin}\n-5\n${hash}\n`, 'checkpoint-size'],
  [`${origin}\n1e3\n${hash}\n`, 'checkpoint-size'],
  [`${origin}\n 5\n${hash}\n`, 'checkpoint-size'],
  [`${origin}\n9007199254740992\n${hash}\n`, 'checkpoint-size'],
  [`${origin}\n18446744073709551617\n${hash}\n`, 'checkpoint-size'],
  [`${origin}\n5\n${hash.slice(0, -1)}\n`, 'checkpoint-root'],
  [`${origin}\n5\n${toBase64(root.subarray(1))}\n`, 'checkpoint-root'],
  [`${origin}\n0\n${hash}\n`, 'checkpoint-empty-root'],
])('refuses %j as %s', (text, error) => {
  expect(parseCheckpoint(text)).toEqual({ ok: false, error })
})

test('reads what it writes, the empty tree and the largest size included', () => {
  for (const checkpoint of [
    { origin, size: 0, root: EMPTY_ROOT },
    { origin, size: 1, root },
    { origin, size: Number.MAX_SAFE_INTEGER, root },
  ]) {
    expect(expectOk(parseCheckpoint(formatCheckpoint(checkpoint)))).toEqual(checkpoint)
    expect(expectOk(openCheckpoint(signCheckpoint({ ed25519, seed, checkpoint }), log)).checkpoint).toEqual(
      checkpoint,
    )
  }
  expect(() => formatCheckpoint({ origin, size: 0, root })).toThrow(RangeError)
  expect(() => formatCheckpoint({ origin, size: 0.5, root })).toThrow(RangeError)
})

test("refuses a checkpoint of another log even when this log's key signed it", () => {
  const text = formatCheckpoint({ origin: 'vote.example/other', size: 5, root })
  const note = signNote({ ed25519, name: origin, seed, text })
  expect(openCheckpoint(note, log)).toEqual({
    ok: false,
    error: 'checkpoint-origin',
    detail: 'vote.example/other',
  })
})

test('refuses a checkpoint that another key signed', () => {
  const text = formatCheckpoint({ origin, size: 5, root })
  const note = signNote({ ed25519, name: origin, seed: new Uint8Array(32), text })
  expect(openCheckpoint(note, log)).toMatchObject({ error: 'note-signature-missing' })
})
