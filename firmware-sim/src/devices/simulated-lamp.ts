import { utf8 } from '@hanpyo/protocol/bytes.ts'
import type { PluggablePort } from './pluggable-port.ts'

const LONGEST_LINE = 32

/** A lamp that takes `lamp on`, `lamp off` and `lamp blink` and answers `ok` and the mode. */
export class SimulatedLamp {
  readonly #onChange: () => void
  #mode: 'off' | 'on' | 'blink' = 'off'
  #line = ''
  #port: Pick<PluggablePort, 'send'> | undefined

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get mode(): 'off' | 'on' | 'blink' {
    return this.#mode
  }

  attach(port: Pick<PluggablePort, 'send'>): void {
    this.#port = port
    this.#line = ''
  }

  receive(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === 0x0a) this.#obey(this.#line)
      // Noise without line ends must not pile up.
      this.#line =
        byte === 0x0a || this.#line.length >= LONGEST_LINE ? '' : this.#line + String.fromCharCode(byte)
    }
  }

  /** Dark after its power was cut. */
  powerCycle(): void {
    this.#mode = 'off'
    this.#onChange()
  }

  #obey(line: string): void {
    const [, mode] = /^lamp (off|on|blink)\r?$/.exec(line) ?? []
    if (mode === undefined) {
      this.#port?.send(utf8('error\n'))
      return
    }
    this.#mode = mode as 'off' | 'on' | 'blink'
    this.#port?.send(utf8(`ok ${mode}\n`))
    this.#onChange()
  }
}
