import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runHanpyo } from '@hanpyo/cli/demo/processes.ts'
import type { DemoReport } from '@hanpyo/cli/demo/report.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** Five polling days of one to three minutes each: only in the full run. */
const IS_FULL = process.env.HANPYO_FULL === '1'
const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-scenario-drill-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

async function demoIn(scenario: string): Promise<DemoReport> {
  const file = join(dir, `${scenario}.json`)
  const { code, output } = await runHanpyo([
    ...['demo', '--exit', '--scenario', join(EXAMPLES, `${scenario}.toml`), '--report', file],
  ])
  expect([code, output]).toEqual([0, expect.stringContaining('VERIFIED')])
  const report = JSON.parse(await readFile(file, 'utf8')) as DemoReport
  expect(report).toMatchObject({
    inLedger: report.cast,
    lost: 0,
    verified: true,
    stageVerified: 'final',
    countsAsScripted: true,
    challenged: 1,
    refused: { 'credential-spent': 1 },
  })
  return report
}

test.runIf(IS_FULL)(
  'a good hall brings every vote in over both routes, losing next to nothing on air',
  async () => {
    const report = await demoIn('good-hall')
    expect(report.ackedOverLora).toBeGreaterThan(0)
    expect(report.framesLost).toBeLessThan(report.framesSent / 4)
  },
)

test.runIf(IS_FULL)(
  'a hall where only DR0 gets through votes in fragments, without any network',
  async () => {
    const report = await demoIn('far-hall-dr0')
    expect(report).toMatchObject({ ackedOverLora: report.cast, ackedOverWifi: 0 })
    expect(report.framesSent).toBeGreaterThan(report.cast * 5)
  },
)

test.runIf(IS_FULL)(
  'a day without Wi-Fi ends with every record in the ledger, the long ones too',
  async () => {
    const report = await demoIn('no-wifi')
    expect(report).toMatchObject({ ackedOverLora: report.cast, ackedOverWifi: 0 })
    expect(report.framesLost).toBeGreaterThan(0)
  },
)

test.runIf(IS_FULL)('votes cast while no gateway reaches the server arrive afterwards', async () => {
  const report = await demoIn('gateway-outage')
  expect(report.ackedOverLora).toBeGreaterThan(0)
})

test.runIf(IS_FULL)(
  'burst loss, lost events, refused downlinks and brown-outs cost time and no vote',
  async () => {
    const report = await demoIn('burst-loss')
    expect(report.framesLost).toBeGreaterThan(0)
  },
)
