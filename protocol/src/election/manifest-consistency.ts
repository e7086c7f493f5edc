import type { Manifest, ManifestContest } from './manifest.ts'

/** Options a bitmap of 29 bytes can hold: bit 0 of its first byte stays unused. */
const MAX_BITMAP_OPTIONS = 231
/** Options a ranking of 29 bytes can hold. */
const MAX_RANKED = 29

/** The first broken rule among those that need no cryptography, as a sentence for people; `null` if none. */
export function findInconsistency(manifest: Manifest): string | null {
  const contestIds = new Set(manifest.contests.map((contest) => contest.id))
  const centreIds = new Set(manifest.centres.map((centre) => centre.id))
  const trusteeCount = manifest.trustees.length
  const { opens, closes, sealedBy } = manifest.times
  return firstProblem([
    [contestIds.size === manifest.contests.length, 'contest ids repeat'],
    ...manifest.contests.map((contest): Check => {
      const problem = contestProblem(contest)
      return [problem === null, problem]
    }),
    [isUnique(manifest.styles.map((style) => style.id)), 'style ids repeat'],
    ...manifest.styles.map(
      (style): Check => [
        isUnique(style.contests) && style.contests.every((id) => contestIds.has(id)),
        `style ${style.id} names a contest twice or one that does not exist`,
      ],
    ),
    [manifest.trustees.every((trustee, i) => trustee.id === i + 1), 'trustee ids are not 1, 2, 3 …'],
    [manifest.threshold <= trusteeCount, 'the threshold exceeds the number of trustees'],
    [manifest.keys.trustees.length === trusteeCount, 'keys.trustees does not hold one key for each trustee'],
    [
      isUnique(manifest.mixers) && manifest.mixers.every((id) => id <= trusteeCount),
      'mixers repeat or are not trustees',
    ],
    [isUnique(manifest.keys.bridges.map((bridge) => bridge.id)), 'bridge ids repeat'],
    [centreIds.size === manifest.centres.length, 'centre ids repeat'],
    [isUnique(manifest.kioskSlots.map((slot) => slot.id)), 'kiosk slot ids repeat'],
    [manifest.kioskSlots.every((slot) => centreIds.has(slot.centre)), 'a kiosk slot names an unknown centre'],
    [
      opens < closes && closes <= manifest.deliveryDeadline && manifest.deliveryDeadline <= sealedBy,
      'times are not opens < closes <= deliveryDeadline <= sealedBy',
    ],
    [manifest.tickSeconds <= manifest.maxDelaySeconds, 'tickSeconds exceeds maxDelaySeconds'],
    [manifest.credentials.count >= 1, 'the credential list is empty'],
    [isUnique((manifest.proposals?.topics ?? []).map((topic) => topic.id)), 'topic ids repeat'],
    [
      manifest.proposals === undefined || manifest.supportKeys.count >= 1,
      'proposals need support keys, and their list is empty',
    ],
  ])
}

type Check = readonly [holds: boolean, problem: string | null]

function firstProblem(checks: readonly Check[]): string | null {
  for (const [holds, problem] of checks) if (!holds) return problem
  return null
}

function contestProblem(contest: ManifestContest): string | null {
  const optionCount = contest.options.length
  const { minSelections, maxSelections, kind, budget } = contest
  const isSingle = kind === 'choose-one' || kind === 'yes-no'
  const isBitmap = kind === 'approve' || kind === 'budget'
  const problem = firstProblem([
    [contest.options.every((option, i) => option.id === i + 1), 'option ids are not 1, 2, 3 …'],
    [minSelections <= maxSelections, 'minSelections exceeds maxSelections'],
    [maxSelections <= optionCount, 'maxSelections exceeds the number of options'],
    [!isSingle || (minSelections === 1 && maxSelections === 1), 'one selection is the rule here'],
    [kind !== 'yes-no' || optionCount === 2, 'yes-no takes two options: 1 yes, 2 no'],
    [!isBitmap || optionCount <= MAX_BITMAP_OPTIONS, `more than ${MAX_BITMAP_OPTIONS} options`],
    [budget === undefined || kind === 'budget', 'only a budget contest has a budget'],
    [
      contest.options.every(({ cost }) => (cost === undefined) === (budget === undefined)),
      'with a budget every option has a cost, without one none',
    ],
    [
      budget === undefined || contest.options.every(({ cost = 0 }) => cost <= budget),
      'an option costs more than the budget',
    ],
    [kind !== 'rank' || maxSelections <= MAX_RANKED, `more than ${MAX_RANKED} ranks`],
  ])
  return problem === null ? null : `contest ${contest.id}: ${problem}`
}

function isUnique<T>(values: readonly T[]): boolean {
  return new Set(values).size === values.length
}
