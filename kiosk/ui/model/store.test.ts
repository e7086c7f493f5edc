import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import type { Client } from '../../src/contract/define.ts'
import type { KioskContract } from '../../src/contract/kiosk-contract.ts'
import type { KioskView } from '../../src/contract/views.ts'
import { FIXTURES, fixtureView } from '../../src/host/fixtures.ts'
import { createViewStore } from './store.ts'

const attract = fixtureView({ screen: 'attract' })
const slip = fixtureView({ screen: 'slip', problem: null })

/** A store that follows the given answers of `events`, then stops. */
async function follow(answers: Result<KioskView, 'core-unreachable'>[]) {
  const stop = new AbortController()
  const asked: (string | null)[] = []
  const slept: number[] = []
  const seen: (string | null)[] = []
  let gone = 0
  const kiosk = {
    events: async ({ after }: { after: string | null }) => {
      asked.push(after)
      const next = answers.shift()
      if (answers.length === 0) queueMicrotask(() => stop.abort())
      return next ?? err('core-unreachable')
    },
  } as unknown as Client<KioskContract>
  const store = createViewStore({
    kiosk,
    now: () => 7,
    sleep: async (delayMs) => void slept.push(delayMs),
    onVoterGone: () => {
      gone += 1
    },
  })
  store.subscribe(() => seen.push(store.snapshot().view?.cursor ?? null))
  await store.follow(stop.signal)
  return { store, asked, slept, seen, gone }
}

test('the store asks for what comes after the newest view', async () => {
  const { asked, seen } = await follow([ok(attract), ok(slip), ok(slip)])
  expect(asked).toEqual([null, attract.cursor, slip.cursor])
  expect(seen).toContain(slip.cursor)
})

test('an unreachable core keeps the last view, is asked again after a pause and from the start', async () => {
  const { store, asked, slept } = await follow([ok(slip), err('core-unreachable'), ok(slip), ok(slip)])
  expect(asked).toEqual([null, slip.cursor, null, slip.cursor])
  expect(slept).toEqual([1_000])
  expect(store.snapshot()).toMatchObject({ isUnreachable: false, view: slip })
})

test('the page learns once that the voter is gone', async () => {
  expect((await follow([ok(attract), ok(slip), ok(attract), ok(attract)])).gone).toBe(1)
  expect((await follow([ok(slip), ok(FIXTURES.review ?? slip), ok(slip)])).gone).toBe(0)
})

test('a voter who follows at once is a new voter too', async () => {
  expect(
    (await follow([ok(slip), ok({ ...slip, session: 'next', cursor: 'x' }), ok(attract), ok(attract)])).gone,
  ).toBe(2)
})
