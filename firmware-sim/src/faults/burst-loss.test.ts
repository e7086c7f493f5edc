import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSeededRandom } from '../random.ts'
import { BurstLossLinks } from './burst-loss.ts'

function run(settings: { loss: number; burstFrames: number }, frames: number, link = 'a', seed = 'x') {
  const links = new BurstLossLinks(createSeededRandom(seed), { up: settings, down: settings })
  return Array.from({ length: frames }, () => links.isLost('up', link))
}

test('losses have the share and the mean burst length that were asked for', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.05, max: 0.6, noNaN: true }),
      fc.integer({ min: 2, max: 10 }),
      (loss, burstFrames) => {
        const outcome = run({ loss, burstFrames }, 60_000)
        const lost = outcome.filter(Boolean).length
        const bursts = outcome.filter((isLost, i) => isLost && outcome[i - 1] !== true).length
        expect(Math.abs(lost / outcome.length - loss)).toBeLessThan(0.05)
        expect(Math.abs(lost / bursts / burstFrames - 1)).toBeLessThan(0.2)
      },
    ),
    { numRuns: 10, seed: 7 },
  )
})

test('a link loses the same frames for the same seed, whatever other links do', () => {
  const settings = { loss: 0.3, burstFrames: 4 }
  const alone = run(settings, 200)
  const links = new BurstLossLinks(createSeededRandom('x'), { up: settings, down: settings })
  const beside = Array.from({ length: 200 }, () => {
    links.isLost('up', 'b')
    links.isLost('down', 'a')
    return links.isLost('up', 'a')
  })
  expect(beside).toEqual(alone)
  expect(run(settings, 200, 'b')).not.toEqual(alone)
})

test('no loss loses nothing and total loss everything, also when it is set later', () => {
  expect(run({ loss: 0, burstFrames: 3 }, 50)).not.toContain(true)
  expect(run({ loss: 1, burstFrames: 3 }, 50)).not.toContain(false)
  const links = new BurstLossLinks(createSeededRandom('x'), {
    up: { loss: 0.1, burstFrames: 1 },
    down: { loss: 0, burstFrames: 1 },
  })
  for (let i = 0; i < 10; i++) links.isLost('up', 'a')
  links.settings.up.loss = 1
  expect(Array.from({ length: 20 }, () => links.isLost('up', 'a'))).not.toContain(false)
})
