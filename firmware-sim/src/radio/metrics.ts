import type { GatewayLoss } from './reception.ts'

/** Why a frame was not received. `loss` is the configured random loss. */
export type LossCause = GatewayLoss | 'loss' | 'no-listener'

export interface RadioMetrics {
  /** Uplink frames sent by devices, join-requests included; injected replays are counted apart. */
  framesSent: number
  /** Uplink frames that no gateway received. */
  framesLost: number
  /** Time all uplinks were on air. */
  airtimeMs: number
  readonly lostBy: Record<LossCause, number>
  readonly downlinks: {
    sent: number
    lost: number
    airtimeMs: number
    readonly lostBy: Record<LossCause, number>
  }
  replaysInjected: number
  readonly perDevice: Map<string, DeviceRadioMetrics>
}

export interface DeviceRadioMetrics {
  framesSent: number
  framesLost: number
  airtimeMs: number
  downlinksReceived: number
}

const noLosses = (): Record<LossCause, number> => ({
  loss: 0,
  weak: 0,
  collision: 0,
  'inter-factor': 0,
  deaf: 0,
  'no-demodulator': 0,
  'no-listener': 0,
})

export function createRadioMetrics(): RadioMetrics {
  return {
    framesSent: 0,
    framesLost: 0,
    airtimeMs: 0,
    lostBy: noLosses(),
    downlinks: { sent: 0, lost: 0, airtimeMs: 0, lostBy: noLosses() },
    replaysInjected: 0,
    perDevice: new Map(),
  }
}

/** The counters of one device, created on first use. */
export function deviceMetrics(metrics: RadioMetrics, device: string): DeviceRadioMetrics {
  let found = metrics.perDevice.get(device)
  if (found === undefined) {
    found = { framesSent: 0, framesLost: 0, airtimeMs: 0, downlinksReceived: 0 }
    metrics.perDevice.set(device, found)
  }
  return found
}
