import { rawDeflate } from '@hanpyo/platform/deflate.ts'
import { castBallot, type PreparedBallot, prepareBallot } from '@hanpyo/protocol/ballot/create.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { encodeFirstPart, toCompact } from '@hanpyo/protocol/ballot/layout.ts'
import { encodePlaintext } from '@hanpyo/protocol/ballot/plaintext.ts'
import { deriveCredential, type KeyPair } from '@hanpyo/protocol/ballot/slip.ts'
import { compareBytes, concatBytes, fromBase64, toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import { challengedRecord } from '@hanpyo/protocol/election/challenged.ts'
import { commitKeyList, encodeCredentialList, encodeSupportList } from '@hanpyo/protocol/election/keylist.ts'
import { nextKioskManifest } from '@hanpyo/protocol/election/kiosk-manifest.ts'
import { keyName, type Manifest, manifestHash, manifestText } from '@hanpyo/protocol/election/manifest.ts'
import { type KioskManifestRecord, RECORD, signRecord } from '@hanpyo/protocol/election/records.ts'
import { testSlipCommitment } from '@hanpyo/protocol/election/test-slips.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { randomScalar } from '@hanpyo/protocol/group/scalar.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import type { Json } from '@hanpyo/protocol/json.ts'
import { signNote, vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { ceremonyHash } from '@hanpyo/protocol/proofs/ceremony.ts'
import { createProposal, createSupport, type StatementSigner } from '@hanpyo/protocol/proposal/create.ts'
import { encodeProposalDatagram } from '@hanpyo/protocol/proposal/datagram.ts'
import { type CodedText, encodeText } from '@hanpyo/protocol/proposal/text-coding.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import { type FixtureCeremony, runFixtureCeremony } from '@hanpyo/protocol/testing/fixture-ceremony.ts'
import type { BridgeKeys } from '../bridge.ts'
import type { BallotInput } from './make-ballot.ts'

export interface TestElectionOptions {
  /** From the log's key; the default asks for no witness. */
  policies?(logVkey: string): Manifest['policies']
  readonly backend: CryptoBackend
  /** Every byte of the election follows from it. */
  readonly label?: string
  readonly slipCount?: number
  /** Takes proposals: topics 1 and 2, so many of a slip, at most 200 characters. */
  readonly proposalsPerSlip?: number
  /** Centre of each kiosk; all in `hall` without it. */
  readonly centres?: readonly string[]
  readonly kioskCount?: number
  /** Two trustees who made the key in a ceremony; without it the manifest names one that nobody can read. */
  readonly hasCeremony?: boolean
  /** The manifest names `secondBridge` too. */
  readonly hasSecondBridge?: boolean
  readonly minPerKiosk?: number
  readonly tickSeconds?: number
  readonly maxDelaySeconds?: number
  /** Approve contests of the one style, 1 … 8; default 1. A compact ballot has 117 + 96 bytes for each. */
  readonly contestCount?: number
  /** Unix seconds at which the polls open; the rest of the day follows. */
  readonly opens?: number
}

export interface TestKiosk {
  readonly id: number
  readonly seed: Uint8Array
  readonly publicKey: Uint8Array
  readonly x25519Secret: Uint8Array
  readonly devEui: string
}

const FIRST_CONTEST = 7
const ELECTION = 'vote.example.org/2026/test'
const AUTHORITY_ROLES = ['authority', 'registrar', 'devices'] as const

/** An election with all its secrets in one hand: one style, approve contests, one trustee. */
export class TestElection {
  readonly backend: CryptoBackend
  readonly manifest: Manifest
  readonly manifestNote: string
  readonly manifestHash: Uint8Array
  readonly blobs: readonly Uint8Array[]
  readonly bridgeId = 'main'
  readonly bridgeKeys: BridgeKeys
  /** A second bridge, run by somebody else, with the same log key and other keys besides. */
  readonly secondBridge: { readonly id: 'second'; readonly keys: BridgeKeys }
  readonly kiosks: readonly TestKiosk[]
  readonly #contestIds: readonly number[]
  readonly #random
  readonly #credentials: readonly KeyPair[]
  /** By support index. */
  readonly #support: readonly KeyPair[]
  readonly #roleSeeds: Readonly<Record<(typeof AUTHORITY_ROLES)[number], Uint8Array>>
  readonly #lastManifest = new Map<number, KioskManifestRecord>()

  constructor(options: TestElectionOptions) {
    const { backend, label = 'test', slipCount = 12, kioskCount = 2 } = options
    const { group, ed25519 } = backend
    const random = counterRandom(`bridge ${label}`)
    this.backend = backend
    this.#contestIds = Array.from({ length: options.contestCount ?? 1 }, (_, at) => FIRST_CONTEST + at)
    this.#random = random
    this.#credentials = Array.from({ length: slipCount }, () =>
      deriveCredential(group, random(16), ELECTION),
    ).sort((a, b) => compareBytes(a.publicKey, b.publicKey))
    this.#roleSeeds = { authority: random(32), registrar: random(32), devices: random(32) }
    this.bridgeKeys = { logSeed: random(32), promiseSeed: random(32), x25519Secret: random(32) }
    const other = counterRandom(`second bridge ${label}`)
    const secondKeys = { ...this.bridgeKeys, promiseSeed: other(32), x25519Secret: other(32) }
    this.secondBridge = { id: 'second', keys: secondKeys }
    this.kiosks = Array.from({ length: kioskCount }, (_, at) => {
      const seed = random(32)
      const devEui = `24e124ffff${String(at + 1).padStart(6, '0')}`
      return { id: at + 1, seed, publicKey: ed25519.publicKey(seed), x25519Secret: random(32), devEui }
    })
    const credentials = encodeCredentialList(
      this.#credentials.map(({ publicKey }) => ({ publicKey, style: 0 })),
    )
    this.#support = this.#credentials
      .map(() => {
        const secret = randomScalar(random)
        return { secret, publicKey: group.multiplyBase(secret) }
      })
      .sort((a, b) => compareBytes(a.publicKey, b.publicKey))
    const support = encodeSupportList(this.#support.map(({ publicKey }) => publicKey))
    const ceremony = options.hasCeremony ? this.#runCeremony() : undefined
    this.blobs = [credentials, support, ...(ceremony === undefined ? [] : [ceremony.document])]
    this.manifest = this.#buildManifest(options, credentials, support, ceremony)
    this.manifestNote = signNote({
      ed25519,
      name: keyName.authority(ELECTION),
      seed: this.#roleSeeds.authority,
      text: manifestText(this.manifest),
    })
    this.manifestHash = manifestHash(manifestText(this.manifest))
  }

  /** The public key K_i of a slip. */
  credentialKey(slip: number): Uint8Array {
    return (this.#credentials[slip] as KeyPair).publicKey
  }

  /** What kiosk `kioskId` makes a ballot of slip `slip` from, for another thread. */
  ballotInput(slip: number, kioskId = 1): BallotInput {
    const { seed, publicKey } = this.#kiosk(kioskId)
    return {
      credentialIndex: slip,
      credential: this.#credentials[slip] as KeyPair,
      kioskId,
      kiosk: { seed, publicKey },
      election: this.#ballotElection(),
      contestIds: this.#contestIds,
      plaintexts: this.#contestIds.map(() => encodePlaintext({ kind: 'approve', options: [1] })),
    }
  }

  /** A ballot prepared with fresh randomness for slip `slip` at a kiosk. */
  prepare(slip: number, kioskId = 1, options: readonly number[] = [1]): PreparedBallot {
    return prepareBallot({
      backend: this.backend,
      random: this.#random,
      deviceSecret: this.#kiosk(kioskId).seed,
      election: this.#ballotElection(),
      credentialIndex: slip,
      kioskId,
      contestIds: this.#contestIds,
      plaintexts: this.#contestIds.map(() => encodePlaintext({ kind: 'approve', options: [...options] })),
    })
  }

  /** A canonical ballot; `prepared` reuses randomness on purpose. */
  ballot(slip: number, kioskId = 1, prepared = this.prepare(slip, kioskId)): Uint8Array {
    const kiosk = this.#kiosk(kioskId)
    return castBallot({
      backend: this.backend,
      random: this.#random,
      deviceSecret: kiosk.seed,
      election: this.#ballotElection(),
      prepared,
      contestIds: this.#contestIds,
      credential: this.#credentials[slip] as KeyPair,
      kiosk,
    })
  }

  /** A ballot of another slip that reuses the randomness of `prepared`, as a broken kiosk would make it. */
  copyRandomness(slip: number, prepared: PreparedBallot, kioskId = 1): Uint8Array {
    const fresh = this.prepare(slip, kioskId)
    const { ciphertexts, randomness, plaintexts } = prepared
    const firstPart = encodeFirstPart(fresh.header, ciphertexts)
    return this.ballot(slip, kioskId, { ...fresh, ciphertexts, randomness, plaintexts, firstPart })
  }

  /** The link form of a canonical ballot. */
  datagram(canonical: Uint8Array): Uint8Array {
    return toCompact(canonical, this.manifestHash)
  }

  polls(state: 'open' | 'closed' | 'sealed', at = this.manifest.times.opens): Uint8Array {
    return this.#official(RECORD.polls, 'authority', { state, at })
  }

  enrol(kioskId: number): Uint8Array {
    return this.#device(kioskId, 'enrol')
  }

  revoke(kioskId: number): Uint8Array {
    return this.#device(kioskId, 'revoke')
  }

  voidSlips(slips: number[]): Uint8Array {
    return this.#official(RECORD.voidSlips, 'registrar', { slips })
  }

  turnout(issued: number, returned = 0): Uint8Array {
    return this.#official(RECORD.turnout, 'registrar', { centre: 'hall', issued, returned })
  }

  /** The next kiosk manifest of a kiosk's chain as a datagram. */
  kioskManifest(
    kioskId: number,
    ballots: readonly Uint8Array[],
    options: { final: boolean; challenged?: number },
  ) {
    const record = nextKioskManifest({
      manifestHash: this.manifestHash,
      kiosk: kioskId,
      previous: this.#lastManifest.get(kioskId),
      ballotIds: ballots.map(ballotId),
      challenged: options.challenged ?? 0,
      state: options.final ? 'closed' : 'open',
      final: options.final,
    })
    this.#lastManifest.set(kioskId, record)
    return this.#byKiosk(RECORD.kioskManifest, kioskId, record)
  }

  challenged(prepared: PreparedBallot, kioskId = 1): Uint8Array {
    return this.#byKiosk(RECORD.challenged, kioskId, challengedRecord(prepared, kioskId))
  }

  /** A proposal as its kiosk sends it; `salt` or `sent` replace what the commitment was made from. */
  proposal(
    supportIndex: number,
    text: string,
    options: { kioskId?: number; topic?: number; sent?: { salt?: Uint8Array; coded?: CodedText } } = {},
  ): { readonly datagram: Uint8Array; readonly leaf: Uint8Array; readonly id: Uint8Array } {
    const { kioskId = 1, topic = 1, sent = {} } = options
    const salt = this.#random(16)
    const signer = this.#signer(supportIndex, kioskId)
    const { body, id } = createProposal({ ...signer, text, topic, salt, compressor: rawDeflate })
    const coded = sent.coded ?? encodeText(rawDeflate, text)
    const datagram = encodeProposalDatagram({ body, salt: sent.salt ?? salt, coded })
    return { datagram, leaf: concatBytes(Uint8Array.of(RECORD.proposal), body), id }
  }

  /** A support as its kiosk sends it, which is the leaf too. */
  support(supportIndex: number, proposalId: Uint8Array, kioskId = 1): Uint8Array {
    return createSupport({ ...this.#signer(supportIndex, kioskId), proposalId }).datagram
  }

  /** A moderation by a kiosk, or by the authority without one. */
  moderation(
    proposalId: Uint8Array,
    action: 'hide' | 'show' | 'erase',
    options: { kioskId?: number; reason?: string } = {},
  ): Uint8Array {
    const { kioskId, reason = 'names a person' } = options
    const value = { action, proposal: toBase64(proposalId), reason }
    if (kioskId === undefined) return this.#official(RECORD.moderation, 'authority', value)
    const manifest = toBase64(this.manifestHash)
    return this.#byKiosk(RECORD.moderation, kioskId, { manifest, kiosk: kioskId, ...value })
  }

  #signer(supportIndex: number, kioskId: number): StatementSigner {
    const kiosk = this.#kiosk(kioskId)
    return {
      backend: this.backend,
      random: this.#random,
      deviceSecret: kiosk.seed,
      manifestHash: this.manifestHash,
      support: { ...(this.#support[supportIndex] as KeyPair), index: supportIndex },
      kiosk,
    }
  }

  #official(type: number, role: (typeof AUTHORITY_ROLES)[number], value: Record<string, Json>): Uint8Array {
    return this.#sign(type, `${ELECTION}/${role}`, this.#roleSeeds[role], {
      manifest: toBase64(this.manifestHash),
      ...value,
    })
  }

  #byKiosk(type: number, kioskId: number, value: Json): Uint8Array {
    return this.#sign(type, keyName.kiosk(ELECTION, kioskId), this.#kiosk(kioskId).seed, value)
  }

  #sign(type: number, name: string, seed: Uint8Array, value: Json): Uint8Array {
    const note = signRecord({ ed25519: this.backend.ed25519, keyName: name, seed, value })
    return concatBytes(Uint8Array.of(type), utf8(note))
  }

  #device(kioskId: number, action: 'enrol' | 'revoke'): Uint8Array {
    const { publicKey, x25519Secret, devEui } = this.#kiosk(kioskId)
    return this.#official(RECORD.device, 'devices', {
      action,
      kiosk: kioskId,
      ed25519: toBase64(publicKey),
      x25519: toBase64(x25519PublicKey(x25519Secret)),
      at: this.manifest.times.opens - 60,
      ...(action === 'enrol' ? { devEui } : {}),
    })
  }

  #kiosk(id: number): TestKiosk {
    const kiosk = this.kiosks[id - 1]
    if (kiosk === undefined) throw new RangeError(`no kiosk ${id}`)
    return kiosk
  }

  #ballotElection() {
    return { manifestHash: this.manifestHash, jointKey: fromBase64(this.manifest.jointKey) }
  }

  /** One trustee holds the whole key: a polynomial of degree 0. */
  readonly #electionSecret = randomScalar(counterRandom('election secret'))

  #bridgeEntry(id: string, { promiseSeed, x25519Secret }: BridgeKeys) {
    const promise = vkeyOf(this.backend.ed25519, keyName.bridge(ELECTION, id), promiseSeed)
    return { id, promise, x25519: toBase64(x25519PublicKey(x25519Secret)) }
  }

  #trusteeVkeys(count: number): string[] {
    return Array.from({ length: count }, (_, at) =>
      vkeyOf(this.backend.ed25519, keyName.trustee(ELECTION, at + 1), sha256(utf8(`trustee ${at + 1}`))),
    )
  }

  #runCeremony(): FixtureCeremony {
    return runFixtureCeremony({
      backend: this.backend,
      random: counterRandom('ceremony'),
      electionId: ELECTION,
      threshold: 2,
      seeds: [1, 2].map((id) => sha256(utf8(`trustee ${id}`))),
      vkeys: this.#trusteeVkeys(2),
    })
  }

  #buildManifest(
    options: TestElectionOptions,
    credentials: Uint8Array,
    support: Uint8Array,
    ceremony: FixtureCeremony | undefined,
  ): Manifest {
    const { group, ed25519 } = this.backend
    const opens = options.opens ?? Math.floor(Date.UTC(2026, 5, 1) / 1000)
    const { shares, electionSecret } = ceremony ?? {
      shares: [this.#electionSecret],
      electionSecret: this.#electionSecret,
    }
    const log = vkeyOf(ed25519, ELECTION, this.bridgeKeys.logSeed)
    const policy = `log ${log}\nquorum none\n`
    const both = (text: string) => ({ ko: text, en: text })
    const option = (id: number) => ({ id, title: both(`option ${id}`), summary: both('') })
    const role = (name: (typeof AUTHORITY_ROLES)[number]) =>
      vkeyOf(ed25519, `${ELECTION}/${name}`, this.#roleSeeds[name])
    return {
      version: 1,
      id: ELECTION,
      title: both('A test election'),
      suite: 1,
      contests: this.#contestIds.map((id) => ({
        id,
        kind: 'approve',
        title: both('Projects'),
        summary: both(''),
        options: [1, 2, 3].map(option),
        minSelections: 0,
        maxSelections: 2,
      })),
      styles: [{ id: 0, name: both('everyone'), contests: [...this.#contestIds] }],
      trustees: shares.map((share, at) => ({
        id: at + 1,
        name: both('trustee'),
        verificationKey: toBase64(group.multiplyBase(share)),
      })),
      threshold: shares.length,
      jointKey: toBase64(group.multiplyBase(electionSecret)),
      ceremonyHash: ceremonyHash(ceremony?.document ?? utf8('ceremony')),
      generatorLabel: 'hanpyo/test',
      mixers: [1],
      credentials: commitKeyList(credentials),
      supportKeys: commitKeyList(support, 32),
      keys: {
        authority: role('authority'),
        registrar: role('registrar'),
        deviceAuthority: role('devices'),
        log,
        bridges: [
          this.#bridgeEntry(this.bridgeId, this.bridgeKeys),
          ...(options.hasSecondBridge
            ? [this.#bridgeEntry(this.secondBridge.id, this.secondBridge.keys)]
            : []),
        ],
        trustees: this.#trusteeVkeys(shares.length),
      },
      kioskSlots: this.kiosks.map(({ id }, at) => ({ id, centre: options.centres?.[at] ?? 'hall' })),
      centres: [...new Set(['hall', ...(options.centres ?? [])])].map((id) => ({ id, name: both(id) })),
      policies: options.policies?.(log) ?? { seen: policy, official: policy },
      times: { opens, closes: opens + 12 * 3600, sealedBy: opens + 48 * 3600 },
      minPerKiosk: options.minPerKiosk ?? 1,
      tickSeconds: options.tickSeconds ?? 2,
      maxDelaySeconds: options.maxDelaySeconds ?? 60,
      deliveryDeadline: opens + 24 * 3600,
      minimumCount: 1,
      testSlips: toBase64(testSlipCommitment(new Uint8Array(32), [])),
      ...(options.proposalsPerSlip === undefined
        ? {}
        : {
            proposals: {
              topics: [1, 2].map((id) => ({ id, title: both(`topic ${id}`) })),
              perSlip: options.proposalsPerSlip,
              maxCharacters: 200,
            },
          }),
    }
  }
}
