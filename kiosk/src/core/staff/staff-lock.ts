import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Audit } from '../audit.ts'

/** `voter-present`: a technician may not come between a voter and the screen; staff may. */
export type UnlockError = 'staff-wrong' | 'staff-waiting' | 'staff-not-set-up' | 'voter-present'

/** Staff run the polls; a technician tries and sets up the machine, and has no power over the polls. */
export type StaffRole = 'staff' | 'technician'

/** Tells whose PIN or card a text is; `null`: nobody's. Slow on purpose. */
export type CheckSecret = (secret: string) => Promise<StaffRole | null>

/** Keeps how many tries in a row were wrong, so that switching the machine off does not help guessing. */
export interface FailureStore {
  load(): Promise<number>
  /** Resolves when it is on disk; rejects when it cannot be. */
  save(failures: number): Promise<void>
}

export interface StaffLockDeps {
  /** `null`: this kiosk has no PIN and no card. */
  readonly check: CheckSecret | null
  /** Whether it is a card's text. A card holds 128 random bits, which nobody guesses. */
  readonly isCard: (secret: string) => boolean
  readonly store: FailureStore
  /** Real time. */
  readonly clock: Clock
  /** Silence after which the staff screens lock by themselves. */
  readonly autoLockMs: number
  /** Whether somebody votes or practises now. */
  readonly isSomebodyHere?: () => boolean
  readonly audit: Audit
  readonly onChange: () => void
}

/** Wrong tries that cost nothing. */
export const FREE_TRIES = 4
const FIRST_WAIT_MS = 15_000
const LONGEST_WAIT_MS = 3_600_000

/** How long staff wait after so many wrong tries in a row: 15 s from the fifth on, doubling up to an hour. */
export function waitAfter(failures: number): number {
  if (failures <= FREE_TRIES) return 0
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - FREE_TRIES - 1, 20))
}

/**
 * The lock on the screens of staff and technicians: one try at a time, growing waits that outlive a restart, locks itself. Nobody can tell whose
 * PIN a wrong one was meant to be, so wrong tries are counted together; only staff's own PIN or card sets the count back, or a technician could
 * guess at the staff PIN without end, typing the own one in between.
 */
export class StaffLock {
  readonly #deps: StaffLockDeps
  #failures: number
  #role: StaffRole | null = null
  #isChecking = false
  #idle: Timer | undefined
  /** Runs on a timer, not on the time of day: setting the clock shortens no wait. */
  #wait: { readonly timer: Timer; readonly untilMs: number } | null = null

  /** @param failures wrong tries of before the restart, from the store; their wait starts over. */
  constructor(deps: StaffLockDeps, failures: number) {
    this.#deps = deps
    this.#failures = failures
    this.#startWait()
  }

  get isSetUp(): boolean {
    return this.#deps.check !== null
  }

  /** Whether staff or a technician are at the screen. */
  get isUnlocked(): boolean {
    return this.#role !== null
  }

  /** Who is at the screen; `null`: it is locked. */
  get role(): StaffRole | null {
    return this.#role
  }

  /** Seconds until a try is looked at; `null`: at once. */
  get waitSeconds(): number | null {
    if (this.#wait === null) return null
    return Math.max(1, Math.ceil((this.#wait.untilMs - this.#deps.clock.now()) / 1000))
  }

  /** Counts the try of a PIN as wrong, durably, before looking at it: cutting the power during the look wins nothing. */
  async unlock(secret: string): Promise<Result<void, UnlockError>> {
    const { check, isCard, audit, onChange } = this.#deps
    if (check === null) return err('staff-not-set-up')
    // A visitor who plays with the PIN must not lock out staff who have their card.
    const isGuessable = !isCard(secret)
    if (this.#isChecking || (isGuessable && this.#wait !== null)) return err('staff-waiting')
    this.#isChecking = true
    let role: StaffRole | null
    const before = this.#failures
    try {
      if (isGuessable) await this.#keep(this.#failures + 1)
      role = await check(secret)
      if (role === null) {
        audit({ event: 'staff-refused', failures: this.#failures })
        if (isGuessable) this.#startWait()
        onChange()
        return err('staff-wrong')
      }
      if (role === 'staff') {
        await this.#keep(0)
        this.#endWait()
      } else if (isGuessable) {
        await this.#keep(before)
      }
    } finally {
      this.#isChecking = false
    }
    if (role === 'technician' && this.#deps.isSomebodyHere?.() === true) {
      onChange()
      return err('voter-present')
    }
    this.#role = role
    audit({ event: role === 'staff' ? 'staff-unlocked' : 'technician-unlocked' })
    this.touch()
    onChange()
    return ok(undefined)
  }

  /** A sign that staff are still there. */
  touch(): void {
    const { clock, autoLockMs } = this.#deps
    clock.clearTimeout(this.#idle)
    if (this.isUnlocked) this.#idle = clock.setTimeout(() => this.lock(), autoLockMs)
  }

  lock(): void {
    const role = this.#role
    if (role === null) return
    this.#role = null
    this.#deps.clock.clearTimeout(this.#idle)
    this.#deps.audit({ event: role === 'staff' ? 'staff-locked' : 'technician-locked' })
    this.#deps.onChange()
  }

  close(): void {
    this.#deps.clock.clearTimeout(this.#idle)
    this.#deps.clock.clearTimeout(this.#wait?.timer)
  }

  async #keep(failures: number): Promise<void> {
    this.#failures = failures
    try {
      await this.#deps.store.save(failures)
    } catch (error) {
      // A full disk must not lock staff out; until the next restart the count in memory holds.
      this.#deps.audit({ event: 'staff-tries-not-kept', problem: (error as Error).name })
    }
  }

  #endWait(): void {
    this.#deps.clock.clearTimeout(this.#wait?.timer)
    this.#wait = null
  }

  #startWait(): void {
    const { clock, onChange } = this.#deps
    const delayMs = waitAfter(this.#failures)
    if (delayMs === 0) return
    const timer = clock.setTimeout(() => {
      this.#wait = null
      onChange()
    }, delayMs)
    this.#wait = { timer, untilMs: clock.now() + delayMs }
  }
}
