import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import type { PreparedBallot } from '@hanpyo/protocol/ballot/create.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { RULES } from '@hanpyo/protocol/election/rules.ts'
import { recordId } from '@hanpyo/protocol/link/record-id.ts'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { TestBridge } from '../testing/test-bridge.ts'
import { TestElection } from '../testing/test-election.ts'

const backend = await createNodeBackend()
let bridge: TestBridge | undefined

afterEach(async () => {
  await bridge?.dispose()
  bridge = undefined
})

/** More days, with more of what rarely comes together, in the full run. */
const DAYS = process.env.HANPYO_FULL === '1' ? 150 : 20
const SLIPS = 6
const KIOSKS = 2

type Step =
  | { readonly do: 'cast'; readonly slip: number; readonly kioskId: number }
  | { readonly do: 'resend' | 'copy-randomness'; readonly pick: number; readonly slip: number }
  | { readonly do: 'challenge'; readonly slip: number; readonly kioskId: number; readonly isCastToo: boolean }
  | { readonly do: 'propose'; readonly slip: number; readonly kioskId: number }
  | { readonly do: 'support'; readonly slip: number; readonly kioskId: number; readonly pick: number }
  | { readonly do: 'moderate'; readonly kioskId: number; readonly pick: number }
  | { readonly do: 'erase'; readonly pick: number }
  | { readonly do: 'void'; readonly slip: number }
  | { readonly do: 'turnout'; readonly count: number }
  | { readonly do: 'revoke'; readonly kioskId: number }
  | { readonly do: 'tick'; readonly laterSeconds: number }
  | { readonly do: 'restart' | 'open' | 'close' | 'seal' }

const slip = fc.nat(SLIPS - 1)
const kioskId = fc.integer({ min: 1, max: KIOSKS })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('cast' as const), slip, kioskId }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('resend' as const), pick: fc.nat(), slip }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('copy-randomness' as const), pick: fc.nat(), slip }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('challenge' as const), slip, kioskId, isCastToo: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('propose' as const), slip, kioskId }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('support' as const), slip, kioskId, pick: fc.nat(40) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('moderate' as const), kioskId, pick: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), pick: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('void' as const), slip }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('turnout' as const), count: fc.nat(SLIPS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke' as const), kioskId }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('tick' as const), laterSeconds: fc.constantFrom(0, 0, 60) }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Step>({ do: 'restart' }, { do: 'open' }, { do: 'close' }, { do: 'seal' }),
  },
)

/** A day as it comes, and what kiosks were told on it. */
class RandomDay {
  readonly bridge: TestBridge
  readonly #cast: { bytes: Uint8Array; kioskId: number; prepared: PreparedBallot }[] = []
  readonly #ids: Uint8Array[] = []
  /** Proposal id by the hex record id of its datagram. */
  readonly #proposed = new Map<string, Uint8Array>()
  readonly answers = new Map<string, Set<number>>()

  constructor(bridge: TestBridge) {
    this.bridge = bridge
  }

  async take(step: Step): Promise<void> {
    const { election } = this.bridge
    const { opens, closes } = election.manifest.times
    switch (step.do) {
      case 'cast': {
        const prepared = election.prepare(step.slip, step.kioskId)
        const bytes = election.ballot(step.slip, step.kioskId, prepared)
        this.#cast.push({ bytes, kioskId: step.kioskId, prepared })
        return this.#send(bytes, step.kioskId)
      }
      case 'resend': {
        const earlier = this.#cast[step.pick % this.#cast.length]
        return earlier === undefined ? undefined : this.#send(earlier.bytes, earlier.kioskId)
      }
      case 'copy-randomness': {
        const earlier = this.#cast[step.pick % this.#cast.length]
        if (earlier === undefined) return
        return this.#send(
          election.copyRandomness(step.slip, earlier.prepared, earlier.kioskId),
          earlier.kioskId,
        )
      }
      case 'challenge': {
        const prepared = election.prepare(step.slip, step.kioskId)
        const opened = election.challenged(prepared, step.kioskId)
        this.#ids.push(recordId(opened))
        await this.bridge.deliver(opened, step.kioskId)
        if (step.isCastToo) await this.#send(election.ballot(step.slip, step.kioskId, prepared), step.kioskId)
        return
      }
      case 'propose': {
        const made = election.proposal(step.slip, `제안 ${this.#proposed.size}`, { kioskId: step.kioskId })
        this.#proposed.set(toHex(recordId(made.datagram)), made.id)
        this.#ids.push(recordId(made.datagram))
        return this.bridge.deliver(made.datagram, step.kioskId)
      }
      case 'support': {
        const support = election.support(step.slip, this.#pick(step.pick), step.kioskId)
        this.#ids.push(recordId(support))
        return this.bridge.deliver(support, step.kioskId)
      }
      case 'moderate': {
        const { kioskId } = step
        const note = election.moderation(this.#pick(step.pick), 'hide', { kioskId, reason: `${step.pick}` })
        this.#ids.push(recordId(note))
        return this.bridge.deliver(note, kioskId)
      }
      case 'erase':
        return void (await this.bridge.record(election.moderation(this.#pick(step.pick), 'erase')))
      case 'void':
        return void (await this.bridge.record(election.voidSlips([step.slip])))
      case 'turnout':
        return void (await this.bridge.record(election.turnout(step.count)))
      case 'revoke':
        return void (await this.bridge.record(election.revoke(step.kioskId)))
      case 'tick':
        return this.bridge.tick(step.laterSeconds)
      case 'open':
        return void (await this.bridge.record(election.polls('open', opens)))
      case 'close':
        return void (await this.bridge.record(election.polls('closed', closes)))
      case 'seal':
        return void (await this.bridge.record(election.polls('sealed', election.manifest.deliveryDeadline)))
      case 'restart':
        await this.#hear()
        expect(await this.bridge.restart()).toMatchObject({ ok: true })
    }
  }

  get proposed(): ReadonlyMap<string, Uint8Array> {
    return this.#proposed
  }

  async end(): Promise<void> {
    await this.bridge.tick(3600)
    await this.#hear()
  }

  /** A proposal that somebody sent in, or one that nobody did. */
  #pick(pick: number): Uint8Array {
    return [...this.#proposed.values()][pick % Math.max(1, this.#proposed.size)] ?? new Uint8Array(32)
  }

  async #send(bytes: Uint8Array, kioskId: number): Promise<void> {
    this.#ids.push(ballotId(bytes))
    await this.bridge.cast(bytes, kioskId)
  }

  async #hear(): Promise<void> {
    for (const { id: kiosk } of this.bridge.election.kiosks) {
      for (const { id, status } of await this.bridge.acks(kiosk, this.#ids)) {
        this.answers.set(id, (this.answers.get(id) ?? new Set()).add(status))
      }
    }
  }
}

test('whatever comes in whatever order, the log keeps every rule and every word given to a kiosk', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.constantFrom(1, 2, 20),
      fc.boolean(),
      async (steps, minPerKiosk, isOpen) => {
        const election = new TestElection({
          backend,
          minPerKiosk,
          slipCount: SLIPS,
          kioskCount: KIOSKS,
          proposalsPerSlip: 2,
        })
        bridge = await TestBridge.start({ election, polls: isOpen ? 'open' : 'not-open' })
        const day = new RandomDay(bridge)
        for (const one of steps) await day.take(one)
        await day.end()

        const broken = (await bridge.verifyLog()).filter(({ rule }) => RULES[rule].stops)
        expect(broken).toEqual([])
        expect(bridge.fatal).toEqual([])
        // Among them would be records that were acknowledged and then could not be logged.
        expect(bridge.errors).toEqual([])
        const { state, sequencer } = bridge.bridge
        expect(sequencer.logState.head.size).toBe(state.nextIndex)
        const records = new Set((await bridge.leaves()).map((leaf) => toHex(recordId(leaf))))
        for (const [id, statuses] of day.answers) {
          const logged = state.ballotStatus(Uint8Array.from(Buffer.from(id, 'hex')))
          const proposal = day.proposed.get(id)
          if (proposal !== undefined) {
            const known = state.proposal(proposal)
            if (!statuses.has(0)) continue
            expect(known).toBeDefined()
            const text = await bridge.engine.proposalText(proposal)
            expect(text === null).toBe(known?.isErased)
            continue
          }
          if (statuses.has(0)) expect(logged?.status === 0 || records.has(id)).toBe(true)
        }
        await bridge.dispose()
        bridge = undefined
      },
    ),
    { numRuns: DAYS },
  )
}, 600_000)
