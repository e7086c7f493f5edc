import { beforeAll, describe, expect, test } from 'vitest'
import { decryptWithSecret, encrypt } from '../ballot/elgamal.ts'
import { encodePoint } from '../ballot/encoding.ts'
import { decodeUtf8, equalBytes, toBase64 } from '../bytes.ts'
import { keyName } from '../election/manifest.ts'
import { createNobleEd25519 } from '../group/ed25519-noble.ts'
import type { CryptoBackend } from '../group/group.ts'
import { addScalars, encodeScalar, multiplyScalars, randomScalar } from '../group/scalar.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import { vkeyOf } from '../log/note.ts'
import { expectOk } from '../result.ts'
import { counterRandom } from '../testing/counter-random.ts'
import { type Ceremony, ceremonyHash, encodeCeremony, verifyCeremony } from './ceremony.ts'
import type { CeremonySetup } from './ceremony-notes.ts'
import { lagrangeAtZero } from './combine.ts'
import { beginCeremony, type CeremonyEnd, finishCeremony, makeShares } from './dkg.ts'

const ELECTION = 'example.org/ceremony'
const random = counterRandom('ceremony.test')
const seeds = Array.from({ length: 5 }, () => random(32))

let backend: CryptoBackend
let setup: CeremonySetup
let ceremony: Ceremony
let ends: CeremonyEnd[]

function runCeremony(of: CeremonySetup): { ceremony: Ceremony; ends: CeremonyEnd[] } {
  const starts = seeds.map((seed, i) =>
    beginCeremony({ ed25519: backend.ed25519, random, setup: of, trustee: { index: i + 1, seed } }),
  )
  const [commits, reveals] = [starts.map(({ commit }) => commit), starts.map(({ reveal }) => reveal)]
  const sent = starts.map(({ state }) => expectOk(makeShares(backend, state, commits, reveals)))
  const finished = starts.map(({ state }, i) => {
    const shares = new Map(
      sent.flatMap((of, from) => (from === i ? [] : [[from + 1, of.get(i + 1) as Uint8Array] as const])),
    )
    return expectOk(finishCeremony({ backend, random, state, commits, reveals, shares }))
  })
  return { ceremony: { commits, reveals, confirms: finished.map(({ confirm }) => confirm) }, ends: finished }
}

beforeAll(async () => {
  backend = { group: await createSodiumGroup(), ed25519: createNobleEd25519() }
  const trustees = seeds.map((seed, i) => vkeyOf(backend.ed25519, keyName.trustee(ELECTION, i + 1), seed))
  setup = { electionId: ELECTION, threshold: 3, trustees }
  ;({ ceremony, ends } = runCeremony(setup))
})

const verify = (changed: Partial<Ceremony>, of: CeremonySetup = setup) =>
  verifyCeremony(backend, of, decodeUtf8(encodeCeremony({ ...ceremony, ...changed })))

test('an honest ceremony verifies and gives every trustee the same joint key', () => {
  const keys = expectOk(verify({}))
  for (const [i, end] of ends.entries()) {
    expect(end.jointKey).toEqual(keys.jointKey)
    expect(end.verificationKey).toEqual(keys.verificationKeys[i])
    expect(backend.group.multiplyBase(end.secretShare)).toEqual(end.verificationKey)
  }
})

test.each([[[1, 2, 3]], [[1, 3, 5]], [[5, 4, 2]]])('trustees %j together hold the secret key', (indices) => {
  const lambdas = lagrangeAtZero(indices)
  const secret = indices
    .map((index, i) => {
      const share = ends[index - 1] as CeremonyEnd
      return multiplyScalars(share.secretShare, encodeScalar(lambdas[i] as bigint))
    })
    .reduce(addScalars)
  const jointKey = (ends[0] as CeremonyEnd).jointKey
  const message = encodePoint(backend.group, random(30))
  const ciphertext = encrypt(backend.group, jointKey, message, randomScalar(random))
  expect(decryptWithSecret(backend.group, secret, ciphertext)).toEqual(message)
})

test('two trustees do not', () => {
  const lambdas = lagrangeAtZero([1, 2])
  const secret = [0, 1]
    .map((i) => multiplyScalars((ends[i] as CeremonyEnd).secretShare, encodeScalar(lambdas[i] as bigint)))
    .reduce(addScalars)
  expect(equalBytes(backend.group.multiplyBase(secret), (ends[0] as CeremonyEnd).jointKey)).toBe(false)
})

test('the published document has a stable hash', () => {
  expect(ceremonyHash(encodeCeremony(ceremony))).toBe(ceremonyHash(encodeCeremony({ ...ceremony })))
  expect(ceremonyHash(encodeCeremony(ceremony))).toHaveLength(44)
})

describe('a ceremony is refused', () => {
  test('when it is not a ceremony document', () => {
    for (const document of ['', '{}\n', 'null\n', '{"commits":[],"confirms":[],"reveals":[]} \n']) {
      expect(verifyCeremony(backend, setup, document)).toMatchObject({
        ok: false,
        error: 'ceremony-document',
      })
    }
  })

  test('when a note is missing, swapped or of another election', () => {
    expect(verify({ commits: ceremony.commits.slice(1) })).toMatchObject({ error: 'ceremony-count' })
    expect(verify({ reveals: [...ceremony.reveals].reverse() })).toMatchObject({
      error: 'ceremony-signature',
    })
    expect(verify({}, { ...setup, threshold: 2 })).toMatchObject({ error: 'ceremony-setup' })
    expect(verify({}, { ...setup, electionId: 'example.org/other' })).toMatchObject({
      error: 'ceremony-setup',
    })
  })

  test('when any one character of any note is changed', () => {
    for (const kind of ['commits', 'reveals', 'confirms'] as const) {
      const note = ceremony[kind][2] as string
      for (let at = 0; at < note.length; at += 37) {
        const changed = `${note.slice(0, at)}${note[at] === 'A' ? 'B' : 'A'}${note.slice(at + 1)}`
        expect(verify({ [kind]: ceremony[kind].map((old, i) => (i === 2 ? changed : old)) }).ok).toBe(false)
      }
    }
  })

  test('when a trustee reveals something else than it committed to', () => {
    const [seed] = seeds
    const other = beginCeremony({
      ed25519: backend.ed25519,
      random,
      setup,
      trustee: { index: 1, seed: seed as Uint8Array },
    })
    const reveals = [other.reveal, ...ceremony.reveals.slice(1)]
    expect(verify({ reveals })).toMatchObject({ error: 'ceremony-commitment' })
    const commits = [other.commit, ...ceremony.commits.slice(1)]
    expect(verify({ commits, reveals })).toMatchObject({ error: 'ceremony-transcript' })
  })

  test('when the confirmations are those of another run', () => {
    expect(verify({ confirms: runCeremony(setup).ceremony.confirms })).toMatchObject({
      error: 'ceremony-transcript',
    })
  })
})

test('a share that does not fit the revealed coefficients ends the ceremony', () => {
  const starts = seeds.map((seed, i) =>
    beginCeremony({ ed25519: backend.ed25519, random, setup, trustee: { index: i + 1, seed } }),
  )
  const [commits, reveals] = [starts.map(({ commit }) => commit), starts.map(({ reveal }) => reveal)]
  const sent = starts.map(({ state }) => expectOk(makeShares(backend, state, commits, reveals)))
  const [first] = starts
  if (first === undefined) throw new Error('no trustees')
  const shares = new Map([2, 3, 4, 5].map((from) => [from, sent[from - 1]?.get(1) as Uint8Array]))
  const finish = (changed: Map<number, Uint8Array>) =>
    finishCeremony({ backend, random, state: first.state, commits, reveals, shares: changed })
  expect(finish(new Map(shares).set(4, new Uint8Array(32).fill(0xff)))).toMatchObject({
    error: 'ceremony-share',
  })
  expect(finish(new Map([...shares].slice(1)))).toMatchObject({ error: 'ceremony-share' })
  expect(finish(new Map(shares).set(4, randomScalar(random)))).toMatchObject({ error: 'ceremony-share' })
  expect(toBase64(expectOk(finish(shares)).jointKey)).toHaveLength(44)
})
