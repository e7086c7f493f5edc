/** RUI3's longest line is a received payload: 242 bytes as hex and some 40 characters before it. */
const LONGEST_LINE = 1024

/**
 * Cuts a byte stream into lines of printable ASCII. CR, LF and CR LF all end a line; blank lines, control
 * characters and bytes above 0x7e (line noise) are dropped; a line that gets too long is thrown away up to its
 * end. Memory is bounded whatever arrives.
 */
export class LineAssembler {
  readonly #longest: number
  #line = ''
  #isOverlong = false

  constructor(longest = LONGEST_LINE) {
    this.#longest = longest
  }

  /** The lines that `bytes` completed, trimmed. */
  push(bytes: Uint8Array): string[] {
    const lines: string[] = []
    for (const byte of bytes) {
      if (byte === 0x0a || byte === 0x0d) {
        const line = this.flush()
        if (line !== undefined) lines.push(line)
      } else if (byte >= 0x20 && byte <= 0x7e && !this.#isOverlong) {
        this.#line += String.fromCharCode(byte)
        this.#isOverlong = this.#line.length > this.#longest
      }
    }
    return lines
  }

  /** What has arrived of an unfinished line; undefined when that is nothing. Starts a new line. */
  flush(): string | undefined {
    const line = this.#isOverlong ? '' : this.#line.trim()
    this.#line = ''
    this.#isOverlong = false
    return line === '' ? undefined : line
  }
}
