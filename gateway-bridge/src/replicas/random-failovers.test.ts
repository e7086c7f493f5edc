import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import type { PreparedBallot } from '@hanpyo/protocol/ballot/create.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { parseRefusal } from '@hanpyo/protocol/election/refusal.ts'
import { RULES } from '@hanpyo/protocol/election/rules.ts'
import { parsePromise } from '@hanpyo/protocol/link/promise.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { chooser } from '../testing/shared-store.ts'
import { TestElection } from '../testing/test-election.ts'
import { TestReplicas } from '../testing/test-replicas.ts'

const backend = await createNodeBackend()
let all: TestReplicas | undefined

afterEach(async () => {
  await all?.dispose()
  all = undefined
})

/** More days, with more of what rarely comes together, in the full run. */
const DAYS = process.env.HANPYO_FULL === '1' ? 200 : 2
const SLIPS = 6
const KIOSKS = 2

type Step =
  | { readonly do: 'cast'; readonly slip: number; readonly kioskId: number; readonly at: number }
  | { readonly do: 'race'; readonly slip: number; readonly kioskId: number }
  | { readonly do: 'resend'; readonly pick: number; readonly at: number }
  | { readonly do: 'copy-randomness'; readonly pick: number; readonly slip: number; readonly at: number }
  | { readonly do: 'void'; readonly slip: number; readonly at: number }
  | { readonly do: 'revoke'; readonly kioskId: number; readonly at: number }
  | { readonly do: 'turnout'; readonly count: number; readonly at: number }
  | { readonly do: 'tick' | 'pause'; readonly ticks: number }
  | { readonly do: 'kill'; readonly at: number; readonly calls: number; readonly how: 'before' | 'after' }
  | { readonly do: 'restart'; readonly at: number }
  | { readonly do: 'lock-lost'; readonly isTold: boolean }
  | { readonly do: 'cut-off'; readonly at: number; readonly isCutOff: boolean }

const slip = fc.nat(SLIPS - 1)
const kioskId = fc.integer({ min: 1, max: KIOSKS })
const at = fc.nat(2)
const of = <S extends Step>(weight: number, arbitrary: fc.Arbitrary<S>) => ({ weight, arbitrary })
const step: fc.Arbitrary<Step> = fc.oneof(
  of(10, fc.record({ do: fc.constant('cast' as const), slip, kioskId, at })),
  of(4, fc.record({ do: fc.constant('race' as const), slip, kioskId })),
  of(6, fc.record({ do: fc.constant('resend' as const), pick: fc.nat(30), at })),
  of(2, fc.record({ do: fc.constant('copy-randomness' as const), pick: fc.nat(30), slip, at })),
  of(1, fc.record({ do: fc.constant('void' as const), slip, at })),
  of(1, fc.record({ do: fc.constant('revoke' as const), kioskId, at })),
  of(1, fc.record({ do: fc.constant('turnout' as const), count: fc.nat(SLIPS), at })),
  of(
    8,
    fc.record({
      do: fc.constantFrom('tick' as const, 'pause' as const),
      ticks: fc.integer({ min: 1, max: 3 }),
    }),
  ),
  of(
    4,
    fc.record({
      do: fc.constant('kill' as const),
      at,
      calls: fc.nat(12),
      how: fc.constantFrom('before' as const, 'after' as const),
    }),
  ),
  of(4, fc.record({ do: fc.constant('restart' as const), at })),
  of(3, fc.record({ do: fc.constant('lock-lost' as const), isTold: fc.boolean() })),
  of(1, fc.record({ do: fc.constant('cut-off' as const), at, isCutOff: fc.boolean() })),
)

interface Cast {
  readonly bytes: Uint8Array
  readonly kioskId: number
  readonly prepared: PreparedBallot
}

/** A day with replicas that die and come back; nothing waits for an answer unless the step says so. */
class Day {
  readonly all: TestReplicas
  readonly cast: Cast[] = []

  constructor(all: TestReplicas) {
    this.all = all
  }

  async take(step: Step): Promise<void> {
    const { all } = this
    const { election } = all
    switch (step.do) {
      case 'cast':
        return this.#send(this.#make(step.slip, step.kioskId), step.at)
      case 'race': {
        for (const index of all.replicas.keys()) this.#send(this.#make(step.slip, step.kioskId), index)
        return
      }
      case 'resend': {
        const earlier = this.cast[step.pick % this.cast.length]
        return earlier === undefined ? undefined : this.#send(earlier, step.at)
      }
      case 'copy-randomness': {
        const earlier = this.cast[step.pick % this.cast.length]
        if (earlier === undefined) return
        const { prepared, kioskId } = earlier
        return this.#send(
          { ...earlier, bytes: election.copyRandomness(step.slip, prepared, kioskId) },
          step.at,
        )
      }
      case 'void':
        return this.#record(election.voidSlips([step.slip]), step.at)
      case 'revoke': {
        this.#record(election.revoke(step.kioskId), step.at)
        return
      }
      case 'turnout':
        return this.#record(election.turnout(step.count), step.at)
      case 'pause':
        for (let turns = 0; turns < step.ticks; turns++) await new Promise((resolve) => setImmediate(resolve))
        return
      case 'tick':
        return all.ticks(step.ticks)
      case 'kill':
        return void all.replicas[step.at]?.handle.dieSoon(step.calls, step.how)
      case 'restart':
        return all.restart(step.at)
      case 'lock-lost': {
        const tell = all.store.breakLead()
        return step.isTold ? tell() : undefined
      }
      case 'cut-off': {
        const handle = all.replicas[step.at]?.handle
        if (handle !== undefined) handle.isCutOff = step.isCutOff
        return
      }
    }
  }

  /** All replicas are back and reach the store; kiosks send everything again, to another replica each time. */
  async settle(): Promise<void> {
    const { all } = this
    for (const index of all.replicas.keys()) await all.restart(index)
    await all.ticks(12)
    for (let round = 0; round < 3; round++) {
      for (const [index, ballot] of this.cast.entries()) {
        await all.replicas[(index + round) % all.replicas.length]!.cast(ballot.bytes, ballot.kioskId)
      }
      await all.ticks(12)
    }
  }

  #make(slip: number, kioskId: number): Cast {
    const prepared = this.all.election.prepare(slip, kioskId)
    return { bytes: this.all.election.ballot(slip, kioskId, prepared), kioskId, prepared }
  }

  #send(ballot: Cast, at: number): void {
    if (!this.cast.includes(ballot)) this.cast.push(ballot)
    const replica = this.all.replicas[at % this.all.replicas.length]
    if (replica?.isAlive) void replica.cast(ballot.bytes, ballot.kioskId)
  }

  #record(datagram: Uint8Array, at: number): void {
    const index = at % this.all.replicas.length
    if (this.all.replicas[index]?.isAlive) void this.all.record(datagram, index)
  }
}

const days = fc.record({
  count: fc.integer({ min: 2, max: 3 }),
  seed: fc.nat(),
  skewsMs: fc.array(fc.integer({ min: -3_000, max: 3_000 }), { minLength: 3, maxLength: 3 }),
  minPerKiosk: fc.constantFrom(1, 3),
  steps: fc.array(step, { minLength: 20, maxLength: 60 }),
})

test('whatever replicas die in, lose or take over, no acknowledged ballot is lost, none is there twice, and promises hold', async () => {
  await fc.assert(
    fc.asyncProperty(days, async ({ count, seed, skewsMs, minPerKiosk, steps }) => {
      const election = new TestElection({
        backend,
        slipCount: SLIPS,
        kioskCount: KIOSKS,
        minPerKiosk,
        maxDelaySeconds: 16,
      })
      all = await TestReplicas.start({ election, count, choose: chooser(seed), skewsMs })
      const day = new Day(all)
      for (const one of steps) await day.take(one)
      await day.settle()

      expect(all.fatal).toEqual([])
      expect((await all.verifyLog()).filter(({ rule }) => RULES[rule].stops)).toEqual([])
      const leaves = await all.leaves()
      const recorded = leaves.flatMap((leaf, index) =>
        leaf[0] === 0x10 ? [[ballotKey(leaf.subarray(1)), index] as const] : [],
      )
      const refused = leaves.flatMap((leaf) =>
        leaf[0] === 0x13 ? [ballotKey(expectOk(parseRefusal(leaf.subarray(1))).canonical)] : [],
      )
      const positions = new Map(recorded)
      expect(positions.size).toBe(recorded.length)
      const answers = new Map<string, Set<number>>()
      for (const { id, status } of all.heard(day.cast.map(({ bytes }) => ballotId(bytes)))) {
        answers.set(id, (answers.get(id) ?? new Set()).add(status))
      }
      for (const { bytes } of day.cast) {
        const id = ballotKey(bytes)
        const heard = [...(answers.get(id) ?? [])]
        // One answer for good, and what was recorded is in the log once.
        if (heard.includes(0)) expect(positions.has(id)).toBe(true)
        // A kiosk that was revoked before the ack was sent hears nothing.
        if (positions.has(id)) expect(heard.filter((status) => status !== 0)).toEqual([])
        if (positions.has(id)) expect(refused).not.toContain(id)
      }
      const promised = new Map<string, string>()
      for (const note of all.promises()) {
        const { leaf, size } = expectOk(parsePromise(expectOk(parseNote(note)).text))
        const key = toHex(leaf)
        expect(promised.get(key) ?? note).toBe(note)
        promised.set(key, note)
        const index = leaves.findIndex((one) => toHex(leafHash(one)) === key)
        expect(index).toBeGreaterThanOrEqual(size)
      }
      expect((await all.store.engine.snapshot()).waiting.filter((id) => positions.has(toHex(id)))).toEqual([])
      await all.dispose()
      all = undefined
    }),
    { numRuns: DAYS, timeout: 60_000 },
  )
}, 900_000)

function ballotKey(canonical: Uint8Array): string {
  return toHex(ballotId(canonical))
}
