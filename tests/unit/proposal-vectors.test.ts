/**
 * docs/vectors/proposal.json: proposals and supports with all they are made of. It needs a deflate, which the room
 * `protocol` does not have.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { rawDeflate } from '@hanpyo/platform/deflate.ts'
import { deriveSupportKey } from '@hanpyo/protocol/ballot/slip.ts'
import { fromBase64, toBase64, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { recordId } from '@hanpyo/protocol/link/record-id.ts'
import { createProposal, createSupport, type StatementSigner } from '@hanpyo/protocol/proposal/create.ts'
import { parseProposalParcel } from '@hanpyo/protocol/proposal/datagram.ts'
import { TEXT_DICTIONARY } from '@hanpyo/protocol/proposal/dictionary.ts'
import { parseProposal, parseSupport, proposalId, supportOrder } from '@hanpyo/protocol/proposal/layout.ts'
import { checkText, MAX_TEXT_BYTES, textCommitment } from '@hanpyo/protocol/proposal/text.ts'
import { decodeText, encodeText, TEXT_CODING } from '@hanpyo/protocol/proposal/text-coding.ts'
import { type ProposalContext, verifyProposal, verifySupport } from '@hanpyo/protocol/proposal/verify.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const file = new URL('../../docs/vectors/proposal.json', import.meta.url)
const backend = nobleBackend
const TEXTS = [
  '양재천 산책로에 가로등을 더 놓아 주세요.',
  '첫 줄\n둘째 줄: 값 1,000원 👩‍🦽',
  'Please install a bench at the bus stop.',
]
const REFUSED: readonly (readonly [string, string])[] = [
  ['text-empty', ' \n '],
  ['text-empty', '\u200d\ufe0f\u00ad'],
  ['text-empty', '\u2800\u2800'],
  ['text-too-long', '가'.repeat(51)],
  ['text-character', 'tab\there'],
  ['text-character', 'override \u202e here'],
  ['text-character', 'zero \u200b width'],
  ['text-character', 'tag \u{e0041}'],
  ['text-character', 'private \ue000 use'],
  ['text-character', 'filler \u3164 here'],
  ['text-marks', `a${'\u0330'.repeat(5)}`],
  ['text-not-normalised', '가'.normalize('NFD')],
  ['text-not-normalised', ' space first'],
]
const ID = 'vote.example/2026/proposals'
const TOPIC = 7

if (process.env.HANPYO_WRITE_VECTORS === '1')
  writeFileSync(file, `${JSON.stringify(makeVectors(), null, 1)}\n`)
const vectors = JSON.parse(readFileSync(file, 'utf8')) as ReturnType<typeof makeVectors>

function signers(): StatementSigner {
  const random = counterRandom('proposal vectors')
  const slip = random(16)
  const seed = random(32)
  return {
    backend,
    random,
    deviceSecret: random(32),
    manifestHash: random(32),
    support: { ...deriveSupportKey(backend.group, slip, ID), index: 0x010203 },
    kiosk: { id: 0x0405, seed, publicKey: backend.ed25519.publicKey(seed) },
  }
}

function makeVectors() {
  const signer = signers()
  const proposals = TEXTS.map((text) => {
    const salt = signer.random(16)
    const made = createProposal({ ...signer, topic: TOPIC, text, salt, compressor: rawDeflate })
    const { coded } = expectOk(parseProposalParcel(made.datagram.subarray(1)))
    return {
      text,
      salt: toBase64(salt),
      coding: coded.coding,
      body: toBase64(made.body),
      id: toHex(made.id),
      datagram: toBase64(made.datagram),
      recordId: toHex(recordId(made.datagram)),
    }
  })
  const supports = proposals.map(({ id }) => {
    const { body, datagram } = createSupport({
      ...signer,
      proposalId: Uint8Array.from(Buffer.from(id, 'hex')),
    })
    return {
      proposal: id,
      body: toBase64(body),
      order: toHex(supportOrder(body)),
      datagram: toBase64(datagram),
    }
  })
  return {
    about:
      'Proposals and supports of one support key at one kiosk. Bytes in base64, ids in hex. A deflate stream may differ between implementations; what it decodes to may not.',
    dictionary: TEXT_DICTIONARY,
    manifestHash: toBase64(signer.manifestHash),
    supportIndex: signer.support.index,
    supportKey: toBase64(signer.support.publicKey),
    kiosk: signer.kiosk.id,
    kioskKey: toBase64(signer.kiosk.publicKey),
    topic: TOPIC,
    proposals,
    supports,
    refusedTexts: REFUSED.map(([error, text]) => ({ error, maxCharacters: 50, text })),
    refusedCodings: [
      { why: 'unknown coding', coding: 2, bytes: toBase64(utf8('a')) },
      { why: 'not UTF-8', coding: TEXT_CODING.utf8, bytes: toBase64(Uint8Array.of(0xff)) },
      { why: 'no deflate stream', coding: TEXT_CODING.deflate, bytes: toBase64(Uint8Array.of(0xff)) },
      {
        why: 'bytes after the end',
        coding: TEXT_CODING.deflate,
        bytes: toBase64(Uint8Array.of(...encodeText(rawDeflate, TEXTS[0] as string).bytes, 0)),
      },
      {
        why: 'more than 4000 bytes',
        coding: TEXT_CODING.deflate,
        bytes: toBase64(
          rawDeflate.deflate(new Uint8Array(MAX_TEXT_BYTES + 1).fill(0x61), utf8(TEXT_DICTIONARY)),
        ),
      },
    ],
  }
}

const context: ProposalContext = {
  manifestHash: fromBase64(vectors.manifestHash),
  supportKey: (index) => (index === vectors.supportIndex ? fromBase64(vectors.supportKey) : undefined),
  kioskKey: (id) => (id === vectors.kiosk ? fromBase64(vectors.kioskKey) : undefined),
  hasTopic: (topic) => topic === vectors.topic,
}

test('published proposals and supports verify, and their texts open their commitments', () => {
  for (const { text, salt, coding, body, id, datagram, recordId: named } of vectors.proposals) {
    const bytes = fromBase64(datagram)
    const parcel = expectOk(parseProposalParcel(bytes.subarray(1)))
    expect(parcel.body).toEqual(fromBase64(body))
    expect(parcel.coded.coding).toBe(coding)
    expect(expectOk(decodeText(rawDeflate, parcel.coded))).toBe(text)
    const proposal = expectOk(verifyProposal(backend, parcel.body, context))
    expect(proposal.textCommitment).toEqual(textCommitment(fromBase64(salt), text))
    expect(toHex(proposalId(context.manifestHash, parcel.body))).toBe(id)
    expect(toHex(recordId(bytes))).toBe(named)
  }
  for (const { proposal, body, order } of vectors.supports) {
    const support = expectOk(verifySupport(backend, fromBase64(body), context))
    expect(toHex(support.proposalId)).toBe(proposal)
    expect(toHex(supportOrder(support.bytes))).toBe(order)
  }
})

test('published texts and codings that must be refused are refused for that reason', () => {
  for (const { error, text, maxCharacters } of vectors.refusedTexts) {
    expect(checkText(text, maxCharacters)).toMatchObject({ ok: false, error })
  }
  expect(checkText('lone \ud800 surrogate', 50)).toMatchObject({ ok: false, error: 'text-character' })
  for (const { coding, bytes } of vectors.refusedCodings) {
    expect(decodeText(rawDeflate, { coding, bytes: fromBase64(bytes) }).ok).toBe(false)
  }
})

test('the dictionary is the one whose hash the protocol names', () => {
  expect(vectors.dictionary).toBe(TEXT_DICTIONARY)
  const spec = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
  expect(spec).toContain(toHex(sha256(utf8(TEXT_DICTIONARY))))
})

test('any text goes there and back, and is never sent longer than as UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      const coded = encodeText(rawDeflate, text)
      expect(coded.bytes.length).toBeLessThanOrEqual(utf8(text).length)
      expect(expectOk(decodeText(rawDeflate, coded))).toBe(text)
    }),
    { numRuns: 30 },
  )
})

test('parsers and decoders are total, and a parsed body is the bytes it came from', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(150, 151, 400), (bytes, length) => {
      const body = bytes.slice(0, length)
      for (const parsed of [parseProposal(body), parseSupport(body)]) {
        if (parsed.ok) expect(parsed.value.bytes).toEqual(body)
      }
      const parcel = parseProposalParcel(bytes)
      const decoded = parcel.ok ? decodeText(rawDeflate, parcel.value.coded) : undefined
      if (decoded?.ok) expect(utf8(decoded.value).length).toBeLessThanOrEqual(MAX_TEXT_BYTES)
      expect(decodeText(rawDeflate, { coding: 1, bytes }).ok).toBeTypeOf('boolean')
    }),
    { numRuns: 200 },
  )
})

test('one flipped bit anywhere makes a proposal or support invalid', () => {
  const bodies = [vectors.proposals[0], vectors.supports[0]].map((one) => fromBase64(one?.body ?? ''))
  const verify = [verifyProposal, verifySupport] as const
  fc.assert(
    fc.property(fc.constantFrom(0, 1), fc.nat(150), fc.nat(7), (which, at, bit) => {
      const changed = (bodies[which] as Uint8Array).slice()
      const place = at % changed.length
      changed[place] = (changed[place] as number) ^ (1 << bit)
      expect(verify[which]?.(backend, changed, context).ok).toBe(false)
    }),
    { numRuns: 25 },
  )
})

test('a proof by another key, for another kiosk, election or kind does not hold', () => {
  const signer = signers()
  const [id] = [new Uint8Array(32).fill(3)]
  const other = deriveSupportKey(backend.group, new Uint8Array(16), ID)
  const by = (change: Partial<StatementSigner>) =>
    verifySupport(backend, createSupport({ ...signer, ...change, proposalId: id }).body, context)
  expect(by({}).ok).toBe(true)
  expect(by({ support: { ...other, index: signer.support.index } })).toMatchObject({ error: 'support-proof' })
  expect(by({ support: { ...signer.support, index: 1 } })).toMatchObject({ error: 'support-index' })
  expect(by({ kiosk: { ...signer.kiosk, id: 9 } })).toMatchObject({ error: 'kiosk-unknown' })
  expect(by({ kiosk: { ...signer.kiosk, seed: new Uint8Array(32) } })).toMatchObject({
    error: 'kiosk-signature',
  })
  expect(by({ manifestHash: new Uint8Array(32) })).toMatchObject({ error: 'kiosk-signature' })
})
