import { concatBytes, fromHex, toHex } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loraPacket } from '../testing/lora-packet.ts'
import { AesKey } from './aes.ts'
import {
  hasValidJoinMic,
  hasValidMic,
  type OutgoingFrame,
  openPayload,
  sealDataFrame,
  sealJoinRequest,
  sessionKeys,
} from './codec.ts'
import { fullCounter } from './counter.ts'
import { type DataFrame, parsePhy } from './frame.ts'
import { deriveSessionKeys, type JoinAccept, openJoinAccept, sealJoinAccept } from './join.ts'

const APP_KEY = fromHex('ec925802ae430ca77fd3dd73cb2cc588')
const NWK_S_KEY = fromHex('44024241ed4ce9a68c6a8bc055233fd3')
const KEYS = sessionKeys({ nwkSKey: NWK_S_KEY, appSKey: APP_KEY })
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

const outgoing: fc.Arbitrary<OutgoingFrame> = fc
  .record({
    direction: fc.constantFrom('up' as const, 'down' as const),
    isConfirmed: fc.boolean(),
    devAddr: fc.integer({ min: 0, max: 0xffffffff }),
    adr: fc.boolean(),
    adrAckReq: fc.boolean(),
    ack: fc.boolean(),
    fPending: fc.boolean(),
    fCnt: fc.integer({ min: 0, max: 0xffffffff }),
    fOpts: fc.uint8Array({ maxLength: 15 }),
    fPort: fc.integer({ min: 1, max: 223 }),
    payload: fc.uint8Array({ minLength: 1, maxLength: 242 }),
  })
  .map(({ adr, adrAckReq, ack, fPending, ...frame }) => ({
    ...frame,
    control: {
      adr,
      adrAckReq: frame.direction === 'up' && adrAckReq,
      ack,
      fPending: frame.direction === 'down' && fPending,
    },
  }))

function parseData(phy: Uint8Array): DataFrame {
  const frame = expectOk(parsePhy(phy))
  if (frame.type !== 'data') throw new Error(`not a data frame but ${frame.type}`)
  return frame
}

test('lora-packet reads every data frame we make: fields, MIC and payload', () => {
  fc.assert(
    fc.property(outgoing, (frame) => {
      const phy = sealDataFrame(frame, KEYS)
      const theirs = loraPacket.fromWire(Buffer.from(phy))
      const high = Buffer.from([(frame.fCnt >>> 16) & 0xff, frame.fCnt >>> 24])
      expect(loraPacket.verifyMIC(theirs, Buffer.from(NWK_S_KEY), undefined, high)).toBe(true)
      const clear = loraPacket.decrypt(theirs, Buffer.from(APP_KEY), Buffer.from(NWK_S_KEY), high)
      expect(toHex(new Uint8Array(clear!))).toBe(toHex(frame.payload))
      expect(theirs.getFPort()).toBe(frame.fPort)
      expect(theirs.getFCnt()).toBe(frame.fCnt & 0xffff)
      expect(theirs.getDir()).toBe(frame.direction)
      expect(theirs.isConfirmed()).toBe(frame.isConfirmed)
      expect(theirs.getFCtrlADR()).toBe(frame.control.adr)
      expect(theirs.getFCtrlACK()).toBe(frame.control.ack)
      expect(toHex(new Uint8Array(theirs.DevAddr!))).toBe(frame.devAddr.toString(16).padStart(8, '0'))
      expect(toHex(new Uint8Array(theirs.FOpts!))).toBe(toHex(frame.fOpts))
    }),
    { numRuns: 200 },
  )
})

test('we read the frame of the lora-packet documentation', () => {
  const phy = fromHex('40f17dbe4900020001954378762b11ff0d')
  const frame = parseData(phy)
  expect(frame).toMatchObject({ devAddr: 0x49be7df1, fCnt16: 2, fPort: 1, direction: 'up' })
  expect(hasValidMic(phy, frame, 2, KEYS.nwkSKey)).toBe(true)
  expect(new TextDecoder().decode(openPayload(frame, 2, KEYS))).toBe('test')
})

test('what we seal opens again with the full counter and with no other', () => {
  fc.assert(
    fc.property(outgoing, (frame) => {
      const phy = sealDataFrame(frame, KEYS)
      const parsed = parseData(phy)
      expect(hasValidMic(phy, parsed, frame.fCnt, KEYS.nwkSKey)).toBe(true)
      expect(hasValidMic(phy, parsed, (frame.fCnt ^ 0x10000) >>> 0, KEYS.nwkSKey)).toBe(false)
      expect(openPayload(parsed, frame.fCnt, KEYS)).toEqual(frame.payload)
      expect(parsed.control).toEqual(frame.control)
    }),
    { numRuns: 200 },
  )
})

test('a changed bit anywhere in a frame breaks its MIC or its form', () => {
  const phy = sealDataFrame(
    {
      direction: 'up',
      isConfirmed: false,
      devAddr: 0x01020304,
      control: { adr: false, adrAckReq: false, ack: false, fPending: false },
      fCnt: 70_000,
      fOpts: Uint8Array.of(2),
      fPort: 1,
      payload: new Uint8Array(20).fill(7),
    },
    KEYS,
  )
  for (let bit = 0; bit < phy.length * 8; bit++) {
    const changed = phy.slice()
    changed[bit >> 3]! ^= 1 << (bit & 7)
    const parsed = parsePhy(changed)
    const isGood =
      parsed.ok && parsed.value.type === 'data' && hasValidMic(changed, parsed.value, 70_000, KEYS.nwkSKey)
    expect(isGood, `bit ${bit}`).toBe(false)
  }
})

test('lora-packet agrees on the MIC of join-requests', () => {
  fc.assert(
    fc.property(bytes(8), bytes(8), fc.integer({ min: 0, max: 0xffff }), (joinEui, devEui, devNonce) => {
      const phy = sealJoinRequest({ joinEui, devEui, devNonce }, new AesKey(APP_KEY))
      const theirs = loraPacket.fromWire(Buffer.from(phy))
      expect(loraPacket.verifyMIC(theirs, undefined, Buffer.from(APP_KEY))).toBe(true)
      expect(toHex(new Uint8Array(theirs.DevEUI!))).toBe(toHex(devEui))
      const ours = expectOk(parsePhy(phy))
      expect(ours).toMatchObject({ joinEui, devEui, devNonce })
      expect(ours.type === 'join-request' && hasValidJoinMic(ours, new AesKey(APP_KEY))).toBe(true)
    }),
    { numRuns: 50 },
  )
})

test('lora-packet opens our join-accept, and both sides derive the same session keys', () => {
  const appKey = new AesKey(APP_KEY)
  const accept: JoinAccept = {
    joinNonce: 0x010203,
    netId: 0x000024,
    devAddr: 0x48000001,
    rx1DataRateOffset: 1,
    rx2DataRate: 0,
    rx1DelayS: 5,
    extraChannelsHz: [922_700_000, 922_900_000, 923_100_000],
  }
  const phy = sealJoinAccept(accept, appKey)
  const encrypted = loraPacket.fromWire(Buffer.from(phy))
  const clear = loraPacket.fromWire(loraPacket.decryptJoinAccept(encrypted, Buffer.from(APP_KEY)))
  expect(loraPacket.verifyMIC(clear, undefined, Buffer.from(APP_KEY))).toBe(true)
  expect(toHex(new Uint8Array(clear.DevAddr!))).toBe('48000001')
  const parsed = expectOk(parsePhy(phy))
  expect(parsed.type).toBe('join-accept')
  if (parsed.type !== 'join-accept') return
  expect(openJoinAccept(parsed, appKey)).toEqual({ ok: true, value: accept })
  expect(openJoinAccept(parsed, new AesKey(NWK_S_KEY))).toEqual({ ok: false, error: 'join-accept-mic' })
  const ours = deriveSessionKeys(appKey, { joinNonce: 0x010203, netId: 0x000024, devNonce: 0x1122 })
  const theirs = loraPacket.generateSessionKeys10(
    Buffer.from(APP_KEY),
    Buffer.from('000024', 'hex'),
    Buffer.from('010203', 'hex'),
    Buffer.from('1122', 'hex'),
  )
  expect(toHex(ours.appSKey)).toBe(toHex(new Uint8Array(theirs.AppSKey)))
  expect(toHex(ours.nwkSKey)).toBe(toHex(new Uint8Array(theirs.NwkSKey)))
})

test('the parser answers any bytes with a value, never with an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 260 }), (input) => {
      const parsed = parsePhy(input)
      if (parsed.ok && parsed.value.type === 'data') hasValidMic(input, parsed.value, 0, KEYS.nwkSKey)
      if (parsed.ok && parsed.value.type === 'join-accept') openJoinAccept(parsed.value, KEYS.nwkSKey)
    }),
    { numRuns: 20_000 },
  )
})

test('a frame cut off at any byte is refused', () => {
  const phy = concatBytes(fromHex('40f17dbe4903020001020301954378762b11ff0d'))
  for (let length = 0; length < 15; length++) expect(parsePhy(phy.subarray(0, length)).ok).toBe(false)
})

test('the full counter follows 16 bits over the wrap and tells a repetition', () => {
  expect(fullCounter(0, 0)).toBe(0)
  expect(fullCounter(7, 3)).toBe(7)
  expect(fullCounter(2, 3)).toBe(2)
  expect(fullCounter(0xffff, 0xffff)).toBe(0xffff)
  expect(fullCounter(0, 0x10000)).toBe(0x10000)
  expect(fullCounter(0xffff, 0x10000)).toBe(0xffff)
  expect(fullCounter(1, 0xfffe)).toBe(0x10001)
})
