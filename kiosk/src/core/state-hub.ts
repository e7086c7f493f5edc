/** Names each state the core has shown, and wakes those who wait for the next one. */
export class StateHub {
  readonly #boot: string
  readonly #waiters = new Set<() => void>()
  #version = 0

  /** @param boot random text of this start, so that a cursor of an earlier start never matches. */
  constructor(boot: string) {
    this.#boot = boot
  }

  get cursor(): string {
    return `${this.#boot}.${this.#version}`
  }

  /** The state has changed. */
  bump(): void {
    this.#version++
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const wake of waiters) wake()
  }

  /** Resolves at once when `after` is not the newest cursor, else at the next change, the timeout or the abort. */
  async changed(after: string | null, timeout: Promise<void>, signal: AbortSignal): Promise<void> {
    if (after !== this.cursor || signal.aborted) return
    let wake: () => void = () => {}
    const change = new Promise<void>((resolve) => {
      wake = resolve
      this.#waiters.add(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.race([change, timeout])
    this.#waiters.delete(wake)
  }
}
