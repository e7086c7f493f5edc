import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto'
import { TestBridge } from '@hanpyo/gateway-bridge/testing/test-bridge.ts'
import { TestElection } from '@hanpyo/gateway-bridge/testing/test-election.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { type FetchHandler, type HttpServer, serveFetch } from '@hanpyo/platform/http-server.ts'
import { createLogHandler } from '@hanpyo/protocol/log/http.ts'
import { vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { LedgerBuilder } from '@hanpyo/protocol/testing/ledger-builder.ts'
import { afterEach, expect, test } from 'vitest'

/*
 * A reader of transparency logs written from the C2SP documents (signed-note, tlog-checkpoint, tlog-tiles) and RFC 6962
 * alone. Of ours it uses only what starts a bridge or makes a log, behind a real HTTP server.
 */

type Bytes = Buffer<ArrayBuffer>

const sha256 = (...parts: Uint8Array[]): Bytes => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest() as Bytes
}
const hashOfEntry = (entry: Uint8Array): Bytes => sha256(Buffer.from([0]), entry)
const hashOfNode = (left: Uint8Array, right: Uint8Array): Bytes => sha256(Buffer.from([1]), left, right)

/** RFC 6962 section 2.1, word for word: MTH(D[n]). */
function treeHash(leafHashes: readonly Bytes[]): Bytes {
  if (leafHashes.length === 0) return sha256()
  if (leafHashes.length === 1) return leafHashes[0] as Bytes
  const k = 2 ** (Math.ceil(Math.log2(leafHashes.length)) - 1)
  return hashOfNode(treeHash(leafHashes.slice(0, k)), treeHash(leafHashes.slice(k)))
}

/** RFC 6962 section 2.1.3, how the root follows from an audit path. */
function rootFromPath(leaf: Bytes, index: number, size: number, path: readonly Bytes[]): Bytes {
  if (size === 1) return leaf
  const k = 2 ** (Math.ceil(Math.log2(size)) - 1)
  const sibling = path.at(-1)
  if (sibling === undefined) throw new Error('the path is too short')
  const rest = path.slice(0, -1)
  return index < k
    ? hashOfNode(rootFromPath(leaf, index, k, rest), sibling)
    : hashOfNode(sibling, rootFromPath(leaf, index - k, size - k, rest))
}

interface Head {
  readonly origin: string
  readonly size: number
  readonly root: Bytes
}

/** signed-note and tlog-checkpoint: the text is what is signed; the key id is SHA-256(name ‖ \n ‖ type ‖ key)[0:4]. */
function openNote(note: string, vkey: string): Head {
  const end = note.lastIndexOf('\n\n') + 1
  const text = note.slice(0, end)
  const name = vkey.slice(0, vkey.indexOf('+'))
  const [keyId = '', ...encoded] = vkey.slice(name.length + 1).split('+')
  const key = Buffer.from(encoded.join('+'), 'base64')
  expect(key[0]).toBe(1)
  expect(
    sha256(Buffer.from(`${name}\n`), key)
      .subarray(0, 4)
      .toString('hex'),
  ).toBe(keyId)
  const line = note
    .slice(end + 1)
    .split('\n')
    .find((one) => one.startsWith(`\u2014 ${name} `))
  const blob = Buffer.from(line?.split(' ')[2] ?? '', 'base64')
  expect(blob.subarray(0, 4).toString('hex')).toBe(keyId)
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)])
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  expect(verifySignature(null, Buffer.from(text), publicKey, blob.subarray(4))).toBe(true)
  const [origin = '', size = '', root = ''] = text.split('\n')
  expect(origin).toBe(name)
  expect(size).toMatch(/^(0|[1-9][0-9]*)$/)
  return { origin, size: Number(size), root: Buffer.from(root, 'base64') }
}

/** tlog-tiles: three digits a path element, all but the last with an x. */
function pathOfIndex(index: number): string {
  const last = String(index % 1000).padStart(3, '0')
  return index < 1000
    ? last
    : `${pathOfIndex(Math.floor(index / 1000)).replace(/([0-9]{3})$/, 'x$1')}/${last}`
}

const widthOf = (size: number, level: number, index: number): number =>
  Math.min(256, Math.floor(size / 256 ** level) - index * 256)

const partOf = (width: number): string => (width === 256 ? '' : `.p/${width}`)

/** Reads one log over HTTP. */
class PlainClient {
  readonly #base: string

  constructor(base: string) {
    this.#base = base
  }

  async get(path: string): Promise<Bytes> {
    const response = await fetch(`${this.#base}/${path}`)
    if (response.status !== 200) throw new Error(`${path}: ${response.status}`)
    return Buffer.from(await response.arrayBuffer())
  }

  async tile(size: number, level: number, index: number): Promise<Bytes[]> {
    const width = widthOf(size, level, index)
    const bytes = await this.get(`tile/${level}/${pathOfIndex(index)}${partOf(width)}`)
    expect(bytes.length).toBe(32 * width)
    return Array.from({ length: width }, (_, i) => bytes.subarray(32 * i, 32 * i + 32))
  }

  async entries(size: number, index: number): Promise<Bytes[]> {
    const width = widthOf(size, 0, index)
    const bytes = await this.get(`tile/entries/${pathOfIndex(index)}${partOf(width)}`)
    const entries: Bytes[] = []
    let at = 0
    while (at < bytes.length) {
      const length = bytes.readUInt16BE(at)
      entries.push(bytes.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
    expect(at).toBe(bytes.length)
    expect(entries).toHaveLength(width)
    return entries
  }

  /** MTH(D[start:end]) from the highest tiles that hold whole subtrees of it. */
  async rangeHash(size: number, start: number, end: number): Promise<Bytes> {
    const length = end - start
    const isPerfect = Number.isInteger(Math.log2(length))
    if (!isPerfect) {
      const k = 2 ** (Math.ceil(Math.log2(length)) - 1)
      return hashOfNode(
        await this.rangeHash(size, start, start + k),
        await this.rangeHash(size, start + k, end),
      )
    }
    const level = Math.floor(Math.log2(length) / 8)
    const first = start / 256 ** level
    const hashes = await this.tile(size, level, Math.floor(first / 256))
    return treeHash(hashes.slice(first % 256, (first % 256) + length / 256 ** level))
  }

  /** RFC 6962 section 2.1.1: PATH(m, D[n]). */
  async inclusion(index: number, size: number, start = 0, end = size): Promise<Bytes[]> {
    if (end - start === 1) return []
    const k = start + 2 ** (Math.ceil(Math.log2(end - start)) - 1)
    return index < k
      ? [...(await this.inclusion(index, size, start, k)), await this.rangeHash(size, k, end)]
      : [...(await this.inclusion(index, size, k, end)), await this.rangeHash(size, start, k)]
  }

  /** RFC 6962 section 2.1.2: SUBPROOF(m, D[n], b), each hash with the leaves it covers. */
  async subproof(
    size: number,
    old: number,
    start = 0,
    end = size,
    isWhole = true,
  ): Promise<[number, number, Bytes][]> {
    if (old === end) return isWhole ? [] : [[start, end, await this.rangeHash(size, start, end)]]
    const k = start + 2 ** (Math.ceil(Math.log2(end - start)) - 1)
    return old <= k
      ? [...(await this.subproof(size, old, start, k, isWhole)), [k, end, await this.rangeHash(size, k, end)]]
      : [...(await this.subproof(size, old, k, end, false)), [start, k, await this.rangeHash(size, start, k)]]
  }
}

/** Both roots as they follow from a consistency proof; `oldRoot` stands for the part that the proof leaves out. */
function rootsFromProof(
  proof: readonly (readonly [number, number, Bytes])[],
  old: number,
  oldRoot: Bytes,
): { readonly old: Bytes; readonly next: Bytes } {
  const isLeftOut = proof[0] === undefined || proof[0][1] !== old
  const [first, ...rest] = isLeftOut ? [[0, old, oldRoot] as const, ...proof] : proof
  if (first === undefined) throw new Error('no proof')
  let [before, after] = [first[2], first[2]]
  for (const [, end, hash] of rest) {
    if (end <= old) before = hashOfNode(hash, before)
    after = end <= old ? hashOfNode(hash, after) : hashOfNode(after, hash)
  }
  return { old: before, next: after }
}

const backend = await createNodeBackend()
const servers: HttpServer[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

/** Puts a handler behind a real HTTP server, and a plain client in front of it. */
async function clientOf(handler: FetchHandler): Promise<PlainClient> {
  const server = await serveFetch(handler)
  servers.push(server)
  return new PlainClient(server.url.replace(/\/$/, ''))
}

test('a plain reader finds every record of a bridge where the signed root says', async () => {
  const election = new TestElection({ backend, label: 'plain' })
  const bridge = await TestBridge.start({ election })
  const client = await clientOf((request, info) => bridge.bridge.http(request, info))
  const { size, root } = openNote(
    (await client.get('checkpoint')).toString('utf8'),
    election.manifest.keys.log,
  )
  expect(size).toBeGreaterThan(3)
  const entries = await client.entries(size, 0)
  const hashes = await client.tile(size, 0, 0)
  expect(entries.map(hashOfEntry)).toEqual(hashes)
  expect(treeHash(hashes)).toEqual(root)
  for (const [index, leaf] of hashes.entries()) {
    expect(rootFromPath(leaf, index, size, await client.inclusion(index, size))).toEqual(root)
  }
  await bridge.dispose()
})

test('a plain reader follows the growth of a log over full tiles', async () => {
  const origin = 'log.example/plain'
  const logSeed = new Uint8Array(32).fill(3)
  const log = new LedgerBuilder({ ed25519: backend.ed25519, origin, logSeed })
  const client = await clientOf(createLogHandler(log.reader()))
  const heads: Head[] = []
  for (const size of [5, 8, 255, 256, 700]) {
    const from = heads.at(-1)?.size ?? 0
    log.addLeaves(Array.from({ length: size - from }, (_, i) => Buffer.from(`record ${from + i}`)))
    log.publish()
    const note = (await client.get('checkpoint')).toString('utf8')
    heads.push(openNote(note, vkeyOf(backend.ed25519, origin, logSeed)))
  }
  const last = heads.at(-1) as Head
  expect(last.size).toBe(700)
  for (const { size, root } of heads.slice(0, -1)) {
    const proof = await client.subproof(last.size, size)
    expect(rootsFromProof(proof, size, root)).toEqual({ old: root, next: last.root })
  }
  const [upper] = await client.tile(last.size, 1, 0)
  expect(upper).toEqual(treeHash(await client.tile(last.size, 0, 0)))
  for (const index of [0, 1, 255, 256, 511, 699]) {
    const entry = (await client.entries(last.size, Math.floor(index / 256)))[index % 256] as Bytes
    expect(entry.toString()).toBe(`record ${index}`)
    const path = await client.inclusion(index, last.size)
    expect(rootFromPath(hashOfEntry(entry), index, last.size, path)).toEqual(last.root)
  }
})
