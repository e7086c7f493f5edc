import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concatBytes, fromHex, toBase64, utf8 } from '../bytes.ts'
import { nobleEd25519 as ed25519 } from '../group/ed25519-noble.ts'
import { expectOk } from '../result.ts'
import {
  encodeVkey,
  formatNote,
  formatSignatureLine,
  isKeyName,
  keyId,
  MAX_NOTE_BYTES,
  noteSignature,
  noteVerifier,
  parseNote,
  parseSkey,
  parseVkey,
  signNote,
  verifyNote,
  vkeyOf,
} from './note.ts'

const seed = (fill: number) => new Uint8Array(32).fill(fill)
const text = '{"a":1}\n'
const note = (name = 'example.com/a', fill = 1) =>
  expectOk(parseNote(signNote({ ed25519, name, seed: seed(fill), text })))
const verifierOf = (name: string, fill: number) =>
  expectOk(noteVerifier(ed25519, vkeyOf(ed25519, name, seed(fill))))

test('splits at the last empty line, so that the text may hold empty lines', () => {
  const signed = signNote({ ed25519, name: 'a', seed: seed(1), text: 'one\n\n— b AAAAAAA=\n\n' })
  expect(expectOk(parseNote(signed)).text).toBe('one\n\n— b AAAAAAA=\n\n')
})

test.each([
  ['', 'note-malformed'],
  ['text\n', 'note-malformed'],
  ['\n— a AAAAAAA=\n', 'note-malformed'],
  ['text\n\n', 'note-malformed'],
  ['text\n\n— a AAAAAAA=', 'note-malformed'],
  ['text\n\n— a AAAAAAA=\n\n', 'note-malformed'],
  ['text\r\n\n— a AAAAAAA=\n', 'note-control-character'],
  ['te\txt\n\n— a AAAAAAA=\n', 'note-control-character'],
  ['text\n\n– a AAAAAAA=\n', 'note-signature-line'],
  ['text\n\n— a AAAAAAB=\n', 'note-signature-line'],
  ['text\n\n— a AAAAAA==\n', 'note-signature-line'],
  ['text\n\n— a  AAAAAAA=\n', 'note-signature-line'],
  ['text\n\n— a AAAAAAA= \n', 'note-signature-line'],
  ['text\n\n— a\u00a0b AAAAAAA=\n', 'note-signature-line'],
  ['text\n\n—  AAAAAAA=\n', 'note-signature-line'],
  ['text\n\n— a AAAAAAA=\nx\n', 'note-signature-line'],
  ['\ud800\n\n— a AAAAAAA=\n', 'note-not-utf8'],
  [`${'x'.repeat(MAX_NOTE_BYTES)}\n\n— a AAAAAAA=\n`, 'note-too-large'],
  [`text\n\n${'— a AAAAAAA=\n'.repeat(101)}`, 'note-too-many-signatures'],
])('refuses %j as %s', (input, error) => {
  expect(parseNote(input)).toMatchObject({ ok: false, error })
})

test('refuses bytes that are not UTF-8', () => {
  expect(parseNote(concatBytes(fromHex('c328'), utf8('\n\n— a AAAAAAA=\n')))).toMatchObject({
    error: 'note-not-utf8',
  })
})

test('accepts sixteen signatures and more', () => {
  const signatures = Array.from({ length: 17 }, (_, i) =>
    noteSignature({ ed25519, name: `example.com/${i}`, seed: seed(i), text }),
  )
  const parsed = expectOk(parseNote(formatNote(text, signatures)))
  expect(parsed.signatures).toEqual(signatures)
  const verified = verifyNote(parsed, [verifierOf('example.com/3', 3), verifierOf('example.com/16', 16)])
  expect(expectOk(verified)).toEqual([signatures[3], signatures[16]])
})

test('ignores unknown keys, even those that share a name or an id with a known one', () => {
  const known = note()
  const line = known.signatures[0] as (typeof known.signatures)[0]
  const strangers = [
    { ...line, name: 'example.com/b' },
    { ...line, keyId: '00000000' },
  ]
  const mixed = { text, signatures: [...strangers, line] }
  expect(expectOk(verifyNote(mixed, [verifierOf('example.com/a', 1)]))).toEqual([line])
  expect(verifyNote({ text, signatures: strangers }, [verifierOf('example.com/a', 1)])).toMatchObject({
    error: 'note-signature-missing',
  })
})

test('rejects the whole note when a known key did not make its signature', () => {
  const good = note()
  const forged = { ...good.signatures[0], signature: new Uint8Array(64) } as (typeof good.signatures)[0]
  const other = note('example.com/b', 2).signatures[0] as (typeof good.signatures)[0]
  const verifiers = [verifierOf('example.com/a', 1), verifierOf('example.com/b', 2)]
  expect(verifyNote({ text, signatures: [other, forged] }, verifiers)).toMatchObject({
    error: 'note-signature-invalid',
    detail: 'example.com/a',
  })
})

test('with exactly, wants each required signer once and nobody else', () => {
  const a = note('example.com/a', 1).signatures[0] as ReturnType<typeof noteSignature>
  const b = note('example.com/b', 2).signatures[0] as ReturnType<typeof noteSignature>
  const both = [verifierOf('example.com/a', 1), verifierOf('example.com/b', 2)]
  const exactly = { exactly: true }
  expect(verifyNote({ text, signatures: [b, a] }, both, exactly).ok).toBe(true)
  expect(verifyNote({ text, signatures: [a] }, both, exactly)).toMatchObject({
    error: 'note-signature-missing',
  })
  expect(verifyNote({ text, signatures: [a, b] }, both.slice(0, 1), exactly)).toMatchObject({
    error: 'note-signature-surplus',
  })
  expect(verifyNote({ text, signatures: [a, a] }, both.slice(0, 1), exactly)).toMatchObject({
    error: 'note-signature-surplus',
  })
})

test('reads a vkey only when its key id and length are right', () => {
  const publicKey = ed25519.publicKey(seed(1))
  const vkey = encodeVkey('example.com/a', 1, publicKey)
  expect(expectOk(parseVkey(vkey))).toEqual({
    name: 'example.com/a',
    keyId: keyId('example.com/a', 1, publicKey),
    type: 1,
    publicKey,
  })
  const [name, id, key] = [vkey.slice(0, 13), vkey.slice(14, 22), vkey.slice(23)]
  expect(parseVkey(`${name}+00000000+${key}`)).toMatchObject({ error: 'vkey-key-id' })
  expect(parseVkey(`${name}+${id.toUpperCase()}g+${key}`)).toMatchObject({ error: 'vkey-malformed' })
  expect(parseVkey(`${name}+${id}`)).toMatchObject({ error: 'vkey-malformed' })
  expect(parseVkey(`+${id}+${key}`)).toMatchObject({ error: 'vkey-name' })
  expect(parseVkey(encodeVkey(name, 1, publicKey.subarray(1)))).toMatchObject({ error: 'vkey-key-length' })
  expect(parseVkey(`${vkey}\n`)).toMatchObject({ error: 'vkey-malformed' })
})

test('refuses keys of the wrong type or of small order as verifiers', () => {
  const identity = fromHex(`01${'00'.repeat(31)}`)
  expect(noteVerifier(ed25519, encodeVkey('a', 1, identity))).toMatchObject({ error: 'vkey-weak' })
  expect(noteVerifier(ed25519, encodeVkey('a', 4, ed25519.publicKey(seed(1))))).toMatchObject({
    error: 'vkey-type',
  })
})

test('reads a signing key only when the id is that of its public key', () => {
  const key = `PRIVATE+KEY+a+00000000+${toBase64(concatBytes(Uint8Array.of(1), seed(1)))}`
  expect(parseSkey(ed25519, key)).toMatchObject({ error: 'skey-key-id' })
  expect(parseSkey(ed25519, 'PRIVATE+KEY+a')).toMatchObject({ error: 'skey-malformed' })
})

test('knows which key names may stand in a note', () => {
  for (const name of ['', 'a b', 'a+b', 'a\u2003b', 'a\u0085b', 'a\nb', '\ud800']) {
    expect(isKeyName(name)).toBe(false)
  }
  for (const name of ['a', 'example.com/한표', '—']) expect(isKeyName(name)).toBe(true)
})

test('writes only what it would read again', () => {
  expect(() => formatNote('no newline', note().signatures)).toThrow(RangeError)
  expect(() => formatNote('tab\t\n', note().signatures)).toThrow(RangeError)
  expect(() => formatNote('text\n', [])).toThrow(RangeError)
  const line = fc.record({
    name: fc.string({ minLength: 1, unit: 'binary' }).filter(isKeyName),
    keyId: fc.constant('01020304'),
    signature: fc.uint8Array({ minLength: 1, maxLength: 80 }),
  })
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }).filter((s) => s.isWellFormed() && !/\p{Cc}/u.test(s)),
      fc.array(line, { minLength: 1, maxLength: 20 }),
      (body, lines) => {
        const parsed = expectOk(parseNote(formatNote(`${body}\n`, lines)))
        expect(parsed.text).toBe(`${body}\n`)
        expect(parsed.signatures).toEqual(lines.map((l) => ({ ...l, raw: formatSignatureLine(l) })))
      },
    ),
  )
})
