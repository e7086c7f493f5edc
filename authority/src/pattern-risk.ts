/**
 * How many different valid votes a contest has. When they are many compared with the ballots, a buyer can
 * ask for an unlikely combination and look for it among the published plaintexts ("Italian attack").
 */
import type { ContestKind } from '@hanpyo/protocol/ballot/plaintext.ts'
import type { ElectionConfig } from './config.ts'

/** At least so many expected ballots for each valid plaintext. */
const BALLOTS_PER_PLAINTEXT = 10

export interface PatternRisk {
  readonly contest: number
  /** Valid plaintexts, blank included. */
  readonly plaintexts: bigint
  readonly expectedBallots: number
  readonly isTooHigh: boolean
  readonly isAccepted: boolean
}

/**
 * Number of plaintexts that `decodePlaintext` accepts for such a contest, blank included. Prices are not looked at: a
 * budget allows fewer, so the number is never too small.
 */
export function countPlaintexts(rules: {
  readonly kind: ContestKind
  readonly optionCount: number
  readonly minSelections: number
  readonly maxSelections: number
}): bigint {
  const { kind, optionCount } = rules
  if (kind === 'choose-one' || kind === 'yes-no') return BigInt(optionCount) + 1n
  let total = 1n
  let ways = 1n
  for (let k = 1; k <= Math.min(rules.maxSelections, optionCount); k++) {
    ways *= BigInt(optionCount - k + 1)
    if (kind !== 'rank') ways /= BigInt(k)
    if (k >= rules.minSelections) total += ways
  }
  return total
}

/** One line per contest, in the order of the file. */
export function assessPatternRisk(config: ElectionConfig): PatternRisk[] {
  return config.contests.map((contest) => {
    const plaintexts = countPlaintexts({ ...contest, optionCount: contest.options.length })
    const slips = config.styles
      .filter((style) => style.contests.includes(contest.id))
      .reduce((sum, style) => sum + style.slips, 0)
    const expectedBallots = Math.floor((slips * config.expectedTurnoutPercent) / 100)
    return {
      contest: contest.id,
      plaintexts,
      expectedBallots,
      isTooHigh: plaintexts * BigInt(BALLOTS_PER_PLAINTEXT) > BigInt(expectedBallots),
      isAccepted: contest.patternRiskAccepted === true,
    }
  })
}
