import { benchAdmission } from '@hanpyo/gateway-bridge/testing/bench-admission.ts'
import { against, type Bench, type Figure } from './harness.ts'

const WORKERS = 2
/** As in `deploy/bridge/bridge.toml`. */
const CONNECTIONS = 4
const IN_FLIGHT = 32
const SHORT = { ballots: 4_000, rounds: 4 }
/** Enough slips for some thousand ballots a second. */
const LONG = { ballots: 15_000, rounds: 40, enoughMs: 600_000 }

export const admissionBench: Bench = {
  name: 'admission',
  summary: `drain a broker's queue ${SHORT.rounds} times: verify, fsync, promise and ack, in turn with verification alone`,
  run: (report) => admission(SHORT, report),
}

export const sustainedBench: Bench = {
  name: 'sustained',
  summary:
    'the same for ten minutes of draining into one ledger; takes half an hour, so that it runs by its name only',
  isOnDemand: true,
  run: (report) => admission(LONG, report),
}

async function admission(
  size: { readonly ballots: number; readonly rounds: number; readonly enoughMs?: number },
  report: (line: string) => void,
): Promise<Figure[]> {
  const { rounds, ballots, rawVerifiedPerSecond, admittedPerSecond, cpuShare, commits } =
    await benchAdmission({
      ...size,
      workers: WORKERS,
      connections: CONNECTIONS,
      inFlightPerConnection: IN_FLIGHT,
      onProgress: (what) => report(`  ${what} …`),
    })
  const admitted = {
    name: `admitted, ${WORKERS} workers, ${CONNECTIONS} connections`,
    value: admittedPerSecond,
    unit: 'ballots/s',
    reach: '≥ 0.7 ×, stretch 0.9 ×',
  }
  const [first, last] = [rounds[0], rounds.at(-1)]
  const rate = (round = first) => (size.ballots / (round?.admittedMs ?? Number.NaN)) * 1000
  const grownBytes = (last?.rssBytes ?? 0) - (first?.rssBytes ?? 0)
  return [
    against(admitted, 'verification alone', rawVerifiedPerSecond),
    against({ name: 'the last round', value: rate(last), unit: 'ballots/s' }, 'the first', rate(first)),
    { name: 'processor time of verification in all that the bridge takes', value: cpuShare, unit: '×' },
    { name: `ballots in ${rounds.length} rounds`, value: ballots, unit: 'ballots' },
    {
      name: 'memory grown from first to last round, for each ballot',
      value: grownBytes / ballots,
      unit: 'bytes',
    },
    { name: 'group commits, one fsync each', value: commits, unit: 'commits' },
  ]
}
