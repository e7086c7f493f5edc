import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { ManifestContest } from '@hanpyo/protocol/election/manifest.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Screen, SelectionView } from '../../contract/views.ts'
import { contestScreen, reviewScreen } from '../session/screen.ts'
import { checkSelection, reviewState, type SelectionError } from '../session/selection.ts'
import type { Selections } from '../session/state.ts'

/** Everything a practice has. It has no keys, no ballot box and no way out, and the compiler keeps it so. */
export interface PracticeDeps {
  readonly contests: readonly ManifestContest[]
  readonly clock: Clock
  readonly random: RandomBytes
  /** Silence after which it ends by itself; how long it may take at most; how long its end stays on the screen. */
  readonly times: { readonly idleMs: number; readonly longestMs: number; readonly endMs: number }
  readonly onChange: () => void
}

export const PRACTICE_TIMES = { idleMs: 90_000, longestMs: 900_000, endMs: 20_000 } as const

type Forbidden = Extract<keyof PracticeDeps, 'box' | 'maker' | 'outbox' | 'keys' | 'election' | 'onSealed'>
/** Compiles only while a practice is given nothing that could sign, store or send. */
export const NOTHING_TO_CAST_WITH: [Forbidden] extends [never] ? true : never = true

type PracticeStep =
  | { readonly step: 'contest'; readonly position: number }
  | { readonly step: 'review' }
  | { readonly step: 'end' }
type StepError = 'wrong-step'

/** Trying the kiosk out: the same screens with other questions, and nothing behind them. */
export class PracticeSession {
  readonly #deps: PracticeDeps
  #at: PracticeStep | null = null
  #id: string | null = null
  #selections: Selections = new Map()
  #idle: Timer | undefined
  #longest: Timer | undefined

  constructor(deps: PracticeDeps) {
    this.#deps = deps
  }

  get isActive(): boolean {
    return this.#at !== null
  }

  get id(): string | null {
    return this.#id
  }

  /** `null` while nobody practises. */
  get screen(): Screen | null {
    const { contests } = this.#deps
    const at = this.#at
    if (at === null) return null
    if (at.step === 'end') return { screen: 'practice-done' }
    if (at.step === 'review') return reviewScreen(contests, this.#selections, null)
    return contestScreen(contests, this.#selections, at.position, null)
  }

  start(): void {
    const { clock, random, times } = this.#deps
    this.stop()
    this.#id = toHex(random(8))
    this.#longest = clock.setTimeout(() => this.stop(), times.longestMs)
    this.#go({ step: 'contest', position: 0 })
  }

  select(
    contestId: number,
    selection: SelectionView | null,
  ): Result<void, StepError | 'unknown-contest' | SelectionError> {
    if (!this.#isChoosing) return err('wrong-step')
    const contest = this.#deps.contests.find(({ id }) => id === contestId)
    if (contest === undefined) return err('unknown-contest')
    const checked = selection === null ? ok(null) : checkSelection(contest, selection)
    if (!checked.ok) return checked
    const selections = new Map(this.#selections)
    if (checked.value === null) selections.delete(contestId)
    else selections.set(contestId, checked.value)
    this.#selections = selections
    this.#go(this.#at as PracticeStep)
    return ok(undefined)
  }

  show(contestId: number): Result<void, StepError | 'unknown-contest'> {
    if (!this.#isChoosing) return err('wrong-step')
    const position = this.#deps.contests.findIndex(({ id }) => id === contestId)
    if (position < 0) return err('unknown-contest')
    this.#go({ step: 'contest', position })
    return ok(undefined)
  }

  review(): Result<void, StepError> {
    if (this.#at?.step !== 'contest') return err('wrong-step')
    this.#go({ step: 'review' })
    return ok(undefined)
  }

  /** review → end. Where a voter's ballot would be encrypted, here is nothing. */
  complete(): Result<void, StepError | 'too-few-selected'> {
    if (this.#at?.step !== 'review') return err('wrong-step')
    const isReady = this.#deps.contests.every(
      (contest) => reviewState(contest, this.#selections.get(contest.id)) !== 'short',
    )
    if (!isReady) return err('too-few-selected')
    this.#selections = new Map()
    this.#go({ step: 'end' })
    return ok(undefined)
  }

  /** end → attract. */
  finish(): Result<void, StepError> {
    if (this.#at?.step !== 'end') return err('wrong-step')
    this.stop()
    return ok(undefined)
  }

  touch(): void {
    const { clock, times } = this.#deps
    clock.clearTimeout(this.#idle)
    if (this.#at === null) return
    this.#idle = clock.setTimeout(() => this.stop(), this.#at.step === 'end' ? times.endMs : times.idleMs)
  }

  /** Ends it from anywhere and forgets the answers. */
  stop(): void {
    const { clock, onChange } = this.#deps
    clock.clearTimeout(this.#idle)
    clock.clearTimeout(this.#longest)
    if (this.#at === null) return
    this.#at = null
    this.#id = null
    this.#selections = new Map()
    onChange()
  }

  get #isChoosing(): boolean {
    return this.#at?.step === 'contest' || this.#at?.step === 'review'
  }

  #go(next: PracticeStep): void {
    this.#at = next
    this.touch()
    this.#deps.onChange()
  }
}
