import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runHanpyo } from '@hanpyo/cli/demo/processes.ts'
import type { DemoReport } from '@hanpyo/cli/demo/report.ts'
import { createSeededRandom } from '@hanpyo/firmware-sim/random.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { manifestHash } from '@hanpyo/protocol/election/manifest.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'

const IS_FULL = process.env.HANPYO_FULL === '1'

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
    proposalsAsScripted: true,
    witnesses: { n: 4, k: 3 },
    mirror: { verified: true },
    promises: { broken: 0, open: 0 },
  })
  expect(report.promises.kept).toBeGreaterThan(0)
  expect(report.ackedOverLora).toBeGreaterThan(0)
  expect(report.ackedOverWifi).toBeGreaterThan(0)
  expect(report.ackedOverLora + report.ackedOverWifi).toBe(24)
  expect(report.framesLost).toBeGreaterThan(0)
})

test.runIf(IS_FULL)('the demo works on the embedded broker when mosquitto is not there', async () => {
  const report = await demo('embedded', ['--voters', '6', '--broker', 'aedes'])
  expect(report).toMatchObject({ cast: 6, inLedger: 6, lost: 0, verified: true, broker: 'aedes' })
})

test.runIf(IS_FULL)('one ballot travels over LoRaWAN in real time', async () => {
  const report = await demo('real-time', ['--voters', '2', '--speed', '1'])
  expect(report).toMatchObject({ cast: 2, inLedger: 2, lost: 0, verified: true, speed: 1 })
  expect(report.ackedOverLora).toBeGreaterThan(0)
})

test('the ledger of the demo fails, naming record and rule, after any single byte of an entry bundle is changed', async () => {
  const note = expectOk(parseNote(await readFile(join(dir, 'day', 'election', 'manifest.note'))))
  const pinned = ['--manifest-hash', toHex(manifestHash(note.text))]
  const original = join(dir, 'kept')
  const copied = await runHanpyo(['copy', join(dir, 'day', 'bridge', 'public'), original, ...pinned])
  expect([copied.code, copied.output]).toEqual([0, expect.anything()])
  expect((await runHanpyo(['verify', original, ...pinned])).code).toBe(0)

  const bundles = await filesUnder(join(original, 'tile', 'entries'))
  expect(bundles.length).toBeGreaterThan(0)
  const random = createSeededRandom('bytes')
  for (let round = 0; round < (IS_FULL ? 40 : 5); round++) {
    const file = bundles[random.integer(bundles.length)] as string
    const bytes = await readFile(file)
    const changed = Uint8Array.from(bytes)
    const at = random.integer(bytes.length)
    changed[at] = (changed[at] as number) ^ (1 + random.integer(255))
    await writeFile(file, changed)
    const { code, stdout } = await runHanpyo(['verify', original, ...pinned, '--json'])
    const { checks } = JSON.parse(stdout) as {
      checks: { failures: { index: number | null; rule: string }[] }[]
    }
    const failures = checks.flatMap((check) => check.failures)
    expect([
      at,
      code,
      failures.some(({ index, rule }) => index !== null && rule.startsWith('tree.')),
    ]).toEqual([at, 1, true])
    await writeFile(file, bytes)
  }
})

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}
