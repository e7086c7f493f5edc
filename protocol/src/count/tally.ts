import { decodePoint } from '../ballot/encoding.ts'
import { decodePlaintext, type InvalidPlaintextReason, type Selection } from '../ballot/plaintext.ts'
import type { ManifestContest } from '../election/manifest.ts'
import type { Group } from '../group/group.ts'
import { err, type Result } from '../result.ts'

export type InvalidReason = InvalidPlaintextReason | 'not-a-plaintext-point'

/** What was counted in one contest. `valid + blank + invalid = total`. */
export interface ContestTally {
  readonly id: number
  /** Ballots of the contest, the number of plaintext points. */
  readonly total: number
  readonly blank: number
  /** Plaintexts that are no permitted selection, by reason, without reasons that did not occur. */
  readonly invalid: Readonly<Partial<Record<InvalidReason, number>>>
  /**
   * One entry an option, in the manifest's order. `votes`: ballots that name the option (for `rank`: at any place).
   * `byRank`, for `rank` only: how often it stood at the first, second, … place.
   */
  readonly counts: readonly {
    readonly option: number
    readonly votes: number
    readonly byRank?: readonly number[]
  }[]
}

/** The selection in one decrypted point, or why it is invalid. Total on arbitrary bytes. */
export function classifyPoint(
  group: Group,
  contest: ManifestContest,
  point: Uint8Array,
): Result<Selection, InvalidReason> {
  const plaintext = decodePoint(group, point)
  if (!plaintext.ok) return err('not-a-plaintext-point')
  const { kind, options, minSelections, maxSelections, budget } = contest
  return decodePlaintext(plaintext.value, {
    kind,
    optionCount: options.length,
    minSelections,
    maxSelections,
    ...(budget === undefined ? {} : { prices: { costs: options.map(({ cost = 0 }) => cost), budget } }),
  })
}

/** Counts the plaintext points of one contest, 32 bytes each. Throws `RangeError` for another length. */
export function tallyContest(group: Group, contest: ManifestContest, points: Uint8Array): ContestTally {
  if (points.length % 32 !== 0) throw new RangeError('"points" is not a multiple of 32 bytes')
  const places = contest.kind === 'rank' ? contest.maxSelections : 0
  const rows = new Map(
    contest.options.map(({ id }) => [id, { votes: 0, byRank: new Array<number>(places).fill(0) }]),
  )
  const invalid: Partial<Record<InvalidReason, number>> = {}
  let blank = 0
  for (let at = 0; at < points.length; at += 32) {
    const selection = classifyPoint(group, contest, points.subarray(at, at + 32))
    if (!selection.ok) invalid[selection.error] = (invalid[selection.error] ?? 0) + 1
    else if (selection.value.kind === 'blank') blank++
    else {
      for (const [place, option] of optionsOf(selection.value).entries()) {
        const row = rows.get(option)
        if (row === undefined) throw new Error(`contest ${contest.id} has no option ${option}`)
        row.votes++
        if (places > 0) row.byRank[place] = (row.byRank[place] ?? 0) + 1
      }
    }
  }
  const counts = [...rows].map(([option, { votes, byRank }]) =>
    places > 0 ? { option, votes, byRank } : { option, votes },
  )
  return { id: contest.id, total: points.length / 32, blank, invalid, counts }
}

function optionsOf(selection: Exclude<Selection, { kind: 'blank' }>): readonly number[] {
  return 'option' in selection ? [selection.option] : selection.options
}
