import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyServerCommands } from './command-handler.ts'
import {
  type DeviceCommand,
  encodeDeviceCommand,
  encodeServerCommands,
  parseDeviceCommands,
  parseServerCommands,
  type ServerCommand,
} from './commands.ts'
import { sessionAfterJoin } from './session.ts'

const SESSION = sessionAfterJoin(
  {
    joinNonce: 0,
    netId: 0,
    devAddr: 1,
    rx1DataRateOffset: 0,
    rx2DataRate: 0,
    rx1DelayS: 1,
    extraChannelsHz: [922_700_000],
  },
  { nwkSKey: '00'.repeat(16), appSKey: '00'.repeat(16) },
)
const CONTEXT = { isAdrOn: true, dataRate: 2, snrDb: 6.4 }
const ADR = { dataRate: 5, txPowerIndex: 2, channelMask: 0b1111, channelMaskControl: 0, transmissions: 2 }

const REQUESTS: ServerCommand[] = [
  { name: 'LinkCheckAns', marginDb: 12, gatewayCount: 2 },
  { name: 'LinkADRReq', ...ADR },
  { name: 'DutyCycleReq', maxDutyCycle: 3 },
  { name: 'RXParamSetupReq', rx1DataRateOffset: 2, rx2DataRate: 3, frequencyHz: 922_500_000 },
  { name: 'DevStatusReq' },
  { name: 'NewChannelReq', index: 5, frequencyHz: 923_300_000, minDataRate: 1, maxDataRate: 5 },
  { name: 'RXTimingSetupReq', delayS: 5 },
  { name: 'TXParamSetupReq', value: 9 },
  { name: 'DlChannelReq', index: 3, frequencyHz: 922_900_000 },
  { name: 'DeviceTimeAns', gpsSeconds: 1_400_000_000, fraction: 0.5 },
]
const ANSWERS: DeviceCommand[] = [
  { name: 'LinkCheckReq' },
  { name: 'LinkADRAns', isPowerOk: true, isDataRateOk: false, isChannelMaskOk: true },
  { name: 'DutyCycleAns' },
  { name: 'RXParamSetupAns', isRx1OffsetOk: true, isRx2DataRateOk: true, isChannelOk: false },
  { name: 'DevStatusAns', battery: 0, marginDb: -7 },
  { name: 'NewChannelAns', isDataRateOk: true, isFrequencyOk: false },
  { name: 'RXTimingSetupAns' },
  { name: 'DlChannelAns', isUplinkKnown: true, isFrequencyOk: true },
  { name: 'DeviceTimeReq' },
]

test('every command survives encoding and parsing', () => {
  expect(parseServerCommands(encodeServerCommands(REQUESTS))).toEqual(REQUESTS)
  const bytes = Uint8Array.from(ANSWERS.flatMap((answer) => [...encodeDeviceCommand(answer)]))
  expect(parseDeviceCommands(bytes)).toEqual(ANSWERS)
})

test('parsing and applying any bytes never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      parseDeviceCommands(bytes)
      applyServerCommands(SESSION, parseServerCommands(bytes), CONTEXT)
    }),
    { numRuns: 5000 },
  )
})

test('a good LinkADRReq changes data rate, power, channels and repetitions at once', () => {
  const command = { name: 'LinkADRReq' as const, ...ADR, channelMask: 0b0001 }
  const outcome = applyServerCommands(SESSION, [command], CONTEXT)
  expect(outcome.dataRate).toBe(5)
  expect(outcome.session).toMatchObject({ txPowerIndex: 2, transmissions: 2 })
  expect(outcome.session.channels.map((one) => one.isEnabled)).toEqual([true, false, false, false])
  expect(outcome.answers).toEqual([
    { name: 'LinkADRAns', isPowerOk: true, isDataRateOk: true, isChannelMaskOk: true },
  ])
})

test('a LinkADRReq with one bad part changes nothing and says which part', () => {
  const noChannel = applyServerCommands(
    SESSION,
    [{ name: 'LinkADRReq', ...ADR, channelMask: 0x8000 }],
    CONTEXT,
  )
  expect(noChannel.session).toBe(SESSION)
  expect(noChannel.answers[0]).toMatchObject({ isChannelMaskOk: false })
  const badRate = applyServerCommands(SESSION, [{ name: 'LinkADRReq', ...ADR, dataRate: 7 }], CONTEXT)
  expect(badRate.answers[0]).toMatchObject({ isDataRateOk: false, isChannelMaskOk: true })
  const badPower = applyServerCommands(SESSION, [{ name: 'LinkADRReq', ...ADR, txPowerIndex: 9 }], CONTEXT)
  expect(badPower.answers[0]).toMatchObject({ isPowerOk: false })
  expect(badPower.dataRate).toBe(2)
})

test('a block of LinkADRReq gets one answer for each and takes the last values', () => {
  const block: ServerCommand[] = [
    { name: 'LinkADRReq', ...ADR, channelMaskControl: 6, dataRate: 1 },
    { name: 'LinkADRReq', ...ADR, channelMask: 0b0111, dataRate: 4 },
  ]
  const outcome = applyServerCommands(SESSION, block, CONTEXT)
  expect(outcome.answers).toHaveLength(2)
  expect(outcome.dataRate).toBe(4)
})

test('with ADR off only the channel mask is taken', () => {
  const command = { name: 'LinkADRReq' as const, ...ADR, channelMask: 0b0011 }
  const outcome = applyServerCommands(SESSION, [command], { ...CONTEXT, isAdrOn: false })
  expect(outcome.dataRate).toBe(2)
  expect(outcome.session).toMatchObject({ txPowerIndex: 0, transmissions: 1 })
  expect(outcome.session.channels.filter((one) => one.isEnabled)).toHaveLength(2)
})

test('receive timing, receive parameters and new channels take effect and are answered in order', () => {
  const outcome = applyServerCommands(SESSION, REQUESTS, CONTEXT)
  expect(outcome.session).toMatchObject({ rx1DelayS: 5, rx1DataRateOffset: 2, rx2FrequencyHz: 922_500_000 })
  expect(outcome.session.channels.map((one) => one.index)).toEqual([0, 1, 2, 3, 5])
  expect(outcome.session.channels[3]).toMatchObject({ rx1FrequencyHz: 922_900_000 })
  expect(outcome.answers.map((one) => one.name)).toEqual([
    'LinkADRAns',
    'DutyCycleAns',
    'RXParamSetupAns',
    'DevStatusAns',
    'NewChannelAns',
    'RXTimingSetupAns',
    'DlChannelAns',
  ])
  expect(outcome.notices.map((one) => one.name)).toEqual(['LinkCheckAns', 'DeviceTimeAns'])
})

test('default channels cannot be replaced and foreign frequencies are refused', () => {
  const replace = {
    name: 'NewChannelReq',
    index: 0,
    frequencyHz: 923_300_000,
    minDataRate: 0,
    maxDataRate: 5,
  } as const
  const refused = applyServerCommands(SESSION, [replace], CONTEXT)
  expect(refused.answers[0]).toMatchObject({ isFrequencyOk: false })
  const european = { ...replace, index: 4, frequencyHz: 868_100_000 }
  expect(applyServerCommands(SESSION, [european], CONTEXT).answers[0]).toMatchObject({
    isFrequencyOk: false,
    isDataRateOk: true,
  })
})
