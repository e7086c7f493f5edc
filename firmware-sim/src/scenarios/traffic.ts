import type { Clock } from '@hanpyo/platform/clock.ts'
import type { SimulatorConfig } from '../config.ts'
import type { ClassADevice } from '../mac/device.ts'
import type { SeededRandom } from '../random.ts'

export type TrafficSettings = NonNullable<SimulatorConfig['modems'][number]['traffic']>

/** What a device that sends by itself did. */
export interface TrafficCounters {
  joinAttempts: number
  joins: number
  /** Uplinks whose receive windows closed. */
  uplinks: number
  /** Downlinks with application data. */
  downlinks: number
  /** Uplinks that could not be sent, by reason. */
  readonly failures: Record<string, number>
}

/** Pauses between join attempts double from the first to the last (LoRa Alliance: join duty has to fall off). */
const JOIN_PAUSE_MS = { first: 10_000, last: 600_000 } as const

/**
 * Drives a device without a host: joins, and sends random bytes with random pauses until it is stopped. What does not
 * fit the data rate is cut to what does. A reboot in between makes it join again.
 */
export function startTraffic(options: {
  device(): ClassADevice
  settings: TrafficSettings
  clock: Clock
  random: SeededRandom
}): { readonly counters: TrafficCounters; stop(): void } {
  const { settings, clock, random } = options
  const counters: TrafficCounters = { joinAttempts: 0, joins: 0, uplinks: 0, downlinks: 0, failures: {} }
  const stopping = new AbortController()
  const pause = (ms: number): Promise<void> => clock.sleep(ms, stopping.signal)

  const join = async (): Promise<void> => {
    for (let waitMs: number = JOIN_PAUSE_MS.first; ; waitMs = Math.min(waitMs * 2, JOIN_PAUSE_MS.last)) {
      counters.joinAttempts++
      const joined = await options.device().join()
      if (joined.ok) {
        counters.joins++
        return
      }
      count(joined.error)
      await pause(waitMs * (0.5 + random.next()))
    }
  }
  const send = async (): Promise<void> => {
    const device = options.device()
    const payload = random.bytes(Math.min(settings.bytes, device.roomForPayload))
    const sent = await device.send({ fPort: settings.fPort, payload, isConfirmed: settings.confirmed })
    if (!sent.ok) return count(sent.error)
    counters.uplinks++
    counters.downlinks += sent.value.downlinks.filter(({ fPort }) => fPort !== undefined).length
  }
  const count = (reason: string): void => {
    counters.failures[reason] = (counters.failures[reason] ?? 0) + 1
  }
  const run = async (): Promise<void> => {
    await pause(random.next() * settings.everySeconds * 1000)
    while (!stopping.signal.aborted) {
      if (options.device().isJoined) await send()
      else await join()
      await pause(settings.everySeconds * 1000 * (0.5 + random.next()))
    }
  }
  run().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error
  })
  return { counters, stop: () => stopping.abort(new Error('the traffic was stopped')) }
}
