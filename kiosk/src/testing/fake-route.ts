import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { RouteName } from '../core/box/ballot-box.ts'
import type { Route, RouteError, RouteListener, RouteState } from '../routes/route.ts'

/** A route that a test switches on and off and answers by hand. */
export class FakeRoute implements Route {
  readonly id: string
  readonly name: RouteName
  readonly bridges: readonly string[]
  readonly slots: number
  readonly sent: Uint8Array[] = []
  readonly signals: (AbortSignal | undefined)[] = []
  /** Sends that never end, as over a very slow radio. */
  holdSends = false
  /** What becomes of a datagram that was sent; the default loses it. */
  onSend: (datagram: Uint8Array) => void = () => {}
  listener: RouteListener | undefined
  #isOnline = false
  #maxBytes: number

  constructor(name: RouteName, maxBytes: number, bridge = 'b1', id: string = name) {
    this.id = id
    this.name = name
    this.bridges = [bridge]
    this.slots = name === 'lora' ? 1 : 8
    this.#maxBytes = maxBytes
  }

  get state(): RouteState {
    const isOnline = this.#isOnline
    return {
      isOnline,
      maxBytes: isOnline ? this.#maxBytes : 0,
      reason: isOnline ? null : 'test',
      dataRate: null,
    }
  }

  switch(isOnline: boolean, maxBytes = this.#maxBytes): void {
    this.#isOnline = isOnline
    this.#maxBytes = maxBytes
    this.listener?.onStateChange()
  }

  start(listener: RouteListener): void {
    this.listener = listener
  }

  async send(datagram: Uint8Array, signal?: AbortSignal): Promise<Result<void, RouteError>> {
    if (!this.#isOnline) return err('route-offline')
    this.sent.push(datagram)
    this.signals.push(signal)
    this.onSend(datagram)
    if (this.holdSends) await new Promise(() => {})
    return ok(undefined)
  }

  async close(): Promise<void> {}
}
