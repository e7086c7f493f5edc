import { createSeededRandom } from '@hanpyo/firmware-sim/random.ts'
import type { Client } from '@hanpyo/kiosk/contract/define.ts'
import type { KioskContract } from '@hanpyo/kiosk/contract/kiosk-contract.ts'
import type { ContestView, KioskView, SelectionView } from '@hanpyo/kiosk/contract/views.ts'

/** One scripted person: which slip they drew, where they vote, and whether they check the kiosk first. */
export interface ScriptedVoter {
  readonly number: number
  /** Position in the registrar's pile of printed slips. */
  readonly slip: number
  /** Position of the kiosk in the demo, from 0. */
  readonly kiosk: number
  readonly behaviour: 'cast' | 'check-then-cast' | 'vote-twice'
  /** Drives the choices, the same for the same seed. */
  readonly seed: string
}

/** What a person did, for the report. `answers` are by contest id. */
export interface VoterOutcome {
  readonly voter: ScriptedVoter
  readonly checked: number
  readonly answers: ReadonlyMap<number, SelectionView>
  readonly problem?: string
}

/** Spreads the people over the kiosks; one checks the kiosk, one will try to vote twice. Repeatable by `seed`. */
export function planVoters(seed: string, count: number, kiosks: number): ScriptedVoter[] {
  const random = createSeededRandom(`${seed}/voters`)
  const slips = Array.from({ length: count }, (_, i) => i)
  for (let i = slips.length - 1; i > 0; i--) {
    const j = random.integer(i + 1)
    ;[slips[i], slips[j]] = [slips[j] as number, slips[i] as number]
  }
  const checker = Math.min(count - 1, Math.floor(count / 5))
  const doubleVoter = Math.min(count - 1, Math.floor(count / 2))
  return slips.map((slip, number) => ({
    number,
    slip,
    kiosk: number % kiosks,
    behaviour:
      kiosks > 1 && number === doubleVoter ? 'vote-twice' : number === checker ? 'check-then-cast' : 'cast',
    seed: `${seed}/voter/${number}`,
  }))
}

type Kiosk = Client<KioskContract>

/**
 * Walks one person through a kiosk over its real HTTP contract, from the slip to the last screen. Errors that a person
 * would read come back as `problem`; the session is then left, and the slip stays with the person.
 */
export async function vote(kiosk: Kiosk, voter: ScriptedVoter, slipText: string): Promise<VoterOutcome> {
  const answers = new Map<number, SelectionView>()
  let checked = 0
  try {
    await step(kiosk['session.start']({}))
    let view = await step(kiosk['session.scan']({ text: slipText }))
    for (;;) {
      view = await answerContests(kiosk, view, voter, answers)
      await step(kiosk['session.prepare']({}))
      if (voter.behaviour !== 'check-then-cast' || checked > 0) break
      await step(kiosk['session.check']({}))
      checked++
      await step(kiosk['session.again']({}))
      view = await step(kiosk['session.scan']({ text: slipText }))
    }
    await step(kiosk['session.cast']({}))
    await step(kiosk['session.receipt']({}))
    await step(kiosk['session.finish']({}))
    await step(kiosk['session.finish']({}))
    return { voter, checked, answers }
  } catch (error) {
    if (!(error instanceof StepError)) throw error
    await kiosk['session.leave']({})
    return { voter, checked, answers, problem: error.code }
  }
}

class StepError extends Error {
  override readonly name = 'StepError'
  readonly code: string

  constructor(code: string) {
    super(`the kiosk answered ${code}`)
    this.code = code
  }
}

async function step(
  reply: Promise<{ ok: true; value: KioskView } | { ok: false; error: string }>,
): Promise<KioskView> {
  const result = await reply
  if (!result.ok) throw new StepError(result.error)
  return result.value
}

async function answerContests(
  kiosk: Kiosk,
  first: KioskView,
  voter: ScriptedVoter,
  answers: Map<number, SelectionView>,
): Promise<KioskView> {
  if (first.screen.screen !== 'contest') throw new StepError('wrong-step')
  let view = first
  for (const id of first.screen.contestIds) {
    view = await step(kiosk['session.show']({ contest: id }))
    if (view.screen.screen !== 'contest') throw new StepError('wrong-step')
    const selection = choose(view.screen.contest, voter)
    answers.set(id, selection)
    view = await step(kiosk['session.select']({ contest: id, selection }))
  }
  return step(kiosk['session.review']({}))
}

/** A lawful answer; about one in twelve people leaves a contest blank. */
export function choose(contest: ContestView, voter: ScriptedVoter): SelectionView {
  const random = createSeededRandom(`${voter.seed}/${contest.id}`)
  if (random.integer(12) === 0) return { kind: 'blank' }
  const pile = contest.options.map(({ id }) => id)
  const wanted = contest.minSelections + random.integer(contest.maxSelections - contest.minSelections + 1)
  const picked: number[] = []
  while (picked.length < Math.max(1, wanted) && pile.length > 0) {
    picked.push(...pile.splice(random.integer(pile.length), 1))
  }
  if (contest.kind === 'choose-one' || contest.kind === 'yes-no') {
    return { kind: contest.kind, option: picked[0] as number }
  }
  if (contest.kind === 'rank') return { kind: 'rank', options: picked }
  return { kind: contest.kind, options: picked.toSorted((a, b) => a - b) }
}
