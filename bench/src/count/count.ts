import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { against, type Bench, type Figure } from '../harness.ts'
import { createNobleBatch } from './noble-batch.ts'
import { announcedVotes, checkCount, makeCount, type Phase, type Times } from './work.ts'

const MIXERS = 3
/** Ballots that noble counts for the ratio; its cost is linear. */
const NOBLE_BALLOTS = 200
const MEGABYTE = 2 ** 20

interface Run {
  readonly times: Times
  readonly maxRssBytes: number
}

async function inChild(
  step: 'make' | 'check',
  ballots: number,
  mixers: number,
  folder: string,
): Promise<Run> {
  const script = fileURLToPath(new URL('./child.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    step,
    `${ballots}`,
    `${mixers}`,
    folder,
  ])
  return JSON.parse(stdout) as Run
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'hanpyo-count-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const total = (times: Times): number => Object.values(times).reduce((sum, ms) => sum + ms, 0)

function phases(name: string, run: Times, perBallot: number): Figure[] {
  return (Object.entries(run) as [Phase, number][]).map(([phase, ms]) => ({
    name: `${name}, ${phase}`,
    value: ms / perBallot,
    unit: 'ms a ballot',
  }))
}

export const countBench: Bench = {
  name: 'count',
  summary: 'a whole count: three mixes, three of five trustees, result and its check; peak memory by size',
  async run(report) {
    const noble = await inFolder(async (folder) => {
      const batch = createNobleBatch()
      const of = { ballots: NOBLE_BALLOTS, mixers: MIXERS, folder, random: nodeRandom }
      return total(await makeCount(batch, of)) + total(await checkCount(batch, of))
    })
    report(`noble, ${NOBLE_BALLOTS} ballots: ${(noble / 1000).toFixed(1)} s`)
    const figures: Figure[] = []
    const memory: { ballots: number; check: number }[] = []
    // The largest with one mixer: what is wanted there is the memory of a check, which reads one mix at a time.
    for (const [ballots, mixers] of [
      [1_000, MIXERS],
      [10_000, MIXERS],
      [100_000, 1],
    ] as const) {
      await inFolder(async (folder) => {
        const made = await inChild('make', ballots, mixers, folder)
        const checked = await inChild('check', ballots, mixers, folder)
        const counted = announcedVotes(folder).reduce((sum, votes) => sum + votes, 0)
        if (counted !== ballots) throw new Error(`${counted} votes were counted of ${ballots}`)
        const ms = total(made.times) + total(checked.times)
        report(`${ballots} ballots, ${mixers} mixers: ${(ms / 1000).toFixed(1)} s`)
        memory.push({ ballots, check: checked.maxRssBytes })
        const name = `${ballots.toLocaleString('en-US')} ballots`
        const peak = (who: string, { maxRssBytes }: Run): Figure => ({
          name: `${name}, peak memory ${who}`,
          value: maxRssBytes / MEGABYTE,
          unit: 'MiB',
        })
        if (ballots === 10_000) {
          figures.push(
            against(
              {
                name: `${name}, mix + decrypt + verify`,
                value: ms / 1000,
                unit: 's',
                reach: '≤ 180 s, stretch 60 s',
              },
              'noble, one thread',
              (noble / NOBLE_BALLOTS / 1000) * ballots,
            ),
            ...phases(name, { ...made.times, ...checked.times }, ballots),
          )
        }
        figures.push(peak('of mixer and trustees', made), peak('of the check', checked))
      })
    }
    const [small, large] = [memory[1], memory[2]] as [(typeof memory)[0], (typeof memory)[0]]
    figures.push({
      name: 'memory of the check, growth',
      value: (large.check - small.check) / (large.ballots - small.ballots),
      unit: 'B a ballot',
      reach: '400,000 ballots within what a laptop has',
    })
    return figures
  },
}
