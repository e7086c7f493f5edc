import { type Position, type PropagationOptions, pathLossDb, type Shadowing } from './propagation.ts'
import type { Signal, Transmission } from './reception.ts'

/** Somebody with an antenna. */
export interface Place {
  readonly id: string
  readonly position: Position
}

/** What transmissions look like from one place; the same transmission always gives the same signal. */
export class SignalView {
  readonly #place: Place
  readonly #propagation: PropagationOptions
  readonly #shadowing: Shadowing
  readonly #signals = new WeakMap<Transmission, Signal>()

  constructor(place: Place, propagation: PropagationOptions, shadowing: Shadowing) {
    this.#place = place
    this.#propagation = propagation
    this.#shadowing = shadowing
  }

  signal(transmission: Transmission): Signal {
    let signal = this.#signals.get(transmission)
    if (signal === undefined) {
      signal = this.#compute(transmission)
      this.#signals.set(transmission, signal)
    }
    return signal
  }

  signals(transmissions: readonly Transmission[]): Signal[] {
    return transmissions.map((one) => this.signal(one))
  }

  #compute(transmission: Transmission): Signal {
    const { direction, frequencyHz, spreadingFactor, startMs, endMs, powerDbm } = transmission
    const lossDb =
      pathLossDb(transmission.position, this.#place.position, this.#propagation) +
      this.#shadowing(transmission.source, this.#place.id)
    const rssiDbm = powerDbm - lossDb + transmission.fadingDb
    return { direction, frequencyHz, spreadingFactor, startMs, endMs, rssiDbm }
  }
}
