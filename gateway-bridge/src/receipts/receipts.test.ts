import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { decodeUtf8, fromBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import { parseAck, verifyAck } from '@hanpyo/protocol/link/ack.ts'
import { parseDownDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { err, expectOk, ok } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { Receipts, type ReturnRoute } from './receipts.ts'

const key = new Uint8Array(32).fill(9)
const manifestHash = new Uint8Array(32).fill(1)
const id = (n: number) => new Uint8Array(32).fill(n)
const wifi: ReturnRoute = { route: 'wifi', kioskId: 3 }
const lora: ReturnRoute = {
  route: 'lora',
  kioskId: 3,
  applicationId: '7c1f2a8e-3d52-4a6b-9f0e-5a4d3c2b1a00',
  devEui: '24e124ffff000003',
}

function setUp(
  publish = async () => ok(undefined) as ReturnType<typeof ok<undefined>> | ReturnType<typeof err>,
) {
  const sent: { topic: string; payload: Uint8Array }[] = []
  const results: (string | undefined)[] = []
  const receipts = new Receipts({
    manifestHash,
    ackKeys: (kioskId) => (kioskId === 3 ? key : undefined),
    clock: createVirtualClock({ startMs: Date.UTC(2026, 5, 1) }),
    ackLifetimeMs: 10_000,
    publish(topic, payload) {
      sent.push({ topic, payload: typeof payload === 'string' ? utf8(payload) : payload })
      return publish()
    },
    onSent: (_what, _route, error) => void results.push(error),
  })
  return { receipts, sent, results }
}

test('an ack over LoRaWAN is a downlink command for port 1 that expires with its receive window', async () => {
  const { receipts, sent } = setUp()
  receipts.ack(lora, { status: 0, id: id(7) })
  await receipts.settle()
  expect(sent).toHaveLength(1)
  expect(sent[0]!.topic).toBe(
    'application/7c1f2a8e-3d52-4a6b-9f0e-5a4d3c2b1a00/device/24e124ffff000003/command/down',
  )
  const command = JSON.parse(decodeUtf8(sent[0]!.payload))
  expect(command).toMatchObject({
    devEui: '24e124ffff000003',
    confirmed: false,
    fPort: 1,
    expiresAt: '2026-06-01T00:00:10.000Z',
  })
  expect(command.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  const bytes = fromBase64(command.data)
  expect(verifyAck({ key, manifestHash, kioskId: 3, bytes, findIds: () => [id(7)] })).toEqual(
    ok([{ status: 0, id: id(7) }]),
  )
})

test('what is due to one kiosk at once shares datagrams of up to five, at most 45 bytes each', async () => {
  const { receipts, sent } = setUp()
  for (let n = 1; n <= 7; n++) receipts.ack(wifi, { status: n % 2, id: id(n) })
  await receipts.settle()
  expect(sent.map(({ payload }) => expectOk(parseAck(payload)).items.length)).toEqual([5, 2])
  expect(sent.every(({ payload }) => payload.length <= 45)).toBe(true)
  expect(sent.every(({ topic }) => topic === 'hanpyo/v1/kiosk/3/down')).toBe(true)
})

test('the routes of a kiosk are answered apart', async () => {
  const { receipts, sent } = setUp()
  receipts.ack(wifi, { status: 0, id: id(1) })
  receipts.ack(lora, { status: 0, id: id(2) })
  await receipts.settle()
  expect(sent.map(({ topic }) => topic.split('/')[0])).toEqual(['hanpyo', 'application'])
})

test('a promise goes to its kiosk as a datagram of its own kind', async () => {
  const { receipts, sent } = setUp()
  receipts.promise(3, 'a note\n')
  await receipts.settle()
  expect(parseDownDatagram(sent[0]!.payload)).toEqual(ok({ kind: 'promise', note: 'a note\n' }))
})

test('a kiosk without a live device gets nothing', async () => {
  const { receipts, sent } = setUp()
  receipts.ack({ route: 'wifi', kioskId: 4 }, { status: 0, id: id(1) })
  await receipts.settle()
  expect(sent).toEqual([])
})

test('a broker that is away is counted, and nothing is kept for later', async () => {
  const { receipts, results } = setUp(async () => err('offline'))
  receipts.ack(wifi, { status: 0, id: id(1) })
  await receipts.settle()
  expect(results).toEqual(['offline'])
})
