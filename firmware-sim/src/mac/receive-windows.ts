import { symbolMs } from '../radio/airtime.ts'
import type { RadioChannel, WindowResult } from '../radio/channel.ts'
import {
  type DataRate,
  isDataRate,
  JOIN_ACCEPT_DELAY1_MS,
  JOIN_ACCEPT_DELAY2_MS,
  RX2_DATA_RATE,
  RX2_FREQUENCY_HZ,
  rx1DataRate,
  spreadingFactor,
} from '../radio/kr920.ts'
import type { Position } from '../radio/propagation.ts'
import type { Reception, Transmission } from '../radio/reception.ts'
import type { DeviceChannel, Session } from './session.ts'

/** How far a device's clock may be off; it opens that much earlier and stays that much longer. */
const RX_TIMING_ERROR_MS = 20
const MIN_RX_SYMBOLS = 6

export interface WindowPlan {
  readonly frequencyHz: number
  readonly spreadingFactor: number
  /** Instant at which the network is to start its preamble. */
  readonly startMs: number
}

export interface WindowPair {
  readonly rx1: WindowPlan
  readonly rx2: WindowPlan
}

/** Windows after a join-request: 5 s on its channel and data rate, 6 s at the band's fixed RX2. */
export function joinWindows(sent: Transmission): WindowPair {
  return {
    rx1: {
      frequencyHz: sent.frequencyHz,
      spreadingFactor: sent.spreadingFactor,
      startMs: sent.endMs + JOIN_ACCEPT_DELAY1_MS,
    },
    rx2: {
      frequencyHz: RX2_FREQUENCY_HZ,
      spreadingFactor: spreadingFactor(RX2_DATA_RATE),
      startMs: sent.endMs + JOIN_ACCEPT_DELAY2_MS,
    },
  }
}

/** Windows after a data uplink, as the session's receive parameters say; RX2 is always one second after RX1. */
export function dataWindows(
  sent: Transmission,
  session: Session,
  on: { dataRate: DataRate; channel: DeviceChannel },
): WindowPair {
  const rx1StartMs = sent.endMs + session.rx1DelayS * 1000
  const rx2DataRate = isDataRate(session.rx2DataRate) ? session.rx2DataRate : RX2_DATA_RATE
  return {
    rx1: {
      frequencyHz: on.channel.rx1FrequencyHz ?? on.channel.frequencyHz,
      spreadingFactor: spreadingFactor(rx1DataRate(on.dataRate, session.rx1DataRateOffset)),
      startMs: rx1StartMs,
    },
    rx2: {
      frequencyHz: session.rx2FrequencyHz,
      spreadingFactor: spreadingFactor(rx2DataRate),
      startMs: rx1StartMs + 1000,
    },
  }
}

/**
 * RX1 and, unless RX1 brought something for this device or is still receiving, RX2. `accept` decides whether a
 * frame was for this device (address, MIC, counter). Resolves with it and the end instant.
 */
export async function receiveInWindows<T>(options: {
  radio: RadioChannel
  device: string
  position: Position
  rx1: WindowPlan
  rx2: WindowPlan
  accept(reception: Reception, window: 'RX_1' | 'RX_2'): T | undefined
}): Promise<{ accepted: T | undefined; endMs: number }> {
  const { radio, device, position, rx1, rx2, accept } = options
  const listen = (plan: WindowPlan) =>
    new Promise<WindowResult>((resolve) => {
      const opensAtMs = plan.startMs - RX_TIMING_ERROR_MS
      const closesAtMs = plan.startMs + RX_TIMING_ERROR_MS + MIN_RX_SYMBOLS * symbolMs(plan.spreadingFactor)
      const { frequencyHz, spreadingFactor } = plan
      radio.listen({ device, position, frequencyHz, spreadingFactor, opensAtMs, closesAtMs }, resolve)
    })
  const first = await listen(rx1)
  const inRx1 = first.reception === undefined ? undefined : accept(first.reception, 'RX_1')
  if (inRx1 !== undefined) return { accepted: inRx1, endMs: first.endMs }
  if (first.endMs > rx2.startMs - RX_TIMING_ERROR_MS) return { accepted: undefined, endMs: first.endMs }
  const second = await listen(rx2)
  const inRx2 = second.reception === undefined ? undefined : accept(second.reception, 'RX_2')
  return { accepted: inRx2, endMs: second.endMs }
}
