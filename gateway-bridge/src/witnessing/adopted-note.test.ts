import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { signCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { cosign, cosignerVkey } from '@hanpyo/protocol/log/cosignature.ts'
import { formatNote, noteVerifier, parseNote, vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { verifyWitnessed } from '@hanpyo/protocol/log/witnessed.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { Witnessing } from './witnessing.ts'

const { ed25519 } = await createNodeBackend()
const origin = 'log.example/e'
const logSeed = new Uint8Array(32).fill(1)
const logVkey = vkeyOf(ed25519, origin, logSeed)
const NAMES = ['w1', 'w2'] as const
const seedOf = (name: string): Uint8Array => new Uint8Array(32).fill(name.charCodeAt(1))
const policy = expectOk(
  parsePolicy(
    `log ${logVkey}\n${NAMES.map((name) => `witness ${name} ${cosignerVkey(ed25519, name, seedOf(name))}\n`).join('')}group all 2 w1 w2\nquorum all\n`,
  ),
)

/** What a leader publishes: a head with the cosignatures of both witnesses at the times given. */
function published(size: number, times: Readonly<Record<(typeof NAMES)[number], number>>, root = 3): string {
  const checkpoint = { origin, size, root: new Uint8Array(32).fill(root) }
  const own = expectOk(parseNote(signCheckpoint({ ed25519, seed: logSeed, checkpoint })))
  const lines = NAMES.map((name) =>
    cosign({ ed25519, name, seed: seedOf(name), timestamp: times[name], checkpointText: own.text }),
  )
  return formatNote(own.text, [...own.signatures, ...lines])
}

function following() {
  const told: number[] = []
  const witnessing = new Witnessing({
    origin,
    ed25519,
    log: expectOk(noteVerifier(ed25519, logVkey)),
    seen: policy,
    official: policy,
    reader: { tile: async () => null },
    clock: createVirtualClock(),
    logger: silentLogger,
    fetch: () => Promise.reject(new Error('one that follows asks nobody')),
    timeoutMs: 1000,
    republishMs: 600_000,
    retryMs: 5_000,
    store: { load: async () => null, save: async () => {} },
    isLeading: () => false,
    newestHead: async () => '',
    onPublished: (size) => void told.push(size),
    onForked: () => {},
  })
  const times = (): number[] =>
    expectOk(verifyWitnessed(ed25519, policy, witnessing.note() ?? '')).cosignatures.map(
      ({ timestamp }) => timestamp,
    )
  return { witnessing, told, times }
}

test('a replica that follows shows the newer cosignatures of a head that has not grown', async () => {
  const { witnessing, times } = following()
  witnessing.adopt(published(7, { w1: 1000, w2: 1001 }))
  expect(times()).toEqual([1000, 1001])
  witnessing.adopt(published(7, { w1: 1600, w2: 1601 }))
  expect(times()).toEqual([1600, 1601])
  expect(witnessing.view().map(({ at }) => at)).toEqual([1600, 1601])
  await witnessing.close()
})

test('an older cosignature of the same head replaces no newer one, and what says nothing new tells nobody', async () => {
  const { witnessing, told, times } = following()
  witnessing.adopt(published(7, { w1: 1600, w2: 1001 }))
  witnessing.adopt(published(7, { w1: 1000, w2: 1601 }))
  witnessing.adopt(published(7, { w1: 1000, w2: 1001 }))
  witnessing.adopt(published(6, { w1: 1900, w2: 1901 }))
  expect(times()).toEqual([1600, 1601])
  await witnessing.close()
  expect(told).toEqual([7, 7])
})

test('another root of the size that is shown is not adopted', async () => {
  const { witnessing, times } = following()
  witnessing.adopt(published(7, { w1: 1000, w2: 1001 }))
  witnessing.adopt(published(7, { w1: 1600, w2: 1601 }, 4))
  expect(times()).toEqual([1000, 1001])
  await witnessing.close()
})
