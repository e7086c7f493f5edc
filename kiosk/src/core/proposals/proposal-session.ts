import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { ManifestProposals } from '@hanpyo/protocol/election/manifest.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { checkText, normaliseText, type TextError, textLength } from '@hanpyo/protocol/proposal/text.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ProposalSlipProblem, ProposalStop } from '../../contract/proposal-views.ts'
import type { Screen } from '../../contract/views.ts'
import type { Audit } from '../audit.ts'
import type { IdleTimes } from '../session/idle.ts'
import { HOME, type ProposalEvent, type ProposalState, reduceProposal } from './flow.ts'
import { proposalScreen } from './screen.ts'
import type { Shelf } from './shelf.ts'

/** What is stored once the slip was read. Everything the slip gives lives and dies inside this call. */
export type Submission =
  | { readonly kind: 'proposal'; readonly topic: number; readonly text: string }
  | { readonly kind: 'support'; readonly proposalId: string }
export type Submit = (slipText: string, submission: Submission) => Result<void, ProposalSlipProblem>

/** Everything a proposal session has: no ballot box, no credential, no key. */
export interface ProposalSessionDeps {
  /** `null`: the election takes no proposals. */
  readonly rules: ManifestProposals | null
  readonly shelf: Shelf
  readonly submit: Submit
  /** Why nobody can begin now, beside `proposals-not-offered`. */
  readonly stop: () => Exclude<ProposalStop, 'proposals-not-offered'> | null
  readonly clock: Clock
  readonly random: RandomBytes
  readonly idleTimes: IdleTimes
  readonly audit: Audit
  /** Begun, ended or any step between. */
  readonly onChange: () => void
  /** Somebody has gone, and all that was typed with them. */
  readonly onGone: () => void
}

type Forbidden = Extract<
  keyof ProposalSessionDeps,
  'box' | 'maker' | 'outbox' | 'keys' | 'election' | 'onSealed'
>
/** Compiles only while a proposal session is given nothing that could cast a vote. */
export const NOTHING_TO_VOTE_WITH: [Forbidden] extends [never] ? true : never = true

type StepResult<E extends string = never> = Result<void, 'wrong-step' | E>

/** The one person who writes, reads or supports proposals at this kiosk. Every call is synchronous. */
export class ProposalSession {
  readonly #deps: ProposalSessionDeps
  #state: ProposalState | null = null
  #id: string | null = null
  #timer: Timer | undefined
  #askedUntilMs: number | null = null
  #isHeld = false

  constructor(deps: ProposalSessionDeps) {
    this.#deps = deps
  }

  get isActive(): boolean {
    return this.#state !== null
  }

  /** Whether ending it now would erase something typed. */
  get hasText(): boolean {
    return this.#state !== null && this.#state.text.trim() !== ''
  }

  /** Random name, `null` when nobody is here. */
  get id(): string | null {
    return this.#id
  }

  get screen(): Screen | null {
    const { rules, shelf } = this.#deps
    return this.#state === null || rules === null ? null : proposalScreen(this.#state, rules, shelf)
  }

  get stop(): ProposalStop | null {
    return this.#deps.rules === null ? 'proposals-not-offered' : this.#deps.stop()
  }

  /** Seconds left to answer the idle prompt; `null` when it is not shown. */
  get idleSecondsLeft(): number | null {
    if (this.#askedUntilMs === null) return null
    return Math.max(0, Math.ceil((this.#askedUntilMs - this.#deps.clock.now()) / 1000))
  }

  /** For tests that look for residue. */
  get stateForTests(): ProposalState | null {
    return this.#state
  }

  start(): StepResult<ProposalStop> {
    if (this.#state !== null) return err('wrong-step')
    const { stop } = this
    if (stop !== null) return err(stop)
    this.#deps.audit({ event: 'proposals-entered' })
    this.#id = toHex(this.#deps.random(8))
    this.#go(HOME)
    return ok(undefined)
  }

  /** Steps that need nothing but the state machine. */
  apply(event: Extract<ProposalEvent, { type: 'new' | 'list' | 'back' | 'confirm' }>): StepResult {
    return this.#reduce(event)
  }

  topic(topic: number): StepResult<'unknown-topic'> {
    const isKnown = this.#deps.rules?.topics.some(({ id }) => id === topic) ?? false
    return isKnown ? this.#reduce({ type: 'topic', topic }) : err('unknown-topic')
  }

  /** Keeps what is typed, spaces at the ends included. */
  text(typed: string): StepResult<'text-too-long'> {
    const text = typed.normalize('NFC')
    if (textLength(text) > this.#maxCharacters) return err('text-too-long')
    return this.#reduce({ type: 'text', text })
  }

  next(): StepResult<Exclude<TextError, 'text-not-normalised'>> {
    if (this.#state?.at.step !== 'write') return this.#reduce({ type: 'next' })
    const text = normaliseText(this.#state.text)
    const checked = checkText(text, this.#maxCharacters)
    if (!checked.ok) return err(checked.error === 'text-not-normalised' ? 'text-character' : checked.error)
    return this.#reduce({ type: 'written', text, similar: this.#deps.shelf.similarTo(text) })
  }

  show(id: string): StepResult<'unknown-proposal'> {
    const proposal = this.#deps.shelf.find(id)
    return proposal === null ? err('unknown-proposal') : this.#reduce({ type: 'show', proposal })
  }

  support(id: string): StepResult<'unknown-proposal' | 'proposal-waiting'> {
    const proposal = this.#deps.shelf.find(id)
    if (proposal === null) return err('unknown-proposal')
    return proposal.isWaiting ? err('proposal-waiting') : this.#reduce({ type: 'support', proposal })
  }

  /** Whether a slip is wanted now. */
  get takesSlip(): boolean {
    return this.#state?.at.step === 'slip'
  }

  /** The last step: the slip is read, the statement signed and durably stored, and only then the screen says so. */
  scan(slipText: string): StepResult<ProposalSlipProblem> {
    const state = this.#state
    if (state?.at.step !== 'slip') return err('wrong-step')
    const { from } = state.at
    const submission: Submission =
      from.step === 'consent'
        ? { kind: 'proposal', topic: state.topic as number, text: state.text }
        : { kind: 'support', proposalId: from.proposal.id }
    const stored = this.#deps.submit(slipText, submission)
    if (stored.ok) return this.#reduce({ type: 'stored' })
    this.#reduce({ type: 'slip-refused', problem: stored.error })
    return stored
  }

  /** stored or expired → attract. */
  finish(): StepResult {
    const step = this.#state?.at.step
    if (step !== 'stored' && step !== 'expired') return err('wrong-step')
    this.stopNow()
    return ok(undefined)
  }

  /** A sign of life. */
  touch(): void {
    const wasAsked = this.#askedUntilMs !== null
    this.#restartIdle()
    if (wasAsked) this.#deps.onChange()
  }

  /** While held, silence ends nothing: staff are at the screen. */
  hold(isHeld: boolean): void {
    if (isHeld === this.#isHeld) return
    this.#isHeld = isHeld
    this.#restartIdle()
  }

  /** Ends it from anywhere and forgets what was typed. */
  stopNow(): void {
    if (this.#state !== null) this.#go(null)
    this.#deps.clock.clearTimeout(this.#timer)
  }

  get #maxCharacters(): number {
    return this.#deps.rules?.maxCharacters ?? 0
  }

  #reduce(event: ProposalEvent): StepResult {
    if (this.#state === null) return err('wrong-step')
    const next = reduceProposal(this.#state, event)
    this.#restartIdle()
    if (!next.ok) return next
    this.#go(next.value)
    return ok(undefined)
  }

  #go(next: ProposalState | null): void {
    this.#state = next
    if (next === null) {
      this.#id = null
      this.#deps.onGone()
    }
    this.#restartIdle()
    this.#deps.onChange()
  }

  #restartIdle(): void {
    const { clock, idleTimes } = this.#deps
    clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#askedUntilMs = null
    if (this.#state === null || this.#isHeld) return
    const { step } = this.#state.at
    const isResult = step === 'stored' || step === 'expired'
    this.#timer = isResult
      ? clock.setTimeout(() => this.stopNow(), idleTimes.resultMs)
      : clock.setTimeout(() => this.#ask(), idleTimes.promptAfterMs)
  }

  #ask(): void {
    const { clock, idleTimes } = this.#deps
    this.#askedUntilMs = clock.now() + idleTimes.answerWithinMs
    this.#timer = clock.setTimeout(() => this.#expire(), idleTimes.answerWithinMs)
    this.#deps.onChange()
  }

  #expire(): void {
    this.#deps.audit({ event: 'proposals-timed-out' })
    this.#reduce({ type: 'expire' })
  }
}
