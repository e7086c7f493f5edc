import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { openTestBox, testBallot, testProofs } from '../../testing/filled-box.ts'
import { steppedDatabase } from '../../testing/stepped-database.ts'
import type { SealedItem } from './ballot-box.ts'

const CHILD = fileURLToPath(new URL('../../testing/insert-and-die.ts', import.meta.url))
/** Each step is cut in the full run. */
const IS_FULL = process.env.HANPYO_FULL === '1'
const WHOLE_MANIFEST = 20

let folder = ''
let full = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hanpyo-proof-cut-'))
  full = join(folder, 'full.sqlite')
  const { box } = openTestBox(full)
  expectOk(box.openPolls())
  for (let slip = 0; slip < WHOLE_MANIFEST; slip++) {
    const [item] = expectOk(box.insertBallot(testBallot(slip)))
    expectOk(box.settle((item as SealedItem).id, 0, 'wifi'))
  }
  box.close()
  return () => rmSync(folder, { recursive: true, force: true })
})

function copyNamed(name: string): string {
  const path = join(folder, `${name}.sqlite`)
  copyFileSync(full, path)
  return path
}

test('power cut at each step of storing proofs: a ballot is gone only when its proof is there', async () => {
  const all: string[] = []
  const dry = openTestBox(copyNamed('dry'), (database) => steppedDatabase(database, (step) => all.push(step)))
  all.length = 0
  expect(expectOk(dry.box.keepProofs('head', testProofs(WHOLE_MANIFEST)))).toBe(WHOLE_MANIFEST)
  dry.box.close()
  const steps = [...new Set(all)]
  expect(steps.slice(-4)).toEqual(['before COMMIT', 'after COMMIT', 'before VACUUM', 'after VACUUM'])
  const durable = steps.indexOf('after COMMIT')
  const cuts = IS_FULL ? steps : steps.filter((step) => ['before COMMIT', 'before VACUUM'].includes(step))
  for (const step of cuts) {
    const path = copyNamed(`cut-${steps.indexOf(step)}`)
    const child = spawn(process.execPath, [CHILD, path, String(WHOLE_MANIFEST), step, 'proofs'], {
      stdio: 'ignore',
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [, signal] = await once(child, 'exit')
    expect([step, signal]).toEqual([step, 'SIGKILL'])
    const { box } = openTestBox(path)
    const isDurable = steps.indexOf(step) >= durable
    const { proven, erased, cast } = box.counts()
    const expected = isDurable ? WHOLE_MANIFEST : 0
    expect([step, proven, erased, cast]).toEqual([step, expected, expected, WHOLE_MANIFEST])
    // Opening rewrites the file: of an erased ballot nothing is left in it, of the others everything.
    const bytes = readFileSync(path)
    for (let slip = 0; slip < WHOLE_MANIFEST; slip++) {
      expect([step, slip, bytes.includes(Buffer.from(testBallot(slip).canonical))]).toEqual([
        step,
        slip,
        !isDurable,
      ])
    }
    expect(expectOk(box.keepProofs('head', testProofs(WHOLE_MANIFEST)))).toBe(isDurable ? 0 : WHOLE_MANIFEST)
    box.close()
  }
})
