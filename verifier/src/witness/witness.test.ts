import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandIo } from '@hanpyo/platform/command.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { toBase64, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { formatAddCheckpoint } from '@hanpyo/protocol/log/add-checkpoint.ts'
import { openCheckpoint, signCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { cosignatureVerifier, cosignerVkey } from '@hanpyo/protocol/log/cosignature.ts'
import { consistencyProof, EMPTY_ROOT, leafHash, rootOfHashes } from '@hanpyo/protocol/log/merkle.ts'
import { noteVerifier, parseNote, verifyNote, vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { witnessCommands } from './commands.ts'
import { createWitnessHandler } from './http.ts'
import { WitnessMetrics } from './metrics.ts'
import { openWitnessStore, type WitnessStore } from './store.ts'
import { Witness } from './witness.ts'

const { ed25519 } = await createNodeBackend()
const NAME = 'witness.example/w1'
const SEED = Uint8Array.from({ length: 32 }, (_, i) => i + 1)
const VKEY = 'witness.example/w1+468d99bb+BHm1Vi6P5lT5QHixEuipi6eQH4U65pW+1+DjkQutBJZk'
const verifier = cosignatureVerifier(ed25519, VKEY)

let dir: string
let store: WitnessStore
let seconds: number
let handler: (request: Request) => Promise<Response>

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hanpyo-witness-'))
  open()
  seconds = 1_700_000_000
})

afterEach(() => {
  store.close()
  rmSync(dir, { recursive: true })
})

function open(): void {
  store = openWitnessStore(join(dir, 'witness.sqlite'))
  const witness = new Witness({ ed25519, store, name: NAME, seed: SEED, now: () => seconds })
  const origins = () => store.origins().map(({ origin }) => origin)
  handler = createWitnessHandler({
    witness,
    origins,
    vkey: VKEY,
    log: silentLogger,
    metrics: new WitnessMetrics(store),
    onBroken: (error) => expect.unreachable(error.message),
  })
}

async function post(body: string | Uint8Array) {
  const request = new Request('http://w.example/add-checkpoint', {
    method: 'POST',
    body: new Uint8Array(typeof body === 'string' ? utf8(body) : body),
  })
  const response = await handler(request)
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') }
}

describe('against the published vectors', () => {
  const GOLDEN = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx'
  const FIVE = `example.com/log/testdata
5
gy5gl3aksFyiCO95a/1vLXz88A3dRq+0l9Sxte8ZqZQ=

— example.com/log/testdata M9e0lmn5eDHyHP10zJObZdFAX2y1V8fdDKBi4IiHbDYf1TCUBwxZOhqwv2QZCqrdda2zTRTrmnwjwscN5RBTEmZUYAs=
`
  const FIFTEEN = `old 5
zMKa4OAqd7D0V4wawXST15z0JiEEkprIBPkfxOesWvA=
yiM+eia4w1wsk/Ukx7kF56IQVkDW3MWUaUz/VtJu+yU=
nk9gCR+floFqznAPtqjjcnnV64dge2jQB95D5t164Hg=
zY1lN35vrXYAPixXSd59LsU29xUJtuW4o2dNNg5Y2Co=
5jLpqTgjsBDSEX6SgZiRnbTMdTuRd8bQ5tSsAOxe0Ks=

example.com/log/testdata
15
rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=

— example.com/log/testdata M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKubMt53MvIt/uEWP6zdkdIQzd/fmwlM/dlPWF74ewI=
`

  beforeEach(() => void store.add('example.com/log/testdata', GOLDEN))

  test('size 5 is cosigned byte for byte, and its growth to 15 as well', async () => {
    const five = await post(`old 0\n\n${FIVE}`)
    expect(five).toMatchObject({
      status: 200,
      text: '— witness.example/w1 Ro2ZuwAAAABlU/EA2Kvj0RNH9h9qogAixmRhfoIBHB6IOEAgj1+RYBxpuWlPhTaUKaw6tVQ7nm9dC4mJRBGKkLLkSNoHV+iQZ5p/CQ==\n',
    })
    const fifteen = await post(FIFTEEN)
    expect(fifteen.status).toBe(200)
    const kept = await (
      await handler(new Request(`http://w.example/${sha('example.com/log/testdata')}/checkpoint`))
    ).text()
    expect(kept).toBe(`${FIFTEEN.slice(FIFTEEN.indexOf('\n\n') + 2)}${fifteen.text}`)
  })

  test('a witness that has seen nothing answers 409 with its size', async () => {
    expect(await post(FIFTEEN)).toEqual({ status: 409, text: '0\n', type: 'text/x.tlog.size' })
  })

  test('one changed byte of the proof is not consistent', async () => {
    await post(`old 0\n\n${FIVE}`)
    expect((await post(FIFTEEN.replace('zMKa', 'zMKb'))).status).toBe(422)
  })

  test('another key, another log and a broken request each have their status', async () => {
    expect((await post(`old 0\n\n${FIVE.replace('M9e0lmn5', 'M9e0lmn6')}`)).status).toBe(403)
    expect(
      (await post(`old 0\n\n${FIVE.replaceAll('example.com/log/testdata', 'example.com/other')}`)).status,
    ).toBe(404)
    for (const body of [
      '',
      'old 5\n',
      `old 05\n\n${FIVE}`,
      `new 5\n\n${FIVE}`,
      `old 5\nAAAA\n\n${FIVE}`,
      `old 6\n\n${FIVE}`,
    ]) {
      expect((await post(body)).status).toBe(400)
    }
    const many = Array.from({ length: 64 }, () => 'zMKa4OAqd7D0V4wawXST15z0JiEEkprIBPkfxOesWvA=\n').join('')
    expect((await post(`old 0\n${many}\n${FIVE}`)).status).toBe(400)
  })
})

describe('against the litewitness vectors', () => {
  const ORIGIN = 'sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562'
  const hash = (n: number) => toBase64(Uint8Array.of(42, n, ...new Uint8Array(30)))
  const request = (old: number, proof: string[], size: number, root: string, signature: string): string =>
    `old ${old}\n${proof.map((line) => `${line}\n`).join('')}\n${ORIGIN}\n${size}\n${root}\n\n— ${ORIGIN} ${signature}\n`
  const ONE = request(
    0,
    [],
    1,
    hash(0),
    'UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=',
  )
  const THREE_ROOT = 'RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0='
  const THREE_SIGNATURE =
    'UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go='
  const FIVE = [
    5,
    'QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=',
    'UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=',
  ] as const

  test('the sequence of the vectors is answered as it says', async () => {
    store.add(ORIGIN, `${ORIGIN}+5202289b+Af/cLU2Y5BJNP+r3iMDC+av9eWCD0fBJVDfzAux5zxAP`)
    expect((await post(ONE)).status).toBe(200)
    expect((await post(request(1, [], 3, THREE_ROOT, THREE_SIGNATURE))).status).toBe(422)
    const proof = [hash(1), hash(2)]
    expect(
      (await post(request(1, proof, 3, THREE_ROOT, THREE_SIGNATURE.replace('6go=', '6gx=')))).status,
    ).toBe(403)
    expect((await post(request(1, proof, 3, THREE_ROOT, THREE_SIGNATURE))).status).toBe(200)
    expect(await post(request(1, proof, 3, THREE_ROOT, THREE_SIGNATURE))).toMatchObject({
      status: 409,
      text: '3\n',
    })
    const toFive = [hash(2), hash(3), 'wgiIFdZfYNv6WU1OllBKsWnLYIS/DBMqt8Uh/S4OukE=', hash(4)]
    expect((await post(request(3, toFive, ...FIVE))).status).toBe(200)
    expect(await post(request(0, [], ...FIVE))).toMatchObject({ status: 409, text: '5\n' })
  })
})

describe('a log of our own', () => {
  const ORIGIN = 'log.example/2026'
  const LOG_SEED = SEED.map((byte) => byte + 40)
  const leaves = Array.from({ length: 40 }, (_, i) => leafHash(Uint8Array.of(i)))
  const forked = leaves.map((leaf, i) => (i === 3 ? leafHash(Uint8Array.of(99)) : leaf))
  const note = (size: number, of = leaves): string => {
    const root = size === 0 ? EMPTY_ROOT : rootOfHashes(of.slice(0, size))
    return signCheckpoint({ ed25519, seed: LOG_SEED, checkpoint: { origin: ORIGIN, size, root } })
  }
  const body = (oldSize: number, size: number, of = leaves): string =>
    formatAddCheckpoint({
      oldSize,
      proof: oldSize === 0 || oldSize >= size ? [] : consistencyProof(of.slice(0, size), oldSize),
      note: note(size, of),
    })

  beforeEach(() => void store.add(ORIGIN, vkeyOf(ed25519, ORIGIN, LOG_SEED)))

  test('the same size again is cosigned with the newer time', async () => {
    await post(body(0, 7))
    seconds += 600
    const again = await post(body(7, 7))
    expect(again.status).toBe(200)
    const whole = parseNote(`${note(7)}${again.text}`)
    if (!whole.ok || !verifier.ok) throw new Error('unreadable')
    expect(verifyNote(whole.value, [verifier.value]).ok).toBe(true)
    expect(store.read(ORIGIN)?.timestamp).toBe(seconds)
  })

  test('a log that shows another tree is refused at every size, and the first stays', async () => {
    await post(body(0, 10))
    expect((await post(body(10, 10, forked))).status).toBe(422)
    expect((await post(body(10, 20, forked))).status).toBe(422)
    expect((await post(body(0, 20, forked))).status).toBe(409)
    expect(store.read(ORIGIN)?.size).toBe(10)
  })

  test('two signed trees of one size stay on disk as proof, however often and with whatever old size they come', async () => {
    await post(body(0, 5))
    for (const old of [5, 4, 0, 5]) expect((await post(body(old, 5, forked))).status).not.toBe(200)
    expect((await post(body(5, 9, forked))).status).toBe(422)
    store.close()
    open()
    const kept = store.conflicts()
    expect(kept).toMatchObject([
      { origin: ORIGIN, isProof: true },
      { origin: ORIGIN, isProof: false },
    ])
    const log = expectOk(noteVerifier(ed25519, vkeyOf(ed25519, ORIGIN, LOG_SEED)))
    const [one, other] = [kept[0]?.note ?? '', kept[0]?.against ?? ''].map(
      (note) => expectOk(openCheckpoint(note, log)).checkpoint,
    )
    expect([one?.size, other?.size]).toEqual([5, 5])
    expect(one?.root).not.toEqual(other?.root)

    const lines: string[] = []
    const io = {
      cwd: dir,
      stdout: (line: string) => lines.push(line),
      stderr: () => {},
    } as unknown as CommandIo
    expect(
      await witnessCommands.find(({ name }) => name === 'witness evidence')?.run(['--dir', dir], io),
    ).toBe(1)
    expect(lines[0]).toBe(`PROOF: ${ORIGIN}`)
  })

  test('a log that signs contradictions without end fills no disk', async () => {
    await post(body(0, 5))
    for (let n = 1; n < 40; n++) {
      const other = leaves.map((leaf) => leaf.map((byte) => byte ^ n))
      await post(body(5, 5, other))
    }
    expect(store.conflicts()).toHaveLength(16)
  })

  test('what was cosigned survives a restart', async () => {
    await post(body(0, 10))
    store.close()
    open()
    expect(await post(body(0, 20))).toMatchObject({ status: 409, text: '10\n' })
    expect((await post(body(10, 20))).status).toBe(200)
  })

  test('a witness whose memory is gone is not given a new one', async () => {
    const lines: string[] = []
    const io = {
      cwd: dir,
      stdout: () => {},
      stderr: (line: string) => lines.push(line),
    } as unknown as CommandIo
    const addLog = witnessCommands.find(({ name }) => name === 'witness add-log')
    const log = vkeyOf(ed25519, ORIGIN, LOG_SEED)
    expect(await addLog?.run(['--dir', 'elsewhere', '--log', log], io)).toBe(1)
    expect(lines.join()).toContain('second history')
    expect(existsSync(join(dir, 'elsewhere'))).toBe(false)
  })

  test('a step back of the clock by seconds is bridged, by more it stops the witness until it is right', async () => {
    await post(body(0, 5))
    seconds -= 3
    expect((await post(body(5, 6))).status).toBe(200)
    expect(store.read(ORIGIN)?.timestamp).toBe(1_700_000_000)
    seconds -= 60
    expect((await post(body(6, 7))).status).toBe(500)
    expect(store.read(ORIGIN)?.size).toBe(6)
    seconds += 63
    expect((await post(body(6, 7))).status).toBe(200)
  })

  test('of two that advance from the same size only one wins', () => {
    const other = openWitnessStore(join(dir, 'witness.sqlite'))
    const next = (size: number) => ({
      checkpoint: { origin: ORIGIN, size, root: EMPTY_ROOT },
      note: 'x',
      timestamp: 1,
    })
    expect(store.replace(0, next(8))).toBe(true)
    expect(other.replace(0, next(4))).toBe(false)
    expect(other.read(ORIGIN)?.size).toBe(8)
    other.close()
  })

  test('whatever is sent in whatever order, every answer 200 belongs to one growing history', async () => {
    const step = fc.record({ old: fc.nat(20), size: fc.nat(20), isForked: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const origin = ORIGIN
        store.close()
        rmSync(dir, { recursive: true })
        dir = mkdtempSync(join(tmpdir(), 'hanpyo-witness-'))
        open()
        store.add(origin, vkeyOf(ed25519, origin, LOG_SEED))
        let seen = { size: 0, of: leaves }
        for (const { old, size, isForked } of steps) {
          const of = isForked ? forked : leaves
          if (old > size) continue
          const { status } = await post(body(old, size, of))
          const sameSoFar = seen.size <= 3 || of === seen.of
          expect(status === 200).toBe(old === seen.size && sameSoFar)
          if (status === 200) seen = { size, of: size <= 3 ? leaves : of }
        }
      }),
      { numRuns: 25 },
    )
  })

  test('any bytes get an answer below 500', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect((await post(bytes)).status).toBeLessThan(500)
      }),
      { numRuns: 200 },
    )
  })

  test('it says who it is, and reads nothing but GET and HEAD elsewhere', async () => {
    const description = await handler(new Request('http://w.example/witness.v0.json'))
    expect(await description.json()).toMatchObject({
      name: NAME,
      verifier_keys: [cosignerVkey(ed25519, NAME, SEED)],
    })
    expect((await handler(new Request(`http://w.example/${sha(ORIGIN)}/checkpoint`))).status).toBe(404)
    expect((await handler(new Request('http://w.example/add-checkpoint'))).status).toBe(405)
    expect((await handler(new Request('http://w.example/healthz', { method: 'DELETE' }))).status).toBe(405)
  })
})

function sha(origin: string): string {
  return toHex(sha256(utf8(origin)))
}

test('its metrics count what became of checkpoints and show how far it has seen each log', async () => {
  const seed = new Uint8Array(32).fill(7)
  const origin = 'log.example/metrics'
  store.add(origin, vkeyOf(ed25519, origin, seed))
  const leaves = [utf8('one'), utf8('two')].map(leafHash)
  const note = (size: number) =>
    signCheckpoint({ ed25519, seed, checkpoint: { origin, size, root: rootOfHashes(leaves.slice(0, size)) } })
  expect((await post(formatAddCheckpoint({ oldSize: 0, proof: [], note: note(2) }))).status).toBe(200)
  expect((await post(formatAddCheckpoint({ oldSize: 1, proof: [], note: note(2) }))).status).toBe(409)
  expect((await post('nonsense')).status).toBe(400)
  const response = await handler(new Request('http://w.example/metrics'))
  const lines = (await response.text()).split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'hanpyo_witness_checkpoints_total{outcome="cosigned"} 1',
      'hanpyo_witness_checkpoints_total{outcome="other-old-size"} 1',
      'hanpyo_witness_checkpoints_total{outcome="malformed"} 1',
      'hanpyo_witness_checkpoints_total{outcome="store-failed"} 0',
      `hanpyo_witness_cosigned_records{log="${origin}"} 2`,
      `hanpyo_witness_cosigned_timestamp_seconds{log="${origin}"} ${seconds}`,
      'hanpyo_witness_conflicts 0',
    ]),
  )
})
