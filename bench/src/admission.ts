import { benchAdmission } from '@hanpyo/gateway-bridge/testing/bench-admission.ts'
import { against, type Bench } from './harness.ts'

const BALLOTS = 12_000
const WORKERS = 2
const CONNECTIONS = 32

export const admissionBench: Bench = {
  name: 'admission',
  summary: `drain a broker queue of ${BALLOTS} ballots: verify, fsync, promise and ack, beside verification alone`,
  async run(report) {
    const result = await benchAdmission({
      ballots: BALLOTS,
      workers: WORKERS,
      connections: CONNECTIONS,
      onProgress: (what) => report(`  ${what} …`),
    })
    const admitted = {
      name: `admitted, ${WORKERS} workers, ${CONNECTIONS} connections`,
      value: result.admittedPerSecond,
      unit: 'ballots/s',
      reach: '≥ 0.7 ×, stretch 0.9 ×',
    }
    return [
      against(admitted, 'verification alone', result.rawVerifiedPerSecond),
      { name: 'group commits, one fsync each', value: result.commits, unit: 'commits' },
    ]
  },
}
