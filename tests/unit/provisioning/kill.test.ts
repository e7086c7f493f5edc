/** All cuts run with HANPYO_FULL=1, otherwise one; run-steps.test.ts cuts at every write without a process. */
import { spawn } from 'node:child_process'
import { cp, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { filesUnder, initLine, openDeskBench } from './desk-bench.ts'

const CHILD = fileURLToPath(new URL('./kill-child.ts', import.meta.url))
const IS_FULL = process.env.HANPYO_FULL === '1'

test('the tool killed at a write and run again comes to the same end, from init to revoke', async () => {
  const bench = await openDeskBench()
  onTestFinished(() => bench.small.remove())
  const pristine = join(bench.small.folder, '..', 'pristine')
  await cp(bench.small.folder, pristine, { recursive: true })

  const attempt = async (killAt: number) => {
    const root = join(bench.small.folder, '..', `cut-${killAt}`)
    await cp(pristine, root, { recursive: true })
    const [dir, stick] = [join(root, 'dev'), join(root, 'stick')]
    await mkdir(stick)
    const lines = [
      initLine(dir, 1),
      `provision keygen --dir ${dir} --seal none`,
      `provision enrol request --dir ${dir} --out ${stick}`,
      `provision enrol sign --desk ${root} --kiosk 1 --request ${stick}/kiosk-1.request.json --out ${stick}`,
      `provision enrol import --dir ${dir} --from ${stick} --election ${root}`,
      `provision revoke --desk ${root} --kiosk 1 --yes`,
    ]
    const first = await run(root, killAt, lines)
    // The command that was cut off is run again, then the rest.
    if (first.wasKilled) expect(await run(root, -1, lines.slice(first.begun - 1))).toMatchObject({ code: 0 })
    const end = await endState(root)
    await rm(root, { recursive: true })
    return { wasKilled: first.wasKilled, end }
  }

  const whole = await attempt(-1)
  expect(whole.wasKilled).toBe(false)
  const cuts = IS_FULL ? Array.from({ length: 400 }, (_, i) => i) : [15]
  let killed = 0
  for (const killAt of cuts) {
    const { wasKilled, end } = await attempt(killAt)
    if (!wasKilled) break
    killed++
    expect(end, `cut ${killAt}`).toEqual(whole.end)
  }
  expect(killed).toBeGreaterThan(IS_FULL ? 50 : 0)
}, 600_000)

interface Ended {
  readonly wasKilled: boolean
  readonly code: number | null
  /** How many of the commands had begun. */
  readonly begun: number
}

function run(root: string, killAt: number, lines: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, root, String(killAt), ...lines], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [begun, told]: [string[], string[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => begun.push(chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => told.push(chunk.toString()))
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const wasKilled = signal === 'SIGKILL'
      if (code !== 0 && !wasKilled) reject(new Error(told.join('')))
      else resolve({ wasKilled, code, begun: begun.join('').split('command').length - 1 })
    })
  })
}

/** What must be the same: which files there are, what the journals say, which steps the work log tells, and what is revoked. */
async function endState(root: string) {
  const files = await filesUnder(root)
  const names = [...files.keys()]
    .map((path) => path.slice(root.length))
    .filter((name) => !name.endsWith('.tmp'))
  const json = async (name: string) => JSON.parse(await readFile(join(root, name), 'utf8'))
  const journal = await json('dev/provision.journal')
  const log = (await readFile(join(root, 'dev/work.log'), 'utf8')).trim().split('\n')
  const issued = (await json('devices/certificates.json')) as { kiosk: number; revokedAt?: number }[]
  return {
    names: names.sort(),
    steps: Object.entries<{ state: string }>(journal.steps).map(([id, { state }]) => `${id} ${state}`),
    log: log.map((line) => JSON.parse(line).body.step as string),
    allRevoked: issued.every(({ revokedAt }) => revokedAt !== undefined),
  }
}
