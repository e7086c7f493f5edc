import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { sweepLoads } from './capacity.ts'
import { htmlReport } from './report-html.ts'
import { type FleetReport, formatReport, type Sweep } from './report-text.ts'
import { type FleetScenario, LEAST_RX1_DELAY_FOR_SLOTS_MS, loadScenario, offeredPerHour } from './scenario.ts'
import { simulateFleet } from './simulate.ts'
import { summarize } from './summary.ts'

const DEFAULT_FACTORS = [0.5, 1, 2, 3, 4, 5, 6, 8, 12]

/** Far beyond what 2,000 kiosks can send. */
const MOST_PER_HOUR = 300_000

/** `hanpyo sim fleet`: a polling day of many kiosks, for planning. */
export const simFleet: Command = {
  name: 'sim fleet',
  summary: 'Simulates a polling day over a map of centres and gateways, and reports what LoRaWAN carries.',
  usage: `Usage: hanpyo sim fleet <scenario.toml> [--sweep [F,F,…]] [--seed TEXT] [--walls DB]
                        [--json FILE] [--report FILE]

Runs the whole day in simulated time, usually in seconds, and prints what became of the ballots: how many were
acknowledged and how late, frames lost and why, airtime of each channel, how long each gateway was deaf.
examples/fleet-seocho.toml is a scenario with every part; firmware-sim/src/fleet/scenario.ts lists all settings.

  --sweep F,F,…    also puts steady loads on the map, so many times the day's busiest hour each, at random
                   and by the clock, to find where it saturates (default ${DEFAULT_FACTORS.join(',')}: --sweep default)
  --seed TEXT      draws another day and other walls (overrides the file)
  --walls DB       loss between every kiosk's antenna and the open air: 0 for antennas outside (overrides the file)
  --json FILE      writes all figures as JSON; - for standard output instead of the table
  --report FILE    writes a self-contained HTML report with plots

Exit codes: 0 every ballot was acknowledged, 1 some were not or a file was wrong, 2 wrong arguments.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        sweep: { type: 'string' },
        seed: { type: 'string' },
        walls: { type: 'string' },
        json: { type: 'string' },
        report: { type: 'string' },
      },
    })
    const [path] = positionals
    if (path === undefined || positionals.length > 1) throw new UsageError('one scenario file expected')
    const factors = values.sweep === undefined ? [] : parseFactors(values.sweep)
    const wallsDb = values.walls === undefined ? undefined : parseDecibels(values.walls)
    const loaded = await loadScenario(resolve(io.cwd, path))
    if (!loaded.ok) {
      io.stderr(loaded.detail ?? loaded.error)
      return EXIT.failed
    }
    const scenario = {
      ...loaded.value,
      seed: values.seed ?? loaded.value.seed,
      centres: loaded.value.centres.map((centre) => ({
        ...centre,
        indoorLossDb: wallsDb ?? centre.indoorLossDb,
      })),
    }
    const report: FleetReport = {
      summary: summarize(simulateFleet(scenario)),
      sweeps: factors.length === 0 ? [] : bothWays(scenario, factors),
      command: `npm run hanpyo -- sim fleet ${args.join(' ')}`,
    }
    const json = JSON.stringify({ summary: report.summary, sweeps: report.sweeps }, null, 2)
    if (values.json === '-') io.stdout(json)
    else for (const line of formatReport(report)) io.stdout(line)
    const files: [string | undefined, string][] = [
      [values.json === '-' ? undefined : values.json, `${json}\n`],
      [values.report, htmlReport(report)],
    ]
    for (const [name, text] of files) {
      if (name !== undefined && !(await write(resolve(io.cwd, name), text, io))) return EXIT.failed
    }
    return report.summary.ballots.outstanding === 0 ? EXIT.ok : EXIT.failed
  },
}

async function write(path: string, text: string, io: CommandIo): Promise<boolean> {
  try {
    await writeFile(path, text)
    return true
  } catch (error) {
    io.stderr(`The day was simulated, but ${path} could not be written: ${(error as Error).message}`)
    return false
  }
}

/** The same map with kiosks that send at random and, where the RX1 delay allows it, by the clock. */
function bothWays(scenario: FleetScenario, factors: readonly number[]): Sweep[] {
  const loads = factors.map((factor) => Math.round(factor * busiestPerHour(scenario)))
  if (loads.some((load) => load < 1 || load > MOST_PER_HOUR)) {
    throw new UsageError(
      `--sweep makes loads of ${loads.join(', ')} ballots/h; 1 to ${MOST_PER_HOUR} are possible`,
    )
  }
  const canSlot = scenario.network.rx1DelayMs >= LEAST_RX1_DELAY_FOR_SLOTS_MS
  return (canSlot ? [false, true] : [false]).map((isOn) => ({
    name: isOn ? 'by the clock' : 'at random',
    ...sweepLoads({ ...scenario, schedule: { ...scenario.schedule, isOn } }, loads),
  }))
}

function busiestPerHour(scenario: FleetScenario): number {
  const { profile } = scenario.day
  const mean = profile.reduce((sum, weight) => sum + weight, 0) / profile.length
  return mean === 0 ? 0 : (offeredPerHour(scenario) * Math.max(...profile)) / mean
}

function parseDecibels(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new UsageError('--walls takes decibels, 0 or more')
  }
  return value
}

function parseFactors(text: string): number[] {
  if (text === 'default') return DEFAULT_FACTORS
  const factors = text.split(',').map(Number)
  if (factors.some((factor) => !Number.isFinite(factor) || factor <= 0)) {
    throw new UsageError('--sweep takes numbers above 0, separated by commas, or default')
  }
  return factors.sort((a, b) => a - b)
}
