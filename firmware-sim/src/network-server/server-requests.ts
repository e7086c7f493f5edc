import type { DeviceCommand, ServerCommand } from '../mac/commands.ts'
import { DEFAULT_CHANNELS_HZ, RX2_FREQUENCY_HZ } from '../radio/kr920.ts'
import { adrRequest } from './adr.ts'
import type { ServerSession, ServerSettings } from './types.ts'

/** A device that refused a kind of request so often is not asked again (`network.max_mac_command_error_count`). */
const MOST_REFUSALS = 3
const DAY_MS = 24 * 3600 * 1000

/**
 * What the server wants to change at a device now, in ChirpStack's order: channels, ADR, status, receive parameters,
 * receive timing. Each is asked again with every downlink until its answer came, and noted in `pendingCommands`.
 */
export function serverRequests(
  session: ServerSession,
  settings: Pick<ServerSettings, 'region' | 'deviceProfile'>,
  nowMs: number,
): ServerCommand[] {
  const { region, deviceProfile } = settings
  const requests = [
    newChannelRequest(session, region.extraChannelsHz),
    linkAdrRequest(session, region),
    statusRequest(session, deviceProfile.deviceStatusRequestsPerDay ?? 0, nowMs),
    receiveParameters(session, region),
    receiveTiming(session, Math.max(region.rx1DelayS, deviceProfile.rx1DelayS)),
  ].filter(
    (one) => one !== undefined && (session.refusals?.[one.name] ?? 0) < MOST_REFUSALS,
  ) as ServerCommand[]
  for (const request of requests) session.pendingCommands[request.name] = request
  return requests
}

/** The first channel that the region has and the device has not, or has elsewhere. */
function newChannelRequest(session: ServerSession, wanted: readonly number[]): ServerCommand | undefined {
  const known = session.extraChannelsHz
  if (known === undefined) return undefined
  const count = Math.max(known.length, wanted.length)
  for (let i = 0; i < count; i++) {
    if ((known[i] ?? 0) === (wanted[i] ?? 0)) continue
    const index = DEFAULT_CHANNELS_HZ.length + i
    return { name: 'NewChannelReq', index, frequencyHz: wanted[i] ?? 0, minDataRate: 0, maxDataRate: 5 }
  }
  return undefined
}

function linkAdrRequest(session: ServerSession, region: ServerSettings['region']): ServerCommand | undefined {
  const adr = region.isAdrDisabled ? undefined : adrRequest(session, region)
  if (adr === undefined) return undefined
  return { name: 'LinkADRReq', ...adr, channelMask: channelMaskOf(session, adr.channelMask) }
}

/** All channels the device has; `otherwise` for a session that does not know them. */
function channelMaskOf(session: ServerSession, otherwise: number): number {
  const { extraChannelsHz } = session
  if (extraChannelsHz === undefined) return otherwise
  const ofBand = 2 ** DEFAULT_CHANNELS_HZ.length - 1
  return extraChannelsHz.reduce(
    (mask, frequencyHz, i) => (frequencyHz === 0 ? mask : mask | (1 << (DEFAULT_CHANNELS_HZ.length + i))),
    ofBand,
  )
}

function statusRequest(session: ServerSession, perDay: number, nowMs: number): ServerCommand | undefined {
  if (perDay <= 0 || nowMs - (session.statusRequestedMs ?? 0) < DAY_MS / perDay) return undefined
  session.statusRequestedMs = nowMs
  return { name: 'DevStatusReq' }
}

function receiveParameters(
  session: ServerSession,
  region: ServerSettings['region'],
): ServerCommand | undefined {
  const frequencyHz = region.rx2FrequencyHz ?? RX2_FREQUENCY_HZ
  const isAsWanted =
    session.rx1DataRateOffset === region.rx1DataRateOffset &&
    session.rx2DataRate === region.rx2DataRate &&
    rx2FrequencyOf(session) === frequencyHz
  if (isAsWanted) return undefined
  const { rx1DataRateOffset, rx2DataRate } = region
  return { name: 'RXParamSetupReq', rx1DataRateOffset, rx2DataRate, frequencyHz }
}

function receiveTiming(session: ServerSession, delayS: number): ServerCommand | undefined {
  return session.rx1DelayS === delayS ? undefined : { name: 'RXTimingSetupReq', delayS }
}

/** Where a device listens in RX2. */
export function rx2FrequencyOf(session: ServerSession): number {
  return session.rx2FrequencyHz ?? RX2_FREQUENCY_HZ
}

/** Takes a device's answer into its session; an answer nobody asked for changes nothing. */
export function applyAnswer(session: ServerSession, answer: DeviceCommand): void {
  switch (answer.name) {
    case 'RXTimingSetupAns':
      settle(session, 'RXTimingSetupReq', true, (request) => {
        session.rx1DelayS = request.delayS
      })
      break
    case 'RXParamSetupAns': {
      const isAccepted = answer.isRx1OffsetOk && answer.isRx2DataRateOk && answer.isChannelOk
      settle(session, 'RXParamSetupReq', isAccepted, (request) => {
        session.rx1DataRateOffset = request.rx1DataRateOffset
        session.rx2DataRate = request.rx2DataRate
        session.rx2FrequencyHz = request.frequencyHz
      })
      break
    }
    case 'NewChannelAns': {
      const isAccepted = answer.isDataRateOk && answer.isFrequencyOk
      settle(session, 'NewChannelReq', isAccepted, (request) => {
        const known = [...(session.extraChannelsHz ?? [])]
        known[request.index - DEFAULT_CHANNELS_HZ.length] = request.frequencyHz
        session.extraChannelsHz = Array.from(known, (frequencyHz) => frequencyHz ?? 0)
        session.channelCount = DEFAULT_CHANNELS_HZ.length + known.length
      })
      break
    }
    case 'LinkADRAns': {
      const isAccepted = answer.isPowerOk && answer.isDataRateOk && answer.isChannelMaskOk
      settle(session, 'LinkADRReq', isAccepted, (request) => {
        session.txPowerIndex = request.txPowerIndex
        session.transmissions = request.transmissions
        session.dataRate = request.dataRate
        session.adrHistory = []
      })
      break
    }
  }
}

function settle<N extends ServerCommand['name']>(
  session: ServerSession,
  name: N,
  isAccepted: boolean,
  apply: (request: ServerCommand & { name: N }) => void,
): void {
  const request = session.pendingCommands[name]
  delete session.pendingCommands[name]
  if (request === undefined) return
  if (isAccepted) apply(request as ServerCommand & { name: N })
  else session.refusals = { ...session.refusals, [name]: (session.refusals?.[name] ?? 0) + 1 }
}
