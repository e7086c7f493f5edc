const WAKE_BYTE = 0xff
const WAKE_BYTES = 4
const LINE_ENDS = [0x0d, 0x0a]

/**
 * `AT+LOWPOWER=AUTOON`: the modem sleeps after every command and hears nothing until four bytes 0xFF woke it. When it is
 * awake anyhow, such bytes are passed over.
 */
export class AutoSleep {
  #isOn = false
  #isAwake = true
  #wakeBytes = 0
  #hasText = false

  get isOn(): boolean {
    return this.#isOn
  }

  /** It takes effect at once: the answer is the last thing the modem says awake. */
  set isOn(value: boolean) {
    this.#isOn = value
    this.#isAwake = !value
  }

  /** What of it reaches the command reader. */
  hear(bytes: Uint8Array): Uint8Array {
    const heard: number[] = []
    for (const byte of bytes) {
      this.#wakeBytes = byte === WAKE_BYTE ? this.#wakeBytes + 1 : 0
      if (this.#wakeBytes >= WAKE_BYTES) this.#isAwake = true
      if (byte === WAKE_BYTE || !this.#isAwake) continue
      heard.push(byte)
      const isEnd = LINE_ENDS.includes(byte)
      if (isEnd && this.#hasText && this.#isOn) this.#isAwake = false
      this.#hasText = !isEnd
    }
    return Uint8Array.from(heard)
  }
}
