import { afterAll, beforeAll, expect, test } from 'vitest'
import { BRIDGE_CALLS, DrillBridge } from './support/drill-bridge.ts'
import { DrillMirror, MIRROR_CALLS } from './support/drill-mirror.ts'
import { DrillWitness, WITNESS_CALLS, type WitnessTrial } from './support/drill-witness.ts'
import { commitSyncs, countCalls, type Fault, writesAfterFailedSync } from './support/faulty-process.ts'

const isFull = process.env.HANPYO_FULL === '1'

const EFFECTS = ['error=EIO', 'error=ENOSPC', 'signal=KILL'] as const

/** Each effect on each call, at no more than `mostEach` places of each kind, evenly spread. */
function spreadFaults(
  calls: readonly string[],
  counts: ReadonlyMap<string, number>,
  mostEach: number,
): Fault[] {
  return EFFECTS.flatMap((effect) =>
    calls.flatMap((call) => {
      const total = counts.get(call) ?? 0
      const every = Math.max(1, Math.ceil(total / mostEach))
      return Array.from({ length: Math.floor(total / every) }, (_, n) => ({
        call,
        effect,
        when: (n + 1) * every,
      }))
    }),
  )
}

let witness: DrillWitness

beforeAll(async () => {
  witness = await DrillWitness.prepare()
})

afterAll(async () => {
  await witness.close()
})

function expectHonest({ signed, remembered, fsck }: WitnessTrial, fault: Fault | undefined): void {
  const where = JSON.stringify(fault)
  for (const [size, roots] of signed) expect(roots.size, `${where}, size ${size}`).toBe(1)
  expect(remembered, where).toBeGreaterThanOrEqual(Math.max(0, ...signed.keys()))
  expect(fsck, where).toBe(0)
}

test('a witness syncs before it gives out a signature, and stops when a sync fails', async () => {
  const calm = await witness.trial('calm')
  expectHonest(calm, undefined)
  const counts = countCalls(calm.trace)
  const syncs = (counts.get('fsync') ?? 0) + (counts.get('fdatasync') ?? 0)
  expect(syncs).toBeGreaterThanOrEqual([...calm.signed.values()].length)
  const commits = commitSyncs(calm.trace, 'fsync')
  const faults: Fault[] = isFull
    ? spreadFaults(WITNESS_CALLS, counts, 100)
    : [{ call: 'fsync', effect: 'error=EIO', when: Math.max(...commits) }]
  let injected = 0
  for (const [at, fault] of faults.entries()) {
    const trial = await witness.trial(`trial-${at}`, fault)
    expectHonest(trial, fault)
    // After a failed sync nothing in memory may be believed: the process ends by itself.
    const isCommit = fault.call === 'fsync' && commits.has(fault.when)
    if (isCommit && fault.effect !== 'signal=KILL') expect(trial.ended, JSON.stringify(fault)).not.toBeNull()
    if (trial.wasInjected) injected += 1
  }
  expect(injected).toBeGreaterThan(faults.length * 0.9)
  console.log(
    `witness: ${faults.length} faults, ${injected} of them came, ${syncs} syncs for ${calm.signed.size} signatures`,
  )
})

test.runIf(isFull)(
  'a mirror whose system calls fail one after another has a whole copy after a restart',
  async () => {
    const mirror = await DrillMirror.prepare()
    try {
      const calm = await mirror.trial('calm')
      expect(calm).toMatchObject({ fsck: 0, size: mirror.finalSize, ended: null })
      const counts = countCalls(calm.trace)
      const syncs = (counts.get('fsync') ?? 0) + (counts.get('fdatasync') ?? 0)
      expect(calm.shown).toBe(2)
      expect(syncs).toBeGreaterThanOrEqual(calm.shown)
      // Files of the copy alone would pass that; what it signs has to be durable as well.
      expect(commitSyncs(calm.trace, 'fsync').size).toBeGreaterThanOrEqual(calm.shown)
      console.log(`mirror, calm: ${syncs} syncs for ${calm.shown} heads`)
      const faults = spreadFaults(MIRROR_CALLS, counts, 6)
      let injected = 0
      for (const [at, fault] of faults.entries()) {
        const trial = await mirror.trial(`trial-${at}`, fault)
        expect(trial, `${JSON.stringify(fault)}\n${trial.report}`).toMatchObject({
          fsck: 0,
          size: mirror.finalSize,
        })
        if (trial.wasInjected) injected += 1
      }
      expect(injected).toBeGreaterThan(faults.length * 0.8)
      console.log(
        `mirror: ${faults.length} faults, ${injected} of them came; calls ${JSON.stringify([...counts])}`,
      )
    } finally {
      await mirror.close()
    }
  },
  3_600_000,
)

test.runIf(isFull)(
  'a bridge whose system calls fail one after another loses no ballot it acknowledged and has one history',
  async () => {
    const bridge = await DrillBridge.prepare()
    try {
      const calm = await bridge.trial('calm')
      expect(calm).toMatchObject({ acked: 2, lost: 0, problems: [], ended: null })
      const counts = countCalls(calm.trace)
      const faults = spreadFaults(BRIDGE_CALLS, counts, 12)
      let injected = 0
      for (const [at, fault] of faults.entries()) {
        const trial = await bridge.trial(`trial-${at}`, fault)
        expect(trial, JSON.stringify(fault)).toMatchObject({ acked: 2, lost: 0, problems: [] })
        expect(writesAfterFailedSync(trial.trace), JSON.stringify(fault)).toBe(0)
        if (trial.wasInjected) injected += 1
      }
      expect(injected).toBeGreaterThan(faults.length * 0.8)
      console.log(
        `bridge: ${faults.length} faults, ${injected} of them came; calls ${JSON.stringify([...counts])}`,
      )
    } finally {
      await bridge.close()
    }
  },
  3_600_000,
)
