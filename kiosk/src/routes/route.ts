import type { Result } from '@hanpyo/protocol/result.ts'
import type { RouteName } from '../core/box/ballot-box.ts'

/** `route-busy` and `route-offline`: nothing went out. `route-failed`: unknown whether something went out. */
export type RouteError = 'route-offline' | 'route-busy' | 'route-failed' | 'datagram-too-long'

export interface RouteState {
  readonly isOnline: boolean
  /** Longest datagram the route brings over now, in one piece or in fragments. */
  readonly maxBytes: number
  /** Longest datagram that goes in one piece; a longer one takes the route's only transfer. Absent where all do. */
  readonly frameBytes?: number
  /** A datagram is on its way in fragments: the next one that needs them has to wait. */
  readonly isTransferring?: boolean
  /** In the driver's words, for technicians; null when online. */
  readonly reason: string | null
  /** LoRaWAN data rate; null elsewhere or when unknown. */
  readonly dataRate: number | null
}

export interface RouteListener {
  /** A datagram from the bridge, as it came in: nothing about it is authenticated. */
  onDatagram(bytes: Uint8Array): void
  onStateChange(): void
}

/**
 * A way for datagrams to the bridge. A send that resolves ok means that the datagram left this machine, never that the
 * bridge has it: only the authenticated ack says so. Routes do not queue and do not repeat.
 */
export interface Route {
  /** Names this route among all: `wifi` or `lora`, further Wi-Fi routes `wifi:<bridge>`. */
  readonly id: string
  readonly name: RouteName
  /** Ids of the bridges that hear what goes this way. */
  readonly bridges: readonly string[]
  readonly state: RouteState
  /** How many sends may run at once. */
  readonly slots: number
  /** @param signal aborted when the datagram was answered meanwhile, on whatever route: what is left of it can stay. */
  send(datagram: Uint8Array, signal?: AbortSignal): Promise<Result<void, RouteError>>
  /** Starts connecting; listeners may be called from now on. Called once. */
  start(listener: RouteListener): void
  close(): Promise<void>
}
