import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ByteWriter, fromBase64, fromHex, toBase64, toHex, utf8 } from '../bytes.ts'
import { nobleEd25519 as ed25519 } from '../group/ed25519-noble.ts'
import { sha256 } from '../hash.ts'
import { expectOk } from '../result.ts'
import { batchLeaf } from './batch.ts'
import { formatCheckpoint, openCheckpoint, signCheckpoint } from './checkpoint.ts'
import { cosign, cosignatureTimestamp, cosignatureVerifier, cosignerVkey } from './cosignature.ts'
import {
  consistencyProof,
  EMPTY_ROOT,
  inclusionProof,
  leafHash,
  rootOf,
  rootOfHashes,
  verifyConsistency,
} from './merkle.ts'
import {
  encodeSkey,
  formatNote,
  noteVerifier,
  parseNote,
  parseSignatureLine,
  parseSkey,
  signNote,
  verifyNote,
} from './note.ts'
import { parsePolicy } from './policy.ts'
import { formatTlogProof, parseTlogProof, verifyTlogProof } from './proof.ts'
import { encodeBundle, parseTilePath, TileSet, tilePath } from './tiles.ts'

const FILE = new URL('../../../docs/vectors/log.json', import.meta.url)
const vectors = JSON.parse(readFileSync(FILE, 'utf8'))
const c2sp = vectors.c2sp
const golden = c2sp.goldenLog
const goldenLeaves: Uint8Array[] = golden.leaves.map(utf8)
const goldenHashes = goldenLeaves.map(leafHash)

test('verifies the signed note of the specification and writes it back byte for byte', () => {
  const note = expectOk(parseNote(c2sp.signedNote.note))
  const verifier = expectOk(noteVerifier(ed25519, c2sp.signedNote.vkey))
  expect(expectOk(verifyNote(note, [verifier])).map(({ name }) => name)).toEqual(['example.com/foo'])
  expect(formatNote(note.text, note.signatures)).toBe(c2sp.signedNote.note)
  const changed = { ...note, text: note.text.replace('example', 'exbmple') }
  expect(verifyNote(changed, [verifier])).toMatchObject({ error: 'note-signature-invalid' })
})

test("computes the golden log's roots, bundle and signed checkpoints", () => {
  const key = expectOk(parseSkey(ed25519, golden.skey))
  expect(encodeSkey({ ed25519, name: key.name, seed: key.seed })).toBe(golden.skey)
  expect(toHex(leafHash(utf8('one')))).toBe(golden.leafHashOne)
  for (const [size, root] of Object.entries(golden.roots)) {
    expect(toBase64(rootOf(goldenLeaves.slice(0, Number(size))))).toBe(root)
  }
  expect(toHex(encodeBundle(goldenLeaves.slice(0, 2)))).toBe(golden.bundleOfTwo)
  const checkpoint = { origin: key.name, size: 15, root: rootOf(goldenLeaves) }
  expect(signCheckpoint({ ed25519, seed: key.seed, checkpoint })).toBe(golden.checkpoint15)
  const empty = signCheckpoint({
    ed25519,
    seed: key.seed,
    checkpoint: { origin: key.name, size: 0, root: EMPTY_ROOT },
  })
  expect(empty.endsWith(`${golden.emptySignature}\n`)).toBe(true)
  const opened = openCheckpoint(golden.checkpoint15, expectOk(noteVerifier(ed25519, golden.vkey)))
  expect(expectOk(opened).checkpoint).toEqual(checkpoint)
})

test('makes and verifies the cosignature vector', () => {
  const { seed, vkey, time, checkpoint5 } = c2sp.cosignature
  const note = expectOk(parseNote(checkpoint5))
  const line = cosign({
    ed25519,
    name: 'witness.example/w1',
    seed: fromHex(seed),
    timestamp: time,
    checkpointText: note.text,
  })
  expect(line).toEqual(note.signatures[1])
  expect(cosignerVkey(ed25519, 'witness.example/w1', fromHex(seed))).toBe(vkey)
  const verified = expectOk(verifyNote(note, [expectOk(cosignatureVerifier(ed25519, vkey))]))
  expect(cosignatureTimestamp(verified[0]?.signature as Uint8Array)).toBe(time)
})

test("verifies Sunlight's cosignature", () => {
  const { vkey, time, text, line, originHash } = c2sp.sunlight
  const note = expectOk(parseNote(`${text}\n${line}\n`))
  const verified = expectOk(verifyNote(note, [expectOk(cosignatureVerifier(ed25519, vkey))]))
  expect(cosignatureTimestamp(verified[0]?.signature as Uint8Array)).toBe(time)
  expect(toHex(sha256(utf8('rome2026h1.example.org')))).toBe(originHash)
})

test('verifies the tlog-proof vector against a policy, and refuses it for another leaf', () => {
  const { leaf, proof } = c2sp.tlogProof
  const policy = expectOk(parsePolicy(`log ${golden.vkey}\nwitness w1 ${c2sp.cosignature.vkey}\nquorum w1\n`))
  const verified = expectOk(verifyTlogProof({ ed25519, policy, proof, leaf: utf8(leaf) }))
  expect(verified.index).toBe(2)
  expect(verified.cosignatures).toEqual([{ witness: 'w1', timestamp: 1700000000 }])
  expect(formatTlogProof(expectOk(parseTlogProof(proof)))).toBe(proof)
  expect(expectOk(parseTlogProof(proof)).hashes).toEqual(inclusionProof(goldenHashes.slice(0, 5), 2))
  expect(verifyTlogProof({ ed25519, policy, proof, leaf: utf8('two') })).toMatchObject({
    error: 'proof-not-included',
  })
})

test('computes and verifies the consistency vectors', () => {
  for (const vector of c2sp.consistency) {
    const proof = consistencyProof(goldenHashes.slice(0, vector.new), vector.old)
    expect(proof.map(toBase64)).toEqual(vector.proof)
    const claim = {
      oldSize: vector.old,
      oldRoot: rootOfHashes(goldenHashes.slice(0, vector.old)),
      newSize: vector.new,
      newRoot: rootOfHashes(goldenHashes.slice(0, vector.new)),
      proof,
    }
    expect(verifyConsistency(claim)).toBe(true)
    expect(verifyConsistency({ ...claim, proof: proof.slice(1) })).toBe(false)
  }
})

test("follows litewitness's tree from checkpoint to checkpoint", () => {
  const { vkey, origin, steps } = c2sp.litewitness
  const verifier = expectOk(noteVerifier(ed25519, vkey))
  let oldRoot = EMPTY_ROOT
  for (const step of steps) {
    const newRoot = fromBase64(step.root)
    const text = formatCheckpoint({ origin, size: step.size, root: newRoot })
    const opened = openCheckpoint(`${text}\n— ${origin} ${step.signature}\n`, verifier)
    expect(expectOk(opened).checkpoint.size).toBe(step.size)
    const claim = {
      oldSize: step.old,
      oldRoot,
      newSize: step.size,
      newRoot,
      proof: step.proof.map(fromBase64),
    }
    expect(verifyConsistency(claim)).toBe(true)
    if (step.old > 0) expect(verifyConsistency({ ...claim, proof: [] })).toBe(false)
    oldRoot = newRoot
  }
  // the last base64 group of the second signature, made non-canonical
  const bent = `${steps[1].signature.slice(0, -4)}6gx=`
  expect(parseSignatureLine(`— ${origin} ${bent}`)).toBeNull()
})

test('computes the RFC 6962 reference roots', () => {
  const leaves = c2sp.rfc6962.leaves.map(fromHex)
  c2sp.rfc6962.roots.forEach((root: string, i: number) => {
    expect(toHex(rootOf(leaves.slice(0, i + 1)))).toBe(root)
  })
})

test('writes and reads the tile paths of the specification', () => {
  for (const { level, index, width, path } of c2sp.paths) {
    expect(tilePath(level, index, width)).toBe(path)
    expect(expectOk(parseTilePath(path))).toEqual({ kind: 'tile', level, index, width })
  }
})

test('docs/vectors/log.json holds exactly what is made here', () => {
  const made = JSON.parse(JSON.stringify({ trees: makeTrees(), notes: makeNotes(), batch: makeBatch() }))
  if (process.env.HANPYO_WRITE_VECTORS === '1') {
    writeFileSync(FILE, `${JSON.stringify({ ...vectors, hanpyo: made }, null, 2)}\n`)
  } else {
    expect(vectors.hanpyo).toEqual(made)
  }
})

/** Trees whose leaf i is the four bytes of i, with every tile's SHA-256. */
function makeTrees() {
  return [1, 255, 256, 257, 1000, 70_000].map((size) => {
    const set = new TileSet()
    const hashes = Array.from({ length: size }, (_, i) => leafHash(new ByteWriter().u32(i).bytes()))
    const tiles = set.append(hashes)
    return {
      size,
      root: toBase64(set.root()),
      tiles: tiles
        .filter((tile) => tile.level > 0 || tile.width < 256 || tile.index === 0)
        .map((tile) => ({
          path: tilePath(tile.level, tile.index, tile.width),
          sha256: toHex(sha256(tile.bytes)),
        })),
    }
  })
}

/** A signed document and what a strict parser says about its neighbours. */
function makeNotes() {
  const seed = new Uint8Array(32).fill(7)
  const name = 'vote.example/2026/plaza/authority'
  const good = signNote({ ed25519, name, seed, text: '{"state":"open"}\n' })
  const signature = good.slice(good.lastIndexOf(' ') + 1, -1)
  const cases: [string, string][] = [
    ['a well-formed note', good],
    ['text with an empty line', good.replace('\n', '\n\nmore\n')],
    ['carriage returns', good.replaceAll('\n', '\r\n')],
    ['a NUL in the text', good.replace('open', 'op\u0000n')],
    ['an en dash before the key name', good.replace('—', '–')],
    ['two spaces after the dash', good.replace('— ', '—  ')],
    ['a space at the end of the line', `${good.slice(0, -1)} \n`],
    ['no final newline', good.slice(0, -1)],
    ['no signature', good.slice(0, good.indexOf('—'))],
    ['an empty line after the signatures', `${good}\n`],
    ['base64 without padding', good.replace(/=+\n$/, '\n')],
    ['base64 with bits left over', good.replace(/[A-Za-z0-9+/]=\n$/, 'B=\n')],
    ['a plus in the key name', good.replace('/authority', '+authority')],
    ['a signature of four bytes', good.replace(signature, 'AAAAAA==')],
  ]
  return {
    seed: toHex(seed),
    name,
    cases: cases.map(([about, note]) => {
      const parsed = parseNote(note)
      return { about, note, result: parsed.ok ? 'parsed' : parsed.error }
    }),
  }
}

function makeBatch() {
  const fields = {
    count: 3,
    first: 7,
    number: 2,
    prev: new Uint8Array(32).fill(0xab),
    refusedMore: { '4': 1 },
  }
  return { ...fields, prev: toBase64(fields.prev), leaf: toHex(batchLeaf(fields)) }
}
