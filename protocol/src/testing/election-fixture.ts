import { encodePlaintext } from '../ballot/plaintext.ts'
import { deriveCredential, deriveSupportKey, type KeyPair } from '../ballot/slip.ts'
import { compareBytes, toBase64 } from '../bytes.ts'
import {
  commitKeyList,
  encodeCredentialList,
  encodeSupportList,
  SUPPORT_ENTRY_BYTES,
} from '../election/keylist.ts'
import { keyName, type Manifest, manifestHash, manifestText } from '../election/manifest.ts'
import { testSlipCommitment } from '../election/test-slips.ts'
import type { CryptoBackend, RandomBytes } from '../group/group.ts'
import { addScalars, encodeScalar, multiplyScalars, randomScalar } from '../group/scalar.ts'
import { x25519PublicKey } from '../group/x25519.ts'
import { signNote, vkeyOf } from '../log/note.ts'
import { ceremonyHash } from '../proofs/ceremony.ts'
import { counterRandom } from './counter-random.ts'
import { runFixtureCeremony } from './fixture-ceremony.ts'

/** One printed slip: its position in the list is the credential index. */
export interface FixtureSlip {
  readonly seed: Uint8Array
  readonly keys: KeyPair
  readonly style: number
}

export interface FixtureKiosk {
  readonly id: number
  readonly seed: Uint8Array
  readonly publicKey: Uint8Array
  readonly x25519Secret: Uint8Array
  readonly x25519Public: Uint8Array
}

/** Seeds of every signing role, 32 bytes each. */
export interface FixtureSeeds {
  readonly authority: Uint8Array
  readonly registrar: Uint8Array
  readonly deviceAuthority: Uint8Array
  readonly log: Uint8Array
  readonly bridge: Uint8Array
  readonly trustees: readonly Uint8Array[]
}

/** A tiny election before its first record, with every secret in it. For tests, never for keys that matter. */
export interface ElectionFixture {
  readonly backend: CryptoBackend
  readonly random: RandomBytes
  readonly manifest: Manifest
  readonly manifestNote: string
  readonly manifestHash: Uint8Array
  readonly credentialList: Uint8Array
  readonly supportList: Uint8Array
  readonly seeds: FixtureSeeds
  readonly slips: readonly FixtureSlip[]
  readonly kiosks: readonly FixtureKiosk[]
  /** The whole secret of the joint key and the trustees' shares of it, trustee 1 first. */
  readonly electionSecret: Uint8Array
  readonly shares: readonly Uint8Array[]
  readonly testSlips: { readonly slips: readonly number[]; readonly salt: Uint8Array }
  readonly bridgeX25519Secret: Uint8Array
  /** The blob of the key ceremony, if there was one; otherwise the manifest names a blob that does not exist. */
  readonly ceremony: Uint8Array | undefined
}

export interface ElectionFixtureOptions {
  readonly backend: CryptoBackend
  readonly label?: string
  readonly origin?: string
  readonly slipCount?: number
  readonly kioskCount?: number
  /** Runs a key ceremony of so many trustees; without it a 2-of-3 key is dealt, which is faster. */
  readonly ceremony?: { readonly trustees: number; readonly threshold: number }
  /** Applied to the manifest before it is signed. */
  readonly change?: (manifest: Manifest) => Manifest
}

/** Unix seconds at which the polls of the fixture open. */
export const FIXTURE_OPENS = 1_800_000_000

const TRUSTEES = 3
const THRESHOLD = 2
/** Approve up to two of five, and yes or no; style 1 holds the first contest, style 2 both. */
const CONTEST_IDS = [1, 2] as const

/** Everything follows from `label`. Trustees hold 2-of-3 shares of the joint key. */
export function createElectionFixture(options: ElectionFixtureOptions): ElectionFixture {
  const { backend, label = 'election', slipCount = 40, kioskCount = 3 } = options
  const random = counterRandom(label)
  const id = options.origin ?? 'vote.example/2026/fixture'
  const seeds: FixtureSeeds = {
    authority: random(32),
    registrar: random(32),
    deviceAuthority: random(32),
    log: random(32),
    bridge: random(32),
    trustees: Array.from({ length: options.ceremony?.trustees ?? TRUSTEES }, () => random(32)),
  }
  const bridgeX25519Secret = random(32)
  const kiosks = Array.from({ length: kioskCount }, (_, i): FixtureKiosk => {
    const [seed, x25519Secret] = [random(32), random(32)]
    return {
      id: i + 1,
      seed,
      publicKey: backend.ed25519.publicKey(seed),
      x25519Secret,
      x25519Public: x25519PublicKey(x25519Secret),
    }
  })
  const slips = Array.from({ length: slipCount }, (_, i): FixtureSlip => {
    const seed = random(16)
    return { seed, keys: deriveCredential(backend.group, seed, id), style: i % 4 === 3 ? 2 : 1 }
  }).sort((a, b) => compareBytes(a.keys.publicKey, b.keys.publicKey))
  const credentialList = encodeCredentialList(
    slips.map(({ keys, style }) => ({ publicKey: keys.publicKey, style })),
  )
  const supportList = encodeSupportList(
    slips.map(({ seed }) => deriveSupportKey(backend.group, seed, id).publicKey),
  )
  const { ed25519, group } = backend
  const trusteeVkeys = seeds.trustees.map((seed, i) => vkeyOf(ed25519, keyName.trustee(id, i + 1), seed))
  const { threshold = THRESHOLD } = options.ceremony ?? {}
  const ceremony =
    options.ceremony &&
    runFixtureCeremony({
      backend,
      random,
      electionId: id,
      threshold,
      seeds: seeds.trustees,
      vkeys: trusteeVkeys,
    })
  const { electionSecret, shares } = ceremony ?? dealShares(random)
  const testSlips = { slips: [slipCount - 1], salt: random(32) }
  const log = vkeyOf(ed25519, keyName.log(id), seeds.log)
  const policy = `log ${log}\nquorum none\n`
  const original: Manifest = {
    version: 1,
    id,
    title: { ko: '시험 선거', en: 'Test election' },
    suite: 1,
    contests: [
      {
        id: CONTEST_IDS[0],
        kind: 'approve',
        title: { ko: '마을 사업', en: 'Village projects' },
        summary: { ko: '', en: '' },
        options: [1, 2, 3, 4, 5].map((option) => ({
          id: option,
          title: { ko: `사업 ${option}`, en: `Project ${option}` },
          summary: { ko: '', en: '' },
        })),
        minSelections: 1,
        maxSelections: 2,
      },
      {
        id: CONTEST_IDS[1],
        kind: 'yes-no',
        title: { ko: '찬반', en: 'Yes or no' },
        summary: { ko: '', en: '' },
        options: [
          { id: 1, title: { ko: '찬성', en: 'Yes' }, summary: { ko: '', en: '' } },
          { id: 2, title: { ko: '반대', en: 'No' }, summary: { ko: '', en: '' } },
        ],
        minSelections: 1,
        maxSelections: 1,
      },
    ],
    styles: [
      { id: 1, name: { ko: '가', en: 'A' }, contests: [CONTEST_IDS[0]] },
      { id: 2, name: { ko: '나', en: 'B' }, contests: [...CONTEST_IDS] },
    ],
    trustees: shares.map((share, i) => ({
      id: i + 1,
      name: { ko: `수탁자 ${i + 1}`, en: `Trustee ${i + 1}` },
      verificationKey: toBase64(group.multiplyBase(share)),
    })),
    threshold,
    jointKey: toBase64(group.multiplyBase(electionSecret)),
    ceremonyHash: ceremony === undefined ? toBase64(random(32)) : ceremonyHash(ceremony.document),
    generatorLabel: `${id}/generators`,
    mixers: [1, 2, 3],
    credentials: commitKeyList(credentialList),
    supportKeys: commitKeyList(supportList, SUPPORT_ENTRY_BYTES),
    keys: {
      authority: vkeyOf(ed25519, keyName.authority(id), seeds.authority),
      registrar: vkeyOf(ed25519, keyName.registrar(id), seeds.registrar),
      deviceAuthority: vkeyOf(ed25519, keyName.deviceAuthority(id), seeds.deviceAuthority),
      log,
      bridges: [
        {
          id: 'a',
          promise: vkeyOf(ed25519, keyName.bridge(id, 'a'), seeds.bridge),
          x25519: toBase64(x25519PublicKey(bridgeX25519Secret)),
        },
      ],
      trustees: trusteeVkeys,
    },
    kioskSlots: kiosks.map((kiosk) => ({ id: kiosk.id, centre: kiosk.id === 1 ? 'north' : 'south' })),
    centres: [
      { id: 'north', name: { ko: '북', en: 'North' } },
      { id: 'south', name: { ko: '남', en: 'South' } },
    ],
    policies: { seen: policy, official: policy },
    times: { opens: FIXTURE_OPENS, closes: FIXTURE_OPENS + 36_000, sealedBy: FIXTURE_OPENS + 72_000 },
    minPerKiosk: 1,
    tickSeconds: 2,
    maxDelaySeconds: 60,
    deliveryDeadline: FIXTURE_OPENS + 40_000,
    minimumCount: 1,
    testSlips: toBase64(testSlipCommitment(testSlips.salt, testSlips.slips)),
  }
  const manifest = options.change?.(original) ?? original
  const text = manifestText(manifest)
  return {
    backend,
    random,
    manifest,
    manifestNote: signNote({ ed25519, name: keyName.authority(id), seed: seeds.authority, text }),
    manifestHash: manifestHash(text),
    credentialList,
    supportList,
    seeds,
    slips,
    kiosks,
    electionSecret,
    shares,
    testSlips,
    bridgeX25519Secret,
    ceremony: ceremony?.document,
  }
}

function dealShares(random: RandomBytes): { electionSecret: Uint8Array; shares: Uint8Array[] } {
  const electionSecret = randomScalar(random)
  const slope = randomScalar(random)
  const shares = Array.from({ length: TRUSTEES }, (_, i) =>
    addScalars(electionSecret, multiplyScalars(slope, encodeScalar(BigInt(i + 1)))),
  )
  return { electionSecret, shares }
}

/** A valid plaintext for each contest of a style: projects 1 and 3, and yes. */
export function fixturePlaintexts(style: number): Uint8Array[] {
  const approve = encodePlaintext({ kind: 'approve', options: [1, 3] })
  return style === 2 ? [approve, encodePlaintext({ kind: 'yes-no', option: 1 })] : [approve]
}
