import { expect, test } from 'vitest'
import { fromHex, toBase64 } from '../bytes.ts'
import { keyName, type Manifest } from '../election/manifest.ts'
import { createNobleEd25519, nobleEd25519 } from '../group/ed25519-noble.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import { sha256 } from '../hash.ts'
import { vkeyOf } from '../log/note.ts'
import { expectOk } from '../result.ts'
import { counterRandom } from '../testing/counter-random.ts'
import { ceremonyHash, encodeCeremony } from './ceremony.ts'
import { ceremonyBlobName, checkCeremony } from './ceremony-check.ts'
import { beginCeremony, finishCeremony, makeShares } from './dkg.ts'

const id = 'vote.example/ceremony-check'
const random = counterRandom('ceremony-check')
const backend = { group: await createSodiumGroup(), ed25519: createNobleEd25519() }

function ceremony(): { manifest: Manifest; document: Uint8Array } {
  const seeds = [1, 2, 3].map(() => random(32))
  const trustees = seeds.map((seed, i) => vkeyOf(nobleEd25519, keyName.trustee(id, i + 1), seed))
  const setup = { electionId: id, threshold: 2, trustees }
  const starts = seeds.map((seed, i) =>
    beginCeremony({ ed25519: nobleEd25519, random, setup, trustee: { index: i + 1, seed } }),
  )
  const [commits, reveals] = [starts.map(({ commit }) => commit), starts.map(({ reveal }) => reveal)]
  const sent = starts.map(({ state }) => expectOk(makeShares(backend, state, commits, reveals)))
  const ends = starts.map(({ state }, i) => {
    const shares = new Map(
      sent.flatMap((map, j) => (j === i ? [] : [[j + 1, map.get(i + 1) as Uint8Array] as const])),
    )
    return expectOk(finishCeremony({ backend, random, state, commits, reveals, shares }))
  })
  const document = encodeCeremony({ commits, reveals, confirms: ends.map(({ confirm }) => confirm) })
  const manifest = {
    id,
    threshold: 2,
    ceremonyHash: ceremonyHash(document),
    jointKey: toBase64(ends[0]!.jointKey),
    keys: { trustees },
    trustees: ends.map(({ verificationKey }, i) => ({
      id: i + 1,
      verificationKey: toBase64(verificationKey),
    })),
  } as unknown as Manifest
  return { manifest, document }
}

test('the ceremony of a manifest is found by its hash and gives the keys of the manifest', () => {
  const { manifest, document } = ceremony()
  expect(fromHex(ceremonyBlobName(manifest))).toEqual(sha256(document))
  expect(toBase64(expectOk(checkCeremony(backend, manifest, document)).jointKey)).toBe(manifest.jointKey)
})

test('a missing, other or faulty ceremony, and keys that are not its own, break one rule each', () => {
  const { manifest, document } = ceremony()
  const other = ceremony()
  const check = (change: object, bytes: Uint8Array | null = document) =>
    checkCeremony(backend, { ...manifest, ...change }, bytes)
  expect(check({}, null)).toMatchObject({ error: 'ceremony.document' })
  expect(check({}, other.document)).toMatchObject({ error: 'ceremony.document', detail: 'another hash' })
  const named = { ceremonyHash: ceremonyHash(other.document) }
  expect(check(named, other.document)).toMatchObject({ error: 'ceremony.notes' })
  const broken = Uint8Array.of(0xff, 0xfe)
  expect(check({ ceremonyHash: toBase64(sha256(broken)) }, broken)).toMatchObject({ error: 'ceremony.notes' })
  expect(check({ jointKey: other.manifest.jointKey })).toMatchObject({
    error: 'ceremony.keys',
    detail: 'joint key',
  })
  const trustees = [...manifest.trustees.slice(0, 2), other.manifest.trustees[2]]
  expect(check({ trustees })).toMatchObject({ error: 'ceremony.keys', detail: 'trustee 3' })
})
