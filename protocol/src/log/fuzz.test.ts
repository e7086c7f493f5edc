import { expect, test } from 'vitest'
import { ByteWriter, concatBytes, decodeUtf8, equalBytes, utf8 } from '../bytes.ts'
import { nobleEd25519 as ed25519 } from '../group/ed25519-noble.ts'
import { encodeAck, parseAck } from '../link/ack.ts'
import {
  encodeBallotDatagram,
  encodeDatagram,
  encodePromiseDatagram,
  parseDatagram,
  parseDownDatagram,
} from '../link/datagram.ts'
import type { Result } from '../result.ts'
import { formatCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts'
import { cosign, cosignerVkey } from './cosignature.ts'
import { inclusionProof, leafHash } from './merkle.ts'
import { encodeVkey, formatNote, parseNote, parseVkey, vkeyOf } from './note.ts'
import { parsePolicy } from './policy.ts'
import { formatTlogProof, parseTlogProof } from './proof.ts'
import { decodeBundle, decodeTile, encodeBundle, entriesPath, parseTilePath, tilePath } from './tiles.ts'

const INPUTS_PER_PARSER = 11_000

/** A small repeatable generator (xorshift32): a failure names the seed of its input. */
function generator(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const TOKENS = [
  '\n',
  '\n\n',
  '\r\n',
  '\0',
  '— ',
  '– ',
  '+5',
  '05',
  '1e3',
  '=',
  '==',
  ' ',
  '\u00a0',
  'x',
  '/',
].map(utf8)

/** One to three structured changes: flip, cut, extend, duplicate, swap, splice in a token or another sample. */
function mutate(
  sample: Uint8Array,
  samples: readonly Uint8Array[],
  next: (below: number) => number,
): Uint8Array {
  let bytes = sample
  for (let changes = 1 + next(3); changes > 0; changes--) {
    const at = next(bytes.length + 1)
    const to = Math.min(bytes.length, at + next(40))
    const token = TOKENS[next(TOKENS.length)]!
    const other = samples[next(samples.length)]!
    const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)]
    switch (next(8)) {
      case 0:
        bytes = bytes.map((byte, i) => (i === at ? byte ^ (1 << next(8)) : byte))
        break
      case 1:
        bytes = head
        break
      case 2:
        bytes = concatBytes(head, token, middle, tail)
        break
      case 3:
        bytes = concatBytes(head, middle, middle, tail)
        break
      case 4:
        bytes = concatBytes(head, tail)
        break
      case 5:
        bytes = concatBytes(head, token, tail)
        break
      case 6:
        bytes = concatBytes(head, other.subarray(next(other.length + 1)))
        break
      default:
        bytes = concatBytes(
          head,
          Uint8Array.from(middle, () => next(256)),
          tail,
        )
    }
  }
  return bytes
}

interface Target {
  readonly name: string
  readonly samples: readonly Uint8Array[]
  /** Reads the input; for accepted ones, also writes it again. */
  readonly run: (input: Uint8Array) => { accepted: boolean; again?: Uint8Array }
}

/** A parser of text, fed through the same decoding as a caller would use. */
function textTarget<T>(
  name: string,
  samples: readonly string[],
  parse: (text: string) => Result<T, string>,
  write: (value: T) => string,
): Target {
  const run = (input: Uint8Array) => {
    let text: string
    try {
      text = decodeUtf8(input)
    } catch {
      return { accepted: false }
    }
    const parsed = parse(text)
    return parsed.ok ? { accepted: true, again: utf8(write(parsed.value)) } : { accepted: false }
  }
  return { name, samples: samples.map(utf8), run }
}

function bytesTarget<T>(
  name: string,
  samples: readonly Uint8Array[],
  parse: (bytes: Uint8Array) => Result<T, string>,
  write: (value: T) => Uint8Array,
): Target {
  const run = (input: Uint8Array) => {
    const parsed = parse(input)
    return parsed.ok ? { accepted: true, again: write(parsed.value) } : { accepted: false }
  }
  return { name, samples, run }
}

const seed = new Uint8Array(32).fill(1)
const origin = 'vote.example/2026/plaza'
const hashes = Array.from({ length: 9 }, (_, i) => leafHash(Uint8Array.of(i)))
const checkpoint = { origin, size: 9, root: seed }
const checkpointText = formatCheckpoint(checkpoint)
const logNote = signCheckpoint({ ed25519, seed, checkpoint })
const witness = cosign({ ed25519, name: 'w.example', seed, timestamp: 1_700_000_000, checkpointText })
const note = `${logNote}${witness.raw}\n`
const vkeys = [vkeyOf(ed25519, origin, seed), cosignerVkey(ed25519, 'w.example', seed)] as const
const proofs = [0, 8].map((index) =>
  formatTlogProof({ index, hashes: inclusionProof(hashes, index), checkpoint: note }),
)
const withExtra = proofs[0]!.replace('\n', '\nextra AAAA\n')
const entries = [utf8('one'), new Uint8Array(0), new Uint8Array(300).fill(3)]
const ack = encodeAck({
  key: seed,
  manifestHash: seed,
  kioskId: 1,
  items: hashes.slice(0, 5).map((id, status) => ({ status, id })),
})

const targets: readonly Target[] = [
  bytesTarget('note', [utf8(note), utf8(logNote), utf8('a\n\nb\n\n— c AAAAAAA=\n')], parseNote, (parsed) =>
    utf8(formatNote(parsed.text, parsed.signatures)),
  ),
  textTarget(
    'checkpoint',
    [checkpointText, 'a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n'],
    parseCheckpoint,
    formatCheckpoint,
  ),
  textTarget('vkey', [...vkeys], parseVkey, (key) => encodeVkey(key.name, key.type, key.publicKey)),
  bytesTarget('tlog-proof', [...proofs, withExtra].map(utf8), parseTlogProof, (proof) =>
    utf8(formatTlogProof(proof)),
  ),
  textTarget(
    'tile path',
    ['tile/0/000', 'tile/63/x001/x234/067.p/9', 'tile/entries/x001/000'],
    parseTilePath,
    (path) =>
      path.kind === 'tile'
        ? tilePath(path.level, path.index, path.width)
        : entriesPath(path.index, path.width),
  ),
  bytesTarget(
    'tile',
    [concatBytes(...hashes), seed],
    (bytes) => decodeTile(bytes, 9),
    (tile) => concatBytes(...tile),
  ),
  bytesTarget(
    'bundle',
    [encodeBundle(entries), encodeBundle([seed, seed, seed])],
    (bytes) => decodeBundle(bytes, 3),
    encodeBundle,
  ),
  bytesTarget(
    'datagram',
    [new Uint8Array(213).fill(0x91), encodeDatagram(0x12, utf8(note)), new Uint8Array(309).fill(0xff)],
    parseDatagram,
    (datagram) =>
      datagram.kind === 'ballot'
        ? encodeBallotDatagram(datagram.compact)
        : encodeDatagram(datagram.type, datagram.body),
  ),
  bytesTarget('down datagram', [ack, encodePromiseDatagram(note)], parseDownDatagram, (down) =>
    down.kind === 'ack' ? down.bytes : encodePromiseDatagram(down.note),
  ),
  bytesTarget(
    'ack',
    [ack, encodeAck({ key: seed, manifestHash: seed, kioskId: 1, items: [{ status: 0, id: seed }] })],
    parseAck,
    (parsed) => {
      const writer = new ByteWriter().u8(1).u8(parsed.items.length)
      for (const { status, prefix } of parsed.items) writer.u8(status).raw(prefix)
      return writer.raw(parsed.tag).bytes()
    },
  ),
]

test.each(targets)(
  'the $name parser answers every input with a value, and keeps every byte of what it accepts',
  ({ name, samples, run }) => {
    let accepted = 0
    for (let i = 0; i < INPUTS_PER_PARSER; i++) {
      const input = mutate(samples[i % samples.length]!, samples, generator(i + 1))
      let result: ReturnType<Target['run']>
      try {
        result = run(input)
      } catch (error) {
        throw new Error(`the ${name} parser threw for input ${i}`, { cause: error })
      }
      if (!result.accepted) continue
      accepted += 1
      if (!equalBytes(result.again!, input))
        expect.fail(`${name}: input ${i} is not written back as it was read`)
    }
    for (const sample of samples) expect(run(sample).accepted || name === 'tile').toBe(true)
    expect(accepted).toBeLessThan(INPUTS_PER_PARSER)
  },
)

test('the policy parser answers every input with a value', () => {
  const sample = utf8(`log ${vkeys[0]}\nwitness w ${vkeys[1]} https://w.example\ngroup g any w\nquorum g\n`)
  for (let i = 0; i < INPUTS_PER_PARSER; i++) {
    const input = mutate(sample, [sample], generator(i + 1))
    expect(typeof parsePolicy(input).ok).toBe('boolean')
  }
})

test('more than 100,000 inputs were tried in all', () => {
  expect((targets.length + 1) * INPUTS_PER_PARSER).toBeGreaterThanOrEqual(100_000)
})
