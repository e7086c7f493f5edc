/** For every rule of the catalogue a log that breaks it and no other. */
import { ballotId } from '../ballot/identifiers.ts'
import { concatBytes, toBase64, toHex, utf8 } from '../bytes.ts'
import { challengedRecord } from '../election/challenged.ts'
import { commitKeyList, encodeCredentialList } from '../election/keylist.ts'
import { nextKioskManifest } from '../election/kiosk-manifest.ts'
import { keyName, type Manifest } from '../election/manifest.ts'
import { encodeLeaf, noteLeaf, RECORD } from '../election/records.ts'
import type { RuleId, StateRuleId } from '../election/rules.ts'
import { ElectionState, type OpenInput } from '../election/state.ts'
import { encodeVoidBitmap } from '../election/void-bitmap.ts'
import { createNobleEd25519 } from '../group/ed25519-noble.ts'
import type { CryptoBackend } from '../group/group.ts'
import { encodeScalar } from '../group/scalar.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import { sha256 } from '../hash.ts'
import type { Json } from '../json.ts'
import { type BatchLeafFields, batchLeaf } from '../log/batch.ts'
import { signNote } from '../log/note.ts'
import {
  ballotLeaf,
  challengedLeaf,
  createElectionFixture,
  deviceLeaf,
  FIXTURE_OPENS,
  type FixtureKiosk,
  fixtureBallot,
  KioskChain,
  kioskLeaf,
  officialLeaf,
  pollsLeaf,
  prepareFixtureBallot,
  refusalLeaf,
} from './build-ledger.ts'
import { countRuleCases } from './count-rule-cases.ts'
import { proposalLeaf } from './proposal-fixture.ts'
import { proposalRuleCases, withProposals } from './proposal-rule-cases.ts'
import { castPrepared, offsetsOf, RuleScript, replacementFor, rewritten } from './rule-script.ts'

/** A manifest or credential list that must not open an election. */
export interface OpeningCase {
  readonly opening: Omit<OpenInput, 'backend'>
  outcome(): RuleId[]
}

/** What leads to a broken rule: an opening, or leaves after a sound manifest. */
export type RuleCase = OpeningCase | RuleScript

const backend: CryptoBackend = { group: await createSodiumGroup(), ed25519: createNobleEd25519() }
const election = createElectionFixture({ backend, slipCount: 56, change: withProposals })
const [first, second, third] = election.kiosks as readonly [FixtureKiosk, FixtureKiosk, FixtureKiosk]
const slipOfStyle = (style: number): number => election.slips.findIndex((slip) => slip.style === style)
const [simple, double] = [slipOfStyle(1), slipOfStyle(2)]

const script = (): RuleScript => new RuleScript(election)
const opened = (): RuleScript => script().opened()
const ballot = (slip: number, kiosk = first): Uint8Array => fixtureBallot(election, slip, kiosk)
const ballotAs = (canonical: Uint8Array): Uint8Array => ballotLeaf(canonical).leaf
const sortedBallots = (...ballots: Uint8Array[]): Uint8Array[] =>
  ballots
    .map(ballotLeaf)
    .sort((a, b) => (toSortable(a.key) < toSortable(b.key) ? -1 : 1))
    .map(({ leaf }) => leaf)
const toSortable = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
const polls = (state: 'open' | 'closed' | 'sealed', at?: number): Uint8Array =>
  pollsLeaf(election, state, at ?? { open: 0, closed: 100, sealed: 41_000 }[state] + FIXTURE_OPENS)
const byRegistrar = (type: number, value: Record<string, Json>) =>
  officialLeaf(election, 'registrar', type, value)
const byAuthority = (type: number, value: Record<string, Json>) =>
  officialLeaf(election, 'authority', type, value)
const voidSlips = (...slips: number[]) => byRegistrar(RECORD.voidSlips, { slips })
const turnout = (centre: string, issued: number, returned: number) =>
  byRegistrar(RECORD.turnout, { centre, issued, returned })
const openTestSlips = (slips: readonly number[] = election.testSlips.slips) =>
  byAuthority(RECORD.testSlips, { slips: [...slips], salt: toBase64(election.testSlips.salt) })
const incident = (more: Record<string, Json>) =>
  byAuthority(RECORD.incident, { text: 'something happened', at: FIXTURE_OPENS, ...more })
const finalOf = (kiosk: FixtureKiosk, ballots: readonly Uint8Array[] = [], challenged = 0): Uint8Array =>
  new KioskChain(election, kiosk).next({
    ballotIds: ballots.map(ballotId),
    challenged,
    state: 'closed',
    final: true,
  })
/** A first, final manifest of kiosk 1 with fields changed after the fact. */
const listing = (ballots: readonly Uint8Array[], change: Record<string, Json>): Uint8Array =>
  kioskLeaf(election, first, RECORD.kioskManifest, {
    ...nextKioskManifest({
      manifestHash: election.manifestHash,
      kiosk: first.id,
      previous: undefined,
      ballotIds: ballots.map(ballotId),
      challenged: 0,
      state: 'closed',
      final: true,
    }),
    ...change,
  })
const enrolWith = (change: Record<string, Json>): Uint8Array =>
  officialLeaf(election, 'deviceAuthority', RECORD.device, {
    action: 'enrol',
    kiosk: third.id,
    ed25519: toBase64(third.publicKey),
    x25519: toBase64(third.x25519Public),
    at: FIXTURE_OPENS,
    ...change,
  })
const challengedWith = (change: (record: ReturnType<typeof challengedRecord>) => object): Uint8Array => {
  const record = challengedRecord(prepareFixtureBallot(election, simple, first), first.id)
  return kioskLeaf(election, first, RECORD.challenged, { ...record, ...change(record) })
}
/** Ends a batch of one ordinary leaf with a batch leaf that is wrong in one field. */
const batchWith = (change: Partial<BatchLeafFields>): RuleScript => {
  const wrong = script().add([deviceLeaf(election, first)])
  return wrong.add([batchLeaf({ ...wrong.state.nextBatch, refusedMore: {}, ...change })])
}
/** Polls closed and sealed after kiosks 1 and 2 said that they are done. */
const sealedAfter = (start: RuleScript, ...finals: Uint8Array[]): RuleScript =>
  start
    .batch(...finals)
    .batch(polls('closed'))
    .batch(polls('sealed'))
/** What opening an election with another manifest, signer or list breaks. */
const openedWith = (
  change: (manifest: Manifest) => Manifest,
  more: Partial<OpeningCase['opening']> = {},
): OpeningCase => {
  const { manifestNote, credentialList } = createElectionFixture({ backend, slipCount: 4, change })
  const opening = { manifestNote, credentialList, ...more }
  const result = ElectionState.open({ backend, ...opening })
  const outcome = () =>
    result.ok ? result.value.checkCredentialKeys().map(({ rule }) => rule) : [result.error]
  return { opening, outcome }
}
const same = (manifest: Manifest): Manifest => manifest
const withList = (list: Uint8Array): [(manifest: Manifest) => Manifest, { credentialList: Uint8Array }] => [
  (manifest) => ({ ...manifest, credentials: commitKeyList(list) }),
  { credentialList: list },
]

const point = Uint8Array.from({ length: 32 }, () => 0xff)
/** The election of every case but the openings. */
export const RULE_ELECTION = election

/** The cases share one source of randomness: their bytes are repeatable when all run in this order. */
export const RULE_CASES: Record<StateRuleId, () => RuleCase> = {
  'manifest.note': () => openedWith(same, { manifestNote: 'no note' }),
  'manifest.signature': () => {
    const text = election.manifestNote.slice(0, election.manifestNote.indexOf('\n') + 1)
    const ed25519 = backend.ed25519
    const name = keyName.authority(election.manifest.id)
    const manifestNote = signNote({ ed25519, name, seed: election.seeds.registrar, text })
    return openedWith(same, { manifestNote, credentialList: election.credentialList })
  },
  'manifest.trust': () => openedWith(same, { trust: { authorityVkey: election.manifest.keys.registrar } }),
  'manifest.consistent': () => openedWith((m) => ({ ...m, mixers: [1, 1] })),
  'manifest.keys': () => openedWith((m) => ({ ...m, keys: { ...m.keys, registrar: m.keys.authority } })),
  'manifest.joint-key': () =>
    openedWith((m) => ({ ...m, jointKey: (m.trustees[0] as { verificationKey: string }).verificationKey })),
  'manifest.policies': () =>
    openedWith((m) => ({ ...m, policies: { ...m.policies, official: 'quorum none\n' } })),
  'keylist.commitment': () => openedWith(same, { credentialList: election.credentialList }),
  'keylist.entries': () => openedWith(...withList(encodeCredentialList([{ publicKey: point, style: 9 }]))),
  'keylist.keys': () => openedWith(...withList(encodeCredentialList([{ publicKey: point, style: 1 }]))),

  'leaf.format': () => script().add([new Uint8Array(0)]),
  'leaf.type': () => script().add([encodeLeaf(0x7e, new Uint8Array(3))]),
  'leaf.manifest-again': () => script().add([noteLeaf(RECORD.manifest, election.manifestNote)]),
  'note.format': () => script().add([encodeLeaf(RECORD.polls, utf8('{}\n'))]),
  'note.content': () => script().add([byAuthority(RECORD.polls, { state: 'ajar', at: 1 })]),
  'note.signature': () =>
    script().add([officialLeaf(election, 'registrar', RECORD.polls, { state: 'open', at: FIXTURE_OPENS })]),
  'note.election': () =>
    script().add([
      byAuthority(RECORD.polls, { state: 'open', at: 1, manifest: toBase64(new Uint8Array(32)) }),
    ]),
  'note.repeated': () => script().add([turnout('north', 3, 1), turnout('north', 3, 1)]),
  'order.batch-section': () => opened().add([ballotAs(ballot(simple)), incident({})]),
  'order.batch-mixed': () =>
    opened().add([
      ballotAs(ballot(simple)),
      proposalLeaf(election, { slip: double, kiosk: second, text: 'A bench at the stream' }).leaf,
    ]),
  'order.batch-sort': () => opened().add(sortedBallots(ballot(simple), ballot(double, second)).reverse()),
  'batch.content': () => script().add([encodeLeaf(RECORD.batch, utf8('{"count":1}\n'))]),
  'batch.empty': () => {
    const wrong = script().endBatch()
    return wrong.add([batchLeaf({ ...wrong.state.nextBatch, count: 1, refusedMore: {} })])
  },
  'batch.range': () => batchWith({ count: 1 }),
  'batch.number': () => batchWith({ number: 2 }),
  'batch.prev': () => batchWith({ prev: new Uint8Array(32).fill(1) }),
  'batch.refused-more': () => batchWith({ refusedMore: { 1: 1 } }),
  'batch.unfinished': () =>
    script()
      .add([deviceLeaf(election, first)])
      .until('setup'),

  'polls.transition': () => script().add([polls('closed')]),
  'polls.time': () => opened().add([polls('closed', FIXTURE_OPENS - 1)]),
  'polls.sealed-early': () =>
    opened()
      .batch(polls('closed'))
      .add([polls('sealed', FIXTURE_OPENS + 200)]),
  'polls.after-sealed': () =>
    sealedAfter(opened(), finalOf(first), finalOf(second)).add([ballotAs(ballot(simple))]),
  'polls.stage': () => opened().until('closed'),

  'device.slot': () => script().add([enrolWith({ kiosk: 99 })]),
  'device.occupied': () =>
    script()
      .enrolled()
      .add([deviceLeaf(election, replacementFor(election, first))]),
  'device.key': () =>
    script().add([enrolWith({ ed25519: toBase64(Uint8Array.of(1, ...new Uint8Array(31))) })]),
  'device.x25519': () => script().add([enrolWith({ x25519: toBase64(new Uint8Array(32)) })]),
  'device.key-reused': () =>
    script()
      .enrolled()
      .add([enrolWith({ ed25519: toBase64(first.publicKey) })]),
  'device.not-live': () =>
    script()
      .enrolled()
      .add([deviceLeaf(election, replacementFor(election, first), 'revoke')]),
  'device.dev-eui': () =>
    script().add([
      enrolWith({ devEui: '00112233aabbccdd' }),
      enrolWith({ ...keysOf(replacementFor(election, first)), kiosk: 1, devEui: '00112233aabbccdd' }),
    ]),

  'void.slip': () => script().add([voidSlips(election.slips.length)]),
  'void.blob': () => {
    const blob = encodeVoidBitmap([1], election.slips.length)
    const named = { blob: toHex(sha256(blob)), count: election.slips.length }
    return script().add([byRegistrar(RECORD.voidSlips, named)])
  },
  'void.ballot-earlier': () =>
    opened()
      .batch(ballotAs(ballot(simple)))
      .add([voidSlips(simple)]),
  'turnout.centre': () => script().add([turnout('west', 1, 0)]),
  'turnout.numbers': () => script().add([turnout('north', 1, 2)]),
  'turnout.exceeded': () => {
    const cast = ballot(simple)
    const start = opened()
      .batch(turnout('north', 3, 3))
      .batch(ballotAs(cast))
    return sealedAfter(start, finalOf(first, [cast]), finalOf(second)).until('sealed')
  },
  'turnout.missing': () => {
    const cast = ballot(simple)
    const start = opened().batch(ballotAs(cast))
    return sealedAfter(start, finalOf(first, [cast]), finalOf(second)).until('final')
  },
  'test-slips.commitment': () =>
    opened()
      .batch(polls('closed'))
      .add([openTestSlips([1])]),
  'test-slips.early': () => opened().add([openTestSlips()]),
  'incident.kiosk': () => script().add([incident({ kiosk: 99 })]),

  'ballot.layout': () => opened().add([ballotAs(ballot(simple).slice(1))]),
  'ballot.etag': () => opened().add([ballotAs(changed(ballot(simple), 2))]),
  'ballot.credential-index': () => opened().add([ballotAs(changed(ballot(simple), 6))]),
  'ballot.contest-count': () =>
    opened().add([ballotAs(rewritten(election, first, ballot(simple), 8, Uint8Array.of(double)))]),
  'ballot.kiosk': () => opened().add([ballotAs(ballot(simple, third))]),
  'ballot.scalar': () => {
    const cast = ballot(simple)
    return opened().add([ballotAs(rewritten(election, first, cast, offsetsOf(cast).sK, point))])
  },
  'ballot.element': () => opened().add([ballotAs(rewritten(election, first, ballot(simple), 11, point))]),
  'ballot.c1-repeated': () => {
    const cast = ballot(double)
    return opened().add([ballotAs(rewritten(election, first, cast, 11 + 64, cast.slice(11, 11 + 32)))])
  },
  'ballot.kiosk-signature': () => opened().add([ballotAs(changed(ballot(simple), -64))]),
  'ballot.credential-proof': () => {
    const cast = ballot(simple)
    const { sK } = offsetsOf(cast)
    return opened().add([ballotAs(rewritten(election, first, cast, sK, encodeScalar(5n)))])
  },
  'ballot.repeated': () => {
    const leaf = ballotAs(ballot(simple))
    return opened().batch(leaf).add([leaf])
  },
  'ballot.polls-not-open': () =>
    script()
      .enrolled()
      .add([ballotAs(ballot(simple))]),
  'ballot.credential-twice': () =>
    opened()
      .batch(ballotAs(ballot(simple)))
      .add([ballotAs(ballot(simple, second))]),
  'ballot.c1-twice': () => {
    const prepared = prepareFixtureBallot(election, simple, first)
    const opening = kioskLeaf(election, first, RECORD.challenged, challengedRecord(prepared, first.id))
    return opened()
      .batch(opening)
      .add([ballotAs(castPrepared(election, prepared, simple, first))])
  },
  'ballot.slip-void': () =>
    opened()
      .batch(voidSlips(simple))
      .add([ballotAs(ballot(simple))]),
  'ballot.not-in-final': () =>
    opened()
      .batch(finalOf(first))
      .add([ballotAs(ballot(simple))]),

  'challenged.kiosk': () => opened().add([challengedLeaf(election, simple, third).leaf]),
  'challenged.polls': () =>
    script()
      .enrolled()
      .add([challengedLeaf(election, simple, first).leaf]),
  'challenged.style': () =>
    opened().add([
      challengedWith(({ choices }) => ({ choices: choices.map((choice) => ({ ...choice, contest: 2 })) })),
    ]),
  'challenged.opening': () =>
    opened().add([
      challengedWith(({ choices }) => ({
        choices: choices.map((choice) => ({ ...choice, plaintext: toBase64(new Uint8Array(30).fill(2)) })),
      })),
    ]),
  'challenged.c1-twice': () => {
    const { leaf } = challengedLeaf(election, simple, first)
    return opened().batch(leaf).add([leaf])
  },
  'challenged.after-final': () =>
    opened()
      .batch(finalOf(first))
      .add([challengedLeaf(election, simple, first).leaf]),
  'challenged.tracker': () =>
    opened().add([
      challengedWith(() => ({
        tracker: toBase64(prepareFixtureBallot(election, simple, first).tracker),
      })),
    ]),

  'kiosk-manifest.kiosk': () => opened().add([finalOf(third)]),
  'kiosk-manifest.polls': () =>
    script()
      .enrolled()
      .add([finalOf(first)]),
  'kiosk-manifest.chain': () => opened().add([listing([], { prev: toBase64(new Uint8Array(32)) })]),
  'kiosk-manifest.ids': () => opened().add([listing([ballot(simple)], { ids: '' })]),
  'kiosk-manifest.size': () => opened().add([listing([], { final: false })]),
  'kiosk-manifest.total': () => opened().add([listing([], { total: 1 })]),
  'kiosk-manifest.after-final': () => {
    const chain = new KioskChain(election, first)
    const last = { ballotIds: [], challenged: 0, state: 'closed', final: true } as const
    return opened()
      .batch(chain.next(last))
      .add([chain.next(last)])
  },
  'kiosk-manifest.state': () => opened().add([listing([], { state: 'paused' })]),
  'kiosk-manifest.unmatched': () =>
    sealedAfter(opened(), finalOf(first, [ballot(simple)]), finalOf(second)).until('sealed'),
  'kiosk-manifest.root': () => {
    const cast = ballot(simple)
    const wrong = listing([cast], { root: toBase64(new Uint8Array(32)) })
    return sealedAfter(opened().batch(ballotAs(cast)), wrong, finalOf(second)).until('sealed')
  },
  'kiosk-manifest.final-missing': () => sealedAfter(opened(), finalOf(first)).until('sealed'),
  'kiosk-manifest.unlisted': () =>
    sealedAfter(opened().batch(ballotAs(ballot(simple))), finalOf(first), finalOf(second)).until('sealed'),
  'kiosk-manifest.challenged': () =>
    sealedAfter(opened(), finalOf(first, [], 1), finalOf(second)).until('sealed'),

  'refusal.content': () =>
    opened().add([encodeLeaf(RECORD.refusal, concatBytes(Uint8Array.of(9), ballot(simple)))]),
  'refusal.ballot': () => opened().add([refusalLeaf(1, changed(ballot(simple), -64)).leaf]),
  'refusal.reason': () => opened().add([refusalLeaf(1, ballot(simple)).leaf]),
  'refusal.ballot-logged': () => {
    const cast = ballot(simple)
    return opened()
      .batch(ballotAs(cast))
      .add([refusalLeaf(1, cast).leaf])
  },
  'refusal.repeated': () => {
    const early = refusalLeaf(3, ballot(simple)).leaf
    return script().enrolled().batch(early).add([early])
  },
  'refusal.limit-credential': () => {
    const many = script().enrolled()
    for (let i = 0; i < 5; i++) many.batch(refusalLeaf(3, ballot(simple)).leaf)
    return many
  },
  'refusal.limit-kiosk': () => {
    const many = script().enrolled()
    for (let i = 0; i <= 200; i++) {
      many.add([refusalLeaf(3, ballot(Math.floor(i / 4))).leaf], { trusted: true }).endBatch()
    }
    return many
  },

  ...countRuleCases(election),
  ...proposalRuleCases(election),
}

function changed(canonical: Uint8Array, at: number): Uint8Array {
  const out = canonical.slice()
  const index = at < 0 ? out.length + at : at
  out[index] = (out[index] as number) ^ 0x10
  return out
}

function keysOf(kiosk: FixtureKiosk): Record<string, Json> {
  return { ed25519: toBase64(kiosk.publicKey), x25519: toBase64(kiosk.x25519Public) }
}
