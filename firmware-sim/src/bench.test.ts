import { expect, test } from 'vitest'
import { benchCodec } from './bench.ts'
import { benchLoraPacket } from './testing/bench-peer.ts'

test('the codec is at least five times as fast as lora-packet in the same run', () => {
  const ours = benchCodec({ durationMs: 100 })
  const theirs = benchLoraPacket({ durationMs: 100 })
  expect(ours.sealPerSecond / theirs.sealPerSecond).toBeGreaterThan(5)
  expect(ours.openPerSecond / theirs.openPerSecond).toBeGreaterThan(5)
})
