import type { TestVotePort, TestVoteReport } from '@hanpyo/devices/self-test/ports.ts'
import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { refusalName } from '@hanpyo/protocol/election/refusal.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ContestView, SelectionView } from '../../contract/views.ts'
import type { RouteName, SealedItem } from '../box/ballot-box.ts'
import type { VoterSession } from '../voter-session.ts'

/** A random hold of ten minutes, and the way there and back. */
const LONGEST_WAIT_MS = 15 * 60_000
/** The screen must not lock while somebody waits for an ack. */
const AWAKE_EVERY_MS = 30_000

interface Acked {
  readonly status: number
  readonly route: RouteName
}

export interface TestVoteDeps {
  readonly isTestElection: boolean
  readonly session: VoterSession
  /** Real time. */
  readonly clock: Clock
  readonly stayAwake: () => void
}

/** Casts a vote in a test election through the session, the maker, the box and the outbox that voters have. */
export class TestVote implements TestVotePort {
  readonly #deps: TestVoteDeps
  #sealedId: string | null = null
  readonly #acks = new Map<string, (acked: Acked) => void>()

  constructor(deps: TestVoteDeps) {
    this.#deps = deps
  }

  get isTestElection(): boolean {
    return this.#deps.isTestElection
  }

  /** To be told of everything that was stored, at once. */
  sealed(items: readonly SealedItem[]): void {
    const ballot = items.find(({ kind }) => kind === 'ballot')
    if (ballot !== undefined) this.#sealedId = toHex(ballot.id)
  }

  /** To be told of every authenticated ack. */
  acked(id: Uint8Array, status: number, route: RouteName): void {
    this.#acks.get(toHex(id))?.({ status, route })
  }

  async cast(slipText: string, signal: AbortSignal): Promise<Result<TestVoteReport, string>> {
    if (!this.isTestElection) return err('not-a-test-election')
    const { session, clock } = this.#deps
    if (session.id !== null) return err('voter-present')
    const acked = Promise.withResolvers<Acked | null>()
    const startMs = clock.now()
    const voted = this.#vote(slipText)
    session.end()
    if (!voted.ok) return voted
    const id = voted.value
    this.#acks.set(id, acked.resolve)
    const onAbort = (): void => acked.resolve(null)
    signal.addEventListener('abort', onAbort, { once: true })
    const timers = this.#stayAwake(() => acked.resolve(null))
    const answer = await acked.promise
    timers.stop()
    signal.removeEventListener('abort', onAbort)
    this.#acks.delete(id)
    if (answer === null) return err('no-ack')
    if (answer.status !== 0) return err(refusalName(answer.status) ?? `reason-${answer.status}`)
    return ok({ route: answer.route, tookMs: clock.now() - startMs })
  }

  /** Synchronous, so nothing comes between. The id of the stored ballot, or the code of the step that failed. */
  #vote(slipText: string): Result<string, string> {
    const { session } = this.#deps
    const scanned = session.scan(slipText)
    if (!scanned.ok) return scanned
    for (const contest of this.#contestIds()) {
      session.apply({ type: 'show', contest })
      const { screen } = session
      if (screen.screen !== 'contest') return err('wrong-step')
      const chosen = session.apply({ type: 'select', contest, selection: firstOptions(screen.contest) })
      if (!chosen.ok) return chosen
    }
    const reviewed = session.apply({ type: 'review' })
    if (!reviewed.ok) return reviewed
    const prepared = session.prepare()
    if (!prepared.ok) return prepared
    this.#sealedId = null
    const cast = session.cast()
    if (!cast.ok) return cast
    return this.#sealedId === null ? err('box-failed') : ok(this.#sealedId)
  }

  #contestIds(): readonly number[] {
    const { screen } = this.#deps.session
    return screen.screen === 'contest' ? screen.contestIds : []
  }

  #stayAwake(onTimeout: () => void): { stop(): void } {
    const { clock, stayAwake } = this.#deps
    const timeout = clock.setTimeout(onTimeout, LONGEST_WAIT_MS)
    let awake: Timer
    const again = (): void => {
      stayAwake()
      awake = clock.setTimeout(again, AWAKE_EVERY_MS)
    }
    again()
    return {
      stop() {
        clock.clearTimeout(timeout)
        clock.clearTimeout(awake)
      },
    }
  }
}

/** The first option or, where more are asked for, the first few; blank where the first does not fit the budget. */
export function firstOptions(contest: ContestView): SelectionView {
  const ids = contest.options.map(({ id }) => id)
  const [first] = ids
  if (first === undefined) return { kind: 'blank' }
  if (contest.kind === 'choose-one' || contest.kind === 'yes-no') return { kind: contest.kind, option: first }
  const options = ids.slice(0, Math.max(1, contest.minSelections))
  if (contest.kind !== 'budget') return { kind: contest.kind, options }
  const cost = contest.options.slice(0, options.length).reduce((sum, option) => sum + (option.cost ?? 0), 0)
  return contest.budget !== undefined && cost > contest.budget
    ? { kind: 'blank' }
    : { kind: 'budget', options }
}
