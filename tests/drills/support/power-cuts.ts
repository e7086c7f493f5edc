import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readTrace, straceTo } from './disk-trace.ts'
import { SimulatedDisk, type Survival } from './simulated-disk.ts'

export interface PowerCutInput {
  /** An empty folder for the trace, the process's files and the remains. */
  readonly dir: string
  /** A script and its arguments; all files it should be judged by lie below its TMPDIR. */
  readonly command: readonly string[]
  /** Whether a file is rebuilt after every crash, as the shared memory of SQLite is. */
  readonly isVolatile?: (path: string) => boolean
  /** Looks at every n-th point only. */
  readonly everyNth: number
  /** Random remains for each point, besides the two extremes. */
  readonly tornCount: number
  readonly random: () => number
  /** Opens what is left in `folder` and throws when something that the process has said is not true there. */
  readonly check: (folder: string, said: readonly string[], where: string) => Promise<void>
}

export interface PowerCutReport {
  /** Moments at which the power was cut. */
  readonly points: number
  /** Remains that were opened. */
  readonly remains: number
  readonly syncs: number
}

/**
 * Runs a process once under strace, replays what it did to its files and cuts the power before and after every sync: unsynced
 * data and names are lost, kept, or torn at random.
 */
export async function cutPower(input: PowerCutInput): Promise<PowerCutReport> {
  const { dir, command, isVolatile, everyNth, tornCount, random, check } = input
  const trace = join(dir, 'trace')
  const root = join(dir, 'disk')
  mkdirSync(root)
  await promisify(execFile)('strace', [...straceTo(trace), process.execPath, ...command], {
    env: { ...process.env, TMPDIR: root },
    maxBuffer: 1 << 26,
  })
  const disk = new SimulatedDisk(root, isVolatile)
  const said: string[] = []
  const survivals: Survival[] = [
    'nothing',
    'everything',
    ...Array.from({ length: tornCount }, () => 'torn' as const),
  ]
  let points = 0
  let remains = 0
  let syncs = 0
  const cut = async (): Promise<void> => {
    points += 1
    if (points % everyNth !== 0) return
    for (const survival of survivals) {
      const folder = join(dir, 'remains')
      disk.crashInto(folder, survival, random)
      remains += 1
      await check(folder, said, `cut ${points}, ${survival} of what was not synced is left`)
    }
  }
  for await (const event of readTrace(trace)) {
    const isSync = event.kind === 'sync' && event.path.startsWith(root)
    if (isSync) await cut()
    disk.apply(event)
    if (event.kind === 'said') said.push(event.line)
    if (!isSync) continue
    syncs += 1
    await cut()
  }
  await cut()
  return { points, remains, syncs }
}
