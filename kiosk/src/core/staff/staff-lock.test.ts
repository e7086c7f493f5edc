import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import type { AuditEvent } from '../audit.ts'
import { type FailureStore, StaffLock, waitAfter } from './staff-lock.ts'

const PIN = '271828'
const CARD = 'HS1 of this kiosk'
const TECHNICIAN_PIN = '161803'

/** A lock, and a second one made from what the first left on the disk. */
function lockOn(
  disk: { failures: number },
  options: { check?: null; save?: FailureStore['save']; isSomebodyHere?: () => boolean } = {},
) {
  const clock = createVirtualClock()
  const audited: AuditEvent[] = []
  const looked: string[] = []
  let changes = 0
  const lock = new StaffLock(
    {
      check:
        options.check === null
          ? null
          : async (secret) => {
              looked.push(`${secret} after ${disk.failures}`)
              if (secret === TECHNICIAN_PIN) return 'technician'
              return secret === PIN || secret === CARD ? 'staff' : null
            },
      isSomebodyHere: options.isSomebodyHere ?? (() => false),
      isCard: (secret) => secret.startsWith('HS1'),
      store: {
        load: async () => disk.failures,
        save:
          options.save ??
          (async (failures) => {
            disk.failures = failures
          }),
      },
      clock,
      autoLockMs: 60_000,
      audit: (event) => audited.push(event),
      onChange: () => changes++,
    },
    disk.failures,
  )
  return { lock, clock, audited, looked, changes: () => changes }
}

test('the right PIN unlocks, and silence locks again', async () => {
  const { lock, clock, audited } = lockOn({ failures: 0 })
  expectOk(await lock.unlock(PIN))
  await clock.advance(59_000)
  lock.touch()
  await clock.advance(59_000)
  expect(lock.isUnlocked).toBe(true)
  await clock.advance(1_000)
  expect(lock.isUnlocked).toBe(false)
  expect(audited.map(({ event }) => event)).toEqual(['staff-unlocked', 'staff-locked'])
})

test('four wrong tries cost nothing, the fifth 15 seconds, and each later one twice as long up to an hour', async () => {
  expect([1, 4, 5, 6, 7].map(waitAfter)).toEqual([0, 0, 15_000, 30_000, 60_000])
  expect(waitAfter(1_000_000)).toBe(3_600_000)
  const { lock, clock } = lockOn({ failures: 0 })
  for (let i = 0; i < 5; i++) expect(await lock.unlock('000001')).toMatchObject({ error: 'staff-wrong' })
  expect(lock.waitSeconds).toBe(15)
  expect(await lock.unlock(PIN)).toMatchObject({ error: 'staff-waiting' })
  await clock.advance(15_000)
  expect(lock.waitSeconds).toBeNull()
  expectOk(await lock.unlock(PIN))
})

test('a restart forgives nothing: the count goes on and the wait starts over', async () => {
  const disk = { failures: 0 }
  const before = lockOn(disk)
  for (let i = 0; i < 5; i++) await before.lock.unlock('000001')
  const { lock, clock } = lockOn(disk)
  expect(await lock.unlock(PIN)).toMatchObject({ error: 'staff-waiting' })
  await clock.advance(15_000)
  expect(await lock.unlock('000001')).toMatchObject({ error: 'staff-wrong' })
  expect(lock.waitSeconds).toBe(30)
})

test('a try is counted on the disk before it is looked at, and a good one clears the count', async () => {
  const disk = { failures: 3 }
  const { lock, looked } = lockOn(disk)
  expectOk(await lock.unlock(PIN))
  expect(looked).toEqual([`${PIN} after 4`])
  expect(disk.failures).toBe(0)
})

test('tries at the same time are not looked at: guessing has one door', async () => {
  const disk = { failures: 0 }
  const { lock, looked } = lockOn(disk)
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => lock.unlock(`10000${i}`)))
  expect(answers.filter((answer) => !answer.ok && answer.error === 'staff-waiting')).toHaveLength(19)
  expect(looked).toHaveLength(1)
})

test('a disk that takes nothing locks no staff out, and the count in memory still grows', async () => {
  const save = async () => {
    throw new Error('disk-full')
  }
  const { lock, audited } = lockOn({ failures: 0 }, { save })
  for (let i = 0; i < 5; i++) await lock.unlock('000001')
  expect(lock.waitSeconds).toBe(15)
  expect(audited.map(({ event }) => event)).toContain('staff-tries-not-kept')
})

test('a kiosk without a PIN cannot be unlocked', async () => {
  const { lock } = lockOn({ failures: 0 }, { check: null })
  expect(await lock.unlock('')).toMatchObject({ error: 'staff-not-set-up' })
  expect(lock.isSetUp).toBe(false)
})

test('a card opens while PINs have to wait, and a wrong card makes nobody wait', async () => {
  const disk = { failures: 0 }
  const { lock } = lockOn(disk)
  for (let i = 0; i < 9; i++)
    expect(await lock.unlock('HS1 of another')).toMatchObject({ error: 'staff-wrong' })
  expect([disk.failures, lock.waitSeconds]).toEqual([0, null])
  for (let i = 0; i < 5; i++) await lock.unlock('000001')
  expect(await lock.unlock(PIN)).toMatchObject({ error: 'staff-waiting' })
  expectOk(await lock.unlock(CARD))
  expect([disk.failures, lock.waitSeconds]).toEqual([0, null])
})

test('a technician’s PIN says that a technician came, and counts as right', async () => {
  const { lock, audited } = lockOn({ failures: 3 })
  expectOk(await lock.unlock(TECHNICIAN_PIN))
  expect([lock.role, lock.isUnlocked]).toEqual(['technician', true])
  lock.lock()
  expect(lock.role).toBeNull()
  expect(audited.map(({ event }) => event)).toEqual(['technician-unlocked', 'technician-locked'])
})

test('a technician does not come between a voter and the screen, and staff do', async () => {
  let isHere = true
  const { lock } = lockOn({ failures: 0 }, { isSomebodyHere: () => isHere })
  expect(await lock.unlock(TECHNICIAN_PIN)).toEqual({ ok: false, error: 'voter-present' })
  expect(lock.isUnlocked).toBe(false)
  expectOk(await lock.unlock(PIN))
  expect(lock.role).toBe('staff')
  lock.lock()
  isHere = false
  expectOk(await lock.unlock(TECHNICIAN_PIN))
})

test('wrong tries of both roles are one count, so a second role is no second chance to guess', async () => {
  const disk = { failures: 0 }
  const { lock } = lockOn(disk)
  for (const wrong of ['1', '2', '3', '4', '5']) await lock.unlock(wrong)
  expect(await lock.unlock(TECHNICIAN_PIN)).toMatchObject({ ok: false, error: 'staff-waiting' })
})

test('a technician’s PIN between wrong ones gives no new tries at the staff PIN, staff’s own does', async () => {
  const disk = { failures: 0 }
  const { lock, clock } = lockOn(disk)
  for (let i = 0; i < 4; i++) await lock.unlock('000000')
  expectOk(await lock.unlock(TECHNICIAN_PIN))
  lock.lock()
  expect(disk.failures).toBe(4)
  expect(await lock.unlock('000000')).toMatchObject({ error: 'staff-wrong' })
  expect(lock.waitSeconds).toBe(15)
  await clock.advance(15_000)
  expectOk(await lock.unlock(TECHNICIAN_PIN))
  lock.lock()
  await lock.unlock('000000')
  expect(lock.waitSeconds).toBe(30)
  await clock.advance(30_000)
  expectOk(await lock.unlock(PIN))
  expect(disk.failures).toBe(0)
})
