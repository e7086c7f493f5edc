import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteWriter, concatBytes, utf8 } from '../bytes.ts'
import { nobleEd25519 as ed25519 } from '../group/ed25519-noble.ts'
import { expectOk } from '../result.ts'
import { formatCheckpoint } from './checkpoint.ts'
import { cosign, cosignatureMessage, cosignerVkey } from './cosignature.ts'
import { formatNote, noteSignature, vkeyOf } from './note.ts'
import { parsePolicy, quorumMet } from './policy.ts'
import { verifyWitnessed } from './witnessed.ts'

const seed = (fill: number) => new Uint8Array(32).fill(fill)
const origin = 'vote.example/2026/plaza'
const logKey = vkeyOf(ed25519, origin, seed(1))
const witnessName = (i: number) => `w${i}.example/w`
const witnessKey = (i: number) => cosignerVkey(ed25519, witnessName(i), seed(100 + i))
const witnesses = [1, 2, 3, 4].map((i) => `witness w${i} ${witnessKey(i)} https://w${i}.example/\n`).join('')
const official = `# the policy of an election
log ${logKey} https://log.example/
${witnesses}
group light 3 w1 w2 w3
\tgroup copies any w4
group official all light copies
quorum official
`

test('reads groups within groups and decides the quorum', () => {
  const policy = expectOk(parsePolicy(official))
  expect(policy.logs).toMatchObject([{ url: 'https://log.example/', vkey: { name: origin } }])
  expect(policy.witnesses.map(({ name, url }) => [name, url])[0]).toEqual(['w1', 'https://w1.example/'])
  expect(quorumMet(policy, new Set(['w1', 'w2', 'w3', 'w4']))).toBe(true)
  expect(quorumMet(policy, new Set(['w1', 'w2', 'w3']))).toBe(false)
  expect(quorumMet(policy, new Set(['w1', 'w2', 'w4']))).toBe(false)
  expect(quorumMet(expectOk(parsePolicy('quorum none\n')), new Set())).toBe(true)
})

test.each([
  ['', 'policy-quorum'],
  [`log ${logKey}\n`, 'policy-quorum'],
  ['quorum none\nquorum none\n', 'policy-quorum'],
  ['quorum none', 'policy-line'],
  ['quorum none x\n', 'policy-line'],
  ['quorum\n', 'policy-line'],
  ['quorums none\n', 'policy-line'],
  ['quorum\u00a0none\n', 'policy-line'],
  ['quorum none\r\n', 'policy-control-character'],
  ['quorum none\u007f\n', 'policy-control-character'],
  ['quorum w1\n', 'policy-undefined-name'],
  [`quorum w1\n${witnesses}`, 'policy-undefined-name'],
  ['log x\nquorum none\n', 'policy-vkey'],
  [`log ${witnessKey(1)}\nquorum none\n`, 'policy-key-type'],
  [`witness a ${logKey}\nquorum none\n`, 'policy-key-type'],
  [`log ${logKey}\nlog ${vkeyOf(ed25519, 'other', seed(1))}\nquorum none\n`, 'policy-duplicate-key'],
  [`witness a ${witnessKey(1)}\nwitness b ${witnessKey(1)}\nquorum none\n`, 'policy-duplicate-key'],
  [`witness a ${witnessKey(1)}\nwitness a ${witnessKey(2)}\nquorum none\n`, 'policy-duplicate-name'],
  [`witness none ${witnessKey(1)}\nquorum none\n`, 'policy-duplicate-name'],
  [`${witnesses}group w1 any w2\nquorum none\n`, 'policy-duplicate-name'],
  [`${witnesses}group g any\nquorum none\n`, 'policy-line'],
  [`${witnesses}group g any none\nquorum none\n`, 'policy-undefined-name'],
  [`${witnesses}group g any g\nquorum none\n`, 'policy-undefined-name'],
  [`${witnesses}group g 0 w1\nquorum none\n`, 'policy-threshold'],
  [`${witnesses}group g 2 w1\nquorum none\n`, 'policy-threshold'],
  [`${witnesses}group g 01 w1\nquorum none\n`, 'policy-threshold'],
  [`${witnesses}group g any w1 w1\nquorum none\n`, 'policy-member-twice'],
  [`${witnesses}group g any w1\ngroup h any w1\nquorum none\n`, 'policy-member-twice'],
])('refuses %j as %s', (text, error) => {
  expect(parsePolicy(text)).toMatchObject({ ok: false, error })
})

test('compares names as octets, whatever encoding they are in', () => {
  const line = (name: Uint8Array) => concatBytes(utf8('witness '), name, utf8(` ${witnessKey(1)}\n`))
  const kelvin = concatBytes(line(utf8('\u212a')), utf8('quorum K\n'))
  expect(parsePolicy(kelvin)).toMatchObject({ error: 'policy-undefined-name' })
  const latin1 = concatBytes(line(Uint8Array.of(0xe9)), utf8('quorum '), Uint8Array.of(0xe9, 0x0a))
  expect(expectOk(parsePolicy(latin1)).witnesses).toHaveLength(1)
})

test('supports more than 32 logs, witnesses and groups', () => {
  const lines = Array.from({ length: 33 }, (_, i) => {
    const log = vkeyOf(ed25519, `log${i}`, seed(i))
    const witness = cosignerVkey(ed25519, `w${i}`, seed(i + 100))
    return `log ${log}\nwitness w${i} ${witness}\ngroup g${i} 1 w${i}\n`
  })
  expect(expectOk(parsePolicy(`${lines.join('')}quorum g32\n`)).groups).toHaveLength(33)
})

test('never throws, whatever it reads', () => {
  const words = fc.constantFrom(
    'log',
    'witness',
    'group',
    'quorum',
    'none',
    'all',
    'any',
    '2',
    'w1',
    logKey,
    witnessKey(1),
  )
  const line = fc.array(fc.oneof(words, fc.string()), { maxLength: 6 }).map((w) => `${w.join(' ')}\n`)
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      expect(typeof parsePolicy(lines.join('')).ok).toBe('boolean')
    }),
  )
})

const checkpointText = formatCheckpoint({ origin, size: 7, root: seed(5) })
const byLog = noteSignature({ ed25519, name: origin, seed: seed(1), text: checkpointText })
const byWitness = (i: number, timestamp: number) =>
  cosign({ ed25519, name: witnessName(i), seed: seed(100 + i), timestamp, checkpointText })

test('verifies a checkpoint that its log signed and its quorum cosigned', () => {
  const policy = expectOk(parsePolicy(official))
  const lines = [byLog, ...[1, 2, 3, 4].map((i) => byWitness(i, 1000 + i))]
  const verified = expectOk(verifyWitnessed(ed25519, policy, formatNote(checkpointText, lines)))
  expect(verified.checkpoint.size).toBe(7)
  expect(verified.cosignatures.map(({ timestamp }) => timestamp)).toEqual([1001, 1002, 1003, 1004])
  const missing = formatNote(checkpointText, lines.slice(0, 4))
  expect(verifyWitnessed(ed25519, policy, missing)).toMatchObject({ error: 'quorum-not-met' })
  const unsigned = formatNote(checkpointText, lines.slice(1))
  expect(verifyWitnessed(ed25519, policy, unsigned)).toMatchObject({ error: 'note-signature-missing' })
})

test('counts only cosignatures later than a given second when it is asked to', () => {
  const policy = expectOk(parsePolicy(official))
  const note = formatNote(checkpointText, [byLog, ...[1, 2, 3, 4].map((i) => byWitness(i, 1000 + i))])
  expect(verifyWitnessed(ed25519, policy, note, { laterThan: 1000 }).ok).toBe(true)
  expect(verifyWitnessed(ed25519, policy, note, { laterThan: 1001 })).toMatchObject({
    error: 'quorum-not-met',
  })
})

test('a witness counts once however often it signs, and never with a time that no clock shows', () => {
  const policy = expectOk(parsePolicy(official))
  const outcome = (...lines: ReturnType<typeof byWitness>[]) =>
    verifyWitnessed(ed25519, policy, formatNote(checkpointText, [byLog, ...lines]))
  const enough = [1, 2, 3, 4].map((i) => byWitness(i, 1000))
  expect(outcome(...enough).ok).toBe(true)
  const twice = [byWitness(1, 1000), byWitness(1, 1001), byWitness(2, 1000), byWitness(4, 1000)]
  expect(outcome(...twice)).toMatchObject({ error: 'quorum-not-met' })
  const at = (timestamp: bigint) => {
    const time = new ByteWriter().u64(timestamp).bytes()
    const signed = ed25519.sign(seed(104), cosignatureMessage(checkpointText, timestamp))
    return { ...byWitness(4, 1000), signature: concatBytes(time, signed) }
  }
  expect(outcome(...enough.slice(0, 3), at(1000n)).ok).toBe(true)
  expect(outcome(...enough.slice(0, 3), at(0n))).toMatchObject({ error: 'quorum-not-met' })
  expect(outcome(...enough.slice(0, 3), at(2n ** 53n))).toMatchObject({ error: 'quorum-not-met' })
  expect(outcome(...enough.slice(0, 3), at(2n ** 63n))).toMatchObject({ error: 'note-signature-invalid' })
})

test('rejects a note with a forged cosignature of a known witness, and unknown logs', () => {
  const policy = expectOk(parsePolicy(official))
  const good = byWitness(1, 1000)
  const forged = { ...good, signature: good.signature.map((byte, i) => (i === 7 ? byte ^ 1 : byte)) }
  const note = formatNote(checkpointText, [byLog, forged])
  expect(verifyWitnessed(ed25519, policy, note)).toMatchObject({ error: 'note-signature-invalid' })
  const other = expectOk(parsePolicy(`log ${vkeyOf(ed25519, 'other', seed(2))}\nquorum none\n`))
  expect(verifyWitnessed(ed25519, other, note)).toMatchObject({ error: 'checkpoint-unknown-log' })
})
