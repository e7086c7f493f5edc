import { expect, test } from 'vitest'
import { ballotId } from '../ballot/identifiers.ts'
import { parseBallot } from '../ballot/layout.ts'
import { fromBase64, toBase64, toHex } from '../bytes.ts'
import { createNobleEd25519 } from '../group/ed25519-noble.ts'
import type { CryptoBackend } from '../group/group.ts'
import { encodeScalar } from '../group/scalar.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import { sha256 } from '../hash.ts'
import { expectOk } from '../result.ts'
import {
  ballotLeaf,
  buildLedger,
  challengedLeaf,
  createElectionFixture,
  deviceLeaf,
  FIXTURE_OPENS,
  type FixtureKiosk,
  fixtureBallot,
  officialLeaf,
  pollsLeaf,
  prepareFixtureBallot,
  refusalLeaf,
} from '../testing/build-ledger.ts'
import { counterRandom } from '../testing/counter-random.ts'
import { castPrepared, RuleScript, replacementFor, rewritten } from '../testing/rule-script.ts'
import { RECORD } from './records.ts'
import { REFUSAL } from './refusal.ts'
import { isStopping } from './rules.ts'
import { ElectionState } from './state.ts'
import { encodeVoidBitmap } from './void-bitmap.ts'

const backend: CryptoBackend = { group: await createSodiumGroup(), ed25519: createNobleEd25519() }
const election = createElectionFixture({ backend, label: 'state', slipCount: 30 })
const [first, second, third] = election.kiosks as readonly [FixtureKiosk, FixtureKiosk, FixtureKiosk]
const ballot = (slip: number, kiosk = first) => fixtureBallot(election, slip, kiosk)
const leafOf = (canonical: Uint8Array) => ballotLeaf(canonical).leaf
const opened = () => new RuleScript(election).opened()
const closed = pollsLeaf(election, 'closed', FIXTURE_OPENS + 100)
const sealedAt = (seconds: number) => pollsLeaf(election, 'sealed', FIXTURE_OPENS + seconds)
const AFTER_DEADLINE = 41_000

test('a ballot is accepted, then a duplicate while it is reserved, then a duplicate with its place', () => {
  const { state } = opened()
  const canonical = ballot(0)
  const verdict = state.judge(canonical)
  expect(verdict).toMatchObject({ verdict: 'accept', id: ballotId(canonical) })
  if (verdict.verdict !== 'accept') return
  state.reserve(verdict.ballot, verdict.id)
  expect(state.judge(canonical)).toMatchObject({ verdict: 'duplicate', leafIndex: null, status: 0 })
  const index = state.nextIndex
  expect(state.apply(leafOf(canonical))).toEqual([])
  expect(state.judge(canonical)).toMatchObject({ verdict: 'duplicate', leafIndex: index, status: 0 })
  expect(state.spentBy(0)).toBe(index)
  expect(state.ballotStatus(ballotId(canonical))).toEqual({ leafIndex: index, status: 0 })
})

test('a reservation refuses other ballots of the credential until it is released', () => {
  const { state } = opened()
  const [one, other] = [ballot(0), ballot(0, second)]
  state.reserve(expectOk(parseBallot(one)))
  expect(state.judge(other)).toMatchObject({ verdict: 'refuse', reason: 1, leafIndex: null })
  state.release(ballotId(one))
  expect(state.judge(other)).toMatchObject({ verdict: 'accept' })
})

test('a reservation refuses ballots with the same randomness', () => {
  const { state } = opened()
  const canonical = ballot(0)
  const { ciphertexts } = expectOk(parseBallot(canonical))
  const other = expectOk(parseBallot(ballot(1)))
  state.reserve({ ...other, ciphertexts }, ballotId(other.bytes))
  expect(state.judge(canonical)).toMatchObject({ verdict: 'refuse', reason: REFUSAL.c1Seen, leafIndex: null })
})

test('a ballot verified elsewhere is verified again when it was under another key or other bytes', () => {
  const { state } = opened()
  const forged = rewritten(election, first, ballot(0), 11 + 64 + 16, encodeScalar(9n))
  const parsed = expectOk(parseBallot(forged))
  const kioskKey = first.publicKey
  expect(state.judge(forged, { verified: { ballot: parsed, kioskKey } })).toMatchObject({ verdict: 'accept' })
  expect(state.judge(forged, { verified: { ballot: parsed, kioskKey: second.publicKey } })).toEqual({
    verdict: 'drop',
    error: 'credential-proof',
  })
  const honest = expectOk(parseBallot(ballot(0)))
  expect(state.judge(forged, { verified: { ballot: honest, kioskKey } })).toMatchObject({ verdict: 'drop' })
})

test('a refused ballot is logged with the reason it was judged with, and then stays refused', () => {
  const script = opened().batch(leafOf(ballot(0)))
  const again = ballot(0, second)
  expect(script.state.judge(again)).toMatchObject({
    verdict: 'refuse',
    reason: 1,
    leafIndex: script.state.spentBy(0),
  })
  expect(script.batch(refusalLeaf(1, again).leaf).broken).toEqual([])
  expect(script.state.judge(again)).toMatchObject({ verdict: 'duplicate', status: 1 })
  expect(script.state.refusalsOf(0)).toBe(1)
  expect(script.state.kiosk(second.id)).toMatchObject({ refusalCount: 1, ballotCount: 0 })
})

test('a ballot that is refused before the polls open cannot be cast later, because its randomness is known', () => {
  const script = new RuleScript(election).enrolled()
  const early = ballot(0)
  expect(script.state.judge(early)).toMatchObject({ verdict: 'refuse', reason: REFUSAL.pollsNotOpen })
  script
    .batch(refusalLeaf(REFUSAL.pollsNotOpen, early).leaf)
    .batch(pollsLeaf(election, 'open', FIXTURE_OPENS))
  expect(script.add([leafOf(early)]).broken).toEqual(['ballot.c1-twice'])
})

test('a refusal for sealed polls is never logged: before sealing it is wrong, after it nothing may follow', () => {
  const canonical = ballot(0)
  const script = opened().batch(closed)
  expect(script.state.check(refusalLeaf(REFUSAL.pollsSealed, canonical).leaf)).toMatchObject([
    { rule: 'refusal.reason' },
  ])
  script.batch(sealedAt(AFTER_DEADLINE))
  expect(script.state.judge(canonical)).toMatchObject({ verdict: 'refuse', reason: REFUSAL.pollsSealed })
  expect(script.state.check(refusalLeaf(REFUSAL.pollsSealed, canonical).leaf)).toMatchObject([
    { rule: 'polls.after-sealed' },
  ])
})

test('a forged ballot in the log spends nothing', () => {
  const forged = rewritten(election, first, ballot(0), 11 + 64 + 16, encodeScalar(9n))
  const script = opened().batch(leafOf(forged))
  expect(script.broken).toEqual(['ballot.credential-proof'])
  expect(script.state.spentBy(0)).toBeUndefined()
  expect(script.state.judge(ballot(0))).toMatchObject({ verdict: 'accept' })
})

test('a ballot opened by the voter can never be cast, and the voter can still vote', () => {
  const prepared = prepareFixtureBallot(election, 0, first)
  const script = opened()
  const { leaf } = challengedLeaf(election, 1, first)
  script.batch(leaf)
  expect(script.state.kiosk(first.id)?.challengedCount).toBe(1)
  expect(script.batch(leafOf(castPrepared(election, prepared, 0, first))).broken).toEqual([])
  expect(script.state.judge(ballot(1))).toMatchObject({ verdict: 'accept' })
})

test('voided slips are refused from then on, by list or by bitmap', () => {
  const blob = encodeVoidBitmap([2, 7, 29], election.slips.length)
  const hash = toHex(sha256(blob))
  const note = officialLeaf(election, 'registrar', RECORD.voidSlips, {
    blob: hash,
    count: election.slips.length,
  })
  const script = opened()
  expect(
    script.add([note], { blob: (name) => (name === hash ? blob : undefined) }).endBatch().broken,
  ).toEqual([])
  expect([2, 7, 29].map((slip) => script.state.voidedBy(slip))).toEqual(
    Array(3).fill(script.state.nextIndex - 2),
  )
  expect(script.state.voidedBy(3)).toBeUndefined()
  expect(script.state.judge(ballot(7))).toMatchObject({ verdict: 'refuse', reason: REFUSAL.slipVoid })
  expect(script.batch(refusalLeaf(REFUSAL.slipVoid, ballot(7)).leaf).broken).toEqual([])
})

test('voiding a slip after its ballot is a line for people: the record stands and the ballot too', () => {
  const script = opened().batch(leafOf(ballot(0)))
  const violations = script.state.apply(
    officialLeaf(election, 'registrar', RECORD.voidSlips, { slips: [0, 1] }),
  )
  expect(violations).toMatchObject([{ rule: 'void.ballot-earlier', detail: 'slips 0' }])
  expect(violations.some(isStopping)).toBe(false)
  expect(script.state.voidedBy(1)).toBeDefined()
  expect(script.state.ballotCount).toBe(1)
})

test('a revoked kiosk counts no more, its replacement does, and a replayed enrolment does not bring it back', () => {
  const replacement = replacementFor(election, first)
  const script = opened().batch(deviceLeaf(election, first, 'revoke'))
  expect(script.state.judge(ballot(0))).toEqual({ verdict: 'drop', error: 'kiosk-unknown' })
  expect(script.state.check(deviceLeaf(election, first))).toMatchObject([{ rule: 'note.repeated' }])
  script.batch(deviceLeaf(election, replacement))
  expect(script.broken).toEqual([])
  expect(script.state.judge(ballot(0))).toEqual({ verdict: 'drop', error: 'kiosk-signature' })
  expect(script.state.judge(ballot(0, replacement))).toMatchObject({ verdict: 'accept' })
  const view = script.state.kiosk(first.id)
  expect(view?.device).toMatchObject({ ed25519: replacement.publicKey, x25519: replacement.x25519Public })
  expect(view?.devices).toHaveLength(2)
})

test('an enrolled key does not come back under a new note either', () => {
  const script = opened().batch(deviceLeaf(election, first, 'revoke'))
  const again = officialLeaf(election, 'deviceAuthority', RECORD.device, {
    action: 'enrol',
    kiosk: third.id,
    ed25519: toBase64(first.publicKey),
    x25519: toBase64(third.x25519Public),
    at: FIXTURE_OPENS + 1,
  })
  expect(script.add([again]).broken).toEqual(['device.key-reused'])
})

test('a DevEUI leads to the kiosk it is bound to while the device is live', () => {
  const devEui = '70b3d57ed0000001'
  const enrolment = (action: string) =>
    officialLeaf(election, 'deviceAuthority', RECORD.device, {
      action,
      kiosk: third.id,
      ed25519: toBase64(third.publicKey),
      x25519: toBase64(third.x25519Public),
      at: FIXTURE_OPENS,
      devEui,
    })
  const script = opened().batch(enrolment('enrol'))
  expect(script.state.kioskByDevEui(devEui)?.id).toBe(third.id)
  script.batch(enrolment('revoke'))
  expect(script.broken).toEqual([])
  expect(script.state.kioskByDevEui(devEui)).toBeUndefined()
})

test('refusals beyond a limit are counted by kiosk', () => {
  const script = new RuleScript(election).enrolled()
  const early = Array.from({ length: 4 }, () => ballot(0))
  for (const canonical of early) script.batch(refusalLeaf(REFUSAL.pollsNotOpen, canonical).leaf)
  script.add([pollsLeaf(election, 'open', FIXTURE_OPENS)]).endBatch({ 1: 3 })
  expect(script.broken).toEqual([])
  expect(script.state.kiosk(1)?.refusedMore).toBe(3)
})

test('a log read back as trusted stands where it stood', () => {
  const { election: built, log } = buildLedger({ backend, label: 'trusted' })
  const { manifestNote, credentialList } = built
  const [checked, trusted] = [0, 1].map(() =>
    expectOk(ElectionState.open({ backend, manifestNote, credentialList })),
  )
  if (checked === undefined || trusted === undefined) return
  for (const leaf of log.leaves.slice(1)) {
    expect(checked.apply(leaf)).toEqual([])
    expect(trusted.apply(leaf, { trusted: true })).toEqual([])
    expect(trusted.nextBatch).toEqual(checked.nextBatch)
  }
  expect(trusted.kiosks).toEqual(checked.kiosks)
  expect(trusted.finish('sealed')).toEqual([])
  expect(built.slips.map((_, slip) => trusted.spentBy(slip))).toEqual(
    built.slips.map((_, slip) => checked.spentBy(slip)),
  )
  expect(trusted.testSlips).toEqual(built.testSlips.slips)
})

test('bytes of any kind, and any damage to a leaf, are violations and never exceptions', () => {
  const { election: built, log } = buildLedger({ backend, label: 'damage', stage: 'open' })
  const random = counterRandom('damage')
  const { manifestNote, credentialList } = built
  const state = expectOk(ElectionState.open({ backend, manifestNote, credentialList }))
  for (const leaf of log.leaves.slice(1)) {
    for (const damaged of damages(leaf, random)) {
      expect(state.check(damaged).some(isStopping), toHex(damaged.subarray(0, 80))).toBe(true)
      state.check(damaged, { trusted: true })
    }
    expect(state.apply(leaf)).toEqual([])
  }
})

test('the verification context serves only keys that are valid elements', () => {
  const { state } = opened()
  expect(state.context().credential(0)?.publicKey).toEqual(election.slips[0]?.keys.publicKey)
  expect(state.context().credential(election.slips.length)).toBeUndefined()
  expect(state.context().kioskKey(third.id)).toBeUndefined()
  expect(state.context().jointKey).toEqual(fromBase64(election.manifest.jointKey))
  expect(state.checkCredentialKeys()).toEqual([])
})

/** One flipped bit, a cut, an extra byte, another type, noise. */
function damages(leaf: Uint8Array, random: (length: number) => Uint8Array): Uint8Array[] {
  const [a = 0, b = 0, c = 0, d = 0] = random(4)
  const flipped = leaf.slice()
  const at = 1 + ((a * 256 + b) % (leaf.length - 1))
  flipped[at] = (flipped[at] as number) ^ (1 << (c & 7))
  const retyped = leaf.slice()
  retyped[0] = ((retyped[0] as number) + 1 + (d % 255)) & 0xff
  return [flipped, leaf.slice(0, at), new Uint8Array([...leaf, a]), retyped, random(1 + (d % 200))]
}
