import {
  type MixRecord,
  parseDecryption,
  parseMix,
  parseResult,
  type ResultRecord,
} from '../../count/records.ts'
import { type ElectionData, type Examine, finding, type Outcome, unmet } from './data.ts'
import { examineOfficial, examineSigned } from './note.ts'

/** A contest after sealing, as far as the leaves alone tell. */
export interface ContestProgress {
  /** Ballots of the contest. */
  readonly total: number
  /** SHA-256 (hex) of the outputs so far, in the order of the manifest's mixers. */
  readonly outputs: string[]
  /** How often each trustee posted shares, valid or not. */
  readonly posted: Map<number, number>
}

/** More posts of shares than this are no mistakes any more. */
export const MAX_SHARE_POSTS = 4

/** 0x30. Whether proof and blobs are right is for `CountReplay`. */
export const examineMix: Examine = (data, body, options) =>
  examineSigned(
    data,
    body,
    parseMix,
    ({ mixer }) => trusteeSigner(data, mixer, 'mix.turn'),
    options,
    (mix) => {
      if (data.polls !== 'sealed') return { findings: [finding('count.not-sealed')] }
      const contest = progressOf(data).get(mix.contest)
      if (contest === undefined) return { findings: [finding('mix.contest', `contest ${mix.contest}`)] }
      const turn = isWithheld(data, contest) ? undefined : data.manifest.mixers[contest.outputs.length]
      return {
        findings: unmet(
          [mix.mixer === turn, 'mix.turn', `mixer ${mix.mixer}, it is the turn of ${turn ?? 'nobody'}`],
          [mix.mixer !== turn || continues(contest, mix), 'mix.input'],
        ),
        effect: () => contest.outputs.push(mix.output),
      }
    },
  )

/** 0x31. Invalid shares are skipped later, so a trustee may post a few times. */
export const examineDecryption: Examine = (data, body, options) =>
  examineSigned(
    data,
    body,
    parseDecryption,
    ({ trustee }) => trusteeSigner(data, trustee, 'decryption.contest'),
    options,
    ({ contest: id, trustee, mix, count }) => {
      if (data.polls !== 'sealed') return { findings: [finding('count.not-sealed')] }
      const contest = progressOf(data).get(id)
      if (contest === undefined) return { findings: [finding('decryption.contest', `contest ${id}`)] }
      const isWhole =
        contest.outputs.length === data.manifest.mixers.length &&
        contest.outputs.at(-1) === mix &&
        contest.total === count
      const posted = contest.posted.get(trustee) ?? 0
      const withheld = isWithheld(data, contest)
      return {
        findings: unmet(
          [!withheld, 'decryption.minimum', `${contest.total} ballots`],
          [withheld || isWhole, 'decryption.mix'],
          [posted < MAX_SHARE_POSTS, 'decryption.limit', `trustee ${trustee}`],
        ),
        effect: () => contest.posted.set(trustee, posted + 1),
      }
    },
  )

/** 0x32. */
export const examineResult: Examine = (data, body, options) =>
  examineOfficial(data, body, parseResult, 'authority', options, (result) => {
    if (data.polls !== 'sealed') return { findings: [finding('count.not-sealed')] }
    if (data.hasResult) return { findings: [finding('result.repeated')] }
    const named = result.contests.map(({ id }) => id).join()
    if (named !== data.manifest.contests.map(({ id }) => id).join()) {
      return { findings: [finding('result.contests', named)] }
    }
    return resultOutcome(data, result)
  })

function resultOutcome(data: ElectionData, result: ResultRecord): Outcome {
  const progress = progressOf(data)
  const findings = result.contests.flatMap((entry) => {
    const contest = progress.get(entry.id) as ContestProgress
    const isClosed = 'withheld' in entry
    const trustees = isClosed ? [] : entry.trustees
    const enough =
      new Set(trustees).size === trustees.length &&
      trustees.length >= data.manifest.threshold &&
      trustees.every((trustee) => contest.posted.has(trustee))
    return unmet(
      [entry.total === contest.total, 'result.totals', `contest ${entry.id}: ${entry.total} ballots`],
      [isClosed === isWithheld(data, contest), 'result.minimum', `contest ${entry.id}`],
      [isClosed || isWithheld(data, contest) || enough, 'result.trustees', `contest ${entry.id}`],
    )
  })
  return {
    findings,
    effect: () => {
      data.hasResult = true
    },
  }
}

/** Too few ballots to open a contest without giving voters away; one ballot never is opened. */
export function isWithheld(data: ElectionData, contest: Pick<ContestProgress, 'total'>): boolean {
  return contest.total < Math.max(2, data.manifest.minimumCount)
}

/** No ballot follows the seal, so the contests are counted once, at the first look after it. */
export function progressOf(data: ElectionData): ReadonlyMap<number, ContestProgress> {
  if (data.counting !== undefined) return data.counting
  const ofStyle = new Map<number, number>()
  data.credentials.forEach(({ style }, index) => {
    if (data.spent[index] !== 0) ofStyle.set(style, (ofStyle.get(style) ?? 0) + 1)
  })
  const counting = new Map(
    data.manifest.contests.map(({ id }): [number, ContestProgress] => {
      const styles = data.manifest.styles.filter(({ contests }) => contests.includes(id))
      const total = styles.reduce((sum, style) => sum + (ofStyle.get(style.id) ?? 0), 0)
      return [id, { total, outputs: [], posted: new Map() }]
    }),
  )
  data.counting = counting
  return counting
}

/** The first mixer's input is no blob: `CountReplay` recomputes it. */
function continues(contest: ContestProgress, mix: MixRecord): boolean {
  const before = contest.outputs.at(-1)
  return mix.count === contest.total && (before === undefined || mix.input === before)
}

function trusteeSigner(data: ElectionData, trustee: number, unknown: 'mix.turn' | 'decryption.contest') {
  return data.trusteeSigners[trustee - 1] ?? unknown
}
