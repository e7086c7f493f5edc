import { benchAck } from '@hanpyo/gateway-bridge/testing/bench-ack.ts'
import { type Bench, percentile } from './harness.ts'

const BALLOTS = 600
const PER_SECOND = 20

export const ackBench: Bench = {
  name: 'ack',
  summary: `${PER_SECOND} ballots/s over LoRaWAN into a bridge behind mosquitto: uplink event to ack enqueued`,
  async run(report) {
    const { wholeMs, fragmentedMs } = await benchAck({
      ballots: BALLOTS,
      ballotsPerSecond: PER_SECOND,
      fragmentedEvery: 10,
      onProgress: (what) => report(`  ${what} …`),
    })
    const figure = (name: string, value: number, reach?: string) => ({
      name,
      value,
      unit: 'ms',
      ...(reach === undefined ? {} : { reach }),
    })
    return [
      figure('whole ballots p50', percentile(wholeMs, 0.5)),
      figure('whole ballots p99', percentile(wholeMs, 0.99), '≤ 1,000, stretch 200'),
      figure('in fragments p50, from the last one', percentile(fragmentedMs, 0.5)),
      figure('in fragments p99, from the last one', percentile(fragmentedMs, 0.99), '≤ 1,000'),
    ]
  },
}
