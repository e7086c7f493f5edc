import type { Clock } from '@hanpyo/platform/clock.ts'
import type { LinkCheckAnswer, ModemLine } from './modem-line.ts'
import { ANSWER_GRACE_MS } from './timing.ts'

/** Collects what the network answered to the questions that went with an uplink; modems report it before or after its end. */
export class Answers {
  readonly #clock: Clock
  #linkCheck: LinkCheckAnswer | null | undefined
  #isTimeAnswered: boolean | undefined
  #hasDownlink = false
  #wake: () => void = () => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Forgets what was answered to an uplink before. */
  clear(): void {
    this.#linkCheck = undefined
    this.#isTimeAnswered = undefined
    this.#hasDownlink = false
  }

  take(line: ModemLine): void {
    if (line.type === 'downlink' || line.type === 'signal') this.#hasDownlink = true
    if (line.type === 'signal' && line.linkCheck !== undefined) this.#linkCheck = line.linkCheck
    if (line.type === 'link-check') this.#linkCheck = line.answer
    if (line.type === 'time-answer') this.#isTimeAnswered = line.isAnswered
    this.#wake()
  }

  /** Whether anything at all came back. */
  get hasDownlink(): boolean {
    return this.#hasDownlink
  }

  /** `null`: nobody answered. */
  async linkCheck(): Promise<LinkCheckAnswer | null> {
    await this.#until(() => this.#linkCheck !== undefined)
    return this.#linkCheck ?? null
  }

  async time(): Promise<boolean> {
    await this.#until(() => this.#isTimeAnswered !== undefined)
    return this.#isTimeAnswered ?? false
  }

  /** Waits a little, should the report be late. */
  #until(isThere: () => boolean): Promise<void> {
    if (isThere()) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        this.#wake = () => {}
        this.#clock.clearTimeout(timer)
        resolve()
      }
      const timer = this.#clock.setTimeout(end, ANSWER_GRACE_MS)
      this.#wake = () => {
        if (isThere()) end()
      }
    })
  }
}
