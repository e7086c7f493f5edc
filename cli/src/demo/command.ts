import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { loadScenario } from '@hanpyo/firmware-sim/scenarios/scenario.ts'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import type { ConfigError } from '@hanpyo/platform/config.ts'
import { writeDurable } from '@hanpyo/platform/durable-file.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { ok, type Result } from '@hanpyo/protocol/result.ts'
import { type DemoOptions, runDemo } from './demo.ts'
import { runHandsOn } from './hands-on.ts'
import { createProgress, type Progress } from './progress.ts'
import { complaints, type DemoReport } from './report.ts'
import { readDemoDay } from './scenario.ts'

const ELECTION = fileURLToPath(new URL('../../../examples/demo.toml', import.meta.url))
const BROKERS = ['auto', 'mosquitto', 'aedes'] as const

export const demoCommand: Command = {
  name: 'demo',
  summary: 'A whole polling day on this machine: kiosks, radio, outage, ledger, independent check.',
  usage: `hanpyo demo [--exit] [--report FILE] [--speed N] [--seed TEXT] [--voters N] [--broker KIND] [--dir DIR]
                   [--scenario FILE]

  --exit         end after the scripted day; without it a second election stays up for you to try
  --report FILE  write the day's figures as one JSON object
  --speed N      radio and machine timers run N times as fast as real ones (default 10)
  --seed TEXT    repeats radio loss and voters (default "hanpyo")
  --voters N     scripted people, 2 to 90 (default 60)
  --broker KIND  ${BROKERS.join(', ')} (default auto: mosquitto when installed)
  --scenario FILE  the air and what goes wrong there: examples/good-hall.toml, far-hall-dr0.toml, no-wifi.toml,
                 gateway-outage.toml, burst-loss.toml; sets speed, seed and voters unless they are given
  --dir DIR      keep all files of the day here

Exit codes: 0 every vote arrived once and the ledger verified, 1 something is wrong (it says what), 2 wrong arguments.`,
  async run(args, io) {
    const values = readOptions(args)
    const setting = await readSetting(values, io.cwd)
    if (!setting.ok) {
      io.stderr(setting.detail ?? setting.error)
      return EXIT.failed
    }
    const progress = createProgress(terminalOf(io), Date.now)
    const { report, verifyOutput, table } = await runDemo({
      electionFile: ELECTION,
      progress,
      broker: values.broker,
      ...setting.value,
      ...(values.dir === undefined ? {} : { dir: resolve(io.cwd, values.dir) }),
    })
    for (const text of [table, verifyOutput]) {
      io.stdout('')
      for (const line of text.trimEnd().split('\n')) io.stdout(line)
    }
    io.stdout('')
    for (const line of summary(report)) io.stdout(line)
    if (values.report !== undefined) {
      await writeDurable(resolve(io.cwd, values.report), utf8(`${JSON.stringify(report, null, 2)}\n`))
    }
    const wrong = complaints(report)
    for (const complaint of wrong) io.stderr(`Something is wrong: ${complaint}.`)
    if (!values.exit) await handsOn(values, progress, io)
    return wrong.length === 0 ? EXIT.ok : EXIT.failed
  },
}

type Options = ReturnType<typeof readOptions>

interface Setting extends Pick<DemoOptions, 'speed' | 'seed' | 'voters' | 'wifi' | 'scenario'> {}

/** Arguments first, then the scenario, then the usual values. */
async function readSetting(
  values: Options,
  cwd: string,
): Promise<Result<Setting, ConfigError | 'scenario-demo-invalid'>> {
  const given = { speed: values.speed ?? 10, seed: values.seed ?? 'hanpyo', voters: values.voters ?? 60 }
  if (values.scenario === undefined) return ok({ ...given, wifi: ['interrupted', 'after-closing'] })
  const loaded = await loadScenario(resolve(cwd, values.scenario))
  if (!loaded.ok) return loaded
  const day = readDemoDay(loaded.value)
  if (!day.ok) return day
  const { speed = loaded.value.speed, seed = loaded.value.seed, voters = day.value.voters ?? 60 } = values
  if (speed < 1 || speed > 50) throw new UsageError('the scenario has a speed that is not between 1 and 50')
  return ok({ speed, seed, voters, wifi: day.value.wifi, scenario: { ...loaded.value, seed } })
}

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      exit: { type: 'boolean', default: false },
      report: { type: 'string' },
      speed: { type: 'string' },
      seed: { type: 'string' },
      voters: { type: 'string' },
      broker: { type: 'string', default: 'auto' },
      scenario: { type: 'string' },
      dir: { type: 'string' },
    },
  })
  const speed = values.speed === undefined ? undefined : Number(values.speed)
  const voters = values.voters === undefined ? undefined : Number(values.voters)
  const broker = BROKERS.find((kind) => kind === values.broker)
  if (speed !== undefined && !(speed >= 1 && speed <= 50))
    throw new UsageError('--speed is not between 1 and 50')
  if (voters !== undefined && (!Number.isInteger(voters) || voters < 1 || voters > 90))
    throw new UsageError('--voters is not between 1 and 90')
  if (broker === undefined) throw new UsageError(`--broker is not one of ${BROKERS.join(', ')}`)
  const { exit, report, dir, seed, scenario } = values
  return { exit, report, dir, scenario, speed, voters, broker, seed }
}

function summary(report: DemoReport): string[] {
  const refused = Object.entries(report.refused).map(([reason, count]) => `${count} ${reason}`)
  const dropped = Object.entries(report.dropped).map(([reason, count]) => `${count} ${reason}`)
  return [
    `${report.cast} people cast a ballot; ${report.inLedger} ballots are in the ledger; ${report.lost} lost.`,
    `Acknowledged over LoRaWAN ${report.ackedOverLora}, over Wi-Fi ${report.ackedOverWifi}. Checked instead of cast: ${report.challenged}.`,
    `Refused on the ledger: ${refused.join(', ') || 'none'}. Dropped as forged or foreign: ${dropped.join(', ') || 'none'}.`,
    `Radio: ${report.framesSent} frames sent, ${report.framesLost} lost, ${(report.airtimeMs / 1000).toFixed(1)} s on air.`,
    `Ledger: ${report.checkpoint.size} records, root ${report.checkpoint.root}. ${report.verified ? 'VERIFIED' : 'NOT VERIFIED'}.`,
    `Key: ${report.trustees.t} of ${report.trustees.n} trustees. ${report.mixes} mixes. Counts are ${report.countsAsScripted ? '' : 'NOT '}what the scripted people chose. Verified up to stage ${report.stageVerified}.`,
    ...(report.proposals === null ? [] : [proposalLine(report.proposals)]),
    `Took ${(report.elapsedMs / 1000).toFixed(0)} s at ${report.speed} times real speed; seed "${report.seed}"; broker ${report.broker}.`,
  ]
}

function proposalLine({ handedIn, supports, hidden }: NonNullable<DemoReport['proposals']>): string {
  return `Proposals: ${handedIn} handed in, ${supports} supports with their authors, ${hidden} hidden.`
}

async function handsOn(values: Options, progress: Progress, io: CommandIo): Promise<void> {
  await runHandsOn({ electionFile: ELECTION, broker: values.broker, progress, stdout: io.stdout })
}

function terminalOf(io: CommandIo): { isTty: boolean; write(text: string): void } {
  if (process.stdout.isTTY) return { isTty: true, write: (text) => void process.stdout.write(text) }
  return { isTty: false, write: (text) => io.stdout(text.replace(/\n$/, '')) }
}
