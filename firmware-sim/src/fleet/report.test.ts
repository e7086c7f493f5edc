import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sweepLoads } from './capacity.ts'
import { cellScenario } from './cell.ts'
import { simFleet } from './command.ts'
import { htmlReport } from './report-html.ts'
import { formatReport } from './report-text.ts'
import { simulateFleet } from './simulate.ts'
import { summarize } from './summary.ts'

const scenario = cellScenario({ ballotsPerHour: 600, hours: 1, kiosks: 9 })
const summary = summarize(simulateFleet(scenario))

async function runCommand(args: string[], toml: string) {
  const cwd = await mkdtemp(join(tmpdir(), 'fleet-'))
  onTestFinished(() => rm(cwd, { recursive: true }))
  await writeFile(join(cwd, 'day.toml'), toml)
  const out: string[] = []
  const errors: string[] = []
  const io = {
    stdout: (line: string) => out.push(line),
    stderr: (line: string) => errors.push(line),
    env: {},
    cwd,
  }
  const code = await simFleet.run(['day.toml', ...args], io)
  return { code, out, errors, read: (name: string) => readFile(join(cwd, name), 'utf8') }
}

const TOML = `
title = "A small day"
day = { hours = 1, ballots = 60 }
kiosk = { dataRate = 5, holdMaxMs = 0 }
radio = { propagation = "town" }
gateways = [{ name = "roof", position = [0, 0] }]
centres = [{ name = "hall", position = [100, 0], kiosks = 3 }]
`

test('the summary counts what the run did', () => {
  const { ballots, castToAck, sendToAck, centres, timeline, delayCurve, channels, gateways } = summary
  expect(ballots).toMatchObject({ outstanding: 0, acknowledgedShare: 1, delivered: ballots.cast })
  expect(castToAck.p50!).toBeGreaterThan(sendToAck.p50!)
  expect(sendToAck.p50! <= sendToAck.p95! && sendToAck.p95! <= sendToAck.p99!).toBe(true)
  expect(centres.reduce((sum, { cast }) => sum + cast, 0)).toBe(ballots.cast)
  for (const field of ['cast', 'acknowledged'] as const) {
    expect(timeline.reduce((sum, row) => sum + row[field], 0)).toBe(ballots.cast)
  }
  expect(delayCurve.at(-1)).toEqual({ share: 1, seconds: sendToAck.longest })
  expect(channels).toHaveLength(8)
  expect(gateways[0]!.deafShare).toBeCloseTo(summary.downlinks.airtimeS / 3600, 9)
  expect(JSON.parse(JSON.stringify(summary))).toEqual(summary)
})

test('the report is one file without scripts, and says every plot in words', () => {
  const sweep = { name: 'at random', ...sweepLoads(scenario, [300, 600], { hours: 2 }) }
  const hostile = { ...summary, title: '<script>alert("1")</script>', note: '"&\'' }
  const html = htmlReport({ summary: hostile, sweeps: [sweep], command: 'run <this>' })
  expect(html).not.toMatch(/<script|<link|<img|src=|@import|url\(/)
  const plots = html.split('<svg ').slice(1)
  expect(plots).toHaveLength(7)
  for (const plot of plots) {
    expect(plot).toMatch(/role="img" aria-labelledby="([a-z-]+)-t \1-d"/)
    expect(plot).toMatch(/<title id="[^"]+">[^<]+<\/title><desc id="[^"]+">[^<]{20,}<\/desc>/)
    expect(plot).not.toMatch(/NaN|Infinity|undefined/)
  }
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  expect(new Set(ids).size).toBe(ids.length)
})

test('the table names each centre, gateway and channel, and each cause of loss', () => {
  const text = formatReport({ summary, sweeps: [], command: '' }).join('\n')
  for (const name of ['hall 1', 'gateway', '922.1 MHz', 'collision', 'gateway was sending', '100.000 %']) {
    expect(text).toContain(name)
  }
})

test('the command prints a table, writes JSON and HTML, and succeeds when every ballot was acknowledged', async () => {
  const { code, out, read } = await runCommand(
    ['--sweep', '1,2', '--json', 'day.json', '--report', 'day.html'],
    TOML,
  )
  expect(code).toBe(0)
  expect(out[0]).toBe('A small day')
  const json = JSON.parse(await read('day.json'))
  expect(json.summary.ballots.outstanding).toBe(0)
  expect(json.sweeps.map(({ name }: { name: string }) => name)).toEqual(['at random', 'by the clock'])
  expect(await read('day.html')).toContain('<h1>A small day</h1>')
})

test('the command fails when ballots stayed on kiosks, and says what is wrong with a file or an argument', async () => {
  const walls = await runCommand(['--walls', '90', '--json', '-'], TOML)
  expect(walls.code).toBe(1)
  expect(JSON.parse(walls.out.join('\n')).summary.ballots.acknowledged).toBe(0)
  const wrong = await runCommand([], TOML.replace('ballots = 60', 'ballots = -1'))
  expect(wrong.code).toBe(1)
  expect(wrong.errors.join()).toContain('day.ballots')
  await expect(runCommand(['--sweep', 'much'], TOML)).rejects.toThrow('--sweep')
  await expect(runCommand(['--sweep', '1,1e9'], TOML)).rejects.toThrow('ballots/h')
  const nowhere = await runCommand(['--report', 'no/such/folder.html'], TOML)
  expect(nowhere.code).toBe(1)
  expect(nowhere.errors.join()).toContain('could not be written')
  await expect(runCommand(['--walls', '-3'], TOML)).rejects.toThrow('--walls')
})
