/** Turnout as it may be shown: whatever is below the manifest's minimum is added to its neighbours. */
import type { CentreGroup, HourGroup } from '../snapshot.ts'

/**
 * Centres with at least `minimum` ballots stand alone; the others are added together, and with the smallest that stands
 * alone as long as the sum is still too small. Nobody can subtract their way back to a single small centre.
 */
export function mergeCentres(centres: readonly CentreGroup[], minimum: number): CentreGroup[] {
  const small = centres.filter(({ ballots }) => ballots < minimum)
  const alone = centres.filter(({ ballots }) => ballots >= minimum)
  if (small.length === 0) return [...alone]
  const merged = [...small]
  const sum = (): number => merged.reduce((total, { ballots }) => total + ballots, 0)
  const bySize = [...alone].sort((a, b) => a.ballots - b.ballots)
  while (sum() < minimum && bySize.length > 0) merged.push(bySize.shift() as CentreGroup)
  const group: CentreGroup = {
    names: merged.flatMap(({ names }) => names),
    ballots: sum(),
    issued: sumOrNull(merged.map(({ issued }) => issued)),
    returned: sumOrNull(merged.map(({ returned }) => returned)),
  }
  return [...alone.filter((centre) => bySize.includes(centre)), group]
}

/** Hours with fewer than `minimum` ballots run on into the next; what remains at the end joins the last that stands. */
export function mergeHours(hours: readonly HourGroup[], minimum: number): HourGroup[] {
  const merged: HourGroup[] = []
  let open: HourGroup | undefined
  for (const hour of hours) {
    open = open === undefined ? hour : join(open, hour)
    if (open.ballots < minimum) continue
    merged.push(open)
    open = undefined
  }
  if (open === undefined) return merged
  const last = merged.pop()
  return [...merged, last === undefined ? open : join(last, open)]
}

/** How many ballots stood in the ledger at a moment, in POSIX seconds. */
export interface Moment {
  readonly at: number
  readonly ballots: number
}

const HOUR = 3600

/** Ballots by clock hour, from growing totals in order of time; hours without a publication are empty. */
export function ballotsByHour(moments: readonly Moment[]): HourGroup[] {
  const hours = new Map<number, number>()
  let before = 0
  let latest = 0
  for (const { at, ballots } of moments) {
    // Times are the witnesses' and may step back a little; totals never do.
    latest = Math.max(latest, at)
    const hour = Math.floor(latest / HOUR)
    hours.set(hour, (hours.get(hour) ?? 0) + Math.max(0, ballots - before))
    before = Math.max(before, ballots)
  }
  const first = [...hours].find(([, ballots]) => ballots > 0)?.[0]
  const last = [...hours].findLast(([, ballots]) => ballots > 0)?.[0]
  if (first === undefined || last === undefined || last - first > MOST_HOURS) return []
  return Array.from({ length: last - first + 1 }, (_, i) => ({
    from: (first + i) * HOUR,
    to: (first + i + 1) * HOUR,
    ballots: hours.get(first + i) ?? 0,
  }))
}

/** A month; whoever claims more has a wrong clock. */
const MOST_HOURS = 31 * 24

function join(a: HourGroup, b: HourGroup): HourGroup {
  return { from: a.from, to: b.to, ballots: a.ballots + b.ballots }
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.some((value) => value === null)
    ? null
    : values.reduce<number>((sum, value) => sum + (value ?? 0), 0)
}
