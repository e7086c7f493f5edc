import type { Clock } from '@hanpyo/platform/clock.ts'

/** 1980-01-06 in Unix seconds, and the leap seconds since then that GPS time does not have. */
const GPS_EPOCH_S = 315_964_800
const LEAP_SECONDS = 18

/** The clock of a modem: starts at a made-up date with every power-up, until the network sets it. */
export class ModemClock {
  readonly #clock: Clock
  #offsetMs: number

  constructor(clock: Clock, startMs: number) {
    this.#clock = clock
    this.#offsetMs = startMs - clock.now()
  }

  /** Unix time in ms as the modem believes it. */
  now(): number {
    return this.#clock.now() + this.#offsetMs
  }

  /** By a DeviceTimeAns, which tells the time at the end of the uplink that asked (TS001-1.0.4, 5.9). */
  setByNetwork(
    answer: { readonly gpsSeconds: number; readonly fraction: number },
    uplinkEndMs: number,
  ): void {
    this.#offsetMs = (answer.gpsSeconds + answer.fraction + GPS_EPOCH_S - LEAP_SECONDS) * 1000 - uplinkEndMs
  }
}
