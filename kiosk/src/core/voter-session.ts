import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import { deriveCredential, parseSlip } from '@hanpyo/protocol/ballot/slip.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { KioskView, Screen, SlipProblem } from '../contract/views.ts'
import type { Audit } from './audit.ts'
import type { BallotMaker } from './ballot-maker.ts'
import type { BallotBox, SealedItem, StoreError } from './box/ballot-box.ts'
import type { KioskElection } from './election.ts'
import { type IdleTimes, idleRule } from './session/idle.ts'
import {
  type ErrorOfEvent,
  isReady,
  reduce,
  type SessionError,
  type SessionEvent,
  takesSlip,
} from './session/reduce.ts'
import { screenOf } from './session/screen.ts'
import { type AcceptedSlip, eraseDropped, INITIAL, isSecret, type SessionState } from './session/state.ts'

export interface VoterSessionDeps {
  readonly election: KioskElection
  readonly box: BallotBox
  readonly maker: BallotMaker
  readonly random: RandomBytes
  /** Real time, whatever the speed of a simulated day: voters are people. */
  readonly clock: Clock
  readonly idleTimes: IdleTimes
  readonly audit: Audit
  /** Why nobody new may begin now, although the polls of this kiosk are open. */
  readonly stop: () => SessionStop | null
  /** Whether the ledger, as far as this kiosk has seen it, declares a slip void. */
  readonly isVoid: (slipNumber: number) => boolean
  /** The session is over and erased. */
  readonly onVoterGone: () => void
  /** Something durable is ready to be sent. */
  readonly onSealed: (items: readonly SealedItem[]) => void
  /** Anything visible has changed. */
  readonly onChange: () => void
}

export type SessionStop = NonNullable<KioskView['stop']>
type StepResult<E extends string> = Result<void, E>

/**
 * The one session of this kiosk: runs the pure reducer, does what its events stand for (scan, encrypt, store), and is
 * the only place that holds a voter's secrets. Every call is synchronous, so calls cannot overlap.
 */
export class VoterSession {
  readonly #deps: VoterSessionDeps
  #state: SessionState = INITIAL
  #id: string | null = null
  #timer: Timer | undefined
  #askedUntilMs: number | null = null
  #isHeld = false

  constructor(deps: VoterSessionDeps) {
    this.#deps = deps
  }

  get language() {
    return this.#state.language
  }

  /** Random name of this session, null when nobody is here. */
  get id(): string | null {
    return this.#id
  }

  get screen(): Screen {
    return screenOf(this.#state.at)
  }

  /** Whether somebody has a slip accepted and has not finished yet. */
  get isVoting(): boolean {
    return isSecret(this.#state.at)
  }

  /** Seconds left to answer the idle prompt; null when it is not shown. */
  get idleSecondsLeft(): number | null {
    if (this.#askedUntilMs === null) return null
    return Math.max(0, Math.ceil((this.#askedUntilMs - this.#deps.clock.now()) / 1000))
  }

  /** For tests that look for residue. */
  get stateForTests(): SessionState {
    return this.#state
  }

  /** Events that need nothing but the reducer. */
  apply<T extends 'select' | 'show' | 'review' | 'receipt' | 'again' | 'finish' | 'language'>(
    event: Extract<SessionEvent, { type: T }>,
  ): Result<void, ErrorOfEvent<T>> {
    return this.#reduce(event) as Result<void, ErrorOfEvent<T>>
  }

  start(): StepResult<'wrong-step' | 'polls-not-open' | SessionStop> {
    if (this.#state.at.step !== 'attract') return err('wrong-step')
    if (this.#deps.box.polls() !== 'open') return err('polls-not-open')
    const stop = this.#deps.stop()
    if (stop !== null) return err(stop)
    this.#reduce({ type: 'start' })
    return ok(undefined)
  }

  scan(text: string): StepResult<'wrong-step' | SlipProblem> {
    if (!takesSlip(this.#state.at)) return err('wrong-step')
    const slip = this.#readSlip(text)
    if (slip.ok) {
      this.#deps.audit({ event: 'slip-accepted' })
      this.#reduce({ type: 'slip-accepted', slip: slip.value })
      return ok(undefined)
    }
    this.#deps.audit({ event: 'slip-refused', problem: slip.error })
    this.#reduce({ type: 'slip-refused', problem: slip.error })
    return slip
  }

  prepare(): StepResult<'wrong-step' | 'too-few-selected'> {
    const { at } = this.#state
    if (at.step !== 'review') return err('wrong-step')
    if (!isReady(at.slip, at.selections)) return err('too-few-selected')
    this.#reduce({ type: 'prepared', prepared: this.#deps.maker.prepare(at.slip, at.selections) })
    return ok(undefined)
  }

  /** Proof and signature, then the durable insert; only after it the screen says "stored". */
  cast(): StepResult<'wrong-step' | 'slip-used' | 'polls-not-open' | 'disk-full' | 'box-failed'> {
    const { at } = this.#state
    if (at.step !== 'prepared') return err('wrong-step')
    const canonical = this.#deps.maker.seal(at.slip, at.prepared)
    const stored = this.#deps.box.insertBallot({ canonical, slipNumber: at.slip.number })
    if (!stored.ok) return this.#notStored(stored.error)
    this.#deps.audit({ event: 'ballot-stored' })
    this.#reduce({ type: 'stored' })
    this.#deps.onSealed(stored.value)
    return ok(undefined)
  }

  /** Signs and stores the opening; no proof with the credential is ever made for these ciphertexts. */
  check(): StepResult<'wrong-step' | 'polls-not-open' | 'disk-full' | 'box-failed'> {
    const { at } = this.#state
    if (at.step !== 'prepared') return err('wrong-step')
    const { note, text } = this.#deps.maker.open(at.prepared)
    const stored = this.#deps.box.insertChallenged(note)
    if (!stored.ok) return this.#notStored(stored.error)
    this.#deps.audit({ event: 'ballot-opened' })
    this.#reduce({ type: 'opened', opening: text })
    this.#deps.onSealed(stored.value)
    return ok(undefined)
  }

  leave(): StepResult<'wrong-step'> {
    if (!this.#reduce({ type: 'leave' }).ok) return err('wrong-step')
    this.#deps.audit({ event: 'session-left' })
    return ok(undefined)
  }

  /** A sign of life. */
  touch(): void {
    const wasAsked = this.#askedUntilMs !== null
    this.#restartIdle()
    if (wasAsked) this.#deps.onChange()
  }

  /** While held, silence ends nothing: staff are at the screen, or somebody practises. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld
    this.#restartIdle()
  }

  /** Ends whatever is going on and erases it; for shutdown and for staff. */
  end(): void {
    this.#reduce({ type: 'expire' })
    this.#deps.clock.clearTimeout(this.#timer)
  }

  #readSlip(text: string): Result<AcceptedSlip, SlipProblem> {
    const { election, box, maker } = this.#deps
    if (box.polls() !== 'open') return err('polls-not-open')
    const stop = this.#deps.stop()
    if (stop !== null) return err(stop)
    const seed = parseSlip(text)
    if (!seed.ok) return seed
    const credential = deriveCredential(maker.group, seed.value, election.manifest.id)
    seed.value.fill(0)
    const number = election.find(credential.publicKey)
    if (number !== undefined && !box.isSpent(number) && !this.#deps.isVoid(number)) {
      return ok({ number, credential, contests: election.contestsOf(number) })
    }
    credential.secret.fill(0)
    if (number === undefined) return err('slip-foreign')
    // A vote that was stored before the slip was declared void counts.
    return err(box.isSpent(number) ? 'slip-used' : 'slip-void')
  }

  #notStored<E extends 'slip-used' | 'polls-not-open' | StoreError>(error: E): Result<never, E> {
    this.#deps.audit({ event: 'store-failed', problem: error })
    const problem: string = error
    if (problem === 'disk-full' || problem === 'box-failed') this.#reduce({ type: 'not-stored', problem })
    return err(error)
  }

  #reduce(event: SessionEvent): Result<void, SessionError> {
    const next = reduce(this.#state, event)
    this.#restartIdle()
    if (!next.ok) return next
    const before = this.#state
    this.#state = next.value
    eraseDropped(before.at, next.value.at)
    if (next.value.at.step === 'attract') {
      if (before.at.step !== 'attract') this.#deps.onVoterGone()
      this.#id = null
    } else this.#id ??= toHex(this.#deps.random(8))
    this.#restartIdle()
    this.#deps.onChange()
    return ok(undefined)
  }

  #restartIdle(): void {
    const { clock, idleTimes } = this.#deps
    clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#askedUntilMs = null
    const rule = idleRule(this.#state, idleTimes)
    if (rule === null || this.#isHeld) return
    const act = rule.kind === 'ask' ? () => this.#ask() : () => this.#expire()
    this.#timer = clock.setTimeout(act, rule.afterMs)
  }

  #ask(): void {
    const { clock, idleTimes } = this.#deps
    this.#askedUntilMs = clock.now() + idleTimes.answerWithinMs
    this.#timer = clock.setTimeout(() => this.#expire(), idleTimes.answerWithinMs)
    this.#deps.onChange()
  }

  #expire(): void {
    if (idleRule(this.#state, this.#deps.idleTimes)?.kind === 'ask') {
      this.#deps.audit({ event: 'session-timed-out' })
    }
    this.#reduce({ type: 'expire' })
  }
}
