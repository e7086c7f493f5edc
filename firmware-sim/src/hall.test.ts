import { toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { createSeededRandom } from './random.ts'
import { createWorld, type TestWorld, testIdentity } from './testing/world.ts'

const DEVICES = 12
const MESSAGES_EACH = 8
const MESSAGE_BYTES = 213

/** Answers every uplink the way the bridge does: with a downlink that names the first bytes of what it got. */
async function answerUplinks(world: TestWorld): Promise<Map<string, number>> {
  const seen = new Map<string, number>()
  await world.broker.subscribe('application/+/device/+/event/up', 1, async (topic, payload) => {
    const event = JSON.parse(new TextDecoder().decode(payload))
    const { devEui } = event.deviceInfo
    const key = `${devEui}/${event.fCnt}`
    seen.set(key, (seen.get(key) ?? 0) + 1)
    if (event.fPort !== 1) return
    await world.clock.sleep(0)
    await world.broker.publish(
      topic.replace('event/up', 'command/down'),
      JSON.stringify({ devEui, fPort: 1, data: event.data.slice(0, 8) }),
    )
  })
  return seen
}

/** Joins and sends every message again and again, each time after a random pause, until its answer came. */
async function vote(world: TestWorld, number: number): Promise<number> {
  const random = createSeededRandom(`voter ${number}`)
  const device = await world.device(number, { position: { x: 50 + number, y: 20 } })
  while (!(await device.join()).ok) await world.clock.sleep(1000 + random.integer(20_000))
  let frames = 0
  for (let i = 0; i < MESSAGES_EACH; i++) {
    const payload = random.bytes(MESSAGE_BYTES)
    const answer = toHex(payload.subarray(0, 6))
    for (let isAnswered = false; !isAnswered; ) {
      await world.clock.sleep(random.integer(30_000))
      const room = device.roomForPayload
      const sent = await device.send({ fPort: 1, payload: payload.subarray(0, room), isConfirmed: false })
      if (!sent.ok) continue
      frames++
      isAnswered = sent.value.downlinks.some((one) => toHex(one.payload) === answer)
    }
  }
  return frames
}

test('a hall of kiosks gets every message answered over a radio that loses a tenth of the frames each way', async () => {
  const world = await createWorld({ loss: { up: 0.1, down: 0.1 }, deviceCount: DEVICES })
  const seen = await answerUplinks(world)
  const frames = await world.finish(
    Promise.all(Array.from({ length: DEVICES }, (_, i) => vote(world, i + 1))),
  )
  const total = frames.reduce((sum, one) => sum + one, 0)
  expect(total).toBeGreaterThanOrEqual(DEVICES * MESSAGES_EACH)
  expect(total).toBeLessThan(DEVICES * MESSAGES_EACH * 2)
  expect([...seen.values()].every((count) => count === 1)).toBe(true)
  const { metrics } = world.radio
  expect(metrics.framesLost).toBe(Object.values(metrics.lostBy).reduce((sum, one) => sum + one, 0))
  expect(metrics.framesSent).toBe(
    [...metrics.perDevice.values()].reduce((sum, one) => sum + one.framesSent, 0),
  )
})

test('the same seed gives the same day, frame by frame', async () => {
  const run = async () => {
    const world = await createWorld({ loss: { up: 0.2, down: 0.2 }, deviceCount: 3 })
    await answerUplinks(world)
    await world.finish(Promise.all([1, 2, 3].map((number) => vote(world, number))))
    return world.broker.messages.map(({ topic, payload }) => `${topic} ${toBase64(payload)}`)
  }
  expect(await run()).toEqual(await run())
})

test('a DevEUI that nobody registered never gets an answer', async () => {
  const world = await createWorld({ deviceCount: 1 })
  const stranger = await world.device(7)
  expect(await world.finish(stranger.join())).toEqual({ ok: false, error: 'join-timeout' })
  expect(expectOk(await world.finish((await world.device(1)).join())).devAddr).toBeDefined()
  expect(testIdentity(7).devEui).not.toBe(testIdentity(1).devEui)
})
