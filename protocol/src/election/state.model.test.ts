/**
 * The state against a model that keeps the plain list of accepted leaves and answers every question by reading
 * it from the start. Signatures and proofs are skipped here; other tests cover them.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ballotId } from '../ballot/identifiers.ts'
import { parseBallot } from '../ballot/layout.ts'
import { toHex } from '../bytes.ts'
import { createNobleEd25519 } from '../group/ed25519-noble.ts'
import type { CryptoBackend } from '../group/group.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import { expectOk } from '../result.ts'
import {
  ballotLeaf,
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
} from '../testing/build-ledger.ts'
import { castPrepared, RuleScript, replacementFor } from '../testing/rule-script.ts'
import { challengedRecord } from './challenged.ts'
import { RECORD } from './records.ts'
import { REFUSAL, REFUSAL_ORDER, type RefusalCode } from './refusal.ts'
import { isStopping } from './rules.ts'

const backend: CryptoBackend = { group: await createSodiumGroup(), ed25519: createNobleEd25519() }
const election = createElectionFixture({ backend, label: 'model', slipCount: 5, kioskCount: 2 })
const [first, second] = election.kiosks as readonly [FixtureKiosk, FixtureKiosk]
const replacement = replacementFor(election, first)

interface PooledBallot {
  readonly canonical: Uint8Array
  readonly id: string
  readonly slip: number
  readonly device: FixtureKiosk
  readonly c1s: readonly string[]
}

/** Leaves whose effects the model knows; ballots of one slip on several kiosks, and of one randomness. */
type Event =
  | { readonly kind: 'polls'; readonly state: 'open' | 'closed' | 'sealed' }
  | { readonly kind: 'device'; readonly action: 'enrol' | 'revoke'; readonly device: FixtureKiosk }
  | { readonly kind: 'void'; readonly slips: readonly number[] }
  | { readonly kind: 'ballot'; readonly ballot: PooledBallot }
  | { readonly kind: 'refusal'; readonly ballot: PooledBallot; readonly reason: RefusalCode }
  | { readonly kind: 'challenged'; readonly device: FixtureKiosk; readonly c1s: readonly string[] }
  | { readonly kind: 'final'; readonly device: FixtureKiosk; readonly listed: readonly string[] }
  | { readonly kind: 'covers'; readonly kiosk: number }

interface Action {
  readonly event: Event
  readonly leaf: Uint8Array
}

const pooled = (canonical: Uint8Array, device: FixtureKiosk): PooledBallot => {
  const { credentialIndex, ciphertexts } = expectOk(parseBallot(canonical))
  const c1s = ciphertexts.map(({ c1 }) => toHex(c1))
  return { canonical, id: toHex(ballotId(canonical)), slip: credentialIndex, device, c1s }
}
const devices = [first, second, replacement]
const opened = election.slips.map((_, slip) => prepareFixtureBallot(election, slip, first))
const POOL: readonly PooledBallot[] = [
  ...election.slips.flatMap((_, slip) =>
    devices.map((device) => pooled(fixtureBallot(election, slip, device), device)),
  ),
  ...opened.slice(0, 2).map((prepared, slip) => pooled(castPrepared(election, prepared, slip, first), first)),
]
const ACTIONS: readonly Action[] = [
  ...(['open', 'closed', 'sealed'] as const).map((state, i) => ({
    event: { kind: 'polls', state } as const,
    leaf: pollsLeaf(election, state, FIXTURE_OPENS + i),
  })),
  ...devices.flatMap((device) =>
    (['enrol', 'revoke'] as const).map((action) => ({
      event: { kind: 'device', action, device } as const,
      leaf: deviceLeaf(election, device, action),
    })),
  ),
  ...[[0], [1, 2]].map((slips) => ({
    event: { kind: 'void', slips } as const,
    leaf: officialLeaf(election, 'registrar', RECORD.voidSlips, { slips }),
  })),
  ...POOL.flatMap((ballot) => [
    { event: { kind: 'ballot', ballot } as const, leaf: ballotLeaf(ballot.canonical).leaf },
    ...Object.values(REFUSAL).map((reason) => ({
      event: { kind: 'refusal', ballot, reason } as const,
      leaf: refusalLeaf(reason, ballot.canonical).leaf,
    })),
  ]),
  ...opened.map((prepared) => ({
    event: {
      kind: 'challenged',
      device: first,
      c1s: prepared.ciphertexts.map(({ c1 }) => toHex(c1)),
    } as const,
    leaf: kioskLeaf(election, first, RECORD.challenged, challengedRecord(prepared, first.id)),
  })),
  ...devices.flatMap((device) =>
    [0, 2].map((count) => {
      const listed = POOL.filter((ballot) => ballot.device === device).slice(0, count)
      const interval = { challenged: 0, state: 'closed', final: true } as const
      const ballotIds = listed.map(({ canonical }) => ballotId(canonical))
      return {
        event: { kind: 'final', device, listed: listed.map(({ id }) => id) } as const,
        leaf: new KioskChain(election, device).next({ ...interval, ballotIds }),
      }
    }),
  ),
  ...[first, second].map((kiosk) => ({
    event: { kind: 'covers', kiosk: kiosk.id } as const,
    leaf: officialLeaf(election, 'authority', RECORD.incident, {
      kiosk: kiosk.id,
      text: 'The disk broke.',
      at: FIXTURE_OPENS,
      covers: 'final-manifest',
    }),
  })),
]

/** Reads the whole list for every question. */
class Model {
  readonly log: Event[] = []

  get polls(): 'none' | 'open' | 'closed' | 'sealed' {
    return this.#of('polls').at(-1)?.state ?? 'none'
  }

  live(kiosk: number): FixtureKiosk | undefined {
    const last = this.#of('device')
      .filter(({ device }) => device.id === kiosk)
      .at(-1)
    return last?.action === 'enrol' ? last.device : undefined
  }

  isEnrolled(device: FixtureKiosk): boolean {
    return this.live(device.id) === device
  }

  isLogged(ballot: PooledBallot): boolean {
    return [...this.#of('ballot'), ...this.#of('refusal')].some((event) => event.ballot === ballot)
  }

  reasons(ballot: PooledBallot): RefusalCode[] {
    const seen = new Set([
      ...[...this.#of('ballot'), ...this.#of('refusal')].flatMap((event) => event.ballot.c1s),
      ...this.#of('challenged').flatMap(({ c1s }) => c1s),
    ])
    const final = this.#of('final').find(({ device }) => device === ballot.device)
    const holds: Readonly<Record<RefusalCode, boolean>> = {
      [REFUSAL.pollsNotOpen]: this.polls === 'none',
      [REFUSAL.pollsSealed]: this.polls === 'sealed',
      [REFUSAL.credentialSpent]: this.#of('ballot').some((event) => event.ballot.slip === ballot.slip),
      [REFUSAL.c1Seen]: ballot.c1s.some((c1) => seen.has(c1)),
      [REFUSAL.slipVoid]: this.#of('void').some(({ slips }) => slips.includes(ballot.slip)),
      [REFUSAL.notInFinalManifest]: final !== undefined && !final.listed.includes(ballot.id),
    }
    return REFUSAL_ORDER.filter((code) => holds[code])
  }

  /** Whether the rules let the leaf follow. */
  permits(event: Event): boolean {
    const isAfterSealed = this.polls === 'sealed'
    switch (event.kind) {
      case 'polls':
        return this.#permitsPolls(event.state)
      case 'device': {
        const { device, action } = event
        if (isAfterSealed) return false
        if (action === 'revoke') return this.isEnrolled(device)
        return this.live(device.id) === undefined && !this.#of('device').some((e) => e.device === device)
      }
      case 'void':
        return !this.#of('void').some(({ slips }) => slips === event.slips)
      case 'covers':
        return !this.#of('covers').some(({ kiosk }) => kiosk === event.kiosk)
      case 'ballot':
        return (
          this.isEnrolled(event.ballot.device) &&
          !this.isLogged(event.ballot) &&
          this.reasons(event.ballot).length === 0
        )
      case 'refusal':
        return this.#permitsRefusal(event.ballot, event.reason)
      case 'challenged': {
        const isNew = event.c1s.every((c1) => !this.#allC1s().has(c1))
        return (
          !isAfterSealed &&
          this.polls !== 'none' &&
          this.isEnrolled(event.device) &&
          isNew &&
          !this.#isFinal(event.device)
        )
      }
      case 'final':
        return (
          !isAfterSealed &&
          this.polls !== 'none' &&
          this.isEnrolled(event.device) &&
          !this.#isFinal(event.device)
        )
    }
  }

  #permitsPolls(state: 'open' | 'closed' | 'sealed'): boolean {
    const expected = { none: 'open', open: 'closed', closed: 'sealed', sealed: undefined }[this.polls]
    if (state !== expected) return false
    return state !== 'sealed' || this.#unsettled().length === 0
  }

  #permitsRefusal(ballot: PooledBallot, reason: RefusalCode): boolean {
    if (this.polls === 'sealed' || !this.isEnrolled(ballot.device) || this.isLogged(ballot)) return false
    const before = this.#of('refusal').filter((event) => event.ballot.slip === ballot.slip).length
    return this.reasons(ballot)[0] === reason && before < 4
  }

  /** Devices that served and are neither final and matched nor explained. */
  #unsettled(): FixtureKiosk[] {
    const openedAt = this.log.findIndex((event) => event.kind === 'polls')
    return devices.filter((device) => {
      const at = (action: string) =>
        this.log.findIndex((e) => e.kind === 'device' && e.action === action && e.device === device)
      const [enrolled, revoked] = [at('enrol'), at('revoke')]
      if (enrolled < 0 || (revoked >= 0 && revoked < openedAt)) return false
      if (this.log.some((e, i) => e.kind === 'covers' && e.kiosk === device.id && i > enrolled)) return false
      const final = this.#of('final').find((event) => event.device === device)
      const logged = new Set([...this.#of('ballot'), ...this.#of('refusal')].map(({ ballot }) => ballot.id))
      return final === undefined || final.listed.some((id) => !logged.has(id))
    })
  }

  #isFinal(device: FixtureKiosk): boolean {
    return this.#of('final').some((event) => event.device === device)
  }

  #allC1s(): Set<string> {
    return new Set(
      this.log.flatMap((event) => {
        if (event.kind === 'challenged') return [...event.c1s]
        return event.kind === 'ballot' || event.kind === 'refusal' ? [...event.ballot.c1s] : []
      }),
    )
  }

  #of<K extends Event['kind']>(kind: K): Extract<Event, { kind: K }>[] {
    return this.log.filter((event): event is Extract<Event, { kind: K }> => event.kind === kind)
  }
}

/** Judges every ballot of the pool and compares verdict, model, and what the log would then take. */
function compareVerdicts({ state }: RuleScript, model: Model): void {
  for (const ballot of POOL) {
    // The state cannot know from trusted bytes under which device a ballot was signed.
    if (model.live(ballot.device.id) !== ballot.device) continue
    const verified = { ballot: expectOk(parseBallot(ballot.canonical)), kioskKey: ballot.device.publicKey }
    const verdict = state.judge(ballot.canonical, { verified })
    const [reason] = model.reasons(ballot)
    const asBallot = state.check(ballotLeaf(ballot.canonical).leaf, { trusted: true })
    if (model.isLogged(ballot)) {
      expect(verdict.verdict).toBe('duplicate')
      expect(asBallot).not.toEqual([])
    } else if (reason === undefined) {
      expect(verdict.verdict).toBe('accept')
      expect(asBallot).toEqual([])
    } else {
      expect(verdict).toMatchObject({ verdict: 'refuse', reason })
      expect(asBallot).not.toEqual([])
    }
  }
}

/** Opening and enrolling come up often enough for the rest to matter. */
const anyAction = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...ACTIONS.slice(0, 5)) },
  { weight: 4, arbitrary: fc.constantFrom(...ACTIONS) },
)
const USUAL_START = [0, 3, 5].map((i) => ACTIONS[i] as Action)
/** Kiosks that are explained in advance do not keep the polls from being sealed. */
const STARTS = [[], USUAL_START, [...USUAL_START, ...ACTIONS.slice(-2)]]

test('whatever the order of leaves, the state permits and judges what the model does', () => {
  fc.assert(
    fc.property(fc.constantFrom(...STARTS), fc.array(anyAction, { maxLength: 40 }), (start, random) => {
      const script = new RuleScript(election)
      const model = new Model()
      for (const { event, leaf } of [...start, ...random]) {
        // Trusted leaves of a device that is not live would be taken for those of the live one.
        if ('device' in event && event.kind !== 'device' && !model.isEnrolled(event.device)) continue
        if ('ballot' in event && !model.isEnrolled(event.ballot.device)) continue
        const options = { trusted: true }
        const checked = script.state.check(leaf, options)
        const isPermitted = !checked.some(isStopping)
        expect({ event, checked, isPermitted }).toMatchObject({ isPermitted: model.permits(event) })
        expect(script.state.check(leaf, options)).toEqual(checked)
        expect(script.state.apply(leaf, options)).toEqual(checked)
        if (isPermitted) model.log.push(event)
        script.endBatch()
      }
      expect(script.broken).toEqual([])
      compareVerdicts(script, model)
    }),
    { numRuns: 100 },
  )
}, 240_000)
