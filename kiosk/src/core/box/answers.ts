/** What the bridges said about one item, as pure functions: when it is done, and to whom it can still be offered. */

/** An authenticated ack said that it is recorded. */
export const RECORDED = 0
/** The bridge promised to publish it and did not. Other numbers above 0 are a refusal's reason code. */
export const BROKEN = -1

/** By bridge id: `RECORDED`, `BROKEN` or a reason code. */
export type Answers = ReadonlyMap<string, number>

export type Standing = 'waiting' | 'recorded' | 'refused'

/**
 * To whom of `bridges` an item can still be offered: those that have not answered; when there is none, those that broke
 * their promise, because a bridge that lost a ballot must get it again. Who refused it is not asked twice.
 */
export function openBridges(answers: Answers, bridges: readonly string[]): readonly string[] {
  const unasked = bridges.filter((bridge) => !answers.has(bridge))
  return unasked.length > 0 ? unasked : bridges.filter((bridge) => answers.get(bridge) === BROKEN)
}

/** One bridge that recorded it is enough; it is refused when each has refused it. */
export function standingOf(answers: Answers, bridges: readonly string[]): Standing {
  if ([...answers.values()].includes(RECORDED)) return 'recorded'
  return answers.size === 0 || openBridges(answers, bridges).length > 0 ? 'waiting' : 'refused'
}
