import { expect, test } from 'vitest'
import type { UplinkMessage } from '../gateway/messages.ts'
import { createSeededRandom } from '../random.ts'
import { chooseGateway } from './gateway-choice.ts'

const heardBy = (gatewayId: string, snrDb: number, spreadingFactor = 7): UplinkMessage => ({
  gatewayId,
  snrDb,
  spreadingFactor,
  phyPayload: new Uint8Array(0),
  frequencyHz: 922_100_000,
  uplinkId: 1,
  rssiDbm: -100,
  channel: 0,
  context: new Uint8Array(4),
  gatewayTimeMs: undefined,
})

test('the best SNR answers when at most one gateway has a margin of 10 dB', () => {
  const random = createSeededRandom('choice')
  const frames = [heardBy('a', 2), heardBy('b', 1), heardBy('c', -6)]
  for (let i = 0; i < 20; i++) expect(chooseGateway(frames, 10, random).gatewayId).toBe('a')
  const oneGood = [heardBy('a', 3), heardBy('b', 2)]
  for (let i = 0; i < 20; i++) expect(chooseGateway(oneGood, 10, random).gatewayId).toBe('a')
})

test('gateways with enough margin take turns, the others never answer', () => {
  const random = createSeededRandom('choice')
  const frames = [heardBy('a', 9), heardBy('b', 4), heardBy('c', 1)]
  const chosen = Array.from({ length: 200 }, () => chooseGateway(frames, 10, random).gatewayId)
  expect(new Set(chosen)).toEqual(new Set(['a', 'b']))
  expect(chosen.filter((id) => id === 'b').length).toBeGreaterThan(60)
})

test('the margin counts from the floor of the spreading factor', () => {
  const random = createSeededRandom('choice')
  const frames = [heardBy('a', -9, 12), heardBy('b', -9.5, 12), heardBy('c', -10.5, 12)]
  const chosen = Array.from({ length: 100 }, () => chooseGateway(frames, 10, random).gatewayId)
  expect(new Set(chosen)).toEqual(new Set(['a', 'b']))
})
