import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readKeyFile } from '@hanpyo/platform/keyfile.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { deriveCredential, deriveSupportKey, parseSlip } from '@hanpyo/protocol/ballot/slip.ts'
import { decodeUtf8, equalBytes, fromBase64, toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { findCredential, parseCredentialList, parseSupportList } from '@hanpyo/protocol/election/keylist.ts'
import { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { testSlipCommitment } from '@hanpyo/protocol/election/test-slips.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { parseSkey } from '@hanpyo/protocol/log/vkey.ts'
import { ceremonyHash, verifyCeremony } from '@hanpyo/protocol/proofs/ceremony.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assembleElection } from './assemble-election.ts'
import {
  bridgeKeySchema,
  type SlipFile,
  signingKeySchema,
  slipFileSchema,
  testSlipFileSchema,
  trusteeKeySchema,
} from './key-files.ts'
import { createElection } from './new-election.ts'
import { createSmallElection, type SmallElection } from './testing/small-election.ts'

let small: SmallElection
let slipFile: SlipFile

beforeAll(async () => {
  small = await createSmallElection({ slips: 40, testSlips: 3, printSlips: true })
  const { folder } = small.election
  slipFile = expectOk(await readKeyFile(folder.slips, 'hanpyo-slips', slipFileSchema))
})
afterAll(() => small.remove())

const blob = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(join(small.election.folder.blobs, name)))

test('the signed manifest opens an election by the rules of the ledger', async () => {
  const { election, backend } = small
  const manifestNote = await readFile(election.folder.manifestNote, 'utf8')
  const credentialList = await blob(election.manifest.credentials.blob)
  const supportList = await blob(election.manifest.supportKeys.blob)
  const state = expectOk(ElectionState.open({ backend, manifestNote, credentialList, supportList }))
  expect(state.manifestHash).toEqual(election.manifestHash)
  expect(state.manifest.kioskSlots).toEqual([
    { id: 1, centre: 'seocho1' },
    { id: 2, centre: 'banpo2' },
    { id: 3, centre: 'yangjae1' },
  ])
})

test('every blob lies under the hash of its bytes, and the manifest names all of them', async () => {
  const { manifest, folder } = small.election
  const names = await readdir(folder.blobs)
  for (const name of names) expect(toHex(sha256(await blob(name)))).toBe(name)
  const named = [
    manifest.credentials.blob,
    manifest.supportKeys.blob,
    toHex(fromBase64(manifest.ceremonyHash)),
  ]
  expect(names.sort()).toEqual(named.sort())
})

test('the published key ceremony gives the keys of the manifest', async () => {
  const { manifest } = small.election
  const document = await blob(toHex(fromBase64(manifest.ceremonyHash)))
  expect(ceremonyHash(document)).toBe(manifest.ceremonyHash)
  const setup = { electionId: manifest.id, threshold: manifest.threshold, trustees: manifest.keys.trustees }
  const keys = expectOk(verifyCeremony(small.backend, setup, decodeUtf8(document)))
  expect(toBase64(keys.jointKey)).toBe(manifest.jointKey)
  expect(keys.verificationKeys.map(toBase64)).toEqual(manifest.trustees.map((one) => one.verificationKey))
})

describe('slips', () => {
  test('scan to the credential listed under their number, and to a listed support key', async () => {
    const { manifest } = small.election
    const credentials = expectOk(parseCredentialList(await blob(manifest.credentials.blob)))
    const supportKeys = expectOk(parseSupportList(await blob(manifest.supportKeys.blob)))
    for (const { number, style, text } of slipFile.slips) {
      const seed = expectOk(parseSlip(text))
      const { publicKey } = deriveCredential(small.backend.group, seed, manifest.id)
      expect(findCredential(credentials, publicKey)).toBe(number)
      expect(credentials[number]?.style).toBe(style)
      const support = deriveSupportKey(small.backend.group, seed, manifest.id).publicKey
      expect(supportKeys.some((key) => equalBytes(key, support))).toBe(true)
    }
    expect(slipFile.slips).toHaveLength(40)
  })

  test('are printed in an order that says nothing about their numbers', () => {
    const numbers = slipFile.slips.map(({ number }) => number)
    expect(numbers).not.toEqual([...numbers].sort((a, b) => a - b))
    expect(new Set(numbers).size).toBe(40)
  })

  test('have positions in the support list that do not follow from their numbers', async () => {
    const { manifest } = small.election
    const supportKeys = expectOk(parseSupportList(await blob(manifest.supportKeys.blob)))
    const positions = slipFile.slips
      .toSorted((a, b) => a.number - b.number)
      .map(({ text }) => {
        const seed = expectOk(parseSlip(text))
        const key = deriveSupportKey(small.backend.group, seed, manifest.id).publicKey
        return supportKeys.findIndex((listed) => equalBytes(listed, key))
      })
    expect(positions).not.toEqual(positions.toSorted((a, b) => a - b))
  })

  test('come as a PDF for each style and one for the observers', async () => {
    const { folder } = small.election
    for (const name of ['style-1', 'observers']) {
      const pdf = await readFile(folder.slipPdf(name))
      expect(pdf.subarray(0, 5).toString('latin1')).toBe('%PDF-')
      expect((await stat(folder.slipPdf(name))).mode & 0o777).toBe(0o600)
    }
  })

  test('for observers are committed to in the manifest', async () => {
    const { folder, manifest } = small.election
    const file = expectOk(await readKeyFile(folder.testSlips, 'hanpyo-test-slips', testSlipFileSchema))
    expect(file.slips).toHaveLength(3)
    expect(toBase64(testSlipCommitment(fromBase64(file.salt), file.slips))).toBe(manifest.testSlips)
  })
})

describe('key files', () => {
  test('hold the keys that the manifest names, and only the owner can read them', async () => {
    const { folder, manifest } = small.election
    const { ed25519, group } = small.backend
    const roles = [
      [folder.authorityKey, manifest.keys.authority],
      [folder.registrarKey, manifest.keys.registrar],
      [folder.deviceAuthorityKey, manifest.keys.deviceAuthority],
      [folder.logKey, manifest.keys.log],
    ] as const
    for (const [path, vkey] of roles) {
      const file = expectOk(await readKeyFile(path, 'hanpyo-signing-key', signingKeySchema))
      expect(file.vkey).toBe(vkey)
      expect(parseSkey(ed25519, file.skey).ok).toBe(true)
      expect((await stat(path)).mode & 0o777).toBe(0o600)
    }
    const bridge = await readKeyFile(folder.bridgeKey('main'), 'hanpyo-bridge-key', bridgeKeySchema)
    expect(expectOk(bridge).vkey).toBe(manifest.keys.bridges[0]?.promise)
    for (const [i, { verificationKey }] of manifest.trustees.entries()) {
      const path = folder.trusteeKey(i + 1)
      const file = expectOk(await readKeyFile(path, 'hanpyo-trustee-key', trusteeKeySchema))
      expect(toBase64(group.multiplyBase(fromBase64(file.secretShare)))).toBe(verificationKey)
    }
    expect((await stat(folder.secret)).mode & 0o777).toBe(0o700)
  })
})

test('nothing public holds a slip, a share or a signing key', async () => {
  const { folder } = small.election
  const publicFiles = [folder.manifestNote, folder.deviceCaCertificate]
  for (const name of await readdir(folder.blobs)) publicFiles.push(join(folder.blobs, name))
  const everything = (await Promise.all(publicFiles.map((path) => readFile(path, 'latin1')))).join('')
  expect(everything).not.toMatch(/HP1[0-9A-Z]{30}|PRIVATE KEY/)
  for (const { text } of slipFile.slips) expect(everything).not.toContain(text.slice(3))
})

test('an existing election is never overwritten', async () => {
  const again = await createElection(small.config, {
    backend: small.backend,
    random: nodeRandom,
    outDir: small.folder,
    printSlips: false,
  })
  expect(again).toMatchObject({ ok: false, error: 'election-exists' })
})

test('a title with characters that slips cannot show is refused before anything is drawn', async () => {
  const outDir = join(small.folder, 'unprintable')
  const title = { ko: '투표 🗳️', en: 'Vote' }
  const { backend } = small
  const made = await createElection({ ...small.config, title }, { backend, random: nodeRandom, outDir })
  expect(made).toMatchObject({ ok: false, error: 'text-unprintable' })
  await expect(stat(outDir)).rejects.toThrow('ENOENT')
})

test('an election whose patterns could be sold is refused until the file accepts it', () => {
  const contests = small.config.contests.map(({ patternRiskAccepted: _, ...contest }) => contest)
  const made = assembleElection({ ...small.config, contests }, { backend: small.backend, random: nodeRandom })
  expect(made).toMatchObject({ ok: false, error: 'pattern-risk', detail: 'contest 1' })
})
