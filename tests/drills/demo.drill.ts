import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { DemoReport } from '@hanpyo/cli/demo/report.ts'
import { runHanpyo } from '@hanpyo/cli/demo/world.ts'
import { createSeededRandom } from '@hanpyo/firmware-sim/random.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-demo-drill-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

async function demo(name: string, args: readonly string[]): Promise<DemoReport> {
  const report = join(dir, `${name}.json`)
  const { code, output } = await runHanpyo(['demo', '--exit', '--report', report, ...args])
  expect(output).toContain('VERIFIED')
  expect(code).toBe(0)
  return JSON.parse(await readFile(report, 'utf8')) as DemoReport
}

test('the demo counts every vote once over both routes, and refuses and drops what it should', async () => {
  const report = await demo('day', ['--voters', '24', '--dir', join(dir, 'day')])
  expect(report).toMatchObject({
    cast: 24,
    inLedger: 24,
    lost: 0,
    verified: true,
    challenged: 1,
    refused: { 'credential-spent': 1 },
    dropped: { 'kiosk-signature': 1 },
    broker: 'mosquitto',
    trustees: { n: 5, t: 3 },
    mixes: 3,
    stageVerified: 'final',
    countsAsScripted: true,
  })
  expect(report.ackedOverLora).toBeGreaterThan(0)
  expect(report.ackedOverWifi).toBeGreaterThan(0)
  expect(report.ackedOverLora + report.ackedOverWifi).toBe(24)
  expect(report.framesLost).toBeGreaterThan(0)
})

test('the demo works on the embedded broker when mosquitto is not there', async () => {
  const report = await demo('embedded', ['--voters', '6', '--broker', 'aedes'])
  expect(report).toMatchObject({ cast: 6, inLedger: 6, lost: 0, verified: true, broker: 'aedes' })
})

test('one ballot travels over LoRaWAN in real time', async () => {
  const report = await demo('real-time', ['--voters', '2', '--speed', '1'])
  expect(report).toMatchObject({ cast: 2, inLedger: 2, lost: 0, verified: true, speed: 1 })
  expect(report.ackedOverLora).toBeGreaterThan(0)
})

describe('the ledger of the demo', () => {
  test('fails, naming record and rule, after any single byte of an entry bundle is changed', async () => {
    const original = join(dir, 'day', 'bridge', 'public')
    const bundles = await filesUnder(join(original, 'tile', 'entries'))
    expect(bundles.length).toBeGreaterThan(0)
    const random = createSeededRandom('bytes')
    const rounds = process.env.HANPYO_FULL === '1' ? 40 : 6
    for (let round = 0; round < rounds; round++) {
      const copy = join(dir, 'changed')
      await cp(original, copy, { recursive: true })
      const file = join(copy, relative(original, bundles[random.integer(bundles.length)] as string))
      const bytes = await readFile(file)
      const at = random.integer(bytes.length)
      bytes[at] = (bytes[at] as number) ^ (1 + random.integer(255))
      await writeFile(file, bytes)
      const { code, stdout } = await runHanpyo(['verify', copy, '--json'])
      expect([at, code]).toEqual([at, 1])
      const { checks } = JSON.parse(stdout) as {
        checks: { failures: { index: number | null; rule: string }[] }[]
      }
      const failures = checks.flatMap((check) => check.failures)
      expect(failures.some(({ index, rule }) => index !== null && rule.startsWith('tree.'))).toBe(true)
      await rm(copy, { recursive: true })
    }
  })
})

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}
