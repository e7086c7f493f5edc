import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { openTestBox, testBallot } from '../../testing/filled-box.ts'
import { steppedDatabase } from '../../testing/stepped-database.ts'

const CHILD = fileURLToPath(new URL('../../testing/insert-and-die.ts', import.meta.url))
/** One below the number at which a kiosk manifest is due: the next ballot writes in every table there is. */
const BEFORE = 19
const SLIP = BEFORE

let folder = ''
let full = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanpyo-cut-'))
  full = join(folder, 'full.sqlite')
  const { box } = openTestBox(full)
  expectOk(box.openPolls())
  for (let slip = 0; slip < BEFORE; slip++) expectOk(box.insertBallot(testBallot(slip)))
  box.close()
  return () => rmSync(folder, { recursive: true, force: true })
})

function copyNamed(name: string): string {
  const path = join(folder, `${name}.sqlite`)
  copyFileSync(full, path)
  return path
}

/** Every step that storing the ballot takes, in order, each once. */
function stepsOfCasting(): string[] {
  const steps: string[] = []
  const { box } = openTestBox(copyNamed('dry'), (database) =>
    steppedDatabase(database, (step) => steps.push(step)),
  )
  steps.length = 0
  expectOk(box.insertBallot(testBallot(SLIP)))
  box.close()
  return [...new Set(steps)]
}

async function dieAt(path: string, step: string): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [CHILD, path, String(SLIP), step], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return signal
}

test('power cut at each step of casting: before durable the voter can vote again, after it never twice', async () => {
  const steps = stepsOfCasting()
  const durable = steps.indexOf('after COMMIT')
  expect(durable).toBeGreaterThanOrEqual(5)
  expect(steps.slice(durable)).toEqual(['after COMMIT', 'before VACUUM', 'after VACUUM'])
  const boxes = steps.map((step, at) => ({ step, at, path: copyNamed(`step-${at}`) }))
  const signals = await Promise.all(boxes.map(({ path, step }) => dieAt(path, step)))
  expect(signals).toEqual(steps.map(() => 'SIGKILL'))
  for (const { at, path, step } of boxes) {
    const { box } = openTestBox(path)
    const isStored = at >= durable
    expect([step, box.isSpent(SLIP), box.counts().cast]).toEqual([step, isStored, isStored ? 20 : 19])
    const again = box.insertBallot(testBallot(SLIP))
    expect([step, again.ok]).toEqual([step, !isStored])
    if (!again.ok) expect(again.error).toBe('slip-used')
    // Whole either way: the ballot and the manifest that lists it are there together, and nothing twice.
    expect(box.counts().cast).toBe(20)
    expect(box.waiting().filter(({ kind }) => kind === 'kiosk-manifest')).toHaveLength(1)
    expect(box.waiting()).toHaveLength(21)
    box.close()
  }
})
