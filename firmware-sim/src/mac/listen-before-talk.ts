import type { Clock } from '@hanpyo/platform/clock.ts'
import type { RadioChannel } from '../radio/channel.ts'
import { LBT_SENSE_MS, LBT_THRESHOLD_DBM, PAUSE_AFTER_TRANSMISSION_MS } from '../radio/kr920.ts'
import type { Position } from '../radio/propagation.ts'
import type { SeededRandom } from '../random.ts'
import type { DeviceChannel } from './session.ts'

export interface ListenBeforeTalk {
  readonly isOn: boolean
  readonly senseMs: number
  readonly thresholdDbm: number
}

export const DEFAULT_LISTEN_BEFORE_TALK: ListenBeforeTalk = {
  isOn: true,
  senseMs: LBT_SENSE_MS,
  thresholdDbm: LBT_THRESHOLD_DBM,
}

/**
 * Waits for a free channel: at least 50 ms after the device's own last frame, then senses one random channel after
 * the other. Undefined when all were busy; then it is for the application to try again later, as with LoRaMac-node.
 */
export async function acquireChannel(options: {
  clock: Clock
  radio: RadioChannel
  random: SeededRandom
  /** The device, for the shadowing of what it senses. */
  name: string
  position: Position
  channels: readonly DeviceChannel[]
  lastSentEndMs: number
  lbt: ListenBeforeTalk
}): Promise<DeviceChannel | undefined> {
  const { clock, radio, random, name: listener, position, channels, lbt } = options
  const pauseMs = options.lastSentEndMs + PAUSE_AFTER_TRANSMISSION_MS - clock.now()
  if (pauseMs > 0) await clock.sleep(pauseMs)
  if (!lbt.isOn) return channels[random.integer(channels.length)]
  for (const channel of shuffled(channels, random)) {
    const fromMs = clock.now()
    await clock.sleep(lbt.senseMs)
    const { frequencyHz } = channel
    const { thresholdDbm } = lbt
    if (!radio.isBusy({ listener, position, frequencyHz, fromMs, toMs: clock.now(), thresholdDbm }))
      return channel
  }
  return undefined
}

function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  const left = [...items]
  const out: T[] = []
  while (left.length > 0) out.push(...left.splice(random.integer(left.length), 1))
  return out
}
