import { expect, test } from 'vitest'
import { ballotId } from '../ballot/identifiers.ts'
import { toHex } from '../bytes.ts'
import { createNobleEd25519 } from '../group/ed25519-noble.ts'
import type { CryptoBackend } from '../group/group.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import {
  ballotLeaf,
  challengedLeaf,
  createElectionFixture,
  deviceLeaf,
  FIXTURE_OPENS,
  type FixtureKiosk,
  fixtureBallot,
  KioskChain,
  officialLeaf,
  pollsLeaf,
  refusalLeaf,
} from '../testing/build-ledger.ts'
import { RuleScript, replacementFor } from '../testing/rule-script.ts'
import { RECORD } from './records.ts'
import { REFUSAL } from './refusal.ts'

const backend: CryptoBackend = { group: await createSodiumGroup(), ed25519: createNobleEd25519() }
const election = createElectionFixture({ backend, label: 'state', slipCount: 30 })
const [first, second] = election.kiosks as readonly [FixtureKiosk, FixtureKiosk]
const ballot = (slip: number, kiosk = first) => fixtureBallot(election, slip, kiosk)
const leafOf = (canonical: Uint8Array) => ballotLeaf(canonical).leaf
const opened = () => new RuleScript(election).opened()
const closed = pollsLeaf(election, 'closed', FIXTURE_OPENS + 100)
const sealedAt = (seconds: number) => pollsLeaf(election, 'sealed', FIXTURE_OPENS + seconds)
const BEFORE_DEADLINE = 200
const AFTER_DEADLINE = 41_000
const final = (kiosk: FixtureKiosk, ballots: readonly Uint8Array[] = [], challenged = 0) =>
  new KioskChain(election, kiosk).next({
    ballotIds: ballots.map(ballotId),
    challenged,
    state: 'closed',
    final: true,
  })
const covering = (kiosk: FixtureKiosk) =>
  officialLeaf(election, 'authority', RECORD.incident, {
    kiosk: kiosk.id,
    text: 'The disk broke.',
    at: FIXTURE_OPENS,
    covers: 'final-manifest',
  })

test('after its final manifest a kiosk delivers what it listed and nothing else', () => {
  const [listed, unlisted] = [ballot(0), ballot(1)]
  const script = opened().batch(final(first, [listed]))
  expect(script.state.judge(unlisted)).toMatchObject({
    verdict: 'refuse',
    reason: REFUSAL.notInFinalManifest,
  })
  expect(script.batch(leafOf(listed)).batch(refusalLeaf(6, unlisted).leaf).broken).toEqual([])
  script.batch(final(second)).batch(closed).batch(sealedAt(BEFORE_DEADLINE))
  expect(script.finish('sealed')).toEqual([])
})

test('manifests of 20 and more chain up to the final one', () => {
  const ballots = Array.from({ length: 25 }, (_, slip) => ballot(slip))
  const chain = new KioskChain(election, first)
  const ids = ballots.map(ballotId)
  const script = opened()
    .batch(chain.next({ ballotIds: ids.slice(0, 20), challenged: 0, state: 'paused', final: false }))
    .batch(
      chain.next({ ballotIds: ids.slice(20), challenged: 0, state: 'closed', final: true }),
      final(second),
    )
    .batch(closed)
  expect(script.state.kiosk(first.id)?.device).toMatchObject({
    interval: 2,
    listedCount: 25,
    state: 'closed',
  })
  expect(script.state.unmatchedIds()).toHaveLength(25)
  expect(script.state.check(sealedAt(BEFORE_DEADLINE))).toMatchObject([
    { rule: 'polls.sealed-early', detail: 'kiosks 1' },
  ])
  const inOrder = ballots.map(ballotLeaf).sort((a, b) => (toHex(a.key) < toHex(b.key) ? -1 : 1))
  script.batch(...inOrder.map(({ leaf }) => leaf)).batch(sealedAt(BEFORE_DEADLINE))
  expect(script.finish('sealed')).toEqual([])
  expect(script.state.unmatchedIds()).toEqual([])
})

test('a list with an id that was listed before is refused', () => {
  const ids = Array.from({ length: 20 }, (_, slip) => ballotId(ballot(slip)))
  const chain = new KioskChain(election, first)
  const interval = { ballotIds: ids, challenged: 0, state: 'open', final: false } as const
  expect(
    opened()
      .batch(chain.next(interval))
      .add([chain.next(interval)]).broken,
  ).toEqual(['kiosk-manifest.ids'])
})

test('an incident explains what a kiosk leaves open, so that the polls can be sealed and the log passes', () => {
  const lost = ballot(0)
  const script = opened()
    .batch(final(first, [lost]))
    .batch(closed)
  expect(script.state.check(sealedAt(BEFORE_DEADLINE))).toMatchObject([{ detail: 'kiosks 1, 2' }])
  script.batch(covering(first), covering(second)).batch(sealedAt(BEFORE_DEADLINE))
  expect(script.finish('sealed')).toEqual([])
  expect(script.state.unmatchedIds()).toMatchObject([
    { kiosk: 1, prefix: ballotId(lost).subarray(0, 8), coveredBy: expect.any(Number) },
  ])
})

test('the delivery deadline allows sealing but explains nothing; an incident after sealing does', () => {
  const script = opened()
    .batch(final(first, [ballot(0)]))
    .batch(closed)
    .batch(sealedAt(AFTER_DEADLINE))
  expect(script.broken).toEqual([])
  expect(script.finish('sealed')).toEqual(['kiosk-manifest.unmatched', 'kiosk-manifest.final-missing'])
  script.batch(covering(first), covering(second))
  expect(script.finish('sealed')).toEqual([])
})

test('an incident explains only devices that were enrolled before it', () => {
  const script = opened()
    .batch(covering(first))
    .batch(deviceLeaf(election, first, 'revoke'))
    .batch(deviceLeaf(election, replacementFor(election, first)))
    .batch(final(second))
    .batch(closed)
    .batch(sealedAt(AFTER_DEADLINE))
  expect(script.finish('sealed')).toEqual(['kiosk-manifest.final-missing'])
})

test('a device that was replaced before the polls opened owes no final manifest', () => {
  const replacement = replacementFor(election, first)
  const script = new RuleScript(election)
    .enrolled()
    .batch(deviceLeaf(election, first, 'revoke'), deviceLeaf(election, replacement))
    .batch(pollsLeaf(election, 'open', FIXTURE_OPENS))
    .batch(final(replacement), final(second))
    .batch(closed)
    .batch(sealedAt(BEFORE_DEADLINE))
  expect(script.finish('sealed')).toEqual([])
})

test('a device that was revoked while the polls were open owes an explanation', () => {
  const script = opened()
    .batch(deviceLeaf(election, first, 'revoke'))
    .batch(final(second))
    .batch(closed)
  expect(script.state.check(sealedAt(BEFORE_DEADLINE))).toMatchObject([{ detail: 'kiosks 1' }])
  script.batch(sealedAt(AFTER_DEADLINE))
  expect(script.finish('sealed')).toEqual(['kiosk-manifest.final-missing'])
})

test('challenged ballots that a kiosk counted are waited for, and no more than those follow its final manifest', () => {
  const script = opened()
    .batch(final(first, [], 1), final(second))
    .batch(closed)
  expect(script.state.check(sealedAt(BEFORE_DEADLINE))).toMatchObject([{ rule: 'polls.sealed-early' }])
  script.batch(challengedLeaf(election, 0, first).leaf).batch(sealedAt(BEFORE_DEADLINE))
  expect(script.finish('sealed')).toEqual([])
})

test('the last turnout record of a centre counts', () => {
  const turnout = (issued: number, returned: number) =>
    officialLeaf(election, 'registrar', RECORD.turnout, { centre: 'north', issued, returned })
  const cast = ballot(0)
  const script = opened()
    .batch(turnout(1, 1))
    .batch(leafOf(cast))
    .batch(final(first, [cast]), final(second))
    .batch(closed)
    .batch(sealedAt(BEFORE_DEADLINE))
  expect(script.finish('final')).toEqual(['turnout.exceeded'])
  script.batch(turnout(2, 1))
  expect(script.finish('final')).toEqual([])
})
