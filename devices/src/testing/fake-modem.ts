import type { Clock } from '@hanpyo/platform/clock.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { LineAssembler } from '../line-assembler.ts'
import { createTransport, type TransportEnd } from '../stream-transport.ts'
import type { Transport } from '../transport.ts'

export type Reaction = (modem: FakeModem, match: RegExpExecArray) => void

/** How a kind of modem behaves when nothing is wrong. */
export interface Script {
  readonly rules: readonly [pattern: RegExp, reaction: Reaction][]
  readonly banner: readonly string[]
  readonly unknownCommand: string
}

/** The other end of a transport, scripted: orderly unless a test says otherwise. */
export class FakeModem {
  readonly transport: Transport
  /** Every complete line the driver wrote. */
  readonly received: string[] = []
  isJoined = false
  dataRate = 5
  /** Last look at every line before it goes out; a test may change its bytes. */
  tamper: (line: string) => string | Uint8Array = (line) => `${line}\r\n`
  readonly #clock: Clock
  readonly #script: Script
  readonly #end: TransportEnd
  readonly #overrides: [RegExp, Reaction][] = []

  constructor(clock: Clock, script: Script) {
    this.#clock = clock
    this.#script = script
    const lines = new LineAssembler()
    this.#end = createTransport('fake:', {
      write: async (bytes) => {
        for (const line of lines.push(bytes)) this.#react(line)
      },
      close: async () => {},
    })
    this.transport = this.#end.transport
  }

  /** Simulated Unix time in ms. */
  get now(): number {
    return this.#clock.now()
  }

  /** Replaces the reaction to commands that match; the latest rule wins. */
  on(pattern: RegExp, reaction: Reaction): void {
    this.#overrides.unshift([pattern, reaction])
  }

  print(...lines: string[]): void {
    for (const line of lines) this.raw(this.tamper(line))
  }

  raw(text: string | Uint8Array): void {
    this.#end.received(typeof text === 'string' ? utf8(text) : text)
  }

  later(delayMs: number, action: () => void): void {
    this.#clock.setTimeout(action, delayMs)
  }

  reboot(): void {
    this.isJoined = false
    this.print(...this.#script.banner)
  }

  unplug(): void {
    this.#end.ended('unplugged')
  }

  #react(line: string): void {
    this.received.push(line)
    for (const [pattern, reaction] of [...this.#overrides, ...this.#script.rules]) {
      const match = pattern.exec(line)
      if (match === null) continue
      reaction(this, match)
      return
    }
    this.print(this.#script.unknownCommand)
  }
}
