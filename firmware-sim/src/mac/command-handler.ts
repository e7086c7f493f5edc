import {
  DEFAULT_CHANNELS_HZ,
  isChannelFrequency,
  isDataRate,
  MAX_CHANNELS,
  MAX_RX1_DATA_RATE_OFFSET,
  MAX_TX_POWER_INDEX,
} from '../radio/kr920.ts'
import type { DeviceCommand, LinkAdr, ServerCommand } from './commands.ts'
import { type DeviceChannel, definedMask, type Session, usableChannels } from './session.ts'

export interface CommandOutcome {
  readonly session: Session
  readonly dataRate: number
  /** Answers in the order of the requests. */
  readonly answers: readonly DeviceCommand[]
  /** Answers to requests the device itself made. */
  readonly notices: readonly ServerCommand[]
}

/** What the device knows besides its session when it handles commands. */
export interface CommandContext {
  readonly isAdrOn: boolean
  readonly dataRate: number
  /** SNR at which the downlink with the commands came in. */
  readonly snrDb: number
}

/** 0 says "external power": kiosks hang on the mains. */
const EXTERNAL_POWER = 0
/** In LinkADRReq 15 means "keep what you have". */
const KEEP = 15
const ALL_DEFINED_CHANNELS = 6

/**
 * Applies a downlink's MAC commands the way LoRaMac-node does for KR920; pure. Consecutive LinkADRReq form one
 * block that is accepted or refused as a whole (TS001-1.0.4 section 5.3). TXParamSetupReq is not implemented in
 * this band and gets no answer.
 */
export function applyServerCommands(
  session: Session,
  commands: readonly ServerCommand[],
  context: CommandContext,
): CommandOutcome {
  let current = session
  let dataRate = context.dataRate
  const answers: DeviceCommand[] = []
  const notices: ServerCommand[] = []
  for (let i = 0; i < commands.length; i++) {
    const command = commands[i]!
    if (command.name === 'LinkADRReq') {
      const block = adrBlockAt(commands, i)
      const outcome = applyLinkAdr(current, block, { ...context, dataRate })
      current = outcome.session
      dataRate = outcome.dataRate
      answers.push(...block.map(() => outcome.answer))
      i += block.length - 1
    } else if (command.name === 'LinkCheckAns' || command.name === 'DeviceTimeAns') {
      notices.push(command)
    } else {
      const outcome = applyOne(current, command, context)
      current = outcome.session
      if (outcome.answer !== undefined) answers.push(outcome.answer)
    }
  }
  return { session: current, dataRate, answers, notices }
}

function adrBlockAt(commands: readonly ServerCommand[], start: number): (ServerCommand & LinkAdr)[] {
  const block: (ServerCommand & LinkAdr)[] = []
  for (const command of commands.slice(start)) {
    if (command.name !== 'LinkADRReq') break
    block.push(command)
  }
  return block
}

function applyLinkAdr(
  session: Session,
  block: readonly LinkAdr[],
  context: CommandContext,
): { session: Session; dataRate: number; answer: DeviceCommand } {
  const last = block.at(-1)!
  const mask = channelMaskOf(session, block)
  const channels = session.channels.map((one) => ({ ...one, isEnabled: (mask & (1 << one.index)) !== 0 }))
  const wanted = context.isAdrOn
    ? {
        dataRate: last.dataRate === KEEP ? context.dataRate : last.dataRate,
        txPowerIndex: last.txPowerIndex === KEEP ? session.txPowerIndex : last.txPowerIndex,
        transmissions: last.transmissions === 0 ? session.transmissions : last.transmissions,
      }
    : { ...session, dataRate: context.dataRate }
  const isChannelMaskOk = mask !== 0 && (mask & ~definedMask(session.channels)) === 0
  const isDataRateOk = isDataRate(wanted.dataRate) && usableChannels(channels, wanted.dataRate).length > 0
  const isPowerOk = wanted.txPowerIndex <= MAX_TX_POWER_INDEX
  const answer: DeviceCommand = { name: 'LinkADRAns', isPowerOk, isDataRateOk, isChannelMaskOk }
  if (!(isPowerOk && isDataRateOk && isChannelMaskOk)) {
    return { session, dataRate: context.dataRate, answer }
  }
  const { dataRate, txPowerIndex, transmissions } = wanted
  return { session: { ...session, channels, txPowerIndex, transmissions }, dataRate, answer }
}

function channelMaskOf(session: Session, block: readonly LinkAdr[]): number {
  let mask = session.channels.reduce((all, one) => (one.isEnabled ? all | (1 << one.index) : all), 0)
  for (const one of block) {
    if (one.channelMaskControl === 0) mask = one.channelMask
    else if (one.channelMaskControl === ALL_DEFINED_CHANNELS) mask = definedMask(session.channels)
    else return 0
  }
  return mask
}

function applyOne(
  session: Session,
  command: ServerCommand,
  context: CommandContext,
): { session: Session; answer?: DeviceCommand } {
  switch (command.name) {
    case 'DutyCycleReq':
      return { session: { ...session, maxDutyCycle: command.maxDutyCycle }, answer: { name: 'DutyCycleAns' } }
    case 'DevStatusReq':
      return {
        session,
        answer: { name: 'DevStatusAns', battery: EXTERNAL_POWER, marginDb: Math.round(context.snrDb) },
      }
    case 'RXTimingSetupReq':
      return { session: { ...session, rx1DelayS: command.delayS }, answer: { name: 'RXTimingSetupAns' } }
    case 'RXParamSetupReq': {
      const isRx1OffsetOk = command.rx1DataRateOffset <= MAX_RX1_DATA_RATE_OFFSET
      const isRx2DataRateOk = isDataRate(command.rx2DataRate)
      const isChannelOk = isChannelFrequency(command.frequencyHz)
      const answer = { name: 'RXParamSetupAns', isRx1OffsetOk, isRx2DataRateOk, isChannelOk } as const
      if (!(isRx1OffsetOk && isRx2DataRateOk && isChannelOk)) return { session, answer }
      const { rx1DataRateOffset, rx2DataRate, frequencyHz: rx2FrequencyHz } = command
      return { session: { ...session, rx1DataRateOffset, rx2DataRate, rx2FrequencyHz }, answer }
    }
    case 'NewChannelReq':
      return applyNewChannel(session, command)
    case 'DlChannelReq': {
      const known = session.channels.find((one) => one.index === command.index)
      const isFrequencyOk = isChannelFrequency(command.frequencyHz)
      const answer = { name: 'DlChannelAns', isUplinkKnown: known !== undefined, isFrequencyOk } as const
      if (known === undefined || !isFrequencyOk) return { session, answer }
      return { session: withChannel(session, { ...known, rx1FrequencyHz: command.frequencyHz }), answer }
    }
    default:
      return { session }
  }
}

function applyNewChannel(
  session: Session,
  command: ServerCommand & { name: 'NewChannelReq' },
): { session: Session; answer: DeviceCommand } {
  const { index, frequencyHz, minDataRate, maxDataRate } = command
  const isOwnChannel = index >= DEFAULT_CHANNELS_HZ.length && index < MAX_CHANNELS
  const isRemoval = frequencyHz === 0
  const isFrequencyOk = isOwnChannel && (isRemoval || isChannelFrequency(frequencyHz))
  const isDataRateOk =
    isOwnChannel &&
    (isRemoval || (isDataRate(minDataRate) && isDataRate(maxDataRate) && minDataRate <= maxDataRate))
  const answer: DeviceCommand = { name: 'NewChannelAns', isDataRateOk, isFrequencyOk }
  if (!isFrequencyOk || !isDataRateOk) return { session, answer }
  if (isRemoval) {
    return {
      session: { ...session, channels: session.channels.filter((one) => one.index !== index) },
      answer,
    }
  }
  if (!isDataRate(minDataRate) || !isDataRate(maxDataRate)) return { session, answer }
  return {
    session: withChannel(session, { index, frequencyHz, minDataRate, maxDataRate, isEnabled: true }),
    answer,
  }
}

function withChannel(session: Session, channel: DeviceChannel): Session {
  const others = session.channels.filter((one) => one.index !== channel.index)
  return { ...session, channels: [...others, channel].sort((a, b) => a.index - b.index) }
}
