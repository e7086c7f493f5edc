import { ByteReader, fromHex, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { createWorld } from '../testing/world.ts'
import { recordAir } from './air-trace.ts'
import { encodeLoraTap } from './loratap.ts'
import { LINKTYPE_LORATAP, pcapFileHeader, pcapRecord } from './pcap.ts'

test('a LoRaTap header of version 0 has the published layout', () => {
  const frame = { frequencyHz: 922_100_000, spreadingFactor: 7, phyPayload: Uint8Array.of(0xaa, 0xbb) }
  const strong = encodeLoraTap({ ...frame, rssiDbm: -57, snrDb: 9.5 })
  expect(toHex(strong)).toBe('0000000f36f62120010752ffff2634aabb')
  const weak = encodeLoraTap({ ...frame, spreadingFactor: 12, rssiDbm: -131, snrDb: -14.25 })
  expect(toHex(weak)).toBe('0000000f36f62120010c20ffffc734aabb')
  const sent = encodeLoraTap({ ...frame, rssiDbm: undefined, snrDb: undefined })
  expect(sent.subarray(10, 14)).toEqual(Uint8Array.of(255, 255, 255, 0))
})

test('a pcap file begins with magic, version 2.4 and link type 270, and a record with its time', () => {
  expect(LINKTYPE_LORATAP).toBe(270)
  expect(toHex(pcapFileHeader(LINKTYPE_LORATAP))).toBe(
    'a1b2c3d4000200040000000000000000' + '0000ffff0000010e',
  )
  expect(pcapRecord(1_780_000_000_123.456, fromHex('0102'))).toEqual(
    fromHex('6a18a5000001e2400000000200000002' + '0102'),
  )
})

test('a trace holds each heard uplink with its strength and each downlink, in order of their ends', async () => {
  const world = await createWorld()
  const records: Uint8Array[] = []
  world.radio.observe(recordAir(world.clock, (bytes) => records.push(bytes)))
  const device = await world.device(1)
  expectOk(await world.finish(device.join()))
  await world.finish(device.send({ fPort: 1, payload: utf8('hello'), isConfirmed: false }))
  await world.clock.advance(1000)
  const frames = records.map(readRecord)
  expect(frames.map(({ type }) => type)).toEqual(['000', '001', '010', '011'])
  expect(frames.map(({ rssi }) => rssi === 255)).toEqual([false, true, false, true])
  expect(frames.map(({ timeUs }) => timeUs)).toEqual(
    frames.map(({ timeUs }) => timeUs).toSorted((a, b) => a - b),
  )
})

/** Time, RSSI byte and message type in bits of a record with a LoRaTap packet. */
function readRecord(bytes: Uint8Array): { timeUs: number; rssi: number; type: string } {
  const reader = new ByteReader(bytes)
  const timeUs = reader.u32() * 1_000_000 + reader.u32()
  expect([reader.u32(), reader.u32()]).toEqual([bytes.length - 16, bytes.length - 16])
  const packet = reader.rest()
  return { timeUs, rssi: packet[10]!, type: (packet[15]! >> 5).toString(2).padStart(3, '0') }
}
