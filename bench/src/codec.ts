import { benchCodec } from '@hanpyo/firmware-sim/bench.ts'
import { benchLoraPacket } from '@hanpyo/firmware-sim/testing/bench-peer.ts'
import { against, type Bench, median } from './harness.ts'

const ROUNDS = 5
const ROUND_MS = 300

export const codecBench: Bench = {
  name: 'codec',
  summary: 'LoRaWAN frames of 213 bytes: build and open, beside the npm package lora-packet',
  async run() {
    const rounds = Array.from({ length: ROUNDS }, () => ({
      ours: benchCodec({ durationMs: ROUND_MS }),
      theirs: benchLoraPacket({ durationMs: ROUND_MS }),
    }))
    const middle = (pick: (round: (typeof rounds)[number]) => number): number => median(rounds.map(pick))
    const seal = {
      name: 'build and sign',
      value: middle(({ ours }) => ours.sealPerSecond),
      unit: 'frames/s',
      reach: '≥ 5 ×',
    }
    const open = {
      name: 'check and decrypt',
      value: middle(({ ours }) => ours.openPerSecond),
      unit: 'frames/s',
      reach: '≥ 5 ×',
    }
    return [
      against(
        seal,
        'lora-packet',
        middle(({ theirs }) => theirs.sealPerSecond),
      ),
      against(
        open,
        'lora-packet',
        middle(({ theirs }) => theirs.openPerSecond),
      ),
    ]
  },
}
