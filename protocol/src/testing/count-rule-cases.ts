import { toHex } from '../bytes.ts'
import { keyName } from '../election/manifest.ts'
import { manifestField, noteLeaf, RECORD, signRecord } from '../election/records.ts'
import type { COUNT_RECORD_RULES } from '../election/rulebook/catalogue-count.ts'
import type { Json } from '../json.ts'
import {
  ballotLeaf,
  type ElectionFixture,
  FIXTURE_OPENS,
  type FixtureKiosk,
  fixtureBallot,
  officialLeaf,
  pollsLeaf,
} from './build-ledger.ts'
import { RuleScript } from './rule-script.ts'

/** A leaf of a record that a trustee signs; `manifest` is filled in. */
export function trusteeLeaf(
  election: ElectionFixture,
  trustee: number,
  type: number,
  value: Readonly<Record<string, Json>>,
): Uint8Array {
  const note = signRecord({
    ed25519: election.backend.ed25519,
    keyName: keyName.trustee(election.manifest.id, trustee),
    seed: election.seeds.trustees[trustee - 1] as Uint8Array,
    value: { manifest: manifestField(election.manifestHash), ...value },
  })
  return noteLeaf(type, note)
}

const hash = (name: number): string => toHex(new Uint8Array(32).fill(name))
/** Base64 of 96 zero bytes. */
const PROOF = 'A'.repeat(128)

/**
 * Cases of the rules about mixing and counting that need no proof. Three ballots: all of them hold contest 1, one of
 * them contest 2, which is therefore withheld. Mixers are 1, 2 and 3, the threshold is 2.
 */
export function countRuleCases(
  election: ElectionFixture,
): Record<keyof typeof COUNT_RECORD_RULES, () => RuleScript> {
  const [first] = election.kiosks as readonly [FixtureKiosk, ...FixtureKiosk[]]
  const slipsOf = (style: number): number[] =>
    election.slips.flatMap((slip, index) => (slip.style === style ? [index] : []))
  const voting = [...slipsOf(1).slice(0, 2), ...slipsOf(2).slice(0, 1)]

  const closed = (): RuleScript => {
    const script = new RuleScript(election).opened()
    for (const slip of voting) script.batch(ballotLeaf(fixtureBallot(election, slip, first)).leaf)
    return script.batch(pollsLeaf(election, 'closed', FIXTURE_OPENS + 100))
  }
  const sealed = (): RuleScript => closed().batch(pollsLeaf(election, 'sealed', FIXTURE_OPENS + 41_000))
  const mix = (mixer: number, change: Record<string, Json> = {}): Uint8Array =>
    trusteeLeaf(election, mixer, RECORD.mix, {
      contest: 1,
      mixer,
      count: 3,
      input: hash(mixer - 1),
      output: hash(mixer),
      proof: hash(100 + mixer),
      ...change,
    })
  const shares = (trustee: number, change: Record<string, Json> = {}): Uint8Array =>
    trusteeLeaf(election, trustee, RECORD.decryption, {
      contest: 1,
      trustee,
      count: 3,
      mix: hash(3),
      shares: hash(200 + trustee),
      proof: PROOF,
      ...change,
    })
  const mixed = (): RuleScript => sealed().batch(mix(1)).batch(mix(2)).batch(mix(3))
  const shared = (): RuleScript => mixed().batch(shares(1), shares(3))
  const counted = (change: Record<string, Json> = {}): Json => ({
    id: 1,
    total: 3,
    trustees: [1, 3],
    points: hash(9),
    blank: 0,
    invalid: {},
    counts: [1, 2, 3, 4, 5].map((option) => ({ option, votes: option === 1 || option === 3 ? 3 : 0 })),
    ...change,
  })
  const withheld: Json = { id: 2, total: 1, withheld: 'below-minimum' }
  const result = (contests: Json[], at = FIXTURE_OPENS + 50_000): Uint8Array =>
    officialLeaf(election, 'authority', RECORD.result, { at, contests })

  return {
    'count.not-sealed': () => closed().add([mix(1)]),
    'mix.contest': () => sealed().add([mix(1, { contest: 9 })]),
    'mix.turn': () => sealed().add([mix(2), mix(1, { contest: 2, count: 1 })]),
    'mix.input': () =>
      sealed()
        .batch(mix(1))
        .add([mix(2, { input: hash(7) })]),
    'decryption.contest': () => mixed().add([shares(1, { contest: 9 })]),
    'decryption.minimum': () => mixed().add([shares(1, { contest: 2, count: 1 })]),
    'decryption.mix': () =>
      sealed()
        .batch(mix(1))
        .batch(mix(2))
        .add([shares(1, { mix: hash(2) })]),
    'decryption.limit': () => {
      const many = mixed()
      for (let i = 0; i < 5; i++) many.batch(shares(1, { shares: hash(i) }))
      return many
    },
    'result.repeated': () =>
      shared()
        .batch(result([counted(), withheld]))
        .add([result([counted(), withheld], FIXTURE_OPENS + 50_001)]),
    'result.contests': () => shared().add([result([withheld, counted()])]),
    'result.minimum': () => shared().add([result([counted(), counted({ id: 2, total: 1 })])]),
    'result.trustees': () => shared().add([result([counted({ trustees: [1, 2] }), withheld])]),
    'result.totals': () => shared().add([result([counted({ total: 4 }), withheld])]),
  }
}
