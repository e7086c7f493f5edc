import { utf8 } from '@hanpyo/protocol/bytes.ts'

/** The host's end of a modem line in tests: sends commands, collects lines, waits for one that matches. */
export class Terminal {
  readonly lines: string[] = []
  readonly #write: (bytes: Uint8Array) => void
  readonly #waiting: { pattern: RegExp; from: number; resolve: (line: string) => void }[] = []
  readonly #decoder = new TextDecoder()
  #partial = ''

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write
  }

  /** Feed with what the modem sends. */
  readonly receive = (bytes: Uint8Array): void => {
    const parts = (this.#partial + this.#decoder.decode(bytes, { stream: true })).split('\r\n')
    this.#partial = parts.pop() ?? ''
    for (const line of parts) {
      this.lines.push(line)
      const index = this.lines.length - 1
      for (const waiter of this.#waiting.splice(0)) {
        if (index >= waiter.from && waiter.pattern.test(line)) waiter.resolve(line)
        else this.#waiting.push(waiter)
      }
    }
  }

  send(command: string): void {
    this.#write(utf8(`${command}\r\n`))
  }

  /** The first line from now on that matches. */
  next(pattern: RegExp): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting.push({ pattern, from: this.lines.length, resolve })
    })
  }

  /** Sends and resolves with the first matching line after it. */
  ask(command: string, pattern: RegExp): Promise<string> {
    const answer = this.next(pattern)
    this.send(command)
    return answer
  }
}
