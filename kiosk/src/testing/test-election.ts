import { deriveCredential, deriveSupportKey, slipText } from '@hanpyo/protocol/ballot/slip.ts'
import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import { commitKeyList, encodeCredentialList, encodeSupportList } from '@hanpyo/protocol/election/keylist.ts'
import {
  keyName,
  type Manifest,
  type ManifestContest,
  type ManifestProposals,
} from '@hanpyo/protocol/election/manifest.ts'
import { signRecord } from '@hanpyo/protocol/election/records.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import { randomScalar } from '@hanpyo/protocol/group/scalar.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import type { ContestView } from '../contract/views.ts'
import type { KioskKeys } from '../core/ballot-maker.ts'
import { type KioskElection, loadElection } from '../core/election.ts'
import { FIXTURE_CONTESTS } from '../host/fixtures.ts'

export const TEST_KIOSK_ID = 3

export interface TestElection {
  readonly election: KioskElection
  readonly manifestNote: string
  readonly credentialList: Uint8Array
  readonly supportList: Uint8Array
  /** QR texts of valid slips, each with the style that was asked for. */
  readonly slips: readonly string[]
  /** A slip of the same shape that no list contains. */
  readonly foreignSlip: string
  readonly keys: KioskKeys
  /** Seeds of the officials' keys, and of the log. */
  readonly seeds: {
    readonly authority: Uint8Array
    readonly deviceAuthority: Uint8Array
    readonly log: Uint8Array
  }
  readonly bridge: TestBridgeKeys
  /** All bridges by their ids, `b1` first. */
  readonly bridges: ReadonlyMap<string, TestBridgeKeys>
}

export interface TestBridgeKeys {
  readonly x25519Secret: Uint8Array
  readonly promiseSeed: Uint8Array
}

/** Two topics, two proposals a slip, 200 characters. */
export const TEST_PROPOSALS: ManifestProposals = {
  topics: [
    { id: 1, title: { ko: '길과 안전', en: 'Streets and safety' } },
    { id: 2, title: { ko: '공원', en: 'Parks' } },
  ],
  perSlip: 2,
  maxCharacters: 200,
}

/** The contests of the screens' fixtures: approve 1–3 of 5, choose one of 3, yes/no. */
export const TEST_CONTESTS = FIXTURE_CONTESTS as readonly ManifestContest[]

/**
 * A signed one-kiosk election whose every byte follows from `label`. Never for real use: its keys are known.
 * Style 1 holds all contests, style 2 only the first (one LoRaWAN frame).
 */
export function createTestElection(
  options: {
    readonly label?: string
    readonly slipCount?: number
    readonly style?: 1 | 2
    readonly contests?: readonly ContestView[]
    /** Lets residents propose; the slips' support keys are then listed. */
    readonly proposals?: ManifestProposals
    readonly minPerKiosk?: number
    /** Public keys of witnesses, all of whom have to sign; none unless given. */
    readonly witnesses?: readonly string[]
    /** Further bridges after `b1`; their keys follow from the label. */
    readonly bridges?: readonly string[]
    /** Nothing in this election counts. */
    readonly isTest?: boolean
    /** The kiosk's keys; without them they follow from the label too. */
    readonly keys?: KioskKeys
  } = {},
): TestElection {
  const { label = 'test election', slipCount = 5, style = 1 } = options
  const contests = (options.contests ?? TEST_CONTESTS) as readonly ManifestContest[]
  const random = counterRandom(label)
  const { group, ed25519 } = nobleBackend
  const id = 'vote.example.kr/2026'
  const slipSeeds = Array.from({ length: slipCount + 1 }, () => random(16))
  const foreignSlip = slipText(slipSeeds.pop() as Uint8Array)
  const credentialList = encodeCredentialList(
    slipSeeds.map((seed) => ({ publicKey: deriveCredential(group, seed, id).publicKey, style })),
  )
  const anySupportKey = x25519PublicKey(random(32))
  const supportList = encodeSupportList(
    options.proposals === undefined
      ? [anySupportKey]
      : slipSeeds.map((seed) => deriveSupportKey(group, seed, id).publicKey),
  )
  const seeds = { authority: random(32), deviceAuthority: random(32), log: random(32) }
  const vkey = (name: string, seed = random(32)) => vkeyOf(ed25519, name, seed)
  const bridge = { x25519Secret: random(32), promiseSeed: random(32) }
  const keys = options.keys ?? {
    ed25519Seed: random(32),
    x25519Secret: random(32),
    deviceSecret: random(32),
  }

  // One trustee alone holds the election key: its share is the key.
  const jointKey = toBase64(group.multiplyBase(randomScalar(random)))

  const log = vkey(keyName.log(id), seeds.log)
  const witnesses = options.witnesses ?? []
  const lines = witnesses.map((key, i) => `witness w${i} ${key}\n`).join('')
  const quorum = witnesses.length === 0 ? 'none' : 'all-of-them'
  const together =
    witnesses.length === 0 ? '' : `group ${quorum} all ${witnesses.map((_, i) => `w${i}`).join(' ')}\n`
  const policy = `log ${log}\n${lines}${together}quorum ${quorum}\n`
  const further = (options.bridges ?? []).map((name) => {
    const own = counterRandom(`${label} bridge ${name}`)
    return [name, { x25519Secret: own(32), promiseSeed: own(32) }] as const
  })
  const bridges = new Map<string, TestBridgeKeys>([['b1', bridge], ...further])

  const manifest: Manifest = {
    version: 1,
    id,
    title: { ko: '서초구 주민참여예산 투표', en: 'Seocho participatory budget' },
    suite: 1,
    contests: contests.map((contest) => structuredClone(contest)),
    styles: [
      { id: 1, name: { ko: '모든 질문', en: 'All questions' }, contests: contests.map((one) => one.id) },
      { id: 2, name: { ko: '한 질문', en: 'One question' }, contests: [contests[0]?.id ?? 1] },
    ],
    trustees: [
      {
        id: 1,
        name: { ko: '수탁자', en: 'Trustee' },
        verificationKey: jointKey,
      },
    ],
    threshold: 1,
    jointKey,
    ceremonyHash: toBase64(random(32)),
    generatorLabel: 'hanpyo/test',
    mixers: [1],
    credentials: commitKeyList(credentialList),
    supportKeys: commitKeyList(supportList, 32),
    keys: {
      authority: vkey(keyName.authority(id), seeds.authority),
      registrar: vkey(keyName.registrar(id)),
      deviceAuthority: vkey(keyName.deviceAuthority(id), seeds.deviceAuthority),
      log,
      bridges: [...bridges].map(([name, { promiseSeed, x25519Secret }]) => ({
        id: name,
        promise: vkey(keyName.bridge(id, name), promiseSeed),
        x25519: toBase64(x25519PublicKey(x25519Secret)),
      })),
      trustees: [vkey(keyName.trustee(id, 1))],
    },
    kioskSlots: [{ id: TEST_KIOSK_ID, centre: 'yangjae-1' }],
    centres: [{ id: 'yangjae-1', name: { ko: '양재1동 주민센터', en: 'Yangjae 1-dong Community Centre' } }],
    policies: { seen: policy, official: policy },
    times: { opens: 1_780_272_000, closes: 1_780_315_200, sealedBy: 1_780_401_600 },
    minPerKiosk: options.minPerKiosk ?? 1,
    tickSeconds: 2,
    maxDelaySeconds: 3600,
    deliveryDeadline: 1_780_360_000,
    minimumCount: 1,
    testSlips: toBase64(random(32)),
    ...(options.proposals === undefined ? {} : { proposals: options.proposals }),
    ...(options.isTest === true ? { test: true as const } : {}),
  }
  const manifestNote = signRecord({
    ed25519,
    keyName: keyName.authority(id),
    seed: seeds.authority,
    value: manifest,
  })
  const election = expectOk(
    loadElection({
      backend: nobleBackend,
      kioskId: TEST_KIOSK_ID,
      manifestNote,
      credentialList,
      supportList,
    }),
  )
  return {
    election,
    manifestNote,
    credentialList,
    supportList,
    slips: slipSeeds.map(slipText),
    foreignSlip,
    keys,
    seeds,
    bridge,
    bridges,
  }
}
