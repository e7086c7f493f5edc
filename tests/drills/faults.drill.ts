import { afterAll, beforeAll, expect, test } from 'vitest'
import { DrillWitness, WITNESS_CALLS, type WitnessTrial } from './support/drill-witness.ts'
import { commitSyncs, countCalls, type Fault } from './support/faulty-process.ts'

const isFull = process.env.HANPYO_FULL === '1'

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
  const total = (call: string): number => counts.get(call) ?? 0
  const faults: Fault[] = isFull
    ? WITNESS_CALLS.flatMap((call) =>
        (['error=EIO', 'error=ENOSPC', 'signal=KILL'] as const).flatMap((effect) =>
          Array.from({ length: total(call) }, (_, n) => ({ call, effect, when: n + 1 })),
        ),
      )
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
