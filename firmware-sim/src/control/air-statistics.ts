import type { AirObserver } from '../radio/channel.ts'

export interface ChannelStatistics {
  framesSent: number
  framesLost: number
  airtimeMs: number
}

/** What happened on each uplink channel, by its frequency in Hz. */
export function createAirStatistics(): AirObserver & {
  readonly perChannel: Record<number, ChannelStatistics>
} {
  const perChannel: Record<number, ChannelStatistics> = {}
  const of = (frequencyHz: number): ChannelStatistics => {
    perChannel[frequencyHz] ??= { framesSent: 0, framesLost: 0, airtimeMs: 0 }
    return perChannel[frequencyHz]
  }
  return {
    perChannel,
    onSent(frame, isReplay) {
      if (frame.direction !== 'up' || isReplay) return
      const channel = of(frame.frequencyHz)
      channel.framesSent++
      channel.airtimeMs += Math.round((frame.endMs - frame.startMs) * 1000) / 1000
    },
    onUplinkLost: (frame) => {
      of(frame.frequencyHz).framesLost++
    },
  }
}
